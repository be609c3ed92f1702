//! The tasks a sync begins with, and doing one.

use fairlead_connector::{Azure, Failure, Step, Task};

use crate::{
    Collector, Selection, arm, graph, hierarchy,
    links::{self, Fan},
    list::{List, Place},
};

/// Lists that are read page by page, with the collector that wants them, and whether a sync begins with them.
/// The longest chain of pages comes first: it decides how long a sync takes.
const LISTS: [(Collector, List, bool); 11] = [
    (Collector::Users, graph::USERS, true),
    (Collector::Groups, graph::GROUPS, true),
    (Collector::ServicePrincipals, graph::SERVICE_PRINCIPALS, true),
    (Collector::RoleDefinitions, arm::ROLE_DEFINITIONS, true),
    (Collector::Applications, graph::APPLICATIONS, true),
    (Collector::Tenants, arm::TENANTS, true),
    (Collector::Organization, graph::ORGANIZATION, true),
    (Collector::ResourceGroups, arm::RESOURCE_GROUPS, false),
    (Collector::RoleAssignments, arm::ROLE_ASSIGNMENTS, false),
    (Collector::StorageAccounts, arm::STORAGE_ACCOUNTS, false),
    (Collector::Containers, arm::CONTAINERS, false),
];

/// The tasks a sync begins with.
///
/// # Errors
/// `Fatal` on a defect.
pub fn plan(selection: &Selection) -> Result<Vec<Task>, Failure> {
    let hierarchy = selection.has(Collector::Hierarchy);
    let hierarchy = hierarchy.then(|| Task::new(hierarchy::TASK, "", &Place::default()));
    let first = LISTS.iter().filter(|(collector, _, first)| *first && selection.has(*collector));
    // After users and groups: much follows from it, and little from the others.
    let mut tasks: Vec<Task> =
        first.map(|(_, list, _)| list.task(&Place::default())).collect::<Result<_, _>>()?;
    if let Some(hierarchy) = hierarchy {
        tasks.insert(tasks.len().min(2), hierarchy?);
    }
    Ok(tasks)
}

/// Does a task.
///
/// # Errors
/// `Denied` when a required kind may not be read, `RetryLater` when Azure cannot be reached, `Fatal` when a task
/// or an answer is not understood.
pub fn run(selection: &Selection, task: &Task, azure: &impl Azure) -> Result<Step, Failure> {
    for fan in [Fan::Groups, Fan::ServicePrincipals] {
        if task.kind == fan.task() {
            return links::run(fan, selection, azure, task);
        }
    }
    match task.kind.as_str() {
        hierarchy::TASK => hierarchy::run(selection, azure),
        arm::SUBSCRIPTION_TASK => arm::subscription(selection, azure, &task.read()?),
        kind => {
            let list = LISTS.iter().find(|(_, list, _)| list.task == kind);
            let (collector, list, _) = list.ok_or_else(|| task.unknown())?;
            page(*collector, list, selection, azure, &task.read()?)
        }
    }
}

fn page(
    collector: Collector,
    list: &List,
    selection: &Selection,
    azure: &impl Azure,
    place: &Place,
) -> Result<Step, Failure> {
    match collector {
        Collector::Users => graph::users(selection, azure, place),
        Collector::Groups => graph::groups(selection, azure, place),
        Collector::ServicePrincipals => graph::service_principals(selection, azure, place),
        Collector::Applications => graph::applications(selection, azure, place),
        Collector::Organization => graph::organization(selection, azure, place),
        Collector::RoleDefinitions if place.scope.is_empty() => arm::built_in_roles(selection, azure, place),
        _ => arm::page(list, selection, azure, place),
    }
}
