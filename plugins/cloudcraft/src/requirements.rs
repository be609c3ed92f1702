//! What a tenant must have for Cloudcraft: its guide asks for little.

use fairlead_connector::{
    Audience, CredentialKind, Requirement, RoleScope, UniqueBy,
    requirement::{active_subscription, audience, credential, no_excess, principal_enabled, unique},
};
use fairlead_onboarding::{
    ADDED_BY_THE_PORTAL,
    role::{AKS_CLUSTER_USER, READER},
};

use crate::settings::Settings;

/// How long the guide has a client secret live, in days.
const LIFETIME: u32 = 730;

/// Roles inside clusters where Azure decides on access: which clusters need one is for the check to say.
const ALSO_FINE: [&str; 2] = ["Azure Kubernetes Service RBAC Reader", ADDED_BY_THE_PORTAL];

/// What a connection needs.
pub fn of(settings: &Settings) -> Vec<Requirement> {
    let mut all =
        vec![READER.at(RoleScope::EachSubscription).why(
            "Lists the resources of the subscription, with their properties and how they hang together.",
        )];
    if settings.scan_kubernetes {
        all.push(
            AKS_CLUSTER_USER
                .at(RoleScope::EachSubscription)
                .actions(&["Microsoft.ContainerService/managedClusters/listClusterUserCredential/action"])
                .why("Gets the credential with which workloads and pods of Kubernetes clusters are listed."),
        );
    }
    let tolerated = if settings.scan_kubernetes { &ALSO_FINE[..] } else { &ALSO_FINE[1..] };
    all.extend([
        audience(Audience::Single).why("Cloudcraft signs in to the application's own tenant only."),
        principal_enabled().why("A disabled enterprise application is given no token."),
        credential(&[CredentialKind::ClientSecret], Some(LIFETIME)).why(
            "Cloudcraft's form takes a client secret; its guide has it live 730 days, and scans stop when it ends.",
        ),
        active_subscription().why("A subscription is what is drawn."),
        unique(UniqueBy::TenantAndApplication)
            .why("Two connections alike draw the same subscriptions.")
            .recommended(),
        no_excess(tolerated).why("Drawing takes reading and nothing else."),
    ]);
    all
}

#[cfg(test)]
mod tests {
    use fairlead_connector::{CredentialNeed, Need};

    use super::*;

    fn roles(scan_kubernetes: bool) -> Vec<String> {
        let all = of(&Settings { scan_kubernetes });
        let roles = all.iter().filter(|requirement| matches!(requirement.need, Need::AzureRole(_)));
        roles.filter_map(|requirement| requirement.name().map(str::to_owned)).collect()
    }

    fn has(need: &Need) -> bool {
        of(&Settings::default()).iter().any(|requirement| requirement.need == *need)
    }

    /// "Select Reader and click Next."
    #[test]
    fn the_guides_role_is_reader_and_nothing_of_graph() {
        assert_eq!(roles(false), ["Reader"]);
        let graph = |requirement: &Requirement| matches!(requirement.need, Need::GraphPermission(_));
        assert!(!of(&Settings { scan_kubernetes: true }).iter().any(graph));
    }

    #[test]
    fn scanning_clusters_takes_one_role_more() {
        assert_eq!(roles(true), ["Reader", "Azure Kubernetes Service Cluster User Role"]);
    }

    /// "Accounts in this organizational directory only (Single tenant)"; "Expires: 730 days (24 months)".
    #[test]
    fn the_registration_is_for_one_tenant_with_a_secret_of_two_years() {
        assert!(has(&Need::Audience(Audience::Single)));
        let kinds = vec![CredentialKind::ClientSecret];
        assert!(has(&Need::Credential(CredentialNeed { kinds, lifetime_days: Some(730) })));
    }

    #[test]
    fn the_connectors_page_is_true() {
        let set = |scan_kubernetes| of(&Settings { scan_kubernetes });
        let sets = [("Mode read: scan", set(false)), ("With `scan-kubernetes`", set(true))];
        fairlead_onboarding::page::check("cloudcraft", &sets);
    }
}
