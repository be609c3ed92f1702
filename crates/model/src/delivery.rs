//! How far the telling of one announcement to one endpoint is.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// An announcement on its way to an endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Delivery {
    /// Which announcement.
    pub announcement: Uuid,
    /// To which endpoint.
    pub endpoint: Uuid,
    /// How it stands.
    #[serde(flatten)]
    pub state: DeliveryState,
    /// Attempts so far, the one under way included.
    pub attempts: u32,
    /// The attempt that ended last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Attempt>,
}

/// How a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case", rename_all_fields = "kebab-case")]
pub enum DeliveryState {
    /// It is to be attempted.
    Waiting {
        /// Not before this.
        until: Timestamp,
    },
    /// An attempt is under way; one whose process died counts as failed.
    Sending {
        /// By then it has ended, one way or the other.
        until: Timestamp,
    },
    /// The endpoint took it.
    Delivered,
    /// It will not be attempted again, unless somebody asks for it.
    GivenUp,
}

/// What came of an attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Attempt {
    /// When it ended.
    pub at: Timestamp,
    /// HTTP status; absent: there was no answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// What was wrong, as a sentence; absent: nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

impl Delivery {
    /// A delivery that begins.
    pub fn new(announcement: Uuid, endpoint: Uuid, now: Timestamp) -> Self {
        Self { announcement, endpoint, state: DeliveryState::Waiting { until: now }, attempts: 0, last: None }
    }

    /// When there is something to do about it; absent: never again.
    pub fn due(&self) -> Option<Timestamp> {
        match self.state {
            DeliveryState::Waiting { until } | DeliveryState::Sending { until } => Some(until),
            DeliveryState::Delivered | DeliveryState::GivenUp => None,
        }
    }
}
