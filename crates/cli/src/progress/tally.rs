//! What the events of a sync add up to.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use fairlead_engine::{Event, Phase};
use fairlead_model::{Description, Statistics};

use crate::output::thousands;

/// Counts so far, and the names to show them under.
pub(crate) struct Tally {
    titles: BTreeMap<String, String>,
    pub(crate) records: BTreeMap<String, u64>,
    pub(crate) finished: u64,
    pub(crate) remaining: u64,
    pub(crate) statistics: Statistics,
    pub(crate) waiting: Option<Duration>,
    pub(crate) phase: Option<Phase>,
    pub(crate) started: Instant,
}

impl Tally {
    pub(crate) fn new(connector: &Description) -> Self {
        let kinds = connector.items.iter().chain(&connector.links);
        Self {
            titles: kinds.map(|kind| (kind.name.clone(), kind.title.clone())).collect(),
            records: BTreeMap::new(),
            finished: 0,
            remaining: 0,
            statistics: Statistics::default(),
            waiting: None,
            phase: None,
            started: Instant::now(),
        }
    }

    /// Adds one event.
    pub(crate) fn add(&mut self, event: &Event) {
        match event {
            Event::Started { finished_before, .. } => self.finished = *finished_before,
            Event::Phase(phase) => self.phase = Some(*phase),
            Event::Task { records, remaining, .. } => {
                self.finished += 1;
                self.remaining = *remaining;
                for (kind, count) in records {
                    *self.records.entry(kind.clone()).or_default() += count;
                }
            }
            Event::Statistics(statistics) => self.statistics = statistics.clone(),
            Event::Waiting(waiting) => self.waiting = *waiting,
            Event::TaskFailed { .. } | Event::FilesRemoved { .. } | Event::Looking(_) | Event::Ended(_) => {}
        }
    }

    /// "10,000 users, 1,000 groups, ...".
    pub(crate) fn counts(&self) -> String {
        let counts = self.records.iter().filter(|(_, count)| **count > 0).map(|(kind, count)| {
            let title = self.titles.get(kind).unwrap_or(kind).to_lowercase();
            format!("{} {title}", thousands(*count))
        });
        counts.collect::<Vec<_>>().join(", ")
    }

    /// Records a second since the start.
    pub(crate) fn rate(&self) -> u64 {
        let records: u64 = self.records.values().sum();
        let elapsed = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        records * 1000 / elapsed.max(1)
    }
}

/// What is going on, in a word.
pub(crate) fn name(phase: Phase) -> &'static str {
    match phase {
        Phase::SigningIn => "signing in",
        Phase::Collecting => "collecting",
        Phase::Publishing => "publishing",
        Phase::Storing => "storing",
    }
}
