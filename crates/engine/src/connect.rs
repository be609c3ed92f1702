//! Adding a connection: everything that can be checked without the tenant is checked here.

use std::time::Duration;

use fairlead_host::Connector;
use fairlead_model::{Cloud, Connection, ConnectionId, Mode, Scope, Tags, TenantId};
use fairlead_store::{State, StoreError};
use jiff::Timestamp;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::{EngineError, settings};

/// Far longer than removing takes.
const REMOVAL: Duration = Duration::from_mins(1);

/// What a person gives to connect a tenant.
#[derive(Debug, Clone)]
pub struct NewConnection {
    /// Its name.
    pub id: ConnectionId,
    /// The cloud.
    pub cloud: Cloud,
    /// The tenant.
    pub tenant: TenantId,
    /// Application (client) id.
    pub client_id: Uuid,
    /// What the connector may do.
    pub mode: Mode,
    /// For people.
    pub description: String,
    /// The connector's settings.
    pub settings: Map<String, Value>,
}

/// Adds a connection for a connector; with `dry_run`, only checks that it could be added.
///
/// # Errors
/// `Settings`, `Mode`, or what the store says.
pub async fn add_connection(
    state: &State,
    connector: &Connector,
    new: NewConnection,
    dry_run: bool,
) -> Result<Connection, EngineError> {
    settings::check(connector.description(), &new.settings)?;
    settings::check_mode(connector.description(), new.mode)?;
    if state.connection(&new.id).await?.is_some() {
        return Err(StoreError::ConnectionExists(new.id).into());
    }
    let connection = Connection {
        id: new.id,
        connector: connector.description().id.clone(),
        cloud: new.cloud,
        tenant: new.tenant,
        domain: None,
        client_id: new.client_id,
        credential: None,
        mode: new.mode,
        scope: Scope::default(),
        description: new.description,
        tags: Tags::default(),
        enabled: true,
        owner: None,
        teams: Vec::new(),
        settings: new.settings,
        created_at: Timestamp::now(),
        updated_at: None,
    };
    if !dry_run {
        state.add_connection(&connection).await?;
    }
    Ok(connection)
}

/// Removes a connection, unless a sync is working on it; its runs and files stay.
///
/// # Errors
/// `Busy` while it is being synced, or what the store says.
pub async fn remove_connection(state: &State, id: &ConnectionId) -> Result<(), EngineError> {
    let lease = state.lease(id, &format!("process {}", std::process::id()), REMOVAL).await?;
    let removed = lease.remove_connection().await;
    let released = lease.release().await;
    removed?;
    Ok(released?)
}
