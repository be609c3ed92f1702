//! App-role assignments: who may use which enterprise application, in which role.

use std::collections::{BTreeSet, HashMap};

use fairlead_directory::{APP_ROLE_ASSIGNMENT, SERVICE_PRINCIPAL};

use super::{
    expand::{Depth, Expander},
    file::File,
    grants::{Destination, missing},
    host::{Failure, Snapshot},
    principals::{Number, Principals},
    read,
};
use crate::resources::Kind;

/// One assignment: the application's position among service principals, the role's among the roles seen, and
/// who has it.
type Assignment = (u32, u32, Number);

/// All app-role assignments, by application and role.
#[derive(Debug, Default)]
pub(crate) struct AppRoles {
    roles: Vec<String>,
    assignments: Vec<Assignment>,
}

impl AppRoles {
    /// Reads them. Also returns a note on assignments the file lacks.
    pub(crate) fn read(
        snapshot: &dyn Snapshot,
        principals: &Principals,
    ) -> Result<(Self, Option<String>), Failure> {
        let mut made = Self::default();
        let mut by_id: HashMap<String, u32> = HashMap::new();
        let (mut read, mut application_hint, mut holder_hint) = (0, 0, 0);
        read::links(snapshot, APP_ROLE_ASSIGNMENT, |link| {
            read += 1;
            let application = principals.find(link.origin_kind, link.origin, application_hint);
            let holder = principals.find(link.target_kind, link.target, holder_hint);
            let (Some(application), Some(holder)) = (application, holder) else { return Ok(()) };
            (application_hint, holder_hint) = (application, holder);
            if link.origin_kind != SERVICE_PRINCIPAL || principals.get(application).0.is_leaf() {
                return Ok(());
            }
            let role = if let Some(role) = by_id.get(link.label) {
                *role
            } else {
                let role = u32::try_from(made.roles.len()).unwrap_or(u32::MAX);
                made.roles.push(link.label.to_owned());
                by_id.insert(link.label.to_owned(), role);
                role
            };
            made.assignments.push((application - principals.groups.len(), role, holder));
            Ok(())
        })?;
        made.assignments.sort_unstable();
        Ok((made, missing(snapshot, APP_ROLE_ASSIGNMENT, read)))
    }

    /// The ids of the roles that somebody has in the application at a position.
    pub(crate) fn roles_of(&self, application: u32) -> BTreeSet<&str> {
        let start = self.assignments.partition_point(|assignment| assignment.0 < application);
        let own = self.assignments[start..].iter().take_while(|assignment| assignment.0 == application);
        own.map(|assignment| self.role(assignment.1)).collect()
    }

    /// Writes a grant for everybody who has a role, directly or as a direct member of an assigned group:
    /// Entra does not look into groups inside it.
    pub(crate) fn write(
        &self,
        file: &mut File<'_>,
        principals: &Principals,
        expander: &mut Expander<'_>,
    ) -> Result<(), Failure> {
        let mut holders = Vec::new();
        for same in self.assignments.chunk_by(|one, other| (one.0, one.1) == (other.0, other.1)) {
            let (application, role, _) = same[0];
            let id = principals.services.get(application);
            let kind = Kind::EnterpriseApplication;
            holders.clear();
            holders.extend(same.iter().map(|assignment| assignment.2));
            let destination = Destination {
                resource: (kind, id),
                entitlement: &[kind.id(), ":", id, ":assignment:", self.role(role)].concat(),
                group: None,
                depth: Depth::Shallow { from: principals.first_user() },
            };
            destination.write(file, principals, expander, &holders)?;
        }
        Ok(())
    }

    fn role(&self, role: u32) -> &str {
        self.roles.get(role as usize).map_or("", String::as_str)
    }
}
