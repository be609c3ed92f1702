//! What a tenant must have for Cloud Entitlements: the guide's sets for its two integration modes.

use fairlead_connector::{
    Audience, CredentialKind, Requirement, RoleScope, UniqueBy,
    requirement::{
        active_subscription, application, audience, credential, no_excess, principal_enabled, unique,
    },
};
use fairlead_onboarding::{
    ADDED_BY_THE_PORTAL,
    role::{RBAC_ADMINISTRATOR, READER},
};

const INCLUDED: &str = "Directory.Read.All, asked for too, includes what is read of it; the vendor's product looks for \
                        it by name.";

/// What a connection needs; `changes` in the mode "Read and Write".
pub fn of(changes: bool) -> Vec<Requirement> {
    let mut all = reading();
    if changes {
        all.extend(writing());
    }
    all.extend(roles(changes));
    all.extend([
        principal_enabled().why("A disabled enterprise application is given no token."),
        audience(Audience::Either)
            .why("The product signs in to the application's own tenant: both account types do."),
        credential(&[CredentialKind::ClientSecret], None).why("The product's form takes a client secret."),
        active_subscription().why("The guide asks for a tenant with an active subscription."),
        unique(UniqueBy::Tenant).why(
            "Two applications of one tenant would have every identity counted twice; the product refuses it.",
        ),
        unique(UniqueBy::Credential)
            .why("The product refuses the secret of a tenant that is connected already."),
        no_excess(&[ADDED_BY_THE_PORTAL])
            .why("What watches rights that are too many should not have too many itself."),
    ]);
    all
}

/// "If the integration mode is Read".
fn reading() -> Vec<Requirement> {
    vec![
        application("Application.Read.All")
            .why("Lists applications, their secrets' ends, their owners and their API permissions.")
            .smaller(&["Directory.Read.All"], INCLUDED),
        application("AuditLog.Read.All")
            .why("Tells when an identity signed in last, and with how many methods."),
        application("Directory.Read.All")
            .why("Reads the directory, and which permissions were consented to."),
        application("Group.Read.All").why("Lists groups, their members and their owners.").smaller(
            &["GroupMember.Read.All"],
            "Who is in a group is enough: this one also reads groups' mail and files.",
        ),
        application("RoleManagement.Read.Directory")
            .why("Reads directory roles, who has them and who is eligible."),
        application("User.Read.All")
            .why("Lists users with their profile.")
            .smaller(&["Directory.Read.All"], INCLUDED),
        application("UserAuthenticationMethod.Read.All")
            .why("Finds users with a single authentication method."),
    ]
}

/// What "Read and Write" adds.
fn writing() -> [Requirement; 3] {
    [
        application("Application.ReadWrite.All").why(
            "Takes secrets away from applications and disables them. It can also add a secret to any application, \
             and so act as it.",
        ),
        application("AppRoleAssignment.ReadWrite.All").why(
            "Takes API permissions away from applications. It can also grant itself any permission.",
        ),
        application("RoleManagement.ReadWrite.Directory").why(
            "Takes directory roles away, or makes them eligible only. It can also make itself Global Administrator.",
        ),
    ]
}

/// The guide names no scope: everything the connection is about.
fn roles(changes: bool) -> [Requirement; 2] {
    let administrator = RBAC_ADMINISTRATOR.at(RoleScope::ManagementGroup).actions(&[
        "Microsoft.Authorization/roleAssignments/write",
        "Microsoft.Authorization/roleAssignments/delete",
    ]);
    let administrator = if changes {
        administrator.why(
            "Takes Azure roles away. It can also assign any role, Owner included: assign it with a condition on which \
             ones.",
        )
    } else {
        administrator.why("The guide asks for it in both modes; nothing is changed in this one.").smaller(
            &[READER.name],
            "Reading who has which role takes Reader. This one can assign any role, Owner included.",
        )
    };
    let reader = READER.at(RoleScope::ManagementGroup).why(
        "Reads Azure roles and who has them, in every subscription it covers; others are silently missing.",
    );
    [reader, administrator]
}

#[cfg(test)]
mod tests {
    use fairlead_connector::{Grant, GraphPermission, Need, Weight};

    use super::*;

    /// "If the integration mode is Read", as the vendor's guide lists them.
    const READ: [&str; 7] = [
        "Application.Read.All",
        "AuditLog.Read.All",
        "Directory.Read.All",
        "Group.Read.All",
        "RoleManagement.Read.Directory",
        "User.Read.All",
        "UserAuthenticationMethod.Read.All",
    ];

    /// "If the integration mode is Read and Write".
    const READ_AND_WRITE: [&str; 10] = [
        "Application.Read.All",
        "Application.ReadWrite.All",
        "AppRoleAssignment.ReadWrite.All",
        "AuditLog.Read.All",
        "Directory.Read.All",
        "Group.Read.All",
        "RoleManagement.Read.Directory",
        "RoleManagement.ReadWrite.Directory",
        "User.Read.All",
        "UserAuthenticationMethod.Read.All",
    ];

    fn sorted<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
        let mut names: Vec<&str> = names.into_iter().collect();
        names.sort_unstable();
        names
    }

    /// "Make sure to use application permissions instead of delegated permissions."
    #[test]
    fn each_mode_asks_for_the_guides_application_permissions() {
        for (changes, guide) in [(false, &READ[..]), (true, &READ_AND_WRITE)] {
            let all = of(changes);
            let permissions = all.iter().filter_map(|requirement| match &requirement.need {
                Need::GraphPermission(GraphPermission { name, grant: Grant::Application }) => {
                    Some(name.as_str())
                }
                Need::GraphPermission(delegated) => panic!("{delegated:?}"),
                _ => None,
            });
            assert_eq!(sorted(permissions), sorted(guide.iter().copied()));
            assert!(all.iter().all(|requirement| requirement.weight == Weight::Required));
        }
    }

    /// "Application with the Reader and Role Based Access Control Administrator role."
    #[test]
    fn both_modes_ask_for_both_roles_and_reading_says_what_would_do() {
        for changes in [false, true] {
            let all = of(changes);
            let roles = all.iter().filter(|requirement| matches!(requirement.need, Need::AzureRole(_)));
            let roles: Vec<_> = roles.map(|it| (it.name().unwrap(), it.smaller.is_some())).collect();
            assert_eq!(roles, [("Reader", false), ("Role Based Access Control Administrator", !changes)]);
        }
    }

    /// "It's not possible to use different application registrations that belong to the same tenant"; "You can't
    /// use the secret of a tenant that is already connected".
    #[test]
    fn there_is_one_connection_a_tenant_and_one_secret_a_connection() {
        let all = of(false);
        let unique = all.iter().filter_map(|requirement| match requirement.need {
            Need::Unique(by) => Some(by),
            _ => None,
        });
        assert_eq!(unique.collect::<Vec<_>>(), [UniqueBy::Tenant, UniqueBy::Credential]);
    }

    #[test]
    fn the_connectors_page_is_true() {
        let sets = [("Mode read", of(false)), ("Mode read-write", of(true))];
        fairlead_onboarding::page::check("segura-entitlements", &sets);
    }
}
