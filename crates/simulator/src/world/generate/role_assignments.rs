//! Azure role assignments at every kind of scope, PIM schedules, and one deny assignment.

use std::collections::HashSet;

use jiff::SignedDuration;
use uuid::Uuid;

use super::{Lots, Sizes, azure, epoch};
use crate::world::Tenant;
use crate::world::arm::{DenyAssignment, PermissionSet, PimSchedule, PrincipalType, RoleAssignment, Scope};
use crate::world::ids::IdKind;
use crate::world::roles::ScheduleKind;

mod question {
    pub(super) const SCOPE: u64 = 700;
    pub(super) const PLACE: u64 = 701;
    pub(super) const PRINCIPAL: u64 = 702;
    pub(super) const WHO: u64 = 703;
    pub(super) const ROLE: u64 = 704;
    pub(super) const CREATED: u64 = 705;
}

/// Draws per assignment before giving up: the triples of a small tenant may all be taken.
const ATTEMPTS: u64 = 64;

/// User Access Administrator, what "elevate access" assigns at the root.
const USER_ACCESS_ADMINISTRATOR: Uuid = Uuid::from_u128(0x18d7_d88d_d35e_4fb5_a5c3_7773_c20a_72d9);

/// Adds role assignments, schedules and a deny assignment.
pub(super) fn generate(tenant: &mut Tenant, lots: Lots, sizes: &Sizes) {
    let roles: Vec<Uuid> = tenant.arm.role_definitions.values().map(|role| role.name).collect();
    let mut taken = HashSet::new();
    for index in 0..sizes.role_assignments {
        let found = (0..ATTEMPTS).find_map(|attempt| {
            let lot = u64::from(index) * ATTEMPTS + attempt;
            let triple = triple(tenant, lots, lot, index, sizes, &roles)?;
            taken.insert((triple.scope.clone(), triple.principal, triple.role)).then_some(triple)
        });
        if let Some(triple) = found {
            insert(tenant, lots, index, triple);
        }
    }
    for index in 0..sizes.role_schedules {
        let lot = (1 << 40) + u64::from(index);
        if let Some(triple) = triple(tenant, lots, lot, index + 1, sizes, &roles) {
            schedule(tenant, lots, index, triple);
        }
    }
    if sizes.subscriptions > 0 && sizes.role_assignments > 0 {
        deny(tenant);
    }
}

struct Triple {
    scope: Scope,
    role: Uuid,
    principal: Uuid,
    principal_type: PrincipalType,
}

fn triple(
    tenant: &Tenant,
    lots: Lots,
    lot: u64,
    index: u32,
    sizes: &Sizes,
    roles: &[Uuid],
) -> Option<Triple> {
    let (principal, principal_type) = principal(tenant, lots, lot, sizes)?;
    if index == 0 {
        // Somebody elevated their access and forgot to take it back.
        return Some(Triple {
            scope: Scope::Root,
            role: USER_ACCESS_ADMINISTRATOR,
            principal,
            principal_type,
        });
    }
    let count = u32::try_from(roles.len()).unwrap_or(1);
    let role = *roles.get(lots.below(question::ROLE, lot, count) as usize)?;
    Some(Triple { scope: scope(tenant, lots, lot, sizes), role, principal, principal_type })
}

/// Of twenty: two at management groups, seven at subscriptions, eight at resource groups, three at resources.
fn scope(tenant: &Tenant, lots: Lots, lot: u64, sizes: &Sizes) -> Scope {
    let place = |count| lots.below(question::PLACE, lot, count);
    match lots.draw(question::SCOPE, lot) % 20 {
        2..9 if sizes.subscriptions > 0 => {
            Scope::Subscription(tenant.ids.encode(IdKind::Subscription, place(sizes.subscriptions)))
        }
        9..17 if sizes.resource_groups > 0 => {
            let group = place(sizes.resource_groups);
            Scope::ResourceGroup {
                subscription: azure::subscription_of(tenant, group, sizes),
                name: azure::resource_group_name(lots, group),
            }
        }
        17..20 if sizes.storage_accounts > 0 => {
            let account = place(sizes.storage_accounts);
            let (name, group) = azure::storage_account_name(tenant, lots, account, sizes);
            Scope::Resource {
                subscription: azure::subscription_of(tenant, group, sizes),
                resource_group: azure::resource_group_name(lots, group),
                path: format!("Microsoft.Storage/storageAccounts/{name}"),
            }
        }
        _ => {
            let groups = u32::try_from(tenant.arm.management_groups.len()).unwrap_or(1);
            Scope::ManagementGroup(tenant.arm.management_groups[place(groups) as usize].name.clone())
        }
    }
}

/// Of twenty: nine users, six groups, four service principals, one that was deleted since.
fn principal(tenant: &Tenant, lots: Lots, lot: u64, sizes: &Sizes) -> Option<(Uuid, PrincipalType)> {
    let who = |count| lots.below(question::WHO, lot, count);
    let applications = tenant.service_principals.slots().saturating_sub(super::principals::FIRST_PARTY);
    match lots.draw(question::PRINCIPAL, lot) % 20 {
        0..9 => Some((tenant.users.id_at(who(sizes.users))?, PrincipalType::User)),
        9..15 => Some((tenant.groups.objects.at(who(sizes.groups))?.id, PrincipalType::Group)),
        15..19 if applications > 0 => {
            let position = super::principals::FIRST_PARTY + who(applications);
            Some((tenant.service_principals.at(position)?.id, PrincipalType::ServicePrincipal))
        }
        _ => Some((tenant.ids.encode(IdKind::DeletedPrincipal, who(50)), PrincipalType::Unknown)),
    }
}

fn insert(tenant: &mut Tenant, lots: Lots, index: u32, triple: Triple) {
    let Triple { scope, role, principal, principal_type } = triple;
    let conditional = index % 29 == 28;
    tenant.arm.insert_role_assignment(RoleAssignment {
        name: tenant.ids.encode(IdKind::RoleAssignment, index),
        scope,
        role,
        principal,
        principal_type,
        condition: conditional.then(|| {
            "((!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})) OR \
             (@Request[Microsoft.Authorization/roleAssignments:PrincipalType] ForAnyOfAnyValues:\
             StringEqualsIgnoreCase {'User'}))"
                .to_owned()
        }),
        description: (index % 9 == 8).then(|| format!("Ticket {index}")),
        created: lots.moment(question::CREATED, u64::from(index), 1_200),
        created_by: tenant.users.id_at(0),
    });
}

fn schedule(tenant: &mut Tenant, lots: Lots, index: u32, triple: Triple) {
    let Triple { scope, role, principal, principal_type } = triple;
    let start = lots.moment(question::CREATED, (1 << 40) + u64::from(index), 200);
    tenant.arm.schedules.insert(PimSchedule {
        name: tenant.ids.encode(IdKind::Schedule, index),
        scope,
        role,
        principal,
        principal_type,
        kind: if index.is_multiple_of(2) { ScheduleKind::Eligible } else { ScheduleKind::Assigned },
        start,
        end: index.is_multiple_of(3).then(|| epoch() + SignedDuration::from_hours(24 * 3_650)),
        created: start,
        condition: None,
    });
}

/// What a managed application leaves behind: everybody is kept from deleting in one subscription.
fn deny(tenant: &mut Tenant) {
    tenant.arm.deny_assignments.insert(DenyAssignment {
        name: tenant.ids.encode(IdKind::DenyAssignment, 0),
        deny_assignment_name: "Keep what the managed application made".to_owned(),
        scope: Scope::Subscription(tenant.ids.encode(IdKind::Subscription, 0)),
        permissions: vec![PermissionSet { actions: vec!["*/delete".to_owned()], ..PermissionSet::default() }],
        principals: vec![Uuid::nil()],
        excluded_principals: Vec::new(),
        system_protected: true,
    });
}
