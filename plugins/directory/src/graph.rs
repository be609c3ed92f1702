//! Lists of Microsoft Graph: users, groups, service principals, app registrations, the organization.

use fairlead_connector::{Api, Azure, Failure, LinkBatch, Reference, Request, Step, Task};

use crate::{
    Collector, Selection, kind,
    links::{Fan, Origin},
    list::{self, Head, Id, List, Parent, Place},
};

const fn list(task: &'static str, item: &'static str, what: &'static str) -> List {
    let api = Api::Graph;
    List { task, item, followers: &[], what, api, id: Id::Own, parent: Parent::Nothing, nothing: &[] }
}

pub(crate) const USERS: List = list("users", kind::USER, "the list of users");
pub(crate) const GROUPS: List = list("groups", kind::GROUP, "the list of groups");
pub(crate) const SERVICE_PRINCIPALS: List =
    list("service-principals", kind::SERVICE_PRINCIPAL, "the list of service principals");
pub(crate) const APPLICATIONS: List =
    list("applications", kind::APPLICATION, "the list of app registrations");
pub(crate) const ORGANIZATION: List = list("organization", kind::ORGANIZATION, "the organization");

/// Reads a page of users. Their managers come along: one page more a thousand users would be dearer than a few
/// bytes a user.
pub(crate) fn users(selection: &Selection, azure: &impl Azure, place: &Place) -> Result<Step, Failure> {
    let links = selection.has(Collector::Managers);
    let list = List { followers: if links { &[kind::MANAGER] } else { &[] }, ..USERS };
    list::read(
        &list,
        place,
        || first_users(selection),
        (selection, azure),
        |head, step| {
            if links {
                manager(head, step);
            }
        },
    )
}

fn first_users(selection: &Selection) -> Request {
    let mut path = first("/v1.0/users", selection, &selection.user_properties);
    let mut manager = selection.manager_properties.clone();
    if selection.has(Collector::Managers) && !manager.contains(&"id") {
        manager.push("id");
    }
    if !manager.is_empty() {
        path.extend(["&$expand=manager($select=", &manager.join(","), ")"]);
    }
    Request::get(Api::Graph, path)
}

fn manager(head: &Head<'_>, step: &mut Step) {
    let (Some(user), Some(manager)) = (&head.id, &head.manager) else { return };
    let Some(id) = manager.id.as_deref().filter(|id| !id.is_empty()) else { return };
    let target = manager.odata_type.as_deref().map_or(kind::USER.into(), kind::of_type);
    let mut batch =
        LinkBatch::new(kind::MANAGER, Reference::new(kind::USER, user.to_ascii_lowercase()), target);
    batch.push(id);
    step.add_links(batch);
}

/// Reads a page of groups; their members and owners follow.
pub(crate) fn groups(selection: &Selection, azure: &impl Azure, place: &Place) -> Result<Step, Failure> {
    let links = selection.has(Collector::GroupLinks);
    let list = List { followers: if links { &[kind::MEMBER, kind::OWNER] } else { &[] }, ..GROUPS };
    let mut origins = Vec::new();
    let request = || {
        let path = first("/v1.0/groups", selection, &with(&selection.group_properties, "visibility"));
        Request::get(Api::Graph, path)
    };
    let mut step = list::read(&list, place, request, (selection, azure), |head, _| {
        if let (true, Some(id)) = (links, &head.id) {
            let hidden =
                head.visibility.as_deref().is_some_and(|it| it.eq_ignore_ascii_case("HiddenMembership"));
            origins.push(Origin { id: id.to_ascii_lowercase(), hidden });
        }
    })?;
    follow(Fan::Groups, &origins, &mut step)?;
    Ok(step)
}

/// Reads a page of service principals; who is assigned to them and who owns them follows.
pub(crate) fn service_principals(
    selection: &Selection,
    azure: &impl Azure,
    place: &Place,
) -> Result<Step, Failure> {
    let assignments = selection.has(Collector::AppRoleAssignments);
    let owners = selection.has(Collector::ServicePrincipalOwners);
    let followers: &[&str] = match (assignments, owners) {
        (true, true) => &[kind::APP_ROLE_ASSIGNMENT, kind::OWNER],
        (true, false) => &[kind::APP_ROLE_ASSIGNMENT],
        (false, true) => &[kind::OWNER],
        (false, false) => &[],
    };
    let list = List { followers, ..SERVICE_PRINCIPALS };
    let mut origins = Vec::new();
    let request = || {
        let properties = &selection.service_principal_properties;
        Request::get(Api::Graph, first("/v1.0/servicePrincipals", selection, properties))
    };
    let mut step = list::read(&list, place, request, (selection, azure), |head, _| {
        if let (true, Some(id)) = (assignments || owners, &head.id) {
            origins.push(Origin { id: id.to_ascii_lowercase(), hidden: false });
        }
    })?;
    follow(Fan::ServicePrincipals, &origins, &mut step)?;
    Ok(step)
}

/// Reads a page of app registrations.
pub(crate) fn applications(
    selection: &Selection,
    azure: &impl Azure,
    place: &Place,
) -> Result<Step, Failure> {
    let request = || {
        let properties = &selection.application_properties;
        Request::get(Api::Graph, first("/v1.0/applications", selection, properties))
    };
    list::read(&APPLICATIONS, place, request, (selection, azure), |_, _| {})
}

/// Reads the organization. It is not paged and takes no `$top`.
pub(crate) fn organization(
    selection: &Selection,
    azure: &impl Azure,
    place: &Place,
) -> Result<Step, Failure> {
    let request = || Request::get(Api::Graph, "/v1.0/organization");
    list::read(&ORGANIZATION, place, request, (selection, azure), |_, _| {})
}

fn follow(fan: Fan, origins: &[Origin], step: &mut Step) -> Result<(), Failure> {
    let tasks: Result<Vec<Task>, Failure> = fan.tasks(origins).collect();
    step.tasks.extend(tasks?);
    Ok(())
}

/// The first page: as large as wanted, with these properties.
fn first(path: &str, selection: &Selection, properties: &[&str]) -> String {
    let properties = with(properties, "id");
    let size = selection.page_size.clamp(1, 999);
    format!("{path}?$select={}&$top={size}", properties.join(","))
}

fn with<'a>(properties: &[&'a str], needed: &'a str) -> Vec<&'a str> {
    let mut all = properties.to_vec();
    if !all.contains(&needed) {
        all.push(needed);
    }
    all
}
