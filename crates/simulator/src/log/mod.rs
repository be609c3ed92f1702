//! The request log: counts that tests assert, and the last requests. It never holds a secret or a token.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::{Method, StatusCode};
use serde::Serialize;
use uuid::Uuid;

use crate::server::call::Route;
use crate::server::service::Service;

/// How many of the last requests are kept.
const KEPT: usize = 1_000;

/// What was asked, how often, and how it was answered.
#[derive(Debug, Default)]
pub struct RequestLog(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    counts: BTreeMap<Key, u64>,
    items: BTreeMap<Key, u64>,
    writes: BTreeMap<(Key, String), u64>,
    changes: u64,
    recent: VecDeque<Entry>,
    total: u64,
    units: u64,
    bytes: u64,
    now: u32,
    at_most: u32,
    round_trips: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    service: Service,
    template: &'static str,
    status: u16,
}

/// One request.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    /// 1 for the first request since the start or the last reset.
    pub number: u64,
    /// The service.
    pub service: Service,
    /// The method.
    pub method: String,
    /// The path with the query. Secrets and tokens travel in headers and bodies, which are not kept.
    pub target: String,
    /// The path with placeholders.
    pub template: &'static str,
    /// The status; 0 when the connection was broken instead.
    pub status: u16,
    /// The client id of the caller, once known.
    pub client: Option<Uuid>,
    /// The id that the answer carries.
    pub request_id: Uuid,
    /// Resource Units (Graph).
    pub units: u32,
    /// The size of the body before compression.
    pub bytes: usize,
    /// Whether it asked for a change: neither a read nor a token request, however it was answered.
    pub write: bool,
    /// Whether it changed something.
    pub changed: bool,
    /// The fault that was injected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<&'static str>,
    /// How long the simulator worked on it, latency not counted, in microseconds.
    pub micros: u64,
}

/// How often a path was asked and answered with a status.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Count {
    /// The service.
    pub service: Service,
    /// The path with placeholders.
    pub template: &'static str,
    /// The status; 0 when the connection was broken instead.
    pub status: u16,
    /// How often.
    pub count: u64,
}

/// How often a change of a kind was asked for and answered with a status.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Write {
    /// The service.
    pub service: Service,
    /// The method.
    pub method: String,
    /// The path with placeholders.
    pub template: &'static str,
    /// The status; 0 when the connection was broken instead.
    pub status: u16,
    /// How often.
    pub count: u64,
}

/// The log at a moment.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// Requests, a batch counting once.
    pub total: u64,
    /// Requests in work right now.
    pub in_flight: u32,
    /// The most requests that were in work at the same time.
    pub max_concurrent: u32,
    /// The longest chain of requests of which each began after the one before had been answered: the round trips
    /// somebody has to wait for. It takes latency, without which requests made side by side come one by one.
    pub round_trips: u32,
    /// Resource Units spent at Graph by admitted requests outside batches.
    pub units: u64,
    /// Bytes of bodies before compression.
    pub bytes: u64,
    /// Requests by service, path and status.
    pub counts: Vec<Count>,
    /// Items of batches by path and status.
    pub batch_items: Vec<Count>,
    /// Changes that were asked for, items of batches among them, whether they were made or refused. Reads that come
    /// as POST (getByIds, getMemberGroups, getEntities, checkAccess, a batch of reads) and token requests are none.
    pub writes: Vec<Write>,
    /// How many requests changed something.
    pub changes: u64,
    /// The last requests, oldest first.
    pub recent: Vec<Entry>,
}

impl Summary {
    /// How many requests of a service were answered with a status.
    pub fn answered(&self, service: Service, status: u16) -> u64 {
        self.counts.iter().filter(|it| it.service == service && it.status == status).map(|it| it.count).sum()
    }
}

/// A request in work; it counts as such until this is dropped.
#[derive(Debug)]
pub(crate) struct InFlight<'a> {
    log: &'a RequestLog,
    /// Its place in the longest chain it ends.
    place: u32,
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        let mut state = self.log.state();
        state.now = state.now.saturating_sub(1);
        state.round_trips = state.round_trips.max(self.place);
    }
}

impl RequestLog {
    /// The log now, with the last `recent` requests.
    pub fn summary(&self, recent: usize) -> Summary {
        let state = self.state();
        let skipped = state.recent.len().saturating_sub(recent);
        Summary {
            total: state.total,
            in_flight: state.now,
            max_concurrent: state.at_most,
            round_trips: state.round_trips,
            units: state.units,
            bytes: state.bytes,
            counts: listed(&state.counts),
            batch_items: listed(&state.items),
            writes: written(&state.writes),
            changes: state.changes,
            recent: state.recent.iter().skip(skipped).cloned().collect(),
        }
    }

    /// Forgets everything but the requests in work.
    pub fn reset(&self) {
        let mut state = self.state();
        let now = state.now;
        *state = State { now, at_most: now, ..State::default() };
    }

    /// Says that a request has come.
    pub(crate) fn begin(&self) -> InFlight<'_> {
        let mut state = self.state();
        state.now += 1;
        state.at_most = state.at_most.max(state.now);
        InFlight { log: self, place: state.round_trips + 1 }
    }

    /// Writes a request down.
    pub(crate) fn record(&self, mut entry: Entry) {
        let mut state = self.state();
        state.total += 1;
        state.units += u64::from(entry.units);
        state.bytes += entry.bytes as u64;
        entry.number = state.total;
        let key = Key { service: entry.service, template: entry.template, status: entry.status };
        *state.counts.entry(key).or_default() += 1;
        state.changes += u64::from(entry.changed);
        if entry.write {
            *state.writes.entry((key, entry.method.clone())).or_default() += 1;
        }
        if state.recent.len() == KEPT {
            state.recent.pop_front();
        }
        state.recent.push_back(entry);
    }

    /// Counts an item of a batch.
    pub(crate) fn item(&self, method: &Method, route: &Route, status: StatusCode) {
        let key = Key { service: Service::Graph, template: route.template, status: status.as_u16() };
        let mut state = self.state();
        *state.items.entry(key).or_default() += 1;
        if route.kind.writes() {
            *state.writes.entry((key, method.to_string())).or_default() += 1;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A duration in whole microseconds.
pub(crate) fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

fn written(counts: &BTreeMap<(Key, String), u64>) -> Vec<Write> {
    counts
        .iter()
        .map(|((key, method), count)| Write {
            service: key.service,
            method: method.clone(),
            template: key.template,
            status: key.status,
            count: *count,
        })
        .collect()
}

fn listed(counts: &BTreeMap<Key, u64>) -> Vec<Count> {
    counts
        .iter()
        .map(|(key, count)| Count {
            service: key.service,
            template: key.template,
            status: key.status,
            count: *count,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(template: &'static str, status: u16) -> Entry {
        Entry {
            number: 0,
            service: Service::Graph,
            method: "GET".to_owned(),
            target: template.to_owned(),
            template,
            status,
            client: None,
            request_id: Uuid::nil(),
            units: 2,
            bytes: 10,
            write: false,
            changed: false,
            fault: None,
            micros: 1,
        }
    }

    #[test]
    fn requests_are_counted_by_path_and_status() {
        let log = RequestLog::default();
        for status in [200, 200, 429] {
            log.record(entry("/users", status));
        }
        let summary = log.summary(2);
        assert_eq!((summary.total, summary.units, summary.bytes), (3, 6, 30));
        assert_eq!(summary.answered(Service::Graph, 200), 2);
        assert_eq!(summary.recent.iter().map(|it| it.number).collect::<Vec<_>>(), [2, 3]);
        log.reset();
        assert_eq!(log.summary(9).total, 0);
    }

    #[test]
    fn changes_are_told_apart_from_reads_whether_they_were_made_or_refused() {
        let log = RequestLog::default();
        log.record(entry("/users", 200));
        log.record(Entry {
            write: true,
            changed: true,
            method: "PATCH".to_owned(),
            ..entry("/users/{id}", 204)
        });
        log.record(Entry { write: true, method: "DELETE".to_owned(), ..entry("/users/{id}", 403) });
        let summary = log.summary(0);
        let told: Vec<_> =
            summary.writes.iter().map(|it| (it.method.as_str(), it.status, it.count)).collect();
        assert_eq!(told, [("PATCH", 204, 1), ("DELETE", 403, 1)]);
        assert_eq!(summary.changes, 1);
    }

    #[test]
    fn concurrency_is_the_most_at_the_same_time() {
        let log = RequestLog::default();
        let first = log.begin();
        let second = log.begin();
        drop(first);
        let third = log.begin();
        assert_eq!(log.summary(0).max_concurrent, 2);
        assert_eq!(log.summary(0).in_flight, 2);
        drop((second, third));
        assert_eq!(log.summary(0).in_flight, 0);
    }

    #[test]
    fn only_the_last_requests_are_kept() {
        let log = RequestLog::default();
        for _ in 0..KEPT + 5 {
            log.record(entry("/users", 200));
        }
        let summary = log.summary(usize::MAX);
        assert_eq!(summary.recent.len(), KEPT);
        assert_eq!(summary.recent[0].number, 6);
    }

    #[test]
    fn round_trips_are_the_requests_that_waited_for_one_another() {
        let log = RequestLog::default();
        let (first, beside) = (log.begin(), log.begin());
        drop(first);
        let then = log.begin();
        drop(beside);
        assert_eq!(log.summary(0).round_trips, 1);
        drop(then);
        assert_eq!(log.summary(0).round_trips, 2);
    }
}
