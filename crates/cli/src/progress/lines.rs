//! Progress for logs: a line for each phase, and one now and then while collecting.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use fairlead_engine::{Event, Subscriber};
use fairlead_model::Description;

use super::tally::{self, Tally};
use crate::output::{bytes, say, thousands};

/// Long enough not to flood a log, short enough to see that something moves.
const EVERY: Duration = Duration::from_secs(10);

pub(crate) struct Lines(Mutex<State>);

struct State {
    tally: Tally,
    told: Instant,
}

impl Lines {
    pub(super) fn new(connector: &Description) -> Self {
        Self(Mutex::new(State { tally: Tally::new(connector), told: Instant::now() }))
    }
}

impl Subscriber for Lines {
    fn event(&self, event: Event) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.tally.add(&event);
        match &event {
            Event::Phase(phase) => say(tally::name(*phase)),
            Event::Started { run, finished_before: 0 } => say(&format!("run {run}")),
            Event::Started { run, finished_before } => {
                let done = thousands(*finished_before);
                say(&format!("run {run} continues: {done} tasks were done before"));
            }
            Event::TaskFailed { kind, key, error } => say(&format!("{kind} {key}: {error}")),
            Event::FilesRemoved { run, bytes: size, .. } => {
                say(&format!("the files of run {run} were removed ({})", bytes(*size)));
            }
            Event::Waiting(Some(time)) if time.as_secs() >= 5 => {
                say(&format!("Azure asked to slow down: waiting {} s", time.as_secs()));
            }
            Event::Task { .. } if state.told.elapsed() >= EVERY => {
                state.told = Instant::now();
                let tally = &state.tally;
                let (finished, remaining) = (thousands(tally.finished), thousands(tally.remaining));
                say(&format!("{finished} tasks done, {remaining} to do: {}", tally.counts()));
            }
            _ => {}
        }
    }
}
