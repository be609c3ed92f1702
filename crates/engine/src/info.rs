//! A connection as its connector is told of it.

use fairlead_azure::portal::Portal;
use fairlead_host::{ConnectionInfo, Connector, Services};
use fairlead_model::{Connection, Requirement};

use crate::{EngineError, rotate};

/// What a connector is told of a connection; the tenant's id is better known to some than to the connection.
pub(crate) fn connection_info(connection: &Connection, tenant_id: String) -> ConnectionInfo {
    // Addresses of a custom cloud that cannot be used are told where they are needed.
    let portal = Portal::of(&connection.cloud, &connection.tenant);
    ConnectionInfo {
        name: connection.id.to_string(),
        tenant_id,
        mode: connection.mode,
        settings: serde_json::Value::Object(connection.settings.clone()).to_string(),
        subscriptions: connection.scope.subscriptions.iter().map(ToString::to_string).collect(),
        management_group: connection.scope.management_group.clone(),
        entra_portal: portal.map(|portal| portal.entra().to_owned()).unwrap_or_default(),
    }
}

/// What the connector requires of a connection's tenant, for its mode and settings; and what Fairlead itself does,
/// where it is to rotate the client secret.
///
/// # Errors
/// What the connector says of the settings, or what kept it from answering.
pub async fn requirements_of(
    connector: &Connector,
    connection: &Connection,
) -> Result<Vec<Requirement>, EngineError> {
    let info = connection_info(connection, connection.tenant.to_string());
    let mut requirements = connector.requirements(Services::default(), &info).await?.value;
    let is_new = |own: &Requirement| !requirements.iter().any(|other| other.need == own.need);
    let own: Vec<_> = rotate::requirements(connection).into_iter().filter(is_new).collect();
    requirements.extend(own);
    Ok(requirements)
}
