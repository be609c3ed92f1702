//! What is collected: everything the file speaks of, with the collectors that connectors share.

use fairlead_connector::{Azure, Connection, Failure, Step, Task};
use fairlead_directory::{Collector, GROUP, SERVICE_PRINCIPAL, Selection, USER};

/// What the file speaks of. Managers come with their users, so the links to them are not needed; a file without
/// users, groups or service principals would tell C1 that all access is gone, so those may not be denied.
pub(crate) fn selection() -> Selection {
    Selection::of([
        Collector::Organization,
        Collector::Users,
        Collector::Groups,
        Collector::GroupLinks,
        Collector::ServicePrincipals,
        Collector::AppRoleAssignments,
        Collector::ServicePrincipalOwners,
        Collector::Tenants,
        Collector::Hierarchy,
        Collector::ResourceGroups,
        Collector::RoleDefinitions,
        Collector::RoleAssignments,
        Collector::StorageAccounts,
        Collector::Containers,
    ])
    .require(USER)
    .require(GROUP)
    .require(SERVICE_PRINCIPAL)
}

/// The tasks a sync begins with.
pub(crate) fn plan() -> Result<Vec<Task>, Failure> {
    fairlead_directory::plan(&selection())
}

/// Does a task, within the part of the tenant that the connection is about.
pub(crate) fn run(connection: &Connection, task: &Task, azure: &impl Azure) -> Result<Step, Failure> {
    fairlead_directory::run(&selection().within(connection), task, azure)
}
