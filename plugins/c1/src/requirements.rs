//! What a tenant must have for C1: the sets of its own guide, with what would do where it asks for more.
//!
//! The guide's permissions are listed in its order. What it asks for although no documented call takes it, and
//! what another permission of the same set holds already, is recommended only: nothing is lost without it.

use fairlead_connector::{
    Audience, CredentialKind, Plan, Requirement, RoleScope, UniqueBy,
    requirement::{
        active_subscription, application, audience, azure_role, credential, licence, mailbox_settings,
        no_excess, principal_enabled, unique,
    },
};

use crate::settings::Settings;

const ESCALATES: &str = "Reading assignments takes Application.Read.All or Directory.Read.All. This one lets \
    the application grant itself any permission, and through that become Global Administrator.";
const NO_CALL: &str = "Microsoft documents no call of v1.0 that takes it and that a sync makes.";

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
    all.extend(basics());
    let unused = SKIPPABLE.iter().filter(|name| !is_used(settings, name));
    let tolerated: Vec<&str> = unused.copied().chain(["Reader", "Management Group Reader"]).collect();
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
        application("GroupMember.ReadWrite.All")
            .why("Adds members to groups and removes them.")
            .recommended()
            .smaller(&["Group.ReadWrite.All"], "Group.ReadWrite.All, asked for too, includes it."),
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
        return azure_role("acdd72a7-3385-48ef-bd42-f606fba81ae7", "Reader", RoleScope::EachSubscription)
            .actions(&actions)
            .why("Lists resource groups, storage accounts, and who has which role on what.");
    }
    actions.extend([
        "Microsoft.Authorization/roleAssignments/write",
        "Microsoft.Authorization/roleAssignments/delete",
    ]);
    azure_role("8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "Owner", RoleScope::EachSubscription)
        .actions(&actions)
        .why("Assigns roles in the subscription and takes them away, beside all that a sync reads.")
        .smaller(
            &["Role Based Access Control Administrator"],
            "Assigning roles does not need a right to every resource: Role Based Access Control Administrator does, \
             and can be given with a condition on which roles it may assign; so does User Access Administrator.",
        )
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
