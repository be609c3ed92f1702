//! Work somebody asked for, small enough for any queue.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Connection, ConnectionId};

/// What is to be done. It may be delivered twice, late and out of order: doing it again changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "kebab-case")]
pub enum Message {
    /// Sync a connection.
    Sync {
        /// Which.
        connection: ConnectionId,
        /// The moment of the schedule it is for. A run of this moment or a later one makes it superfluous.
        /// Absent: something happened in the tenant, and any run that starts afterwards will do.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        scheduled_for: Option<Timestamp>,
        /// When it was asked for.
        asked_at: Timestamp,
    },
    /// Validate a connection, or one that is only proposed.
    Validate {
        /// Under which the report is kept.
        id: Uuid,
        /// What is looked at.
        subject: Subject,
    },
    /// Tell those who listen that something happened.
    Announce {
        /// Under which the announcement is kept.
        id: Uuid,
    },
}

/// What a validation looks at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    /// A connection.
    Connection(ConnectionId),
    /// One that is only proposed. Its secret, if it has one, is in the secret store under its name, which
    /// nobody else uses, until the report is there.
    Proposed(Box<Connection>),
}

impl Subject {
    /// The connection it is about; of a proposed one, the name it goes by meanwhile.
    pub fn connection(&self) -> &ConnectionId {
        match self {
            Self::Connection(id) => id,
            Self::Proposed(proposed) => &proposed.id,
        }
    }
}
