//! Which application permissions open which door, and which permission contains which (azure.md 2.4, 4.5).

use crate::world::ObjectKind;

/// Permissions of which one suffices, least privileged first.
pub type AnyOf = &'static [&'static str];

/// Reading the organization.
pub const ORGANIZATION: AnyOf = &["Organization.Read.All", "User.Read.All", "Directory.Read.All"];
/// Reading subscribed products.
pub const LICENCES: AnyOf = &["LicenseAssignment.Read.All", "Organization.Read.All", "Directory.Read.All"];
/// Reading domains.
pub const DOMAINS: AnyOf = &["Domain.Read.All", "Directory.Read.All"];
/// Reading users, some of them only with their basic properties.
pub const USERS: AnyOf = &["User.ReadBasic.All", "User.Read.All", "Directory.Read.All"];
/// Reading every property of users.
pub const USERS_IN_FULL: AnyOf = &["User.Read.All", "Directory.Read.All"];
/// Reading what a user is a member of.
pub const USER_MEMBER_OF: AnyOf = &["User.Read.All", "GroupMember.Read.All", "Directory.Read.All"];
/// Reading mailbox settings.
pub const MAILBOX: AnyOf = &["MailboxSettings.Read"];
/// Reading sign-in activity, beside users.
pub const AUDIT: AnyOf = &["AuditLog.Read.All"];
/// Reading groups.
pub const GROUPS: AnyOf =
    &["Group.ReadBasic.All", "GroupMember.Read.All", "Group.Read.All", "Directory.Read.All"];
/// Reading who is in a group.
pub const MEMBERS: AnyOf =
    &["GroupMember.ReadBasic.All", "GroupMember.Read.All", "Group.Read.All", "Directory.Read.All"];
/// Reading owners of a group and the groups a group is in.
pub const GROUP_RELATIONS: AnyOf = &["GroupMember.Read.All", "Group.Read.All", "Directory.Read.All"];
/// Reading who is in a group that hides its membership, on top of [`MEMBERS`].
pub const HIDDEN_MEMBERS: AnyOf = &["Member.Read.Hidden"];
/// Reading applications and service principals: with the narrow permission to write, too, all of them (source: the
/// remarks on servicePrincipal: Get).
pub const APPLICATIONS: AnyOf =
    &["Application.Read.All", "Application.ReadWrite.OwnedBy", "Directory.Read.All"];
/// Reading delegated grants; reading applications is not enough.
pub const GRANTS: AnyOf = &["DelegatedPermissionGrant.Read.All", "Directory.Read.All"];
/// Reading devices.
pub const DEVICES: AnyOf = &["Device.Read.All", "Directory.Read.All"];
/// Reading any directory object.
pub const DIRECTORY: AnyOf = &["Directory.Read.All"];
/// Reading directory roles and their assignments.
pub const ROLES: AnyOf = &["RoleManagement.Read.Directory", "RoleManagement.Read.All", "Directory.Read.All"];
/// Reading PIM assignment schedules; reading the directory is not enough.
pub const ASSIGNMENT_SCHEDULES: AnyOf =
    &["RoleAssignmentSchedule.Read.Directory", "RoleManagement.Read.Directory", "RoleManagement.Read.All"];
/// Reading PIM eligibility schedules; reading the directory is not enough.
pub const ELIGIBILITY_SCHEDULES: AnyOf =
    &["RoleEligibilitySchedule.Read.Directory", "RoleManagement.Read.Directory", "RoleManagement.Read.All"];

/// Changing who is in a group.
pub const MEMBERS_WRITE: AnyOf = &["GroupMember.ReadWrite.All", "Directory.ReadWrite.All"];
/// Creating, changing and deleting groups.
pub const GROUPS_WRITE: AnyOf = &["Group.ReadWrite.All", "Directory.ReadWrite.All"];
/// Creating and changing users.
pub const USERS_WRITE: AnyOf = &["User.ReadWrite.All", "Directory.ReadWrite.All"];
/// Switching users on and off.
pub const ACCOUNTS_WRITE: AnyOf = &["User.EnableDisableAccount.All", "User.ReadWrite.All"];
/// Deleting users.
pub const USERS_DELETE: AnyOf = &["User.DeleteRestore.All", "User.ReadWrite.All"];
/// Registering applications and creating their service principals.
pub const APPLICATIONS_CREATE: AnyOf = &["Application.ReadWrite.OwnedBy", "Application.ReadWrite.All"];
/// Changing any application or service principal.
pub const APPLICATIONS_WRITE: AnyOf = &["Application.ReadWrite.All"];
/// Changing applications and service principals of one's own.
pub const OWN_APPLICATIONS_WRITE: AnyOf = &["Application.ReadWrite.OwnedBy"];
/// Consenting to delegated permissions.
pub const CONSENTS_WRITE: AnyOf = &["DelegatedPermissionGrant.ReadWrite.All", "Directory.ReadWrite.All"];
/// Assigning app roles.
pub const GRANTS_WRITE: AnyOf = &["AppRoleAssignment.ReadWrite.All"];
/// Assigning directory roles, and changing groups that hold them.
pub const ROLES_WRITE: AnyOf = &["RoleManagement.ReadWrite.Directory"];

/// Permissions that contain others: whoever has the first may do what the second opens.
const CONTAINS: &[(&str, &[&str])] = &[
    ("Application.ReadWrite.All", &["Application.Read.All"]),
    ("DelegatedPermissionGrant.ReadWrite.All", &["DelegatedPermissionGrant.Read.All"]),
    ("Device.ReadWrite.All", &["Device.Read.All"]),
    ("Directory.ReadWrite.All", &["Directory.Read.All"]),
    ("Domain.ReadWrite.All", &["Domain.Read.All"]),
    ("Group.ReadWrite.All", &["Group.Read.All", "GroupMember.ReadWrite.All"]),
    ("Group.Read.All", &["GroupMember.Read.All", "Group.ReadBasic.All"]),
    ("GroupMember.ReadWrite.All", &["GroupMember.Read.All"]),
    ("GroupMember.Read.All", &["GroupMember.ReadBasic.All", "Group.ReadBasic.All"]),
    ("LicenseAssignment.ReadWrite.All", &["LicenseAssignment.Read.All"]),
    ("MailboxSettings.ReadWrite", &["MailboxSettings.Read"]),
    ("Organization.ReadWrite.All", &["Organization.Read.All"]),
    ("RoleAssignmentSchedule.ReadWrite.Directory", &["RoleAssignmentSchedule.Read.Directory"]),
    ("RoleEligibilitySchedule.ReadWrite.Directory", &["RoleEligibilitySchedule.Read.Directory"]),
    ("RoleManagement.ReadWrite.Directory", &["RoleManagement.Read.Directory"]),
    ("User.ReadWrite.All", &["User.Read.All"]),
    ("User.Read.All", &["User.ReadBasic.All"]),
];

/// The properties of a user that `User.ReadBasic.All` lets see.
const BASIC_USER: &[&str] = &[
    "businessPhones",
    "displayName",
    "givenName",
    "id",
    "mail",
    "surname",
    "userPrincipalName",
    "securityIdentifier",
];

/// Whether the granted permissions contain one of those asked for.
pub fn allowed<S: AsRef<str>>(granted: &[S], any_of: AnyOf) -> bool {
    granted.iter().any(|permission| any_of.iter().any(|asked| contains(permission.as_ref(), asked)))
}

fn contains(permission: &str, asked: &str) -> bool {
    permission == asked
        || CONTAINS
            .iter()
            .filter(|(wider, _)| *wider == permission)
            .flat_map(|(_, narrower)| narrower.iter())
            .any(|narrower| contains(narrower, asked))
}

/// What opens objects of this kind.
pub const fn of_kind(kind: ObjectKind) -> AnyOf {
    match kind {
        ObjectKind::User => USERS,
        ObjectKind::Group => GROUPS,
        ObjectKind::ServicePrincipal | ObjectKind::Application => APPLICATIONS,
        ObjectKind::Device => DEVICES,
    }
}

/// Whether a user's property is visible to these permissions.
pub fn sees_user_property<S: AsRef<str>>(granted: &[S], property: &str) -> bool {
    allowed(granted, USERS_IN_FULL) || BASIC_USER.contains(&property)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wider_permissions_open_what_narrower_ones_do() {
        for (granted, asked) in [
            ("Group.ReadWrite.All", MEMBERS),
            ("User.ReadWrite.All", USERS),
            ("RoleManagement.ReadWrite.Directory", ELIGIBILITY_SCHEDULES),
            ("Directory.ReadWrite.All", APPLICATIONS),
        ] {
            assert!(allowed(&[granted], asked), "{granted}");
        }
    }

    #[test]
    fn reading_the_directory_opens_neither_schedules_nor_mailboxes_nor_audit_logs() {
        for asked in [ASSIGNMENT_SCHEDULES, ELIGIBILITY_SCHEDULES, MAILBOX, AUDIT] {
            assert!(!allowed(&["Directory.Read.All"], asked));
        }
        assert!(!allowed(&["Application.Read.All"], GRANTS));
        assert!(!allowed::<&str>(&[], USERS));
    }

    #[test]
    fn basic_user_permission_hides_the_account_state() {
        assert!(sees_user_property(&["User.ReadBasic.All"], "mail"));
        assert!(!sees_user_property(&["User.ReadBasic.All"], "accountEnabled"));
        assert!(sees_user_property(&["Directory.Read.All"], "accountEnabled"));
    }
}
