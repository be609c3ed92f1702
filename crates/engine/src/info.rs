//! A connection as its connector is told of it.

use fairlead_azure::portal::Portal;
use fairlead_host::ConnectionInfo;
use fairlead_model::Connection;

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
