//! Which permission contains which.
//!
//! Microsoft publishes no such order. What stands here was computed from the operations each permission opens
//! (github.com/microsoftgraph/microsoft-graph-devx-content, permissions/new/permissions.json, application
//! scheme) and then cut down by hand to what holds for everything a connector reads: a permission that opens most
//! of another's operations, but not its schedules, logs or mailboxes, does not contain it.

use std::collections::{BTreeSet, VecDeque};

use super::find;

/// A permission, and what else its holder may do. That `X.ReadWrite.Y` contains `X.Read.Y` goes without saying.
const CONTAINS: &[(&str, &[&str])] = &[
    // Objects and what they are members of. Neither PIM schedules, nor audit logs, nor authentication methods,
    // nor mailboxes: those have permissions of their own.
    (
        "Directory.Read.All",
        &[
            "AdministrativeUnit.Read.All",
            "Application.Read.All",
            "DelegatedPermissionGrant.Read.All",
            "Device.Read.All",
            "Domain.Read.All",
            "Group.Read.All",
            "LicenseAssignment.Read.All",
            "Organization.Read.All",
            "User.Read.All",
        ],
    ),
    (
        "Directory.ReadWrite.All",
        &["User.EnableDisableAccount.All", "User.Invite.All", "User.ManageIdentities.All"],
    ),
    ("Application.ReadWrite.All", &["Application.ReadWrite.OwnedBy"]),
    ("Group.Read.All", &["Group.ReadBasic.All", "GroupMember.Read.All"]),
    ("GroupMember.Read.All", &["Group.ReadBasic.All", "GroupMember.ReadBasic.All"]),
    ("Group.ReadWrite.All", &["GroupMember.ReadWrite.All"]),
    ("PrivilegedAccess.Read.AzureAD", &["PrivilegedAccess.Read.AzureResources"]),
    ("PrivilegedAccess.Read.AzureADGroup", &["PrivilegedAccess.Read.AzureResources"]),
    (
        "RoleManagement.Read.All",
        &["RoleAssignmentSchedule.Read.Directory", "RoleEligibilitySchedule.Read.Directory"],
    ),
    (
        "RoleManagement.Read.Directory",
        &["RoleAssignmentSchedule.Read.Directory", "RoleEligibilitySchedule.Read.Directory"],
    ),
    (
        "RoleManagement.ReadWrite.Directory",
        &["RoleAssignmentSchedule.ReadWrite.Directory", "RoleEligibilitySchedule.ReadWrite.Directory"],
    ),
    ("User.Read.All", &["User.ReadBasic.All"]),
    (
        "User.ReadWrite.All",
        &[
            "User.DeleteRestore.All",
            "User.EnableDisableAccount.All",
            "User.Invite.All",
            "User.ManageIdentities.All",
            "User.RevokeSessions.All",
        ],
    ),
];

/// The granted permission by which the wanted one is satisfied: itself, or one that contains it; of several the
/// one that says most directly so, and of equals the first by name. Names are compared as Graph writes them.
pub fn satisfied_by(wanted: &str, granted: &BTreeSet<String>) -> Option<String> {
    let mut seen = BTreeSet::from([wanted.to_owned()]);
    let mut next = VecDeque::from([wanted.to_owned()]);
    while let Some(name) = next.pop_front() {
        if granted.contains(&name) {
            return Some(name);
        }
        for wider in directly_wider(&name) {
            if seen.insert(wider.clone()) {
                next.push_back(wider);
            }
        }
    }
    None
}

/// What contains this directly, in the order of names.
fn directly_wider(name: &str) -> BTreeSet<String> {
    let listed = CONTAINS
        .iter()
        .filter(|(_, narrower)| narrower.contains(&name))
        .map(|(wider, _)| (*wider).to_owned());
    listed.chain(read_write(name)).collect()
}

/// `X.ReadWrite.Y` for `X.Read.Y`, where it exists.
fn read_write(name: &str) -> Option<String> {
    let parts: Vec<_> = name.split('.').map(|part| if part == "Read" { "ReadWrite" } else { part }).collect();
    let wider = parts.join(".");
    find(&wider).filter(|it| it.name != name).map(|it| it.name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn satisfied(wanted: &str, granted: &[&str]) -> Option<String> {
        satisfied_by(wanted, &granted.iter().map(|name| (*name).to_owned()).collect())
    }

    #[test]
    fn every_name_is_a_permission() {
        for (wider, narrower) in CONTAINS {
            for name in narrower.iter().chain([wider]) {
                assert!(find(name).is_some_and(|it| it.name == *name), "{name}");
            }
        }
    }

    #[test]
    fn a_permission_satisfies_itself_before_any_other() {
        let by = satisfied("User.Read.All", &["Directory.Read.All", "User.ReadWrite.All", "User.Read.All"]);
        assert_eq!(by.as_deref(), Some("User.Read.All"));
    }

    #[test]
    fn wider_permissions_satisfy_narrower_ones_at_any_distance() {
        for (wanted, granted) in [
            ("Group.Read.All", "Group.ReadWrite.All"),
            ("GroupMember.Read.All", "Group.Read.All"),
            ("GroupMember.ReadBasic.All", "Group.ReadWrite.All"),
            ("User.ReadBasic.All", "User.Read.All"),
            ("User.ReadBasic.All", "Directory.ReadWrite.All"),
            ("Application.Read.All", "Directory.Read.All"),
            ("Organization.Read.All", "Organization.ReadWrite.All"),
            ("MailboxSettings.Read", "MailboxSettings.ReadWrite"),
            ("RoleEligibilitySchedule.Read.Directory", "RoleManagement.Read.All"),
            ("RoleAssignmentSchedule.Read.Directory", "RoleManagement.ReadWrite.Directory"),
            ("RoleManagement.Read.Directory", "RoleManagement.ReadWrite.Directory"),
            ("User.ManageIdentities.All", "User.ReadWrite.All"),
        ] {
            assert_eq!(satisfied(wanted, &[granted]).as_deref(), Some(granted), "{wanted}");
        }
    }

    #[test]
    fn reading_the_directory_is_neither_schedules_nor_logs_nor_methods_nor_mailboxes() {
        for wanted in [
            "AuditLog.Read.All",
            "MailboxSettings.Read",
            "RoleAssignmentSchedule.Read.Directory",
            "RoleEligibilitySchedule.Read.Directory",
            "RoleManagement.Read.Directory",
            "RoleManagement.Read.All",
            "UserAuthenticationMethod.Read.All",
        ] {
            assert_eq!(
                satisfied(wanted, &["Directory.ReadWrite.All", "Directory.Read.All"]),
                None,
                "{wanted}"
            );
        }
    }

    #[test]
    fn a_narrower_permission_never_satisfies_a_wider_one() {
        for (wanted, granted) in [
            ("Directory.Read.All", "User.Read.All"),
            ("User.ReadWrite.All", "User.Read.All"),
            ("RoleManagement.Read.Directory", "RoleManagement.Read.All"),
            ("DelegatedPermissionGrant.Read.All", "Application.Read.All"),
            ("Application.ReadWrite.All", "Directory.ReadWrite.All"),
            ("No.Such.Permission", "Directory.ReadWrite.All"),
        ] {
            assert_eq!(satisfied(wanted, &[granted]), None, "{wanted}");
        }
    }

    #[test]
    fn nothing_contains_itself_by_way_of_others() {
        for permission in super::super::all() {
            let wider = directly_wider(permission.name);
            assert!(!wider.contains(permission.name), "{}", permission.name);
        }
    }
}
