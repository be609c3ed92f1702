//! The planner: at every tick it finds the connections that are due and asks for one sync each.

use std::collections::{BTreeMap, BTreeSet};

use fairlead_model::{Announcement, Connection, ConnectionId, Message, Outcome, Schedule, Standing};
use fairlead_store::{Overview, State};
use futures::{StreamExt as _, stream};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use uuid::Uuid;

use super::{Due, credentials, due, is_scheduled};
use crate::{EngineError, Queue, announce::announce, webhooks::Overdue};

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
    overdue: Overdue,
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
    /// Announcements whose messages were lost.
    pub told_again: usize,
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

    /// Asks for a sync of every connection that is due at `now`, and tells of credentials that end soon, and again of
    /// what some endpoint should have been told a while ago.
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
        ticked.told_again = self.overdue.send(state, queue, now).await?;
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
        let leased = self.leased(state).await?;
        let outlook = |(connection, standing): (&Connection, Option<&Standing>)| Outlook {
            connection: connection.id.clone(),
            enabled: connection.enabled,
            schedule: connection.schedule,
            due: due(connection, standing, leased.contains(&connection.id), now),
            standing: standing.cloned(),
        };
        Ok(self.overview.iter().map(outlook).collect())
    }

    /// Of the scheduled connections whose run seems to be running, those on which somebody works indeed.
    async fn leased(&self, state: &State) -> Result<BTreeSet<ConnectionId>, EngineError> {
        let seems_running = |standing: Option<&Standing>| {
            standing.is_some_and(|standing| standing.outcome == Outcome::Running)
        };
        let doubtful: Vec<ConnectionId> = self
            .overview
            .iter()
            .filter(|(connection, standing)| is_scheduled(connection) && seems_running(*standing))
            .map(|(connection, _)| connection.id.clone())
            .collect();
        let mut asking = stream::iter(doubtful)
            .map(|id| async move { state.is_leased(&id).await.map(|is_leased| is_leased.then_some(id)) })
            .buffer_unordered(READERS);
        let mut leased = BTreeSet::new();
        while let Some(answer) = asking.next().await {
            leased.extend(answer?);
        }
        Ok(leased)
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

#[cfg(test)]
mod tests {
    use std::{
        sync::{Arc, Mutex},
        time::Duration,
    };

    use async_trait::async_trait;
    use fairlead_model::{RunId, RunRecord};
    use object_store::memory::InMemory;
    use serde_json::json;

    use super::*;

    #[derive(Default)]
    struct Basket(Mutex<Vec<Message>>);

    #[async_trait]
    impl Queue for Basket {
        async fn send(&self, messages: &[Message]) -> Result<(), EngineError> {
            self.0.lock().unwrap().extend(messages.iter().cloned());
            Ok(())
        }
    }

    fn connection(name: &str, every: Option<&str>) -> Connection {
        serde_json::from_value(json!({
            "id": name, "connector": "example", "tenant": "contoso.example", "schedule": every,
            "client-id": Uuid::nil(), "created-at": Timestamp::UNIX_EPOCH,
        }))
        .unwrap()
    }

    fn announced(message: &Message) -> Option<Uuid> {
        match message {
            Message::Announce { id } => Some(*id),
            Message::Sync { .. } | Message::Validate { .. } => None,
        }
    }

    async fn ran(state: &State, name: &str, scheduled_for: Timestamp) {
        let id: ConnectionId = name.parse().unwrap();
        let lease = state.lease(&id, "me", Duration::from_mins(1)).await.unwrap();
        let run: RunRecord = serde_json::from_value(json!({
            "schema": 1, "id": RunId::now(), "connection": id, "connector": "example", "connector-version": "",
            "connector-digest": "", "started-at": scheduled_for, "scheduled-for": scheduled_for,
            "outcome": "complete",
        }))
        .unwrap();
        lease.save_run(&run).await.unwrap();
        lease.release().await.unwrap();
    }

    /// The function's runtime moves its work between threads.
    #[test]
    fn a_tick_can_move_between_threads() {
        fn moves<T: Send>(_: T) {}
        let (state, queue) = (State::objects(Arc::new(InMemory::new())), Basket::default());
        moves(Planner::new().tick(&state, &queue, Timestamp::UNIX_EPOCH));
    }

    #[tokio::test]
    async fn what_is_due_is_asked_for_once_until_something_changes_or_it_takes_too_long() {
        let state = State::objects(Arc::new(InMemory::new()));
        state.add_connection(&connection("hourly", Some("1h"))).await.unwrap();
        state.add_connection(&connection("by-hand", None)).await.unwrap();
        let (queue, mut planner, now) = (Basket::default(), Planner::new(), Timestamp::now());
        let first = planner.tick(&state, &queue, now).await.unwrap();
        assert_eq!((first.connections, first.scheduled), (2, 1));
        assert_eq!(first.asked, ["hourly".parse().unwrap()]);
        let [Message::Sync { scheduled_for: Some(moment), .. }] = queue.0.lock().unwrap()[..] else {
            panic!("one sync");
        };
        let minute = SignedDuration::from_mins(1);
        let again = planner.tick(&state, &queue, now + minute).await.unwrap();
        assert_eq!((again.asked.len(), again.waiting), (0, 1));
        assert_eq!(Planner::new().tick(&state, &queue, now).await.unwrap().asked.len(), 1, "a new one asks");
        ran(&state, "hourly", moment).await;
        let served = planner.tick(&state, &queue, now + minute * 2).await.unwrap();
        assert_eq!((served.asked.len(), served.waiting, served.fetched), (0, 0, 1));
        assert_eq!(planner.tick(&state, &queue, now + minute * 62).await.unwrap().asked.len(), 1);
        assert_eq!(planner.tick(&state, &queue, now + minute * 63).await.unwrap().waiting, 1);
        assert_eq!(planner.tick(&state, &queue, now + minute * 90).await.unwrap().asked.len(), 1, "lost?");
    }

    #[tokio::test]
    async fn a_killed_run_is_asked_for_again_and_one_that_is_worked_on_is_not() {
        let state = State::objects(Arc::new(InMemory::new()));
        state.add_connection(&connection("hourly", Some("1h"))).await.unwrap();
        let now = Timestamp::now();
        let id: ConnectionId = "hourly".parse().unwrap();
        let lease = state.lease(&id, "me", Duration::from_mins(1)).await.unwrap();
        let run: RunRecord = serde_json::from_value(json!({
            "schema": 1, "id": RunId::now(), "connection": id, "connector": "example", "connector-version": "",
            "connector-digest": "", "started-at": now, "scheduled-for": now, "outcome": "running",
        }))
        .unwrap();
        lease.save_run(&run).await.unwrap();
        let queue = Basket::default();
        assert!(Planner::new().tick(&state, &queue, now).await.unwrap().asked.is_empty());
        lease.release().await.unwrap();
        assert_eq!(Planner::new().tick(&state, &queue, now).await.unwrap().asked.len(), 1);
    }

    #[tokio::test]
    async fn a_tick_over_a_thousand_connections_fetches_what_changed() {
        let state = State::objects(Arc::new(InMemory::new()));
        let moment = Timestamp::now();
        for number in 0..1000 {
            let name = format!("c-{number}");
            state.add_connection(&connection(&name, Some("6h"))).await.unwrap();
            ran(&state, &name, moment).await;
        }
        let (queue, mut planner) = (Basket::default(), Planner::new());
        let first = planner.tick(&state, &queue, moment).await.unwrap();
        assert_eq!((first.listed, first.fetched, first.asked.len()), (2000, 2000, 0));
        ran(&state, "c-7", moment).await;
        let second = planner.tick(&state, &queue, moment).await.unwrap();
        assert_eq!((second.listed, second.fetched), (2001, 1));
    }

    #[tokio::test]
    async fn the_end_of_a_credential_is_announced_once_a_step() {
        let state = State::objects(Arc::new(InMemory::new()));
        let now = Timestamp::now();
        let mut ending = connection("ending", None);
        ending.credential = Some(
            serde_json::from_value(json!({
                "kind": "client-secret", "set-at": Timestamp::UNIX_EPOCH,
                "expires-at": now + SignedDuration::from_hours(10 * 24),
            }))
            .unwrap(),
        );
        state.add_connection(&ending).await.unwrap();
        let queue = Basket::default();
        for _ in 0..3 {
            Planner::new().tick(&state, &queue, now).await.unwrap();
        }
        let [Message::Announce { id }] = queue.0.lock().unwrap()[..] else { panic!("one announcement") };
        assert!(state.announcement(id).await.unwrap().is_some());
        Planner::new().tick(&state, &queue, now + SignedDuration::from_hours(4 * 24)).await.unwrap();
        let announced: BTreeSet<Uuid> = queue.0.lock().unwrap().iter().filter_map(announced).collect();
        assert_eq!(announced.len(), 2, "the next step, and the first again, of which nobody was told yet");
    }
}
