//! Built-in roles: those of Azure with what they allow, those of Entra ID by name.

mod builtin;
mod directory;

use uuid::Uuid;

pub use directory::{DirectoryRole, NO_ROLE, directory};

use crate::rbac::Entry;

/// A built-in role of Azure. It means the same in every tenant and cloud.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BuiltinRole {
    /// Its definition's id.
    pub id: Uuid,
    /// Its name.
    pub name: &'static str,
    /// Patterns of control-plane actions it allows.
    pub actions: &'static [&'static str],
    /// Patterns excepted from them.
    pub not_actions: &'static [&'static str],
    /// Patterns of data-plane actions it allows.
    pub data_actions: &'static [&'static str],
    /// Patterns excepted from them.
    pub not_data_actions: &'static [&'static str],
}

impl BuiltinRole {
    /// What it allows, as role definitions say it.
    pub fn entry(&self) -> Entry {
        let owned = |patterns: &[&str]| patterns.iter().map(|pattern| (*pattern).to_owned()).collect();
        Entry {
            actions: owned(self.actions),
            not_actions: owned(self.not_actions),
            data_actions: owned(self.data_actions),
            not_data_actions: owned(self.not_data_actions),
        }
    }
}

/// All that are known here.
pub fn all() -> &'static [BuiltinRole] {
    builtin::BUILTIN
}

/// The built-in role with this definition id. Azure has hundreds; known are those that onboardings need, and those
/// by which they are usually satisfied.
pub fn builtin(id: Uuid) -> Option<&'static BuiltinRole> {
    all().iter().find(|role| role.id == id)
}

/// The built-in role of this name, in any case.
pub fn by_name(name: &str) -> Option<&'static BuiltinRole> {
    all().iter().find(|role| role.name.eq_ignore_ascii_case(name))
}

/// Roles by which their holder can get any other.
const ESCALATING: &[(&str, &str)] = &[
    ("Owner", "do anything there, and give anybody any role there"),
    ("User Access Administrator", "give anybody any role there, itself Owner"),
    (
        "Role Based Access Control Administrator",
        "give anybody any role there, itself Owner, unless the assignment has a condition on which",
    ),
];

/// What the holder of this role could do beyond its purpose, if that is to take over the place where it is assigned:
/// words that follow "it can".
pub fn escalation(id: Uuid) -> Option<&'static str> {
    let role = builtin(id)?;
    ESCALATING.iter().find(|(name, _)| *name == role.name).map(|(_, can)| *can)
}

/// The id a role definition's path ends in: paths of the same role differ by scope, and in case.
pub fn id_in(role_definition: &str) -> Option<Uuid> {
    Uuid::try_parse(role_definition.rsplit('/').next()?).ok()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use uuid::uuid;

    use super::*;

    #[test]
    fn a_role_is_found_by_id_and_by_name() {
        let reader = builtin(uuid!("acdd72a7-3385-48ef-bd42-f606fba81ae7")).unwrap();
        assert_eq!(reader.name, "Reader");
        assert_eq!(reader.actions, ["*/read"]);
        assert_eq!(by_name("reader"), Some(reader));
        assert_eq!(builtin(Uuid::nil()), None);
        let ids: BTreeSet<_> = all().iter().map(|role| role.id).collect();
        assert_eq!(ids.len(), all().len());
    }

    #[test]
    fn whoever_may_assign_roles_can_get_any_and_who_reads_cannot() {
        for (name, _) in ESCALATING {
            let role = by_name(name).unwrap();
            assert!(escalation(role.id).is_some());
            assert!(role.entry().allows("Microsoft.Authorization/roleAssignments/write"), "{name}");
        }
        let others = all().iter().filter(|role| escalation(role.id).is_none());
        for role in others {
            assert!(!role.entry().allows("Microsoft.Authorization/roleAssignments/write"), "{}", role.name);
        }
    }

    #[test]
    fn every_onboarding_role_but_the_cluster_one_may_look_at_its_own_assignments() {
        let looks =
            |name| by_name(name).unwrap().entry().allows("Microsoft.Authorization/roleAssignments/read");
        for name in [
            "Reader",
            "Owner",
            "Role Based Access Control Administrator",
            "Storage Account Contributor",
            "Disk Snapshot Contributor",
            "Virtual Machine Contributor",
        ] {
            assert!(looks(name), "{name}");
        }
        assert!(!looks("Azure Kubernetes Service Cluster Admin Role"));
    }

    #[test]
    fn each_of_four_acquisition_roles_brings_what_the_others_lack() {
        let four = [
            ("Storage Account Contributor", "Microsoft.Storage/storageAccounts/blobServices/containers/read"),
            ("Disk Snapshot Contributor", "Microsoft.Compute/snapshots/write"),
            ("Virtual Machine Contributor", "Microsoft.Compute/disks/read"),
            (
                "Azure Kubernetes Service Cluster Admin Role",
                "Microsoft.ContainerService/managedClusters/listClusterAdminCredential/action",
            ),
        ];
        for (name, action) in four {
            for (other, _) in four {
                let allows = by_name(other).unwrap().entry().allows(action);
                assert_eq!(allows, other == name, "{other}: {action}");
            }
        }
    }

    #[test]
    fn a_definition_s_id_is_the_end_of_its_path() {
        let id = uuid!("acdd72a7-3385-48ef-bd42-f606fba81ae7");
        for path in [
            "/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7",
            "/providers/Microsoft.Authorization/roleDefinitions/ACDD72A7-3385-48EF-BD42-F606FBA81AE7",
        ] {
            assert_eq!(id_in(path), Some(id));
        }
        assert_eq!(id_in("/providers/Microsoft.Authorization/roleDefinitions/Reader"), None);
    }
}
