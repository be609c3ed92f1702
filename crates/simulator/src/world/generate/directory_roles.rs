//! Entra directory roles: the built-in ones, who holds them, and PIM schedules.

use jiff::SignedDuration;
use uuid::Uuid;

use super::{Lots, Sizes, epoch};
use crate::world::Tenant;
use crate::world::ids::IdKind;
use crate::world::roles::{DirectoryRole, DirectoryRoleAssignment, DirectorySchedule, ScheduleKind};

mod question {
    pub(super) const PRINCIPAL: u64 = 500;
    pub(super) const ROLE: u64 = 501;
    pub(super) const CREATED: u64 = 502;
}

/// Template id, name, whether privileged. Source: Entra's permissions reference.
const BUILT_IN: &[(&str, &str, bool)] = &[
    ("62e90394-69f5-4237-9190-012177145e10", "Global Administrator", true),
    ("f2ef992c-3afb-46b9-b7cf-a126ee74c451", "Global Reader", true),
    ("e8611ab8-c189-46e8-94e1-60213ab1f814", "Privileged Role Administrator", true),
    ("fe930be7-5e62-47db-91af-98c3a49a38b1", "User Administrator", true),
    ("9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3", "Application Administrator", true),
    ("158c047a-c907-4556-b7ef-446551a6b5f7", "Cloud Application Administrator", true),
    ("729827e3-9c14-49f7-bb1b-9608f156bbb8", "Helpdesk Administrator", true),
    ("194ae4cb-b126-40b2-bd5b-6091b380977d", "Security Administrator", true),
    ("5d6b6bb7-de71-4623-b4af-96380a352509", "Security Reader", true),
    ("88d8e3e3-8f55-4a1e-953a-9b9898b8876b", "Directory Readers", false),
    ("fdd7a751-b60b-444a-984c-02652fe8fa1c", "Groups Administrator", false),
    ("29232cdf-9323-42fd-ade2-1d097af3e4de", "Exchange Administrator", false),
    ("f28a1f50-f6e7-4571-818b-6a12f2af6b6c", "SharePoint Administrator", false),
    ("69091246-20e8-4a56-aa4d-066075b2a7a8", "Teams Administrator", false),
    ("b0f54661-2d74-4c50-afa3-1ec803f12efe", "Billing Administrator", false),
    ("b1be1c3e-b65d-4f19-8427-f6fa0d97feb9", "Conditional Access Administrator", true),
    ("c4e39bd9-1100-46d3-8c65-fb160da0071f", "Authentication Administrator", true),
    ("3a2c62db-5318-420d-8d74-23affee5d9d5", "Intune Administrator", true),
    ("4a5d8f65-41da-4de4-8968-e035b65339cf", "Reports Reader", false),
];

/// Adds role definitions, assignments and schedules.
pub(super) fn generate(tenant: &mut Tenant, lots: Lots, sizes: &Sizes) {
    for (index, (id, name, privileged)) in (0..).zip(BUILT_IN) {
        let id = Uuid::try_parse(id).unwrap_or_default();
        tenant.roles.definitions.insert(DirectoryRole {
            id,
            display_name: (*name).to_owned(),
            description: format!("What {name} may do in the directory."),
            built_in: true,
            enabled: true,
            privileged: *privileged,
            actions: vec!["microsoft.directory/users/standard/read".to_owned()],
            activated: (index < 8).then(|| tenant.ids.encode(IdKind::Other, 100 + index)),
        });
    }
    tenant.roles.definitions.insert(DirectoryRole {
        id: tenant.ids.encode(IdKind::Other, 90),
        display_name: "App Secret Rotator".to_owned(),
        description: "Rotates credentials of applications.".to_owned(),
        built_in: false,
        enabled: true,
        privileged: true,
        actions: vec!["microsoft.directory/applications/credentials/update".to_owned()],
        activated: None,
    });
    for index in 0..sizes.directory_role_assignments {
        if let Some((principal, role)) = pair(tenant, lots, index, sizes) {
            let id = tenant.ids.encode(IdKind::DirectoryRoleAssignment, index);
            let created = lots.moment(question::CREATED, u64::from(index), 1_000);
            let directory_scope = "/".to_owned();
            let assignment = DirectoryRoleAssignment { id, principal, role, directory_scope, created };
            tenant.roles.assignments.insert(assignment);
        }
    }
    for index in 0..sizes.directory_role_schedules {
        schedule(tenant, lots, index, sizes);
    }
}

fn schedule(tenant: &mut Tenant, lots: Lots, index: u32, sizes: &Sizes) {
    let Some((principal, role)) = pair(tenant, lots, index + (1 << 20), sizes) else { return };
    let kind = match index % 3 {
        0 => ScheduleKind::Eligible,
        1 => ScheduleKind::Assigned,
        _ => ScheduleKind::Activated,
    };
    let start = lots.moment(question::CREATED, (1 << 40) + u64::from(index), 200);
    tenant.roles.schedules.insert(DirectorySchedule {
        id: tenant.ids.encode(IdKind::DirectoryRoleAssignment, index + (1 << 20)),
        principal,
        role,
        directory_scope: "/".to_owned(),
        kind,
        through_group: false,
        start,
        // Far enough not to end while somebody looks.
        end: index.is_multiple_of(2).then(|| epoch() + SignedDuration::from_hours(24 * 3_650)),
        created: start,
    });
}

/// A principal and a role that it does not hold yet; mostly users.
fn pair(tenant: &Tenant, lots: Lots, index: u32, sizes: &Sizes) -> Option<(Uuid, Uuid)> {
    let lot = u64::from(index);
    let group = index % 7 == 6 && sizes.groups > 0;
    let principal = if group || sizes.users == 0 {
        let position = lots.below(question::PRINCIPAL, lot, sizes.groups);
        tenant.groups.objects.at(position)?.id
    } else {
        tenant.users.id_at(lots.below(question::PRINCIPAL, lot, sizes.users))?
    };
    let count = tenant.roles.definitions.slots();
    let role = tenant.roles.definitions.at(lots.below(question::ROLE, lot, count))?.id;
    let held = tenant.roles.assignments.values().any(|it| it.principal == principal && it.role == role)
        || tenant.roles.schedules.values().any(|it| it.principal == principal && it.role == role);
    (!held).then_some((principal, role))
}
