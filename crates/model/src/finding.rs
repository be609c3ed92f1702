//! What a validation found: one finding a check, with its evidence and what to do.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Api, ConnectionId, Mode};

/// What became of one check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Finding {
    /// What was found, as a stable slug: `AREA.WORD`, such as `credential.expired`.
    pub id: String,
    /// Which of several: a permission's name, a role's, a subscription's id; empty where there is but one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub subject: String,
    /// What it means.
    pub outcome: FindingOutcome,
    /// One sentence for a person.
    pub sentence: String,
    /// Of what waits: from when on it counts as failed; absent where only Azure knows how long it takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waits_until: Option<Timestamp>,
    /// The connector whose own check this is: its words, its commands; absent: what everybody is looked at for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told_by: Option<String>,
    /// What was asked, and what was answered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Evidence>,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<Remedy>,
}

/// What a finding means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FindingOutcome {
    /// As it should be.
    Pass,
    /// It works, but somebody should know.
    Warn,
    /// It could not be looked at; says nothing about the tenant.
    Unknown,
    /// It was changed a moment ago, and Azure needs time to spread it.
    Waiting,
    /// It is wrong.
    Fail,
}

impl fmt::Display for FindingOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Pass => "pass",
            Self::Warn => "warn",
            Self::Unknown => "unknown",
            Self::Waiting => "waiting",
            Self::Fail => "fail",
        })
    }
}

/// One request a finding rests on. It holds no token and no secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Evidence {
    /// Method and path, without host.
    pub request: String,
    /// The service; absent: Entra ID's own endpoints.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api: Option<Api>,
    /// HTTP status; absent: there was no answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The service's code of the error, such as `AADSTS7000222` or `AuthorizationFailed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The service's id of the request, which Microsoft's support asks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// When it was answered.
    pub at: Timestamp,
}

/// What to do about a finding.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Remedy {
    /// What to do, as a sentence.
    pub action: String,
    /// Where in the portal, as people click: `Enterprise applications > Fairlead > Properties`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub portal: Option<PortalPlace>,
    /// The same as commands that can be pasted into a shell, a line each: the Azure CLI's, or Fairlead's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// The role whoever does it needs, such as `Cloud Application Administrator`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needs_role: Option<String>,
}

/// A place in the portal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct PortalPlace {
    /// The way there, as people click.
    pub path: String,
    /// A link that leads there.
    pub url: String,
}

/// All findings of one validation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Report {
    /// The connection.
    pub connection: ConnectionId,
    /// Its connector.
    pub connector: String,
    /// Its mode.
    pub mode: Mode,
    /// What that mode comes to, in the connector's words: what is right for one mode says nothing of another.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub purpose: String,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Timestamp,
    /// Requests made.
    pub requests: u64,
    /// When waiting may be over: seconds from `finished_at` at which asking again makes sense.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_seconds: Option<u32>,
    /// In the order of the checks.
    pub findings: Vec<Finding>,
}

impl Report {
    /// The worst outcome; `Pass` when there is no finding.
    pub fn outcome(&self) -> FindingOutcome {
        self.findings.iter().map(|finding| finding.outcome).max().unwrap_or(FindingOutcome::Pass)
    }

    /// How many findings have an outcome.
    pub fn count(&self, outcome: FindingOutcome) -> usize {
        self.findings.iter().filter(|finding| finding.outcome == outcome).count()
    }
}
