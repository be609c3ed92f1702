//! A sync that was asked for: done unless it is superfluous, and told when it has ended.

use std::{sync::Arc, time::Duration};

use fairlead_model::{
    Announcement, Connection, ConnectionId, FailureKind, Happening, Outcome, RunRecord, Standing,
};
use fairlead_store::StoreError;
use jiff::Timestamp;
use tracing::Span;

use super::{AT_ONCE, SOON, Time, WHILE_BUSY};
use crate::{
    EngineError, Event, Handled, Installation, Queue, Subscriber,
    announce::{self, announce},
    installation::Syncing,
    schedule::{Due, due},
    sync::note_failure,
};

/// The longest a message waits for its time. A clock that far ahead is wrong.
const LONGEST_WAIT: Duration = Duration::from_mins(5);

/// What a message asks for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) connection: &'a ConnectionId,
    pub(super) scheduled_for: Option<Timestamp>,
    pub(super) at: Timestamp,
}

impl Installation {
    pub(super) async fn handle_sync(
        &self,
        asked: Asked<'_>,
        queue: &dyn Queue,
        time: Time,
    ) -> Result<Handled, EngineError> {
        let state = self.state()?;
        let Some(connection) = state.connection(asked.connection).await? else {
            tracing::info!("there is no such connection any more: nothing to do");
            return Ok(Handled::Done);
        };
        if !connection.value.enabled {
            tracing::info!("the connection is disabled: nothing to do");
            return Ok(Handled::Done);
        }
        let connection = connection.value;
        let now = Timestamp::now();
        if let Some(wait) = not_yet(asked, now) {
            return Ok(Handled::Later(wait));
        }
        let standing = state.standing(&connection.id).await?;
        let scheduled_for = match judge(&connection, standing.as_ref(), asked, now) {
            Verdict::Wanted { moment } => moment,
            Verdict::Superfluous => {
                tracing::info!("a run serves this already: nothing to do");
                // Whoever did it may have died before it was told.
                if let Some(standing) = standing.filter(is_at_an_end) {
                    self.tell_again(&connection, &standing, queue).await?;
                }
                return Ok(Handled::Done);
            }
        };
        let error = match self.sync_kept(&connection, scheduled_for, &time).await {
            Ok(record) => {
                tracing::info!(outcome = %record.outcome, "the run is complete");
                self.observer.run_ended(&record);
                self.tell_of(&record, 0, queue).await?;
                return Ok(Handled::Done);
            }
            Err(error) => error,
        };
        if let Some(handled) = not_a_failure(&error) {
            tracing::info!(%error, "not done");
            return Ok(handled);
        }
        let kind = error.kind().unwrap_or(FailureKind::Bug);
        tracing::error!(%error, %kind, "the run failed");
        match note_failure(state, &connection, scheduled_for, now, &error).await {
            Ok(record) => {
                if let Some(record) = &record {
                    self.observer.run_ended(record);
                }
                let failures = state.standing(&connection.id).await?.map_or(1, |standing| standing.failures);
                if let Some(record) = record.filter(|record| is_worth_telling(record, kind)) {
                    self.tell_of(&record, failures, queue).await?;
                }
            }
            Err(EngineError::Store(StoreError::Busy { .. })) => return Ok(Handled::Later(WHILE_BUSY)),
            Err(error) => return Err(error),
        }
        Ok(after_failure(&connection, kind, &error))
    }

    /// Syncs with the credential that is kept. A work file that cannot be continued is given up: nobody is there
    /// to say so.
    async fn sync_kept(
        &self,
        connection: &Connection,
        scheduled_for: Option<Timestamp>,
        time: &Time,
    ) -> Result<RunRecord, EngineError> {
        let mut done = self.sync_once(connection, scheduled_for, false, time).await;
        if matches!(&done, Err(EngineError::SignIn(refused)) if refused.is_about_secret()) {
            // One that is remembered may have been replaced since: it is read anew, once.
            self.secrets().await?.forget(&connection.id);
            done = self.sync_once(connection, scheduled_for, false, time).await;
        }
        match done {
            Err(EngineError::Store(
                error @ (StoreError::DamagedWork { .. } | StoreError::OtherWork { .. }),
            )) => {
                tracing::warn!(%error, "the run begins anew");
                self.sync_once(connection, scheduled_for, true, time).await
            }
            done => done,
        }
    }

    async fn sync_once(
        &self,
        connection: &Connection,
        scheduled_for: Option<Timestamp>,
        fresh: bool,
        time: &Time,
    ) -> Result<RunRecord, EngineError> {
        let how = Syncing {
            credential: self.credential(connection).await?,
            fresh,
            accept_smaller: false,
            scheduled_for,
            subscriber: Arc::new(Logged(Span::current())),
            stop: time.stop.clone(),
            ends_at: time.ends_at,
        };
        self.sync(connection, how).await
    }

    async fn tell_again(
        &self,
        connection: &Connection,
        standing: &Standing,
        queue: &dyn Queue,
    ) -> Result<(), EngineError> {
        match self.state()?.run(Some(&connection.id), standing.run).await? {
            Some(record) => self.tell_of(&record, standing.failures, queue).await,
            None => Ok(()),
        }
    }

    /// Announces how a run stands. `failures` tells one failure of a run from the next.
    async fn tell_of(&self, record: &RunRecord, failures: u32, queue: &dyn Queue) -> Result<(), EngineError> {
        let announcement = Announcement {
            id: announce::id(&format!("run.finished/{}/{}/{failures}", record.id, record.outcome)),
            timestamp: record.ended_at.unwrap_or_else(Timestamp::now),
            what: Happening::RunFinished {
                connection: record.connection.clone(),
                run: record.id,
                outcome: record.outcome,
                error: record.error.clone(),
            },
        };
        announce(self.state()?, queue, &announcement).await.map(drop)
    }
}

/// What is to become of a message.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    /// A sync; for this moment, if it is scheduled.
    Wanted { moment: Option<Timestamp> },
    /// Nothing.
    Superfluous,
}

fn judge(connection: &Connection, standing: Option<&Standing>, asked: Asked<'_>, now: Timestamp) -> Verdict {
    let Some(moment) = asked.scheduled_for else {
        let is_done = standing
            .is_some_and(|standing| standing.outcome == Outcome::Complete && standing.started_at > asked.at);
        return if is_done { Verdict::Superfluous } else { Verdict::Wanted { moment: None } };
    };
    // The planner's clock may be ahead of ours. Whether somebody is at it already, the lease will tell.
    match due(connection, standing, false, now.max(moment)) {
        Due::Now { moment: newest } => Verdict::Wanted { moment: Some(newest.max(moment)) },
        Due::At { .. } | Due::Working | Due::Never => Verdict::Superfluous,
    }
}

/// How long to wait until what happened in the tenant can be seen as a whole: whoever asks gathers for a while what
/// belongs together, and asks for the end of that.
fn not_yet(asked: Asked<'_>, now: Timestamp) -> Option<Duration> {
    let wait = Duration::try_from(asked.at.duration_since(now)).ok()?;
    (asked.scheduled_for.is_none() && !wait.is_zero()).then(|| wait.min(LONGEST_WAIT))
}

fn is_at_an_end(standing: &Standing) -> bool {
    match standing.failure {
        None => standing.outcome == Outcome::Complete,
        Some(kind) => !standing.outcome.can_continue() || kind.needs_a_person(),
    }
}

/// What may pass by itself and is continued is not worth telling; what needs a person is.
fn is_worth_telling(record: &RunRecord, kind: FailureKind) -> bool {
    !record.outcome.can_continue() || kind.needs_a_person()
}

/// What only means: not now, or not any more.
fn not_a_failure(error: &EngineError) -> Option<Handled> {
    match error {
        EngineError::Store(StoreError::Busy { .. } | StoreError::LeaseLost { .. }) => {
            Some(Handled::Later(WHILE_BUSY))
        }
        EngineError::Stopped(_) | EngineError::Store(StoreError::ConnectionChanged(_)) => {
            Some(Handled::Later(AT_ONCE))
        }
        EngineError::Store(StoreError::UnknownConnection(_)) => Some(Handled::Done),
        _ => None,
    }
}

/// With a schedule the planner tries again when it is time, since the record says what happened. What somebody
/// asked for otherwise is tried again while that may help, and then handed to whoever looks at such things.
fn after_failure(connection: &Connection, kind: FailureKind, error: &EngineError) -> Handled {
    if connection.schedule.is_some() {
        return Handled::Done;
    }
    match kind {
        FailureKind::Retry => Handled::Later(SOON),
        FailureKind::Auth | FailureKind::Settings | FailureKind::Bug => {
            Handled::Refused(format!("\"{}\" could not be synced: {error}", connection.id))
        }
    }
}

/// Tells the log what a person would see on a screen.
struct Logged(Span);

impl Subscriber for Logged {
    fn event(&self, event: Event) {
        match event {
            Event::Started { run, finished_before } => {
                self.0.record("run", tracing::field::display(run));
                self.0.in_scope(|| {
                    if finished_before == 0 {
                        tracing::info!("a run starts");
                    } else {
                        tracing::info!(finished_before, "the run is continued");
                    }
                });
            }
            Event::Waiting(Some(time)) if time.as_secs() >= 5 => self.0.in_scope(|| {
                tracing::info!(seconds = time.as_secs(), "Azure asked to slow down");
            }),
            Event::TaskFailed { kind, key, error } => {
                self.0.in_scope(|| tracing::warn!(task = kind, key, error, "a task failed"));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_azure_hints_at_waits_for_the_end_of_its_minute_and_what_is_scheduled_for_nothing() {
        let (connection, now) = ("contoso".parse().unwrap(), Timestamp::UNIX_EPOCH);
        let at = |seconds| Timestamp::from_second(seconds).unwrap();
        let wait = |asked_at, scheduled_for| {
            not_yet(Asked { connection: &connection, scheduled_for, at: at(asked_at) }, now)
        };
        assert_eq!(wait(42, None), Some(Duration::from_secs(42)));
        assert_eq!(wait(1_000_000, None), Some(LONGEST_WAIT));
        assert_eq!(wait(0, None), None);
        assert_eq!(wait(-42, None), None);
        assert_eq!(wait(42, Some(at(0))), None);
    }
}
