//! Roles of Azure's role-based access control and who has them where.

use std::collections::HashSet;

use fairlead_directory::{ROLE_ASSIGNMENT, ROLE_DEFINITION};

use super::{
    expand::{Depth, Expander},
    file::File,
    grants::Destination,
    host::{Failure, Snapshot},
    principals::Principals,
    read,
    scopes::Scopes,
};
use crate::resources::{Kind, Role, RoleAssignment, role_guid, role_known_by_id};

/// Writes roles, role assignments and their grants. Returns a note on assignments to principals that the
/// directory does not have.
pub(crate) fn write(
    snapshot: &dyn Snapshot,
    file: &mut File<'_>,
    principals: &Principals,
    scopes: &Scopes,
    expander: &mut Expander<'_>,
) -> Result<Option<String>, Failure> {
    let mut roles = roles(snapshot, file)?;
    let mut seen: HashSet<String> = HashSet::new();
    let mut orphans = 0_u64;
    read::items(snapshot, ROLE_ASSIGNMENT, |item| {
        let assignment: RoleAssignment<'_> = item.parse(ROLE_ASSIGNMENT)?;
        let key = assignment.key(item.id);
        if !seen.insert(key.to_ascii_lowercase()) {
            return Ok(());
        }
        let role = assignment.role();
        if !roles.contains(&role) {
            file.resource(Kind::Role, &role_known_by_id(&role, assignment.role_definition_id()))?;
            roles.insert(role.clone());
        }
        let bound = scopes.nearest(assignment.scope(item.id));
        file.resource(Kind::RoleAssignment, &assignment.resource(item.id, &key, &role, bound))?;
        let entitlement = assignment.entitlement(item.id, &key, &role);
        file.entitlement(Kind::RoleAssignment, &entitlement)?;
        let Some(principal) = principals.find_any(assignment.principal()) else {
            orphans += 1;
            return Ok(());
        };
        let destination = Destination {
            resource: (Kind::RoleAssignment, &key),
            entitlement: &entitlement.id,
            group: None,
            depth: Depth::Deep,
        };
        destination.write(file, principals, expander, &[principal])
    })?;
    Ok((orphans > 0).then(|| {
        format!(
            "{orphans} role assignments name a principal that is not in this tenant's directory; they are in the file without a grant"
        )
    }))
}

/// Writes each role once, however many subscriptions list it. Returns their GUIDs.
fn roles(snapshot: &dyn Snapshot, file: &mut File<'_>) -> Result<HashSet<String>, Failure> {
    let mut seen = HashSet::new();
    read::items(snapshot, ROLE_DEFINITION, |item| {
        let guid = role_guid(item.id);
        if !seen.insert(guid.clone()) {
            return Ok(());
        }
        let role: Role<'_> = item.parse(ROLE_DEFINITION)?;
        file.resource(Kind::Role, &role.resource(&guid))
    })?;
    Ok(seen)
}
