//! The planner: at every tick it finds the connections that are due and asks for one sync each.

use std::collections::{BTreeMap, BTreeSet};

use fairlead_model::{Announcement, Connection, ConnectionId, Message, Outcome, Schedule, Standing};
use fairlead_store::{Overview, State};
use futures::{StreamExt as _, stream};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use uuid::Uuid;

use super::{Due, credentials, due};
use crate::{EngineError, Queue, announce::announce};

/// Leases looked at side by side.
const READERS: usize = 16;
/// How long a message may wait in the queue before another one is sent for the same. One too many does no harm.
const PATIENCE: SignedDuration = SignedDuration::from_mins(15);

/// Plans. What it remembers from tick to tick only saves work: a new planner plans the same.
#[derive(Debug, Default)]
pub struct Planner {
    overview: Overview,
    /// What was asked for, and when, so that a message that waits is not sent again at every tick.
    asked: BTreeMap<ConnectionId, Asked>,
    /// Announcements known to be kept.
    told: BTreeSet<Uuid>,
}

#[derive(Debug, PartialEq, Eq)]
struct Asked {
    moment: Timestamp,
    /// The standing it was asked for; after a change of it, it is something else that is asked for.
    since: Option<Timestamp>,
    at: Timestamp,
}

/// What a tick did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Ticked {
    /// Connections there are.
    pub connections: usize,
    /// Those with a schedule that is in force.
    pub scheduled: usize,
    /// Those a sync was asked for.
    pub asked: Vec<ConnectionId>,
    /// Those that are due and were asked for before.
    pub waiting: usize,
    /// Announcements of credentials that end soon.
    pub announced: usize,
    /// Objects whose names were listed.
    pub listed: usize,
    /// Objects fetched.
    pub fetched: usize,
}

/// How a connection stands and when it is synced next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Outlook {
    /// The connection.
    pub connection: ConnectionId,
    /// Whether it is enabled.
    pub enabled: bool,
    /// How often it is synced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Schedule>,
    /// When it is due.
    #[serde(flatten)]
    pub due: Due,
    /// How its last run stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub standing: Option<Standing>,
}

impl Planner {
    /// A planner that knows nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks for a sync of every connection that is due at `now`, and tells of credentials that end soon.
    ///
    /// # Errors
    /// When the state cannot be read or the queue does not take messages; the next tick makes up for it.
    pub async fn tick(
        &mut self,
        state: &State,
        queue: &dyn Queue,
        now: Timestamp,
    ) -> Result<Ticked, EngineError> {
        let mut ticked = self.look(state).await?;
        let outlooks = self.outlooks(state, now).await?;
        ticked.connections = outlooks.len();
        ticked.scheduled = outlooks.iter().filter(|outlook| outlook.due != Due::Never).count();
        self.asked.retain(|id, _| outlooks.iter().any(|it| it.connection == *id && is_now(it.due)));
        let mut asking = Vec::new();
        for Outlook { connection, due, standing, .. } in outlooks {
            let Due::Now { moment } = due else { continue };
            let asked = Asked { moment, since: standing.map(|standing| standing.at), at: now };
            if self.asked.get(&connection).is_some_and(|before| before.still_stands(&asked)) {
                ticked.waiting += 1;
            } else {
                asking.push((connection, asked));
            }
        }
        let message = |(connection, asked): &(ConnectionId, Asked)| Message::Sync {
            connection: connection.clone(),
            scheduled_for: Some(asked.moment),
            asked_at: now,
        };
        let messages: Vec<Message> = asking.iter().map(message).collect();
        if !messages.is_empty() {
            queue.send(&messages).await?;
        }
        ticked.asked = asking.iter().map(|(connection, _)| connection.clone()).collect();
        self.asked.extend(asking);
        ticked.announced = self.tell(state, queue, now).await?;
        Ok(ticked)
    }

    /// Every connection, in the order of their names, and when it is synced next.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub async fn outlook(&mut self, state: &State, now: Timestamp) -> Result<Vec<Outlook>, EngineError> {
        self.look(state).await?;
        self.outlooks(state, now).await
    }

    async fn look(&mut self, state: &State) -> Result<Ticked, EngineError> {
        let looked = self.overview.look(state).await?;
        for error in &looked.unreadable {
            tracing::error!(%error, "a connection is left out of the schedule");
        }
        Ok(Ticked { listed: looked.listed, fetched: looked.fetched, ..Ticked::default() })
    }

    async fn outlooks(&self, state: &State, now: Timestamp) -> Result<Vec<Outlook>, EngineError> {
        let each = self.overview.iter().map(async |(connection, standing)| {
            let is_leased = match standing {
                // A run that seems to be running may have been killed: its lease tells.
                Some(standing) if standing.outcome == Outcome::Running && is_scheduled(connection) => {
                    state.is_leased(&connection.id).await?
                }
                _ => false,
            };
            Ok(Outlook {
                connection: connection.id.clone(),
                enabled: connection.enabled,
                schedule: connection.schedule,
                due: due(connection, standing, is_leased, now),
                standing: standing.cloned(),
            })
        });
        let outlooks = stream::iter(each).buffered(READERS).collect::<Vec<_>>().await;
        outlooks.into_iter().collect()
    }

    async fn tell(&mut self, state: &State, queue: &dyn Queue, now: Timestamp) -> Result<usize, EngineError> {
        let expiring: Vec<Announcement> = self
            .overview
            .iter()
            .filter_map(|(connection, _)| credentials::expiring(connection, now))
            .collect();
        let ids: BTreeSet<Uuid> = expiring.iter().map(|announcement| announcement.id).collect();
        self.told.retain(|id| ids.contains(id));
        let mut announced = 0;
        for announcement in expiring {
            if !self.told.contains(&announcement.id) {
                announced += usize::from(announce(state, queue, &announcement).await?);
                self.told.insert(announcement.id);
            }
        }
        Ok(announced)
    }
}

impl Asked {
    fn still_stands(&self, now: &Self) -> bool {
        (self.moment, self.since) == (now.moment, now.since)
            && self.at <= now.at
            && now.at.duration_since(self.at) < PATIENCE
    }
}

fn is_now(due: Due) -> bool {
    matches!(due, Due::Now { .. })
}

fn is_scheduled(connection: &Connection) -> bool {
    connection.enabled && connection.schedule.is_some()
}
