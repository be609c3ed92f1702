//! App-role assignments: to users, groups and service principals, on applications and on Microsoft Graph.

use std::collections::HashSet;

use uuid::Uuid;

use super::{Lots, Sizes};
use crate::world::ids::IdKind;
use crate::world::principals::AppRoleAssignment;
use crate::world::{ObjectKind, ObjectRef, Tenant};

mod question {
    pub(super) const PRINCIPAL_KIND: u64 = 400;
    pub(super) const PRINCIPAL: u64 = 401;
    pub(super) const RESOURCE: u64 = 402;
    pub(super) const ROLE: u64 = 403;
    pub(super) const CREATED: u64 = 404;
}

/// Draws per assignment before giving up: the triples of a small tenant may all be taken.
const ATTEMPTS: u64 = 64;

/// Adds the app-role assignments.
pub(super) fn generate(tenant: &mut Tenant, lots: Lots, sizes: &Sizes) {
    let resources: Vec<u32> = tenant
        .service_principals
        .iter()
        .filter(|(position, it)| *position >= super::principals::FIRST_PARTY && !it.app_roles.is_empty())
        .map(|(position, _)| position)
        .collect();
    let mut taken: HashSet<(Uuid, Uuid, Uuid)> = HashSet::new();
    for index in 0..sizes.app_role_assignments {
        let found = (0..ATTEMPTS).find_map(|attempt| {
            let candidate =
                candidate(tenant, lots, u64::from(index) * ATTEMPTS + attempt, sizes, &resources)?;
            taken
                .insert((candidate.principal, candidate.resource, candidate.app_role_id))
                .then_some(candidate)
        });
        if let Some(mut assignment) = found {
            assignment.id = tenant.ids.encode(IdKind::AppRoleAssignment, index);
            assignment.created = lots.moment(question::CREATED, u64::from(index), 900);
            tenant.insert_app_role_assignment(assignment);
        }
    }
}

fn candidate(
    tenant: &Tenant,
    lots: Lots,
    lot: u64,
    sizes: &Sizes,
    resources: &[u32],
) -> Option<AppRoleAssignment> {
    let of = |kind, count: u32| {
        (count > 0).then(|| ObjectRef::new(kind, lots.below(question::PRINCIPAL, lot, count)))
    };
    let applications = tenant.service_principals.slots() - super::principals::FIRST_PARTY;
    let principal = match lots.draw(question::PRINCIPAL_KIND, lot) % 20 {
        0..12 => of(ObjectKind::User, sizes.users),
        12..15 => of(ObjectKind::Group, sizes.groups),
        _ => of(ObjectKind::ServicePrincipal, applications).map(|it| {
            ObjectRef::new(ObjectKind::ServicePrincipal, it.position + super::principals::FIRST_PARTY)
        }),
    }?;
    let machine = principal.kind == ObjectKind::ServicePrincipal;
    let resource = resource(lots, lot, machine, resources);
    let resource = tenant.service_principals.at(resource)?;
    let roles: Vec<Uuid> = resource
        .app_roles
        .iter()
        .filter(|role| if machine { role.for_applications } else { role.for_users })
        .map(|role| role.id)
        .collect();
    let count = u32::try_from(roles.len()).unwrap_or(0);
    // Nil is default access: what an assignment gives when the application offers no role that fits.
    let role = roles.get(lots.below(question::ROLE, lot, count) as usize).copied().unwrap_or_default();
    Some(AppRoleAssignment {
        id: Uuid::nil(),
        app_role_id: role,
        principal: tenant.object_id(principal)?,
        principal_kind: principal.kind,
        principal_display_name: tenant.display_name_of(principal)?.into_owned(),
        resource: resource.id,
        created: super::epoch(),
    })
}

/// Machines are mostly granted permissions of Microsoft Graph; three in ten of the rest go to one busy
/// application, so that some resource has more assignments than `$expand` shows.
fn resource(lots: Lots, lot: u64, machine: bool, resources: &[u32]) -> u32 {
    const GRAPH: u32 = 0;
    let draw = lots.draw(question::RESOURCE, lot);
    match resources {
        [] => GRAPH,
        _ if machine && draw % 10 < 7 => GRAPH,
        [busy, ..] if draw % 10 < 3 => *busy,
        _ => {
            let count = u32::try_from(resources.len()).unwrap_or(1);
            resources[lots.below(question::RESOURCE, lot + (1 << 40), count) as usize]
        }
    }
}
