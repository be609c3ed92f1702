//! What listeners are told by outgoing webhooks.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{ConnectionId, FindingOutcome, Outcome, RunId};

/// Something that happened. It is small: whoever wants more asks for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announcement {
    /// Its id, the same in every delivery.
    pub id: Uuid,
    /// When it happened.
    pub timestamp: Timestamp,
    /// What happened.
    #[serde(flatten)]
    pub what: Happening,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
pub enum Happening {
    /// A run ended, or was held.
    #[serde(rename = "run.finished", rename_all = "kebab-case")]
    RunFinished {
        /// Of which connection.
        connection: ConnectionId,
        /// Which run.
        run: RunId,
        /// How it ended.
        outcome: Outcome,
        /// Why, when it is not complete.
        #[serde(skip_serializing_if = "Option::is_none")]
        error: Option<String>,
    },
    /// A validation came to another outcome than the one before.
    #[serde(rename = "validation.changed", rename_all = "kebab-case")]
    ValidationChanged {
        /// Of which connection.
        connection: ConnectionId,
        /// What it was; absent: there was none before.
        #[serde(skip_serializing_if = "Option::is_none")]
        before: Option<FindingOutcome>,
        /// What it is.
        now: FindingOutcome,
        /// The findings that are not as they should be, by id.
        findings: Vec<String>,
    },
    /// Somebody wants to see whether an endpoint is reached.
    #[serde(rename = "endpoint.test", rename_all = "kebab-case")]
    EndpointTest {
        /// Which; no other is told.
        endpoint: Uuid,
    },
    /// A connection's credential ends soon, or has ended.
    #[serde(rename = "credential.expiring", rename_all = "kebab-case")]
    CredentialExpiring {
        /// Of which connection.
        connection: ConnectionId,
        /// When it ends.
        expires_at: Timestamp,
        /// Whole days until then; 0: today, or it has ended.
        days: u32,
    },
}

impl Happening {
    /// What an endpoint can ask to be told of. A test is told to whom it is for.
    pub const KINDS: [&'static str; 3] = ["run.finished", "validation.changed", "credential.expiring"];

    /// Its type, as it is written.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::RunFinished { .. } => "run.finished",
            Self::ValidationChanged { .. } => "validation.changed",
            Self::EndpointTest { .. } => "endpoint.test",
            Self::CredentialExpiring { .. } => "credential.expiring",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_announcement_is_written_with_type_timestamp_and_data() {
        let what = Happening::CredentialExpiring {
            connection: "contoso".parse().unwrap(),
            expires_at: Timestamp::UNIX_EPOCH,
            days: 3,
        };
        let announcement = Announcement { id: Uuid::nil(), timestamp: Timestamp::UNIX_EPOCH, what };
        let written = serde_json::to_value(&announcement).unwrap();
        assert_eq!(written["type"], announcement.what.kind());
        assert_eq!(written["data"]["expires-at"], "1970-01-01T00:00:00Z");
        assert_eq!(serde_json::from_value::<Announcement>(written).unwrap(), announcement);
    }
}
