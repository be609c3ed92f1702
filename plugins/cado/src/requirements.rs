//! What a tenant must have for Cado: the four roles of its guide, each with the actions that acquiring takes.

use fairlead_connector::{
    Audience, CredentialKind, Requirement, RoleScope, UniqueBy,
    requirement::{active_subscription, audience, credential, no_excess, principal_enabled, unique},
};
use fairlead_onboarding::{
    ADDED_BY_THE_PORTAL, less_for_reading,
    role::{
        AKS_CLUSTER_ADMIN, DISK_SNAPSHOT_CONTRIBUTOR, READER, STORAGE_ACCOUNT_CONTRIBUTOR,
        VIRTUAL_MACHINE_CONTRIBUTOR,
    },
};

use crate::settings::{Capability, Settings};

/// Roles that the vendor's newer guide asks for beside the four, so that activity logs and the outcome of commands
/// in clusters can be read.
const ALSO_FINE: [&str; 4] = ["Reader", "Monitoring Reader", "Monitoring Contributor", ADDED_BY_THE_PORTAL];

/// What a connection needs; `acquires` in the mode that takes snapshots and runs commands.
pub fn of(settings: &Settings, acquires: bool) -> Vec<Requirement> {
    let mut all: Vec<Requirement> =
        [storage(settings), snapshots(settings), machines(settings), kubernetes(settings)]
            .into_iter()
            .flatten()
            .collect();
    if !acquires {
        less_for_reading(
            &mut all,
            &[READER.name],
            "A connection that only lists needs no right to change anything.",
        );
    }
    all.extend([
        registration(settings),
        principal_enabled()
            .why("Acquisitions across tenants fail unless users may sign in to the application."),
        credential(&[CredentialKind::ClientSecret, CredentialKind::Certificate], None)
            .why("Cado's form takes a client secret or a certificate."),
        active_subscription().why("Evidence is acquired from the subscription."),
        unique(UniqueBy::TenantAndApplication)
            .why("Two connections alike acquire from the same subscriptions.")
            .recommended(),
        no_excess(&ALSO_FINE)
            .why("Its roles read every disk and key already: anything more is a risk without a use."),
    ]);
    all
}

fn storage(settings: &Settings) -> Option<Requirement> {
    let role = STORAGE_ACCOUNT_CONTRIBUTOR.at(RoleScope::EachSubscription).actions(&[
        "Microsoft.Storage/storageAccounts/read",
        "Microsoft.Storage/storageAccounts/listKeys/action",
        "Microsoft.Storage/storageAccounts/blobServices/containers/read",
    ]);
    settings.has(Capability::Storage).then(|| {
        role.why("Lists storage accounts and containers, and reads blobs with the account's key.").smaller(
            &["Reader", "Reader and Data Access"],
            "Blobs are read with a key: deleting accounts and replacing their keys, which this role allows, is not \
             needed.",
        )
    })
}

fn snapshots(settings: &Settings) -> Option<Requirement> {
    let role = DISK_SNAPSHOT_CONTRIBUTOR.at(RoleScope::EachSubscription).actions(&[
        "Microsoft.Compute/snapshots/read",
        "Microsoft.Compute/snapshots/write",
        "Microsoft.Compute/snapshots/delete",
        "Microsoft.Compute/snapshots/beginGetAccess/action",
        "Microsoft.Compute/snapshots/endGetAccess/action",
        "Microsoft.Compute/disks/beginGetAccess/action",
    ]);
    settings.has(Capability::Disks).then(|| {
        role.why(
            "Takes a snapshot of a disk, exports it, and deletes it afterwards; no other of the roles may.",
        )
    })
}

fn machines(settings: &Settings) -> Option<Requirement> {
    let (disks, runs) = (settings.has(Capability::Disks), settings.has(Capability::RunCommand));
    let mut actions = vec!["Microsoft.Compute/virtualMachines/read"];
    if disks {
        actions.push("Microsoft.Compute/disks/read");
    }
    if runs {
        actions.push("Microsoft.Compute/virtualMachines/runCommand/action");
    }
    let role = VIRTUAL_MACHINE_CONTRIBUTOR.at(RoleScope::EachSubscription).actions(&actions);
    match (disks, runs) {
        (false, false) => None,
        (_, true) => Some(role.why("Lists machines and their disks, and runs the triage on a machine.")),
        (true, false) => Some(role.why("Lists machines and their disks.").smaller(
            &["Reader"],
            "Without the triage, machines are listed only: running commands on them, which this role allows, is not \
             needed.",
        )),
    }
}

fn kubernetes(settings: &Settings) -> Option<Requirement> {
    let role = AKS_CLUSTER_ADMIN.at(RoleScope::EachSubscription).actions(&[
        "Microsoft.ContainerService/managedClusters/read",
        "Microsoft.ContainerService/managedClusters/listClusterAdminCredential/action",
        "Microsoft.ContainerService/managedClusters/runCommand/action",
    ]);
    settings.has(Capability::Kubernetes).then(|| {
        role.why(
            "Lists Kubernetes clusters, and enters their containers with the administrator's credential.",
        )
    })
}

fn registration(settings: &Settings) -> Requirement {
    if settings.same_tenant {
        return audience(Audience::Either)
            .why("The Cado platform runs in this tenant: both account types do.");
    }
    audience(Audience::Multiple)
        .why(
            "The Cado platform runs in another tenant and uses the application from there. Where it runs in this one, \
             --set same-tenant=true does with a registration for this tenant only.",
        )
}

#[cfg(test)]
mod tests {
    use fairlead_connector::{Need, Weight};

    use super::*;

    /// "Add the following role-assignments for your app registration", as the vendor's guide lists them.
    const GUIDE: [&str; 4] = [
        "Storage Account Contributor",
        "Disk Snapshot Contributor",
        "Virtual Machine Contributor",
        "Azure Kubernetes Service Cluster Admin Role",
    ];

    fn roles(requirements: &[Requirement]) -> Vec<&str> {
        let roles = requirements.iter().filter(|requirement| matches!(requirement.need, Need::AzureRole(_)));
        roles.filter_map(Requirement::name).collect()
    }

    fn only(capability: Capability) -> Settings {
        Settings { capabilities: [capability].into(), ..Settings::default() }
    }

    #[test]
    fn both_modes_ask_for_the_guides_roles_and_no_permission() {
        for acquires in [true, false] {
            let all = of(&Settings::default(), acquires);
            assert_eq!(roles(&all), GUIDE);
            assert!(!all.iter().any(|requirement| matches!(requirement.need, Need::GraphPermission(_))));
        }
    }

    #[test]
    fn roles_follow_from_what_is_acquired() {
        for (capability, expected) in [
            (Capability::Storage, &[GUIDE[0]][..]),
            (Capability::Disks, &[GUIDE[1], GUIDE[2]]),
            (Capability::RunCommand, &[GUIDE[2]]),
            (Capability::Kubernetes, &[GUIDE[3]]),
        ] {
            assert_eq!(roles(&of(&only(capability), true)), expected, "{capability:?}");
        }
    }

    #[test]
    fn whoever_only_lists_may_do_with_reader() {
        for requirement in of(&Settings::default(), false) {
            if let Need::AzureRole(_) = requirement.need {
                assert_eq!(requirement.smaller.unwrap().instead, ["Reader"]);
            }
        }
        let disks = of(&only(Capability::Disks), true);
        assert_eq!(disks[1].smaller.as_ref().unwrap().instead, ["Reader"]);
        assert_eq!(of(&only(Capability::RunCommand), true)[0].smaller, None);
    }

    /// "Be sure to select … Multitenant"; a single tenant will do "within the same tenancy as your deployment".
    #[test]
    fn the_registration_is_for_any_tenant_unless_the_platform_is_in_this_one() {
        let audience = |same_tenant| {
            let all = of(&Settings { same_tenant, ..Settings::default() }, true);
            all.into_iter().find_map(|requirement| match requirement.need {
                Need::Audience(audience) => Some((audience, requirement.weight)),
                _ => None,
            })
        };
        assert_eq!(audience(false), Some((Audience::Multiple, Weight::Required)));
        assert_eq!(audience(true), Some((Audience::Either, Weight::Required)));
    }

    /// "Allow the option for Enabled for users to sign-in".
    #[test]
    fn the_enterprise_application_has_to_be_enabled() {
        let all = of(&Settings::default(), true);
        assert!(all.iter().any(|requirement| requirement.need == Need::PrincipalEnabled));
    }

    #[test]
    fn the_connectors_page_is_true() {
        let settings = Settings::default();
        let sets =
            [("Mode read-write: acquire", of(&settings, true)), ("Mode read: list", of(&settings, false))];
        fairlead_onboarding::page::check("cado", &sets);
    }
}
