//! What a tenant must have for C1: the sets of its own guide, with what would do where it asks for more.
//!
//! The guide's permissions are listed in its order. What it asks for although no documented call takes it, and
//! what another permission of the same set holds already, is recommended only: nothing is lost without it.

use fairlead_connector::{
    Audience, CredentialKind, Plan, Requirement, RoleScope, UniqueBy,
    requirement::{
        active_subscription, application, audience, credential, licence, mailbox_settings, no_excess,
        principal_enabled, unique,
    },
};

use fairlead_onboarding::{
    ADDED_BY_THE_PORTAL,
    role::{MANAGEMENT_GROUP_READER, OWNER, READER},
};

use crate::settings::Settings;

const ESCALATES: &str = "Reading assignments takes Application.Read.All or Directory.Read.All. This one lets \
    the application grant itself any permission, and through that become Global Administrator.";
const NO_CALL: &str = "Microsoft documents no call of v1.0 that takes it and that a sync makes.";

/// Reader is less than the role of the mode that provisions.
const ALSO_FINE: [&str; 2] = [READER.name, ADDED_BY_THE_PORTAL];

/// What a connection needs; `provisions` in the mode that grants and revokes access.
pub fn of(settings: &Settings, provisions: bool) -> Vec<Requirement> {
    let mut all = if provisions { provisioning() } else { syncing() };
    all.retain(|requirement| requirement.name().is_none_or(|name| is_used(settings, name)));
    if settings.mailbox_settings {
        all.push(mailbox_settings(Some("mailboxSettings=false")).why(
            "Exchange can deny mailboxes to an application that has the permission; their purpose is then unknown.",
        ));
    }
    if !settings.skip_entra_id_p2_license_features {
        all.push(licence(Plan::P2, Some("skip-entra-id-p2-license-features=true")).why(
            "Without Entra ID P2 or Governance, eligible and scheduled assignments cannot be read, and C1's own \
             connector fails on them.",
        ));
    }
    all.push(azure(settings, provisions));
    all.push(hierarchy());
    all.extend(basics());
    let unused = SKIPPABLE.iter().filter(|name| !is_used(settings, name));
    let tolerated: Vec<&str> = unused.copied().chain(ALSO_FINE).collect();
    all.push(no_excess(&tolerated).why("A sync tool is a way into the tenant: it holds what it uses."));
    all
}

/// Permissions that a setting does without.
const SKIPPABLE: [&str; 4] = [
    "MailboxSettings.Read",
    "MailboxSettings.ReadWrite",
    "RoleAssignmentSchedule.Read.Directory",
    "RoleEligibilitySchedule.Read.Directory",
];

fn is_used(settings: &Settings, permission: &str) -> bool {
    match permission {
        "MailboxSettings.Read" | "MailboxSettings.ReadWrite" => settings.mailbox_settings,
        "RoleAssignmentSchedule.Read.Directory" | "RoleEligibilitySchedule.Read.Directory" => {
            !settings.skip_entra_id_p2_license_features
        }
        _ => true,
    }
}

/// "To sync access data".
fn syncing() -> Vec<Requirement> {
    let mut all = vec![
        application("Application.Read.All").why(
            "Lists enterprise applications, their app roles, who is assigned to them, and their owners.",
        ),
        application("AppRoleAssignment.ReadWrite.All")
            .why("C1 asks for it to read who is assigned to applications.")
            .recommended()
            .smaller(&["Application.Read.All"], ESCALATES),
        application("AuditLog.Read.All").why("Tells when somebody signed in last."),
        application("Directory.Read.All")
            .why("Reads the directory: the organisation, its objects, who is in what."),
        application("Group.Read.All").why("Lists groups, their members and their owners."),
        application("GroupMember.Read.All")
            .why("Reads the members of groups.")
            .recommended()
            .smaller(&["Group.Read.All"], "Group.Read.All, asked for too, includes it."),
        application("MailboxSettings.Read")
            .why("Tells people's mailboxes from rooms, equipment and shared ones."),
    ];
    all.extend(schedules());
    all.extend([
        application("RoleManagement.Read.All").why("Reads role assignments of all directory services."),
        application("RoleManagement.Read.Directory").why("Reads directory roles and who has them."),
    ]);
    all.extend(policies());
    all.extend([
        application("ServicePrincipalEndpoint.Read.All")
            .why("C1 asks for it to read the endpoints of service principals.")
            .recommended()
            .smaller(&[], NO_CALL),
        application("User.Read.All").why("Lists users with their profile."),
    ]);
    all.extend(closing());
    all
}

/// "To sync access data and provision access".
fn provisioning() -> Vec<Requirement> {
    let mut all = vec![
        application("Application.ReadWrite.All")
            .why("Reads enterprise applications, and changes their owners.")
            .smaller(
                &["Application.Read.All"],
                "Granting and revoking app roles takes AppRoleAssignment.ReadWrite.All and reading applications. \
                 This one can add a secret to any application, and so act as it; it is needed only where \
                 ownership of applications is provisioned.",
            ),
        application("AppRoleAssignment.ReadWrite.All")
            .why("Assigns people and groups to applications, and takes assignments away."),
        application("AuditLog.Read.All").why("Tells when somebody signed in last."),
        application("Directory.ReadWrite.All")
            .why("Reads the directory, and changes what is in it.")
            .smaller(
                &["Directory.Read.All", "GroupMember.ReadWrite.All"],
                "What is provisioned is membership, app roles and Azure roles: reading the directory and writing \
                 members is enough.",
            ),
        application("Group.ReadWrite.All")
            .why("Lists groups, and changes their members and owners.")
            .smaller(
                &["Group.Read.All", "GroupMember.ReadWrite.All"],
                "Changing members needs no right to create, change or delete groups, or to read their mail and \
                 files.",
            ),
        // Group.ReadWrite.All includes it, and is the larger of the two: it stands in for this one, never the reverse.
        application("GroupMember.ReadWrite.All").why("Adds members to groups and removes them."),
        application("MailboxSettings.ReadWrite")
            .why("Tells people's mailboxes from rooms, equipment and shared ones.")
            .smaller(&["MailboxSettings.Read"], "Mailbox settings are read, never changed."),
    ];
    all.extend(schedules());
    all.extend([
        application("RoleManagement.Read.All").why("Reads role assignments of all directory services."),
        application("RoleManagement.ReadWrite.Directory")
            .why("Reads directory roles, assigns them, and takes them away.")
            .smaller(
                &["RoleManagement.Read.Directory"],
                "C1's connector provisions Azure roles, not directory roles. This one lets the application make \
                 itself Global Administrator.",
            ),
    ]);
    all.extend(policies());
    all.extend([
        application("ServicePrincipalEndpoint.ReadWrite.All")
            .why("C1 asks for it to change the endpoints of service principals.")
            .recommended()
            .smaller(&[], NO_CALL),
        application("User.ReadWrite.All")
            .why("Lists users with their profile, and changes them.")
            .smaller(&["User.Read.All"], "What is provisioned is access, not users: reading them is enough."),
    ]);
    all.extend(closing());
    all
}

fn schedules() -> [Requirement; 2] {
    const INCLUDED: &str = "RoleManagement.Read.Directory includes it.";
    [
        application("RoleAssignmentSchedule.Read.Directory")
            .why("Reads assignments of directory roles that begin or end at a time.")
            .smaller(&["RoleManagement.Read.Directory"], INCLUDED),
        application("RoleEligibilitySchedule.Read.Directory")
            .why("Reads who is eligible for directory roles.")
            .smaller(&["RoleManagement.Read.Directory"], INCLUDED),
    ]
}

fn policies() -> [Requirement; 3] {
    [
        application("RoleManagementAlert.Read.Directory")
            .why("Reads alerts of Privileged Identity Management.")
            .recommended()
            .smaller(&[], "A sync reads no alerts."),
        application("RoleManagementPolicy.Read.AzureADGroup")
            .why("Reads the rules by which membership of groups is activated.")
            .recommended()
            .smaller(&[], NO_CALL),
        application("RoleManagementPolicy.Read.Directory")
            .why("Reads the rules by which directory roles are activated.")
            .recommended()
            .smaller(&[], "A sync reads assignments, not the rules for them."),
    ]
}

fn closing() -> [Requirement; 4] {
    let privileged = |name: &str, why: &str| application(name).why(why).recommended().smaller(&[], NO_CALL);
    [
        application("User.ReadBasic.All")
            .why("Lists users by name.")
            .recommended()
            .smaller(&["User.Read.All"], "The right to read users' profiles, asked for too, includes it."),
        privileged("PrivilegedAccess.Read.AzureAD", "Reads time-limited access to directory roles."),
        privileged("PrivilegedAccess.Read.AzureADGroup", "Reads time-limited membership of groups."),
        privileged("PrivilegedAccess.Read.AzureResources", "Reads time-limited access to Azure resources."),
    ]
}

/// The role in each subscription.
fn azure(settings: &Settings, provisions: bool) -> Requirement {
    let mut actions = vec![
        "Microsoft.Resources/subscriptions/resourceGroups/read",
        "Microsoft.Authorization/roleDefinitions/read",
        "Microsoft.Authorization/roleAssignments/read",
        "Microsoft.Storage/storageAccounts/read",
    ];
    if !settings.skip_sync_storage_containers {
        actions.push("Microsoft.Storage/storageAccounts/blobServices/containers/read");
    }
    if !provisions {
        return READER
            .at(RoleScope::EachSubscription)
            .actions(&actions)
            .why("Lists resource groups, storage accounts, and who has which role on what.");
    }
    actions.extend([
        "Microsoft.Authorization/roleAssignments/write",
        "Microsoft.Authorization/roleAssignments/delete",
    ]);
    OWNER
        .at(RoleScope::EachSubscription)
        .actions(&actions)
        .why("Assigns roles in the subscription and takes them away, beside all that a sync reads.")
        .smaller(
            &["Role Based Access Control Administrator"],
            "Assigning roles does not need a right to every resource: Role Based Access Control Administrator does, \
             and can be given with a condition on which roles it may assign; so does User Access Administrator.",
        )
}

/// The vendor's guide does not ask for it, and a sync that lacks it says that it saw a part of the tenant.
fn hierarchy() -> Requirement {
    MANAGEMENT_GROUP_READER
        .at(RoleScope::TenantRoot)
        .why("Lists management groups and what lies in which; without it those above subscriptions stay unseen.")
        .recommended()
}

/// What does not depend on mode and settings.
fn basics() -> [Requirement; 5] {
    [
        principal_enabled().why("A disabled enterprise application is given no token."),
        audience(Audience::Either).why("C1 signs in to the application's own tenant: both account types do."),
        credential(
            &[CredentialKind::ClientSecret, CredentialKind::Certificate, CredentialKind::Federated],
            None,
        )
        .why("C1's form takes a client secret; its self-hosted connector also takes what Azure's libraries take."),
        active_subscription().why("Azure roles, resource groups and storage accounts lie in subscriptions."),
        unique(UniqueBy::TenantAndApplication)
            .why("Two connections alike collect the same tenant twice.")
            .recommended(),
    ]
}

#[cfg(test)]
mod tests {
    use fairlead_connector::{GraphPermission, Need, Weight};

    use super::*;

    /// "To sync access data", as the vendor's guide lists it.
    const SYNC: [&str; 20] = [
        "Application.Read.All",
        "AppRoleAssignment.ReadWrite.All",
        "AuditLog.Read.All",
        "Directory.Read.All",
        "Group.Read.All",
        "GroupMember.Read.All",
        "MailboxSettings.Read",
        "RoleAssignmentSchedule.Read.Directory",
        "RoleEligibilitySchedule.Read.Directory",
        "RoleManagement.Read.All",
        "RoleManagement.Read.Directory",
        "RoleManagementAlert.Read.Directory",
        "RoleManagementPolicy.Read.AzureADGroup",
        "RoleManagementPolicy.Read.Directory",
        "ServicePrincipalEndpoint.Read.All",
        "User.Read.All",
        "User.ReadBasic.All",
        "PrivilegedAccess.Read.AzureAD",
        "PrivilegedAccess.Read.AzureADGroup",
        "PrivilegedAccess.Read.AzureResources",
    ];

    /// "To sync access data and provision access".
    const SYNC_AND_PROVISION: [&str; 20] = [
        "Application.ReadWrite.All",
        "AppRoleAssignment.ReadWrite.All",
        "AuditLog.Read.All",
        "Directory.ReadWrite.All",
        "Group.ReadWrite.All",
        "GroupMember.ReadWrite.All",
        "MailboxSettings.ReadWrite",
        "RoleAssignmentSchedule.Read.Directory",
        "RoleEligibilitySchedule.Read.Directory",
        "RoleManagement.Read.All",
        "RoleManagement.ReadWrite.Directory",
        "RoleManagementAlert.Read.Directory",
        "RoleManagementPolicy.Read.AzureADGroup",
        "RoleManagementPolicy.Read.Directory",
        "ServicePrincipalEndpoint.ReadWrite.All",
        "User.ReadWrite.All",
        "User.ReadBasic.All",
        "PrivilegedAccess.Read.AzureAD",
        "PrivilegedAccess.Read.AzureADGroup",
        "PrivilegedAccess.Read.AzureResources",
    ];

    fn with(mailbox_settings: bool, skip_entra_id_p2_license_features: bool) -> Settings {
        Settings { mailbox_settings, skip_entra_id_p2_license_features, ..Settings::default() }
    }

    fn permissions(requirements: &[Requirement]) -> Vec<&str> {
        let names = requirements.iter().filter_map(|requirement| match &requirement.need {
            Need::GraphPermission(GraphPermission { name, .. }) => Some(name.as_str()),
            _ => None,
        });
        names.collect()
    }

    fn tolerated(requirements: &[Requirement]) -> Vec<String> {
        let tolerated = requirements.iter().find_map(|requirement| match &requirement.need {
            Need::NoExcess(tolerated) => Some(tolerated.clone()),
            _ => None,
        });
        tolerated.unwrap()
    }

    #[test]
    fn with_every_option_on_each_mode_asks_for_the_guides_permissions() {
        assert_eq!(permissions(&of(&with(true, false), false)), SYNC);
        assert_eq!(permissions(&of(&with(true, false), true)), SYNC_AND_PROVISION);
    }

    #[test]
    fn what_a_setting_does_without_is_not_asked_for_and_not_too_much() {
        for (provisions, guide) in [(false, SYNC), (true, SYNC_AND_PROVISION)] {
            for (mailboxes, skips_p2) in [(false, false), (false, true), (true, true)] {
                let all = of(&with(mailboxes, skips_p2), provisions);
                let left_out = |name: &str| {
                    (!mailboxes && name.starts_with("MailboxSettings."))
                        || (skips_p2 && name.contains("Schedule.Read.Directory"))
                };
                let expected: Vec<_> = guide.into_iter().filter(|name| !left_out(name)).collect();
                assert_eq!(permissions(&all), expected);
                let tolerated = tolerated(&all);
                assert!(
                    guide
                        .iter()
                        .filter(|name| left_out(name))
                        .all(|name| tolerated.iter().any(|it| it == name))
                );
            }
        }
    }

    #[test]
    fn the_licence_and_mailboxes_follow_the_settings() {
        let has = |settings: &Settings, wanted: fn(&Need) -> bool| {
            of(settings, false).iter().any(|requirement| wanted(&requirement.need))
        };
        let licence = |need: &Need| matches!(need, Need::Licence(_));
        let mailboxes = |need: &Need| matches!(need, Need::MailboxSettings(_));
        assert!(has(&with(false, false), licence) && !has(&with(false, true), licence));
        assert!(has(&with(true, false), mailboxes) && !has(&with(false, false), mailboxes));
    }

    /// "At least Reader permissions on the subscription"; "the Owner role is required to provision".
    #[test]
    fn each_subscription_takes_reader_and_provisioning_takes_owner() {
        for (provisions, name, instead) in
            [(false, "Reader", None), (true, "Owner", Some("Role Based Access Control Administrator"))]
        {
            let all = of(&Settings::default(), provisions);
            let roles: Vec<_> = all.iter().filter(|it| matches!(it.need, Need::AzureRole(_))).collect();
            let [role, hierarchy] = roles.as_slice() else { panic!("{roles:?}") };
            assert_eq!(role.name(), Some(name));
            assert_eq!(
                (hierarchy.name(), hierarchy.weight),
                (Some("Management Group Reader"), Weight::Recommended)
            );
            assert_eq!(role.smaller.as_ref().map(|smaller| smaller.instead[0].as_str()), instead);
        }
    }

    #[test]
    fn containers_take_one_action_more() {
        let asks = |skip_sync_storage_containers| {
            let settings = Settings { skip_sync_storage_containers, ..Settings::default() };
            of(&settings, false).iter().any(|requirement| match &requirement.need {
                Need::AzureRole(role) => {
                    role.actions.iter().any(|action| action.ends_with("containers/read"))
                }
                _ => false,
            })
        };
        assert!(asks(false) && !asks(true));
    }

    /// The guide says that "Microsoft does not make a read-only AppRoleAssignment permission available"; reading
    /// takes none.
    #[test]
    fn a_sync_does_not_fail_for_want_of_what_lets_it_take_over_the_tenant() {
        let all = of(&Settings::default(), false);
        let escalates = all.iter().find(|it| it.name() == Some("AppRoleAssignment.ReadWrite.All")).unwrap();
        assert_eq!(escalates.weight, Weight::Recommended);
        assert_eq!(escalates.smaller.as_ref().unwrap().instead, ["Application.Read.All"]);
    }

    /// What stands in for a permission is never one that is itself too much.
    #[test]
    fn the_smaller_set_holds_nothing_that_another_smaller_set_replaces() {
        for provisions in [false, true] {
            let all = of(&with(true, false), provisions);
            let too_much: Vec<&str> =
                all.iter().filter(|it| it.smaller.is_some()).filter_map(Requirement::name).collect();
            let instead = all.iter().filter_map(|it| it.smaller.as_ref()).flat_map(|it| &it.instead);
            for name in instead {
                assert!(!too_much.contains(&name.as_str()), "{name} is asked for in place of another");
            }
        }
    }

    #[test]
    fn the_connectors_page_is_true() {
        fairlead_onboarding::page::check(
            "c1",
            &[
                ("Mode read: sync", of(&Settings::default(), false)),
                ("Mode read-write: sync and provision", of(&Settings::default(), true)),
            ],
        );
    }
}
