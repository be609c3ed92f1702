//! A connection that somebody proposes: looked at as it would be, and not kept.

use fairlead_model::{Cloud, Connection, ConnectionId, Mode, Scope, Tags, TenantId};
use fairlead_store::State;
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::AskError;
use crate::EngineError;

/// The longest client secret, in bytes. Entra ID's have about 40.
const LONGEST_SECRET: usize = 1024;
/// Subscriptions of one proposal.
const MOST_SUBSCRIPTIONS: usize = 1000;

/// What a connection would be.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Proposal {
    /// The connector's id.
    pub connector: String,
    /// The cloud; absent: the public one.
    #[serde(default)]
    pub cloud: Cloud,
    /// The tenant's id, or one of its domains.
    pub tenant: TenantId,
    /// Application (client) id.
    pub client_id: Uuid,
    /// What the connector may do; absent: read.
    #[serde(default)]
    pub mode: Mode,
    /// Which part of the tenant; absent: all of it.
    #[serde(default)]
    pub scope: Scope,
    /// The connector's settings.
    #[serde(default)]
    pub settings: Map<String, Value>,
}

impl Proposal {
    /// Checks what can be checked without the connector and the tenant.
    ///
    /// # Errors
    /// `Proposal`, or what the state says.
    pub(super) async fn check(&self, secret: &SecretString, state: &State) -> Result<(), AskError> {
        let refuse = |problem: &str| Err(AskError::Proposal(problem.to_owned()));
        let length = secret.expose_secret().len();
        if secret.expose_secret().trim().is_empty() {
            return refuse("credential.client-secret is empty: give the secret's value");
        }
        if length > LONGEST_SECRET {
            return refuse(
                "credential.client-secret is longer than any client secret: give the secret's value",
            );
        }
        if self.connector.is_empty() || self.connector.len() > 63 {
            return refuse("proposed.connector is no connector's id: `fairlead connectors` lists them");
        }
        if self.scope.subscriptions.len() > MOST_SUBSCRIPTIONS {
            return refuse(
                "proposed.scope names more than 1000 subscriptions: name a management group instead",
            );
        }
        if !is_known_cloud(&self.cloud, state).await? {
            return refuse(
                "proposed.cloud has addresses of its own that no connection here uses: have the operator add one \
                 with that cloud first",
            );
        }
        Ok(())
    }

    /// The connection it would be, under a name nobody else uses.
    pub(super) fn connection(self, id: ConnectionId, now: Timestamp) -> Connection {
        Connection {
            id,
            connector: self.connector,
            cloud: self.cloud,
            tenant: self.tenant,
            domain: None,
            client_id: self.client_id,
            credential: None,
            mode: self.mode,
            scope: self.scope,
            description: String::new(),
            tags: Tags::default(),
            enabled: false,
            schedule: None,
            owner: None,
            teams: Vec::new(),
            settings: self.settings,
            created_at: now,
            updated_at: None,
            aimed_at: None,
        }
    }
}

/// Whether a cloud is one of Microsoft's, or one that a connection uses. Whoever proposes a connection must not choose
/// which addresses this installation calls, and with which file of authorities: only the operator can, who did so when
/// adding a connection.
pub(crate) async fn is_known_cloud(cloud: &Cloud, state: &State) -> Result<bool, EngineError> {
    if !matches!(cloud, Cloud::Custom(_)) {
        return Ok(true);
    }
    let known = state.connections().await?;
    Ok(known.found.iter().any(|connection| connection.cloud == *cloud))
}
