//! Who listens: addresses that are told what happens.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;
use uuid::Uuid;

use crate::{Announcement, Happening};

/// An address that is told what happens. Its keys are in the secret store, under its id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Endpoint {
    /// Its id.
    pub id: Uuid,
    /// The address.
    pub url: Url,
    /// Types of announcements it wants; empty: all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<String>,
    /// Whether it may lie in a private network, or on this machine. Otherwise such addresses are refused, whatever
    /// name leads there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub allow_private: bool,
    /// When it was added.
    pub added_at: Timestamp,
    /// It is told nothing any more; absent: it is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disabled: Option<Disabled>,
}

/// Since when and why an endpoint is told nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Disabled {
    /// Since when.
    pub at: Timestamp,
    /// Why, as a sentence.
    pub reason: String,
}

impl Endpoint {
    /// Whether it is to be told.
    pub fn wants(&self, announcement: &Announcement) -> bool {
        if self.disabled.is_some() {
            return false;
        }
        match &announcement.what {
            Happening::EndpointTest { endpoint } => *endpoint == self.id,
            what => self.events.is_empty() || self.events.iter().any(|event| event == what.kind()),
        }
    }
}
