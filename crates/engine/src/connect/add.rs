//! Adding a connection.

use fairlead_azure::{DiscoverError, discover};
use fairlead_host::Connector;
use fairlead_model::{Cloud, Connection, ConnectionId, Mode, Requirement, Schedule, Scope, Tags, TenantId};
use fairlead_store::{RegistryLease, StoreError};
use jiff::Timestamp;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{NewCredential, Registry, Remark, rules, settled};
use crate::{EngineError, info::requirements_of, settings};

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
    /// Which part of the tenant.
    pub scope: Scope,
    /// For people.
    pub description: String,
    /// Words it is found by.
    pub tags: Tags,
    /// Whether it is synced on schedule.
    pub enabled: bool,
    /// How often it is synced; absent: only when somebody asks.
    pub schedule: Option<Schedule>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Teams it is shared with.
    pub teams: Vec<String>,
    /// The connector's settings.
    pub settings: Map<String, Value>,
}

/// A connection was added, or could be.
#[derive(Debug, Clone)]
pub struct Added {
    /// As it is kept.
    pub connection: Connection,
    /// What its owner should know.
    pub remarks: Vec<Remark>,
}

impl Registry<'_> {
    /// Adds a connection for a connector; with `dry_run`, only checks that it could be added.
    ///
    /// # Errors
    /// `Settings`, `Mode`, `Duplicate`, `CredentialKind`, an unknown tenant, or what a store says. Nothing is
    /// kept then, the credential neither.
    pub async fn add(
        &self,
        connector: &Connector,
        new: NewConnection,
        credential: Option<NewCredential>,
        dry_run: bool,
    ) -> Result<Added, EngineError> {
        settings::check(connector.description(), &new.settings)?;
        settings::check_mode(connector.description(), new.mode)?;
        let id = new.id.clone();
        if self.state.connection(&id).await?.is_some() {
            return Err(StoreError::ConnectionExists(id).into());
        }
        let (mut connection, mut remarks) = resolved(connector, new).await?;
        if let Some(credential) = &credential {
            connection.credential = Some(self.record(credential).await?);
        }
        remarks.extend(rules::idle_schedule(connector.description(), &connection));
        remarks.extend(credential.as_ref().and_then(|given| given.doubt(&connection)));
        let requirements = requirements_of(connector, &connection).await?;
        remarks.extend(if dry_run {
            self.judged(&requirements, &connection).await?
        } else {
            let lease = self.claim().await?;
            let kept = self.keep(&lease, &requirements, &connection, credential).await;
            settled(lease, kept).await?
        });
        Ok(Added { connection, remarks })
    }

    /// What stands against a connection beside the others there are at this moment.
    pub(super) async fn judged(
        &self,
        requirements: &[Requirement],
        connection: &Connection,
    ) -> Result<Vec<Remark>, EngineError> {
        rules::judge(requirements, connection, &self.state.connections().await?.found)
    }

    /// The secret goes first, so that no connection is seen without it.
    async fn keep(
        &self,
        lease: &RegistryLease,
        requirements: &[Requirement],
        connection: &Connection,
        credential: Option<NewCredential>,
    ) -> Result<Vec<Remark>, EngineError> {
        let id = &connection.id;
        if self.state.connection(id).await?.is_some() {
            return Err(StoreError::ConnectionExists(id.clone()).into());
        }
        let remarks = self.judged(requirements, connection).await?;
        lease.renew().await?;
        if let Some(NewCredential::Kept { secret, .. }) = &credential {
            self.set_first(id, secret).await?;
        }
        self.state.add_connection(connection).await?;
        Ok(remarks)
    }
}

/// The connection as it will be kept: a domain is replaced by the tenant's id, which a rename does not change.
async fn resolved(
    connector: &Connector,
    new: NewConnection,
) -> Result<(Connection, Vec<Remark>), EngineError> {
    let (tenant, domain, remark) = resolve(&new.cloud, new.tenant).await?;
    let connection = Connection {
        id: new.id,
        connector: connector.description().id.clone(),
        cloud: new.cloud,
        tenant,
        domain,
        client_id: new.client_id,
        credential: None,
        mode: new.mode,
        scope: new.scope,
        description: new.description,
        tags: new.tags,
        enabled: new.enabled,
        schedule: new.schedule,
        owner: new.owner,
        teams: new.teams,
        settings: new.settings,
        created_at: Timestamp::now(),
        updated_at: None,
        aimed_at: None,
    };
    Ok((connection, remark.into_iter().collect()))
}

/// A tenant's id in place of one of its domains.
///
/// # Errors
/// `Discover` when there is no such tenant. A cloud that cannot be reached is no reason not to keep the domain.
pub(super) async fn resolve(
    cloud: &Cloud,
    tenant: TenantId,
) -> Result<(TenantId, Option<String>, Option<Remark>), EngineError> {
    if Uuid::parse_str(tenant.as_str()).is_ok() {
        return Ok((tenant, None, None));
    }
    let domain = tenant.to_string();
    match discover(cloud, &tenant).await {
        Ok(found) => {
            let id =
                found.tenant.to_string().parse().map_err(|error| EngineError::Defect(format!("{error}")))?;
            Ok((id, Some(domain), None))
        }
        Err(error @ (DiscoverError::Unreachable(_) | DiscoverError::Garbled { .. })) => {
            let remark =
                format!("{domain} could not be resolved to its tenant id, and is kept as it is: {error}");
            Ok((tenant, Some(domain), Some(Remark(remark))))
        }
        Err(error) => Err(error.into()),
    }
}
