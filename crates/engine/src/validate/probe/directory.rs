//! The application as the directory knows it: service principal, registration, consents.

use std::collections::BTreeMap;

use fairlead_azure::{known, permissions::satisfied_by};
use fairlead_model::{Api, Connection};
use serde::Deserialize;
use uuid::Uuid;

use super::Asker;
use crate::{
    rotate,
    validate::facts::{Directory, Facts, Look},
};

/// What lets an application read itself and its consents.
pub(in crate::validate) const SEE_APPLICATIONS: &str = "Application.Read.All";
/// What lets it read delegated consents.
const SEE_DELEGATED: &str = "Directory.Read.All";

const PRINCIPAL: &str = "id,displayName,accountEnabled,appOwnerOrganizationId,signInAudience,\
                         passwordCredentials";
const APPLICATION: &str = "id,appId,displayName,signInAudience,passwordCredentials,requiredResourceAccess";

/// What is looked at only where a requirement is about it.
#[derive(Debug, Clone, Copy)]
pub(in crate::validate) struct Wanted {
    /// Delegated consents.
    pub(in crate::validate) delegated: bool,
    /// The registration's owners.
    pub(in crate::validate) owners: bool,
}

/// Reads service principal and registration, and what else is wanted.
pub(in crate::validate) async fn look(
    asker: &Asker,
    connection: &Connection,
    facts: &Facts,
    wanted: Wanted,
) -> Directory {
    let Some(granted) = facts.granted() else { return Directory::default() };
    let client = connection.client_id;
    let may = |permission| satisfied_by(permission, &granted).is_some();
    // Whoever may change its own applications may read all (learn.microsoft.com/graph/api/serviceprincipal-get).
    let sees = may(SEE_APPLICATIONS) || may(SEE_DELEGATED) || may(rotate::NEEDED);
    let principal = async {
        if !sees {
            return Look::Lacks(SEE_APPLICATIONS);
        }
        let path = format!("/v1.0/servicePrincipals(appId='{client}')?$select={PRINCIPAL}");
        asker.get(Api::Graph, &path).await
    };
    let application = async {
        if !sees {
            return Look::Lacks(SEE_APPLICATIONS);
        }
        let path = format!("/v1.0/applications(appId='{client}')?$select={APPLICATION}");
        asker.get(Api::Graph, &path).await
    };
    let delegated = async {
        match facts.principal_id() {
            Some(_) if !wanted.delegated => Look::NotAsked,
            Some(id) if may(SEE_DELEGATED) => consents(asker, id).await,
            _ => Look::Lacks(SEE_DELEGATED),
        }
    };
    let owners = async {
        match wanted.owners {
            false => Look::NotAsked,
            true if sees => owners(asker, client).await,
            true => Look::Lacks(rotate::NEEDED),
        }
    };
    let (principal, application, delegated, owners) = tokio::join!(principal, application, delegated, owners);
    Directory { principal, application, owners, delegated, ..Directory::default() }
}

/// Looks closer where a Graph permission is missing from the token: was it asked for, or granted otherwise?
pub(in crate::validate) async fn details(asker: &Asker, facts: &Facts) -> Directory {
    let mut directory = facts.directory.clone();
    let (Some(granted), Some(id)) = (facts.granted(), facts.principal_id()) else { return directory };
    let may = |permission| satisfied_by(permission, &granted).is_some();
    let sees = may(SEE_APPLICATIONS) || may(SEE_DELEGATED);
    let app_roles = async {
        if !sees {
            return Look::Lacks(SEE_APPLICATIONS);
        }
        asker.list(Api::Graph, &format!("/v1.0/servicePrincipals/{id}/appRoleAssignments")).await
    };
    let delegated = async {
        match &facts.directory.delegated {
            Look::NotAsked if may(SEE_DELEGATED) => consents(asker, id).await,
            Look::NotAsked => Look::Lacks(SEE_DELEGATED),
            answers => answers.clone(),
        }
    };
    let azure_ad_graph =
        async { if sees { azure_ad_graph(asker).await } else { Look::Lacks(SEE_APPLICATIONS) } };
    (directory.app_roles, directory.delegated, directory.azure_ad_graph) =
        tokio::join!(app_roles, delegated, azure_ad_graph);
    directory
}

async fn consents<T: serde::de::DeserializeOwned>(asker: &Asker, principal: Uuid) -> Look<Vec<T>> {
    let path = format!("/v1.0/servicePrincipals/{principal}/oauth2PermissionGrants");
    asker.list(Api::Graph, &path).await
}

#[derive(Deserialize)]
struct Owner {
    id: Uuid,
}

async fn owners(asker: &Asker, client: Uuid) -> Look<Vec<Uuid>> {
    let path = format!("/v1.0/applications(appId='{client}')/owners?$select=id");
    let owners = asker.list::<Owner>(Api::Graph, &path).await;
    owners.map(|owners| owners.into_iter().map(|owner| owner.id).collect())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Roles {
    #[serde(default)]
    app_roles: Vec<Named>,
}

#[derive(Deserialize)]
struct Named {
    id: Uuid,
    value: Option<String>,
}

/// The permissions of the retired API, which has names in common with Microsoft Graph and ids of its own.
async fn azure_ad_graph(asker: &Asker) -> Look<BTreeMap<Uuid, String>> {
    let path = format!("/v1.0/servicePrincipals(appId='{}')?$select=id,appRoles", known::AZURE_AD_GRAPH);
    let named = |roles: Roles| {
        let named = roles.app_roles.into_iter().filter_map(|role| Some((role.id, role.value?)));
        named.collect::<BTreeMap<_, _>>()
    };
    asker.get::<Roles>(Api::Graph, &path).await.map(named)
}
