//! When a connection is to be synced: pure functions of what it is, how it stands, and the time.
//!
//! A connection's due moments are fixed by its name and how often it is synced, and by nothing else: whoever
//! computes them, on whichever machine, comes to the same, and they do not move when other connections come or go.

mod credentials;
mod planner;

use std::time::Duration;

use fairlead_model::{Connection, ConnectionId, FailureKind, Outcome, Schedule, Standing};
use fairlead_store::State;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::EngineError;

pub use planner::{Outlook, Planner, Ticked};

/// The pause after a first failure that may pass by itself; it doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_mins(5);

/// When a connection is to be synced next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "due", rename_all = "kebab-case")]
pub enum Due {
    /// Now, for this moment of its schedule.
    Now {
        /// The newest moment there was.
        moment: Timestamp,
    },
    /// Not before this time.
    At {
        /// Which.
        at: Timestamp,
    },
    /// Somebody is at it.
    Working,
    /// Only when somebody asks: it has no schedule, or is disabled.
    Never,
}

/// When a connection is to be synced next. `is_leased`: whether somebody holds its lease, which matters only while
/// its run seems to be running; a process that was killed leaves it so.
///
/// - Missed moments are made up for once, not once each.
/// - A run that was stopped is continued at once.
/// - A failure that may pass is tried again after growing pauses, at most as long as from one moment to the next;
///   one that needs a person not before the next moment, or when the connection was changed.
/// - What claims to serve a time that is further ahead than the next moment was written by a wrong clock, and
///   is not believed.
pub fn due(connection: &Connection, standing: Option<&Standing>, is_leased: bool, now: Timestamp) -> Due {
    let Some(schedule) = connection.schedule.filter(|_| connection.enabled) else { return Due::Never };
    let moments = Moments::of(&connection.id, schedule);
    let newest = moments.newest(now);
    let Some(standing) = standing.filter(|standing| is_believable(standing, schedule, now)) else {
        return Due::Now { moment: newest };
    };
    let moment = standing.scheduled_for.map_or(newest, |before| before.max(newest));
    match (standing.outcome, standing.failure) {
        (Outcome::Running, _) if is_leased => Due::Working,
        (_, Some(kind)) if kind.needs_a_person() && connection.changed_at() <= standing.at => {
            unless_served(moments, standing, newest)
        }
        (_, Some(FailureKind::Retry | FailureKind::Bug)) => {
            let at = after(standing.at, pause(standing.failures, schedule));
            if at <= now { Due::Now { moment } } else { Due::At { at } }
        }
        (Outcome::Complete | Outcome::Held, None) => unless_served(moments, standing, newest),
        (Outcome::Running | Outcome::Stopped | Outcome::Failed, None) | (_, Some(_)) => Due::Now { moment },
    }
}

/// When a connection is synced next, looking at how it stands.
///
/// # Errors
/// When the state cannot be read.
pub async fn next(state: &State, connection: &Connection, now: Timestamp) -> Result<Due, EngineError> {
    if !is_scheduled(connection) {
        return Ok(Due::Never);
    }
    let standing = state.standing(&connection.id).await?;
    let seems_running = standing.as_ref().is_some_and(|standing| standing.outcome == Outcome::Running);
    let is_leased = seems_running && state.is_leased(&connection.id).await?;
    Ok(due(connection, standing.as_ref(), is_leased, now))
}

fn is_scheduled(connection: &Connection) -> bool {
    connection.enabled && connection.schedule.is_some()
}

fn unless_served(moments: Moments, standing: &Standing, newest: Timestamp) -> Due {
    if newest > standing.serves() {
        Due::Now { moment: newest }
    } else {
        Due::At { at: moments.after(standing.serves()) }
    }
}

/// How long to wait after this many failures.
fn pause(failures: u32, schedule: Schedule) -> Duration {
    let doublings = failures.saturating_sub(1).min(20);
    FIRST_PAUSE.saturating_mul(1 << doublings).min(schedule.every())
}

fn is_believable(standing: &Standing, schedule: Schedule, now: Timestamp) -> bool {
    standing.serves().max(standing.at) <= after(now, schedule.every())
}

fn after(time: Timestamp, pause: Duration) -> Timestamp {
    SignedDuration::try_from(pause)
        .ok()
        .and_then(|pause| time.checked_add(pause).ok())
        .unwrap_or(Timestamp::MAX)
}

/// The due moments of one connection: every so many seconds, shifted by a number that its name decides, so that
/// hundreds of connections do not start together.
#[derive(Debug, Clone, Copy)]
struct Moments {
    every: i64,
    offset: i64,
}

impl Moments {
    fn of(connection: &ConnectionId, schedule: Schedule) -> Self {
        let every = i64::try_from(schedule.every().as_secs()).unwrap_or(i64::MAX);
        let digest = Sha256::digest(connection.as_str());
        // Seven bytes are always a positive number.
        let number = digest[..7].iter().fold(0, |number, byte| number << 8 | i64::from(*byte));
        Self { every, offset: number % every }
    }

    /// The newest moment that is not later than `now`.
    fn newest(self, now: Timestamp) -> Timestamp {
        let passed = (now.as_second() - self.offset).div_euclid(self.every);
        self.moment(passed)
    }

    /// The first moment later than `time`.
    fn after(self, time: Timestamp) -> Timestamp {
        let passed = (time.as_second() - self.offset).div_euclid(self.every);
        self.moment(passed + 1)
    }

    fn moment(self, number: i64) -> Timestamp {
        let second = number.saturating_mul(self.every).saturating_add(self.offset);
        Timestamp::from_second(second).unwrap_or(if second < 0 { Timestamp::MIN } else { Timestamp::MAX })
    }
}

#[cfg(test)]
mod tests;
