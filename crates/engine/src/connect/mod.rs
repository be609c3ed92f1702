//! Connections: added, edited, removed, with their credentials. Everything that can be checked without the
//! tenant is checked here; what needs the tenant is [`crate::validate`].

mod add;
mod credential;
mod edit;
mod federated;
mod learn;
mod remove;
mod rules;

use fairlead_secrets::SecretStore;
use fairlead_store::State;
use serde::Serialize;

pub use add::{Added, NewConnection};
pub use credential::NewCredential;
pub(crate) use credential::ids_of;
pub use edit::{Changes, Edited};
pub use federated::AwsAssertions;

/// Where connections and their secrets are kept.
#[derive(Debug, Clone, Copy)]
pub struct Registry<'a> {
    /// Connections, runs and leases.
    pub state: &'a State,
    /// Secrets.
    pub secrets: &'a dyn SecretStore,
}

/// Something a person should know of what was done, although it was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Remark(pub String);
