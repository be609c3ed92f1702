//! Kubernetes clusters (AKS), and what they tell of how they can be reached.
//!
//! The list is all that is read: whether local accounts are off, who decides on access, whether the API server is
//! private. Credentials are asked for by nobody here.

use fairlead_connector::{
    Page, Text,
    finding::{Seen, Unseen},
};
use serde::Deserialize;

use crate::subscriptions::page;

/// Path pattern, for a description.
pub const PATH: &str = "/subscriptions/*/providers/Microsoft.ContainerService/managedClusters";

/// What the list is called in sentences.
pub const WHAT: &str = "the Kubernetes clusters";

/// Path and query of the list, after the subscription's path.
pub const LIST: &str = "/providers/Microsoft.ContainerService/managedClusters?api-version=2024-09-01";

/// A cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cluster {
    /// Its name.
    pub name: String,
    /// No credential can be had but by signing in to Entra.
    pub local_accounts_off: bool,
    /// Who may do what inside is decided by Azure roles.
    pub azure_roles_decide: bool,
    /// Sign-in is by Entra, and who may do what inside is decided by the cluster's own bindings.
    pub own_bindings_decide: bool,
    /// Its API server is reachable from its own network only.
    pub is_private: bool,
    /// It is stopped.
    pub is_stopped: bool,
}

#[derive(Deserialize)]
struct Listed<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(default)]
    properties: Properties<'a>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Properties<'a> {
    disable_local_accounts: Option<bool>,
    aad_profile: Option<AadProfile>,
    api_server_access_profile: Option<ApiServer>,
    #[serde(borrow)]
    power_state: Option<PowerState<'a>>,
}

#[derive(Deserialize)]
struct AadProfile {
    #[serde(rename = "enableAzureRBAC")]
    enable_azure_rbac: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ApiServer {
    enable_private_cluster: Option<bool>,
}

#[derive(Deserialize)]
struct PowerState<'a> {
    #[serde(borrow)]
    code: Option<Text<'a>>,
}

impl From<Listed<'_>> for Cluster {
    fn from(listed: Listed<'_>) -> Self {
        let Properties { disable_local_accounts, aad_profile, api_server_access_profile, power_state } =
            listed.properties;
        let uses_entra = aad_profile.is_some();
        let azure_roles_decide = aad_profile.is_some_and(|profile| profile.enable_azure_rbac == Some(true));
        let power = power_state.and_then(|state| state.code);
        Self {
            name: listed.name.into_string(),
            local_accounts_off: disable_local_accounts == Some(true),
            azure_roles_decide,
            own_bindings_decide: uses_entra && !azure_roles_decide,
            is_private: api_server_access_profile.is_some_and(|it| it.enable_private_cluster == Some(true)),
            is_stopped: power.is_some_and(|code| code.eq_ignore_ascii_case("Stopped")),
        }
    }
}

/// The clusters in what was seen: of a list of several pages, those of the first.
///
/// # Errors
/// What was seen is no list of clusters.
pub fn read(seen: &Seen) -> Result<Vec<Cluster>, Box<Unseen>> {
    let page: Page<'_, Listed<'_>> = page(WHAT, seen)?;
    Ok(page.value.into_iter().map(Cluster::from).collect())
}

#[cfg(test)]
mod tests {
    use fairlead_connector::{Api, Evidence};

    use super::*;

    fn seen(body: &str) -> Seen {
        let request = format!("GET /subscriptions/s{LIST}");
        let evidence =
            Evidence { api: Api::ResourceManager, request, status: Some(200), code: None, request_id: None };
        Seen { body: body.into(), evidence }
    }

    #[test]
    fn a_cluster_tells_how_it_can_be_reached() {
        let body = r#"{"value":[
            {"name":"open","properties":{}},
            {"name":"shut","properties":{"disableLocalAccounts":true,
                "aadProfile":{"managed":true,"enableAzureRBAC":true},
                "apiServerAccessProfile":{"enablePrivateCluster":true},"powerState":{"code":"Stopped"}}},
            {"name":"own","properties":{"aadProfile":{"managed":true},"powerState":{"code":"Running"}}}]}"#;
        let clusters = read(&seen(body)).unwrap();
        let [open, shut, own] = clusters.as_slice() else { panic!("{clusters:?}") };
        assert!(!open.local_accounts_off && !open.is_private && !open.own_bindings_decide);
        assert!(shut.local_accounts_off && shut.azure_roles_decide && shut.is_private && shut.is_stopped);
        assert!(own.own_bindings_decide && !own.azure_roles_decide && !own.is_stopped);
    }

    #[test]
    fn what_is_no_list_is_not_seen() {
        assert!(read(&seen(r#"{"value":[{}]}"#)).is_err());
    }
}
