//! A connection as its connector is told of it.

use fairlead_azure::{portal::Portal, roles};
use fairlead_host::{ConnectionInfo, Connector, Services};
use fairlead_model::{Connection, Description, Mode, Need, Requirement};

use crate::{EngineError, rotate, settings};

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
/// Settings or a mode that the connector does not have, what kept it from answering, or an Azure role that is called
/// what it is not.
pub async fn requirements_of(
    connector: &Connector,
    connection: &Connection,
) -> Result<Vec<Requirement>, EngineError> {
    settings::check(connector.description(), &connection.settings)?;
    settings::check_mode(connector.description(), connection.mode)?;
    let info = connection_info(connection, connection.tenant.to_string());
    let mut requirements = connector.requirements(Services::default(), &info).await?.value;
    let is_new = |own: &Requirement| !requirements.iter().any(|other| other.need == own.need);
    let own: Vec<_> = rotate::requirements(connection).into_iter().filter(is_new).collect();
    requirements.extend(own);
    for requirement in &mut requirements {
        name_role(&mut requirement.need).map_err(|problem| EngineError::Requirement {
            connector: connector.description().id.clone(),
            problem,
        })?;
    }
    Ok(requirements)
}

/// What a mode comes to, in the connector's words, and what else it offers: a connection that looks as it should in one
/// mode says nothing of another.
pub fn purpose_of(connector: &Description, mode: Mode) -> String {
    let name = mode.to_string();
    let (this, others): (Vec<_>, Vec<_>) = connector.modes.iter().partition(|offered| offered.name == name);
    let this = this.iter().map(|mode| format!("{}: {}", mode.title, mode.summary));
    let others = others.iter().map(|mode| format!("Also offered: --mode {} ({}).", mode.name, mode.title));
    this.chain(others).collect::<Vec<_>>().join(" ")
}

/// People read a role's name, and Azure acts on its id: both have to mean the same role. What a role is called whose
/// id is not known here, only its tenant could say.
fn name_role(need: &mut Need) -> Result<(), String> {
    let Need::AzureRole { role, name, .. } = need else { return Ok(()) };
    match (roles::builtin(*role), roles::by_name(name)) {
        (Some(meant), _) if meant.name.eq_ignore_ascii_case(name) => meant.name.clone_into(name),
        (Some(meant), _) => {
            return Err(format!("calls the role {role} \"{name}\", and it is {}", meant.name));
        }
        (None, Some(called)) => {
            return Err(format!("calls the role {role} \"{name}\", whose id is {}", called.id));
        }
        (None, None) => *name = format!("custom role {role}"),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use fairlead_model::RoleScope;
    use uuid::Uuid;

    use super::*;

    fn named(id: Uuid, name: &str) -> Result<String, String> {
        let scope = RoleScope::EachSubscription;
        let mut need = Need::AzureRole { role: id, name: name.into(), scope, actions: vec![] };
        name_role(&mut need)?;
        match need {
            Need::AzureRole { name, .. } => Ok(name),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_role_is_called_what_it_is() {
        let id = |name: &str| roles::by_name(name).unwrap().id;
        assert_eq!(named(id("Reader"), "reader").unwrap(), "Reader");
        let posing = named(id("Owner"), "Reader").unwrap_err();
        assert!(posing.contains("it is Owner"), "{posing}");
        assert!(named(Uuid::from_u128(7), "Reader").unwrap_err().contains("whose id is acdd72a7"));
        let own = named(Uuid::from_u128(7), "Reads nearly nothing").unwrap();
        assert_eq!(own, "custom role 00000000-0000-0000-0000-000000000007");
    }
}
