//! The unit of a sync: a small, serialisable, repeatable piece of collection work.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use thiserror::Error;

/// One piece of work. Within a run, kind and key name it: the same pair is run once.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Task {
    /// What is collected.
    pub kind: String,
    /// Which part of it.
    pub key: String,
    /// Whatever the connector needs to do it, in its own format.
    pub payload: String,
}

impl Task {
    /// The task's number, the same in every run, so that records can say compactly which task read them.
    pub fn id(&self) -> TaskId {
        let mut hash = Sha256::new();
        hash.update(self.kind.as_bytes());
        hash.update([0]);
        hash.update(self.key.as_bytes());
        let digest = hash.finalize();
        TaskId(digest[..8].iter().fold(0, |number, byte| number << 8 | i64::from(*byte)))
    }
}

/// A number derived from a task's kind and key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TaskId(pub i64);

/// Where an incremental run goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bookmark {
    /// The stream it belongs to.
    pub stream: String,
    /// The service's token.
    pub token: String,
}

/// Why a connector could not do what it was asked. Each text is a sentence for a person.
#[derive(Debug, Clone, PartialEq, Eq, Error, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "failure", content = "reason")]
pub enum Failure {
    /// The settings are wrong.
    #[error("{0}")]
    Settings(String),
    /// The tenant refuses what the connector cannot do without.
    #[error("{0}")]
    Denied(String),
    /// Not now; the run can be continued.
    #[error("{0}")]
    RetryLater(String),
    /// A defect, or an answer the connector does not understand.
    #[error("{0}")]
    Fatal(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_keeps_its_number_and_the_payload_does_not_count() {
        let task = |key: &str, payload: &str| Task {
            kind: "users".into(),
            key: key.into(),
            payload: payload.into(),
        };
        assert_eq!(task("1", "a").id(), task("1", "b").id());
        assert_ne!(task("1", "a").id(), task("2", "a").id());
    }
}
