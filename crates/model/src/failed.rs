//! The tasks of a run that failed: enough of them to see what is wrong, and how many there are.

use serde::{Deserialize, Serialize};

use crate::Task;

/// Tasks that are named. A tenant that refuses refuses thousands of tasks alike, and a record is read whole.
const NAMED: usize = 20;
/// Characters of a key or a reason that are kept; a connector may make them as long as it likes.
const LONGEST: usize = 500;

/// A task that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedTask {
    /// What it was to collect.
    pub kind: String,
    /// Which part of it.
    pub key: String,
    /// Why it failed, as a sentence.
    pub reason: String,
}

/// The tasks of a run that failed: all of them counted, the first twenty named.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedTasks {
    /// How many failed.
    pub count: u64,
    /// The first of them, in the order in which they failed.
    pub first: Vec<FailedTask>,
}

impl FailedTasks {
    /// Adds one.
    pub fn add(&mut self, task: &Task, reason: &str) {
        self.count += 1;
        if self.first.len() < NAMED {
            self.first.push(FailedTask {
                kind: shortened(&task.kind),
                key: shortened(&task.key),
                reason: shortened(reason),
            });
        }
    }

    /// Whether none failed.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// How many failed beside those that are named.
    pub fn unnamed(&self) -> u64 {
        self.count.saturating_sub(self.first.len() as u64)
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_twenty_are_named_and_all_are_counted() {
        let mut failed = FailedTasks::default();
        for number in 0..25 {
            let task = Task { kind: "members".into(), key: number.to_string(), payload: "secret".into() };
            failed.add(&task, "the tenant says no");
        }
        assert_eq!((failed.count, failed.first.len(), failed.unnamed()), (25, 20, 5));
        assert_eq!(failed.first[19].key, "19");
        assert!(!serde_json::to_string(&failed).unwrap().contains("secret"), "payloads are not for people");
    }

    #[test]
    fn what_a_connector_makes_too_long_is_cut() {
        let mut failed = FailedTasks::default();
        let task = Task { kind: "members".into(), key: "ü".repeat(10_000), payload: String::new() };
        failed.add(&task, &"x".repeat(LONGEST));
        assert_eq!(failed.first[0].key.chars().count(), LONGEST + 1);
        assert_eq!(failed.first[0].reason.len(), LONGEST, "what is not longer stays as it is");
    }
}
