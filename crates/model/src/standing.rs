//! How a connection stands: what became of its newest run, as far as a schedule needs to know.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Outcome, RunId, RunRecord};

/// What kind of failure ended or held a run: whether trying again may help, and if not, whose turn it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// It may pass by itself: Azure, the network, the disk.
    Retry,
    /// The tenant refuses: the credential, a consent, a role.
    Auth,
    /// The connection or a setting is wrong.
    Settings,
    /// A defect of Fairlead or of the connector.
    Bug,
}

impl FailureKind {
    /// The word used in files and output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::Auth => "auth",
            Self::Settings => "settings",
            Self::Bug => "bug",
        }
    }

    /// Whether the same will fail again until a person changes something.
    pub fn needs_a_person(self) -> bool {
        matches!(self, Self::Auth | Self::Settings)
    }
}

impl fmt::Display for FailureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// How the run that was worked on last stands. Small, and kept beside the runs, so that it can be had for
/// thousands of connections without reading their history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Standing {
    /// The run.
    pub run: RunId,
    /// When that run first started.
    pub started_at: Timestamp,
    /// The moment of the schedule it is for; absent: somebody asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheduled_for: Option<Timestamp>,
    /// How it stands.
    pub outcome: Outcome,
    /// What kind of failure it ended or was held with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<FailureKind>,
    /// Failures since a run was last complete, over all runs.
    #[serde(default)]
    pub failures: u32,
    /// Since when it stands so.
    pub at: Timestamp,
}

impl Standing {
    /// What follows from a run's record, after what stood before.
    pub fn after(before: Option<&Self>, record: &RunRecord, now: Timestamp) -> Self {
        let earlier = before.map_or(0, |before| before.failures);
        let failures = match record.failure {
            Some(_) => earlier.saturating_add(1),
            None if record.outcome == Outcome::Complete => 0,
            None => earlier,
        };
        Self {
            run: record.id,
            started_at: record.started_at,
            scheduled_for: record.scheduled_for,
            outcome: record.outcome,
            failure: record.failure,
            failures,
            at: now,
        }
    }

    /// Up to which moment of a schedule it serves: one that was asked for does until it started.
    pub fn serves(&self) -> Timestamp {
        self.scheduled_for.unwrap_or(self.started_at)
    }
}
