//! What the engine tells of its work: progress, metrics and audit subscribe here.

use std::{collections::BTreeMap, time::Duration};

use fairlead_model::{Outcome, RunId, Statistics};

use crate::validate::Stage;

/// A part of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Getting a token.
    SigningIn,
    /// Reading the tenant.
    Collecting,
    /// Making the connector's files.
    Publishing,
    /// Storing snapshot and files.
    Storing,
}

/// Something happened.
#[derive(Debug, Clone)]
pub enum Event {
    /// A run started, or is continued.
    Started {
        /// The run.
        run: RunId,
        /// Tasks it had already finished, when continued.
        finished_before: u64,
    },
    /// The next part began.
    Phase(Phase),
    /// A task's records are on their way to the disk.
    Task {
        /// The task's kind.
        kind: String,
        /// New records by kind.
        records: BTreeMap<String, u64>,
        /// Tasks still to do, as far as known.
        remaining: u64,
    },
    /// A task failed; the others go on.
    TaskFailed {
        /// The task's kind.
        kind: String,
        /// Its key.
        key: String,
        /// Why, as a sentence.
        error: String,
    },
    /// Numbers so far.
    Statistics(Statistics),
    /// A service asked to slow down, and its requests wait this long from now.
    Waiting(Option<Duration>),
    /// Files of an older run, or what a killed process left of them, were removed.
    FilesRemoved {
        /// The run whose files they were.
        run: RunId,
        /// How many.
        files: u64,
        /// Their size in bytes.
        bytes: u64,
    },
    /// The next part of a validation began.
    Looking(Stage),
    /// The run ended.
    Ended(Outcome),
}

/// Receives events. Called from the engine's tasks, so it must not block.
pub trait Subscriber: Send + Sync {
    /// Takes one event.
    fn event(&self, event: Event);
}

/// Listens to nothing.
#[derive(Debug, Clone, Copy)]
pub struct Quiet;

impl Subscriber for Quiet {
    fn event(&self, _: Event) {}
}
