//! A validation somebody asked for, as it is remembered.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{ConnectionId, Report};

/// A validation and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ValidationRecord {
    /// Its id.
    pub id: Uuid,
    /// What is looked at; of a proposed connection, the name it goes by meanwhile.
    pub connection: ConnectionId,
    /// When it was asked for.
    pub asked_at: Timestamp,
    /// What became of it.
    #[serde(flatten)]
    pub state: ValidationState,
}

/// What became of a validation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum ValidationState {
    /// Nobody has finished it yet.
    Pending,
    /// It was looked at.
    Done {
        /// What was found.
        report: Report,
    },
    /// It could not be looked at.
    Failed {
        /// Why, and what to do, as a sentence.
        error: String,
    },
}
