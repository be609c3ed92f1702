//! One run of a sync, as it is remembered.

use std::{collections::BTreeMap, fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{ConnectionId, CoverageNote, FailedTasks, FailureKind, InvalidName};

/// A run's id: a UUIDv7, so ids sort by time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(pub Uuid);

impl RunId {
    /// A new id for a run that starts now.
    pub fn now() -> Self {
        Self(Uuid::now_v7())
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl FromStr for RunId {
    type Err = uuid::Error;

    fn from_str(given: &str) -> Result<Self, uuid::Error> {
        given.trim().parse().map(Self)
    }
}

/// How a run stands or ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Working, or its process died: the next sync continues it.
    Running,
    /// Stopped before its end and kept: the next sync continues it.
    Stopped,
    /// Everything collected, and far less than the latest complete run has: kept, and published only if somebody
    /// says that it is right. The next sync starts anew.
    Held,
    /// Everything collected and published.
    Complete,
    /// Given up; says why in `error`.
    Failed,
}

impl Outcome {
    /// The word used in files and output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Stopped => "stopped",
            Self::Held => "held",
            Self::Complete => "complete",
            Self::Failed => "failed",
        }
    }

    /// Whether the next sync continues this run instead of starting one.
    pub fn can_continue(self) -> bool {
        matches!(self, Self::Running | Self::Stopped)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a run did, in numbers. Added up over the run's continuations.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Statistics {
    /// HTTP requests sent, tokens and retries included.
    pub requests: u64,
    /// Calls that travelled inside a Graph batch instead of alone.
    pub batched: u64,
    /// Bytes of response bodies received, after decompression.
    pub bytes_received: u64,
    /// Requests sent again after a failure.
    pub retries: u64,
    /// Answers that asked to slow down (429, or 503 with Retry-After).
    pub throttled: u64,
    /// Time requests waited because the service had asked for it, in milliseconds.
    pub throttle_wait_ms: u64,
    /// Tasks finished.
    pub tasks: u64,
    /// Times the run was started or continued.
    pub attempts: u64,
    /// How many of these, up to the last one, ran out of time without having finished a task.
    #[serde(skip_serializing_if = "is_none_of_them")]
    pub fruitless: u64,
    /// Time spent collecting, in milliseconds.
    pub collect_ms: u64,
    /// Time spent publishing, in milliseconds.
    pub publish_ms: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_none_of_them(count: &u64) -> bool {
    *count == 0
}

/// A file a run left behind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ArtifactRecord {
    /// File name.
    pub name: String,
    /// Media type.
    pub media_type: String,
    /// Key in the state store.
    pub key: String,
    /// Size in bytes.
    pub bytes: u64,
    /// SHA-256 in hex.
    pub sha256: String,
}

/// One run of a sync.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct RunRecord {
    /// Schema of this record; 1.
    pub schema: u32,
    /// Its id.
    pub id: RunId,
    /// The connection.
    pub connection: ConnectionId,
    /// The connector's id.
    pub connector: String,
    /// The connector's version; empty: it could not be loaded.
    pub connector_version: String,
    /// SHA-256 of the connector's component, in hex; empty: it could not be loaded.
    pub connector_digest: String,
    /// SHA-256, in hex, of everything that decides what is collected: component, tenant, application, mode
    /// and settings. A run is continued only while it is the same.
    #[serde(default)]
    pub inputs: String,
    /// The moment of the schedule it is for; absent: somebody asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheduled_for: Option<Timestamp>,
    /// When it first started.
    pub started_at: Timestamp,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// How it stands.
    pub outcome: Outcome,
    /// Why it failed, stopped or is held, as a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What kind of failure that is; absent: none, it was asked to stop or ran out of time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<FailureKind>,
    /// The tasks that failed when it was last worked on.
    #[serde(default, skip_serializing_if = "FailedTasks::is_empty")]
    pub failed_tasks: FailedTasks,
    /// Items by kind.
    #[serde(default)]
    pub items: BTreeMap<String, u64>,
    /// Links by kind.
    #[serde(default)]
    pub links: BTreeMap<String, u64>,
    /// What was not seen completely.
    #[serde(default)]
    pub coverage: Vec<CoverageNote>,
    /// In numbers.
    #[serde(default)]
    pub statistics: Statistics,
    /// The packed work file, while the run is unfinished and may be continued by another machine. What was
    /// collected since is collected again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkpoint: Option<ArtifactRecord>,
    /// Somebody said that it is right that the tenant shrank so far.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub smaller_accepted: bool,
    /// The snapshot, once there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snapshot: Option<ArtifactRecord>,
    /// The connector's files.
    #[serde(default)]
    pub artifacts: Vec<ArtifactRecord>,
    /// When snapshot and files were removed because enough newer runs had theirs; what they were stays on
    /// record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub files_removed_at: Option<Timestamp>,
}

impl From<uuid::Error> for InvalidName {
    fn from(error: uuid::Error) -> Self {
        Self::from_text(format!("that is not a run id ({error}): `fairlead runs` lists them"))
    }
}
