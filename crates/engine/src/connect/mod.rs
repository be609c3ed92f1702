//! Connections: added, edited, removed, with their credentials. Everything that can be checked without the
//! tenant is checked here; what needs the tenant is [`crate::validate`].
//!
//! Two things go on side by side: a connection is changed against what it was (its generation), and connections are
//! judged beside each other. For the second, and for a secret that goes with its connection, whoever writes holds the
//! registry's lease for that moment. Nothing slow is done under it: a sign-in is proven before.

mod add;
mod credential;
mod edit;
mod federated;
mod learn;
mod remove;
mod rules;

use std::time::Duration;

use async_trait::async_trait;
use fairlead_host::Connector;
use fairlead_secrets::SecretStore;
use fairlead_store::{RegistryLease, State};
use serde::Serialize;

use crate::EngineError;

pub use add::{Added, NewConnection};
pub use credential::NewCredential;
pub(crate) use credential::ids_of;
pub use edit::{Changes, Edited};
pub use federated::AwsAssertions;
pub use remove::{Collected, Gone};

/// Far longer than changing a connection takes.
const CHANGING: Duration = Duration::from_mins(1);
/// How long others who are changing connections are waited for. Each of them takes moments.
const PATIENCE: Duration = Duration::from_secs(20);

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

/// Where a connector is had from, once one is needed: to disable a connection, none is.
#[async_trait]
pub trait Connectors: Send + Sync {
    /// The connector with this id.
    ///
    /// # Errors
    /// `UnknownConnector`, or what the host says against its file.
    async fn connector(&self, id: &str) -> Result<Connector, EngineError>;
}

/// One that is at hand already.
#[async_trait]
impl Connectors for Connector {
    async fn connector(&self, _: &str) -> Result<Connector, EngineError> {
        Ok(self.clone())
    }
}

impl Registry<'_> {
    /// The right to judge connections beside each other and to write one. Give it to [`settled`].
    async fn claim(&self) -> Result<RegistryLease, EngineError> {
        Ok(self.state.registry_lease(&holder(), CHANGING, PATIENCE).await?)
    }
}

/// Gives the right back, whatever came of what was done with it. What was done is done: a right that cannot be given
/// back ends by itself.
async fn settled<T>(lease: RegistryLease, done: Result<T, EngineError>) -> Result<T, EngineError> {
    if let Err(error) = lease.release().await {
        tracing::warn!(%error, "others may have to wait a minute before they change connections");
    }
    done
}

/// This process, as others are told who is at it.
fn holder() -> String {
    format!("process {}", std::process::id())
}
