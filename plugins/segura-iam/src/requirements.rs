//! What a tenant must have for Cloud IAM: the guide's set, which is one for everything it can manage.
//!
//! Permissions for what the settings leave out are recommended only: the guide asks for them all the same.

use fairlead_connector::{
    Audience, CredentialKind, Requirement, RoleScope, UniqueBy,
    requirement::{
        active_subscription, application, audience, credential, delegated, no_excess, principal_enabled,
        unique,
    },
};
use fairlead_onboarding::{
    ADDED_BY_THE_PORTAL, less_for_reading,
    role::{READER, VIRTUAL_MACHINE_CONTRIBUTOR},
};

use crate::settings::{Managed, Settings};

/// What a connection needs; `changes` in the mode that manages.
pub fn of(settings: &Settings, changes: bool) -> Vec<Requirement> {
    let mut all: Vec<Requirement> =
        users().into_iter().map(|requirement| used(requirement, settings, &[Managed::Users])).collect();
    all.extend(applications().map(|(requirement, by)| used(requirement, settings, by)));
    all.extend(directory());
    if !changes {
        less_for_reading(
            &mut all,
            &["Directory.Read.All", "Organization.Read.All"],
            "Importing takes reading only.",
        );
    }
    all.push(
        delegated("Directory.AccessAsUser.All")
            .why("The guide asks for it; it lends the application what a signed-in person may do.")
            .recommended()
            .smaller(
                &[],
                "It has no effect while the application signs in as itself, which is how Cloud IAM does.",
            ),
    );
    if settings.has(Managed::VirtualMachines) {
        let mut machines = machines();
        if !changes {
            less_for_reading(&mut machines, &[READER.name], "Listing machines takes reading only.");
        }
        all.extend(machines);
    }
    all.extend([
        principal_enabled().why("A disabled enterprise application is given no token."),
        audience(Audience::Either)
            .why("Cloud IAM signs in to the application's own tenant: the guide leaves the choice."),
        credential(&[CredentialKind::ClientSecret], None).why("Cloud IAM's form takes a client secret."),
        unique(UniqueBy::TenantAndApplication)
            .why("Two connections alike manage the same users, one undoing what the other did.")
            .recommended(),
        no_excess(&[ADDED_BY_THE_PORTAL]).why(
            "Its permissions are enough to take over the tenant: directory roles or more are not needed.",
        ),
    ]);
    all
}

/// A requirement as it is where the settings leave out all that it is for.
fn used(requirement: Requirement, settings: &Settings, by: &[Managed]) -> Requirement {
    if by.iter().any(|managed| settings.has(*managed)) {
        return requirement;
    }
    requirement.recommended().smaller(&[], "The connection's settings leave out what it is for.")
}

fn users() -> [Requirement; 4] {
    [
        application("Directory.ReadWrite.All")
            .why("Invites guests, and changes groups and who is in them.")
            .smaller(
                &["Directory.Read.All", "GroupMember.ReadWrite.All", "User.Invite.All"],
                "Invitations and memberships have permissions of their own.",
            ),
        application("RoleManagement.ReadWrite.Directory").why(
            "Gives users directory roles and takes them away. It can also make itself Global Administrator.",
        ),
        application("User.ManageIdentities.All")
            .why("Changes with which identities a user signs in.")
            .smaller(&["User.ReadWrite.All"], "User.ReadWrite.All, asked for too, includes it."),
        application("User.ReadWrite.All").why("Creates, changes and removes users."),
    ]
}

fn applications() -> impl Iterator<Item = (Requirement, &'static [Managed])> {
    const EITHER: &[Managed] = &[Managed::Accounts, Managed::Credentials];
    [
        (
            application("Application.ReadWrite.All")
                .why("Creates service accounts and their secrets.")
                .smaller(
                    &["Application.ReadWrite.OwnedBy"],
                    "Service accounts that Cloud IAM made itself belong to it: owning them is enough, unless it is to \
                     manage those of others too. This one can add a secret to any application, and so act as it.",
                ),
            EITHER,
        ),
        (
            application("AppRoleAssignment.ReadWrite.All")
                .why("Gives service accounts API permissions. It can also grant itself any."),
            &EITHER[..1],
        ),
    ]
    .into_iter()
}

fn directory() -> [Requirement; 3] {
    [
        application("Directory.Read.All").why("Imports users, groups and service accounts, and makes the reports."),
        application("Organization.Read.All").why("Reads the tenant's name, domains and licences."),
        application("Organization.ReadWrite.All")
            .why("The guide asks for it; nothing that Cloud IAM offers changes the organisation.")
            .recommended()
            .smaller(
                &["Organization.Read.All"],
                "It can add a certificate authority, and with that sign in as anyone where certificates are accepted.",
            ),
    ]
}

/// The guide promises machines and asks for no Azure role, without which none can be managed.
fn machines() -> [Requirement; 2] {
    [
        VIRTUAL_MACHINE_CONTRIBUTOR
            .at(RoleScope::EachSubscription)
            .actions(&[
                "Microsoft.Compute/virtualMachines/read",
                "Microsoft.Compute/virtualMachines/start/action",
                "Microsoft.Compute/virtualMachines/restart/action",
                "Microsoft.Compute/virtualMachines/deallocate/action",
            ])
            .why("Lists, starts and stops virtual machines. The guide forgets it: its permissions end at the directory."),
        active_subscription().why("Virtual machines lie in subscriptions."),
    ]
}

#[cfg(test)]
mod tests {
    use fairlead_connector::{Grant, GraphPermission, Need, Weight};

    use super::*;

    /// "Select the following API permissions", as the vendor's guide lists them.
    const DELEGATED: [&str; 1] = ["Directory.AccessAsUser.All"];
    const APPLICATION: [&str; 9] = [
        "AppRoleAssignment.ReadWrite.All",
        "Application.ReadWrite.All",
        "Directory.Read.All",
        "Directory.ReadWrite.All",
        "Organization.Read.All",
        "Organization.ReadWrite.All",
        "RoleManagement.ReadWrite.Directory",
        "User.ManageIdentities.All",
        "User.ReadWrite.All",
    ];

    fn permissions(all: &[Requirement], wanted: Grant) -> Vec<&str> {
        let mut names: Vec<&str> = all
            .iter()
            .filter_map(|requirement| match &requirement.need {
                Need::GraphPermission(GraphPermission { name, grant }) if *grant == wanted => {
                    Some(name.as_str())
                }
                _ => None,
            })
            .collect();
        names.sort_unstable();
        names
    }

    fn only(managed: Managed) -> Settings {
        Settings { iam_permissions: [managed].into() }
    }

    fn weight(all: &[Requirement], name: &str) -> Weight {
        all.iter().find(|requirement| requirement.name() == Some(name)).unwrap().weight
    }

    #[test]
    fn every_mode_and_selection_asks_for_the_guides_permissions() {
        let selections = [Managed::Users, Managed::Accounts, Managed::Credentials, Managed::VirtualMachines];
        for settings in selections.map(only).into_iter().chain([Settings::default()]) {
            for changes in [false, true] {
                let all = of(&settings, changes);
                assert_eq!(permissions(&all, Grant::Application), APPLICATION);
                assert_eq!(permissions(&all, Grant::Delegated), DELEGATED);
            }
        }
    }

    #[test]
    fn what_is_not_managed_is_recommended_only() {
        let users = of(&only(Managed::Users), true);
        assert_eq!(weight(&users, "User.ReadWrite.All"), Weight::Required);
        assert_eq!(weight(&users, "Application.ReadWrite.All"), Weight::Recommended);
        let credentials = of(&only(Managed::Credentials), true);
        assert_eq!(weight(&credentials, "Application.ReadWrite.All"), Weight::Required);
        assert_eq!(weight(&credentials, "AppRoleAssignment.ReadWrite.All"), Weight::Recommended);
    }

    #[test]
    fn what_has_no_effect_or_no_use_is_recommended_with_what_would_do() {
        let all = of(&Settings::default(), true);
        for (name, instead) in [
            ("Directory.AccessAsUser.All", &[][..]),
            ("Organization.ReadWrite.All", &["Organization.Read.All"]),
        ] {
            let requirement = all.iter().find(|requirement| requirement.name() == Some(name)).unwrap();
            assert_eq!(requirement.weight, Weight::Recommended);
            assert_eq!(requirement.smaller.as_ref().unwrap().instead, instead);
        }
    }

    /// The guide promises machines, and its permissions do not reach them.
    #[test]
    fn machines_take_an_azure_role_and_nothing_else_does() {
        let roles = |settings: &Settings| {
            let all = of(settings, true);
            all.iter().filter(|requirement| matches!(requirement.need, Need::AzureRole(_))).count()
        };
        assert_eq!((roles(&Settings::default()), roles(&only(Managed::VirtualMachines))), (0, 1));
    }

    #[test]
    fn the_connectors_page_is_true() {
        let machines = only(Managed::VirtualMachines);
        let sets = [
            ("Mode read-write: manage", of(&Settings::default(), true)),
            ("Mode read: import", of(&Settings::default(), false)),
            ("Virtual machines only", of(&machines, true)),
        ];
        fairlead_onboarding::page::check("segura-iam", &sets);
    }
}
