//! Application permissions by which their holder can become an administrator, or anybody.
//! Source: attack paths documented for Entra ID (BloodHound's edges, Microsoft's own privilege levels).

use super::find;

/// A permission, and what its holder can do with it.
const TIER_0: &[(&str, &str)] = &[
    ("Application.ReadWrite.All", "add a secret to any application and act as it"),
    ("AppRoleAssignment.ReadWrite.All", "give itself any permission"),
    ("Device.ReadWrite.All", "change devices that conditional access trusts"),
    ("Directory.ReadWrite.All", "change who is in most groups, and add a secret to service principals"),
    ("Domain.ReadWrite.All", "federate a domain and sign in as anybody in it"),
    ("EntitlementManagement.ReadWrite.All", "hand out any access package"),
    ("Group.ReadWrite.All", "put anybody into most groups, and so give them what these groups may do"),
    ("Organization.ReadWrite.All", "trust a certificate authority and sign in as anybody"),
    ("Policy.ReadWrite.ConditionalAccess", "switch conditional access off"),
    ("Policy.ReadWrite.PermissionGrant", "let any application be consented to"),
    ("PrivilegedAccess.ReadWrite.AzureAD", "make itself eligible for any directory role"),
    ("PrivilegedAccess.ReadWrite.AzureADGroup", "make itself a member of privileged groups"),
    ("RoleAssignmentSchedule.ReadWrite.Directory", "make itself a Global Administrator for a time"),
    ("RoleEligibilitySchedule.ReadWrite.Directory", "make anybody eligible for Global Administrator"),
    ("RoleManagement.ReadWrite.Directory", "make itself a Global Administrator"),
    (
        "RoleManagementPolicy.ReadWrite.Directory",
        "lift the approval and the second factor of any directory role",
    ),
    ("ServicePrincipalEndpoint.ReadWrite.All", "redirect where applications send their users"),
    ("Synchronization.ReadWrite.All", "change what is provisioned where, and read its secrets"),
    ("UserAuthenticationMethod.ReadWrite.All", "give itself a way to sign in as an administrator"),
];

/// What the holder of this application permission could do beyond its purpose, if that is to take over the tenant:
/// words that follow "it can". Names are compared in any case.
pub fn escalation(name: &str) -> Option<&'static str> {
    TIER_0.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, can)| *can)
}

/// Whether the holder of this application permission could take over the tenant.
pub fn is_tier_0(name: &str) -> bool {
    escalation(name).is_some() || find(name).is_some_and(|permission| permission.level >= 5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_can_grant_permissions_or_roles_is_an_administrator_and_who_reads_is_not() {
        for name in [
            "AppRoleAssignment.ReadWrite.All",
            "rolemanagement.readwrite.directory",
            "Organization.ReadWrite.All",
        ] {
            assert!(is_tier_0(name), "{name}");
        }
        for name in ["Directory.Read.All", "User.ReadWrite.All", "AuditLog.Read.All", "no such"] {
            assert!(!is_tier_0(name), "{name}");
        }
    }

    #[test]
    fn each_is_an_application_permission() {
        for (name, _) in TIER_0 {
            let permission = find(name).unwrap_or_else(|| panic!("{name}"));
            assert_eq!(permission.name, *name);
            assert!(permission.application.is_some(), "{name}");
        }
    }
}
