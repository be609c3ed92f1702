//! Lists of Resource Manager: tenants, and what is in a subscription.

use fairlead_connector::{Answer, Api, Azure, Failure, Page, Request, Step, judge, parse};

use crate::{
    Collector, Selection, hierarchy, kind,
    list::{self, Head, Id, List, Parent, Place},
};

const fn list(task: &'static str, item: &'static str, what: &'static str) -> List {
    let api = Api::ResourceManager;
    List { task, item, followers: &[], what, api, id: Id::Own, parent: Parent::Nothing, nothing: &[] }
}

pub(crate) const TENANTS: List =
    List { id: Id::Tenant, ..list("tenants", kind::TENANT, "the list of tenants") };
pub(crate) const RESOURCE_GROUPS: List = List {
    parent: Parent::Scope(kind::SUBSCRIPTION),
    ..list("resource-groups", kind::RESOURCE_GROUP, "the list of resource groups")
};
pub(crate) const ROLE_DEFINITIONS: List =
    List { id: Id::Name, ..list("role-definitions", kind::ROLE_DEFINITION, "the list of Azure roles") };
pub(crate) const ROLE_ASSIGNMENTS: List =
    list("role-assignments", kind::ROLE_ASSIGNMENT, "the list of Azure role assignments");
/// A subscription that never used storage has not registered its provider: it has no accounts.
pub(crate) const STORAGE_ACCOUNTS: List = List {
    parent: Parent::ResourceGroup,
    nothing: &["MissingSubscriptionRegistration"],
    ..list("storage-accounts", kind::STORAGE_ACCOUNT, "the list of storage accounts")
};
/// Accounts of some sorts have no blobs.
pub(crate) const CONTAINERS: List = List {
    parent: Parent::Scope(kind::STORAGE_ACCOUNT),
    nothing: &["FeatureNotSupportedForAccount", "OperationNotAllowedOnKind"],
    ..list("containers", kind::CONTAINER, "the list of containers")
};

/// Kind of the task that begins all lists of one subscription.
pub(crate) const SUBSCRIPTION_TASK: &str = "subscription";

const AUTHORIZATION: &str = "providers/Microsoft.Authorization";

fn request(path: String) -> Request {
    Request::get(Api::ResourceManager, path)
}

/// The path of a scope: a subscription's GUID, a path, or nothing for the tenant.
fn path_of(scope: &str) -> String {
    match scope {
        "" => String::new(),
        path if path.starts_with('/') => path.to_owned(),
        subscription => format!("/subscriptions/{subscription}"),
    }
}

/// The first page of a list within a scope.
fn first(list: &List, scope: &str) -> Request {
    let path = path_of(scope);
    request(match list.task {
        "tenants" => "/tenants?api-version=2022-12-01".to_owned(),
        "resource-groups" => format!("{path}/resourcegroups?api-version=2021-04-01"),
        "role-definitions" => {
            // Built-in roles are the same everywhere: they are read once, and only the others by subscription.
            roles(&path, if scope.is_empty() { BUILT_IN } else { CUSTOM })
        }
        "role-assignments" => {
            // A subscription lists what is above it and below; above it, there is only what is above.
            let filter = if scope.starts_with('/') || scope.is_empty() { "&$filter=atScope()" } else { "" };
            format!("{path}/{AUTHORIZATION}/roleAssignments?api-version=2022-04-01{filter}")
        }
        "storage-accounts" => {
            format!("{path}/providers/Microsoft.Storage/storageAccounts?api-version=2024-01-01")
        }
        _ => format!("{path}/blobServices/default/containers?api-version=2024-01-01"),
    })
}

const BUILT_IN: &str = "BuiltInRole";
const CUSTOM: &str = "CustomRole";

fn roles(scope: &str, sort: &str) -> String {
    format!("{scope}/{AUTHORIZATION}/roleDefinitions?api-version=2022-04-01&$filter=type%20eq%20'{sort}'")
}

/// The lists of a subscription that are wanted.
fn of_subscription(selection: &Selection) -> Vec<List> {
    [
        (Collector::ResourceGroups, RESOURCE_GROUPS),
        (Collector::RoleDefinitions, ROLE_DEFINITIONS),
        (Collector::RoleAssignments, ROLE_ASSIGNMENTS),
        (Collector::StorageAccounts, storage_accounts(selection)),
    ]
    .into_iter()
    .filter(|(collector, _)| selection.has(*collector))
    .map(|(_, list)| list)
    .collect()
}

fn storage_accounts(selection: &Selection) -> List {
    let followers: &[&str] = if selection.has(Collector::Containers) { &[kind::CONTAINER] } else { &[] };
    List { followers, ..STORAGE_ACCOUNTS }
}

/// Reads the first page of every list of a subscription, side by side.
pub(crate) fn subscription(
    selection: &Selection,
    azure: &impl Azure,
    place: &Place,
) -> Result<Step, Failure> {
    let lists = of_subscription(selection);
    let requests = lists.iter().map(|list| first(list, &place.scope)).collect();
    let mut step = Step::new();
    for (list, sent) in lists.iter().zip(azure.send_all(requests)) {
        let answer = judge(list.what, sent)?;
        let mut accounts = Vec::new();
        list::take(list, place, answer, selection, &mut step, |head, _| {
            remember_account(list, selection, head, &mut accounts);
        })?;
        follow(accounts, &mut step)?;
    }
    Ok(step)
}

/// Reads a page of built-in roles. They are the same everywhere: where the tenant's own list is denied, that of any
/// subscription will do.
pub(crate) fn built_in_roles(
    selection: &Selection,
    azure: &impl Azure,
    place: &Place,
) -> Result<Step, Failure> {
    let asked =
        place.link.as_ref().map_or_else(|| first(&ROLE_DEFINITIONS, ""), |link| request(link.clone()));
    let mut answer = judge(ROLE_DEFINITIONS.what, azure.send(asked))?;
    if let (Answer::Denied(_), Some(subscription)) = (&answer, any_subscription(azure)?) {
        let path = roles(&path_of(&subscription), BUILT_IN);
        answer = judge(ROLE_DEFINITIONS.what, azure.send(request(path)))?;
    }
    let mut step = Step::new();
    list::take(&ROLE_DEFINITIONS, place, answer, selection, &mut step, |_, _| {})?;
    Ok(step)
}

fn any_subscription(azure: &impl Azure) -> Result<Option<String>, Failure> {
    let what = "the list of subscriptions";
    let Answer::Found(body) = judge(what, azure.send(request(hierarchy::SUBSCRIPTIONS.to_owned())))? else {
        return Ok(None);
    };
    let page: Page<'_, hierarchy::Subscription<'_>> = parse(what, &body)?;
    Ok(page.value.first().map(|subscription| subscription.subscription_id.to_ascii_lowercase()))
}

/// Reads a page of any of these lists.
pub(crate) fn page(
    list: &List,
    selection: &Selection,
    azure: &impl Azure,
    place: &Place,
) -> Result<Step, Failure> {
    let list = if list.task == STORAGE_ACCOUNTS.task { storage_accounts(selection) } else { *list };
    let mut accounts = Vec::new();
    let request = || first(&list, &place.scope);
    let mut step = list::read(&list, place, request, (selection, azure), |head, _| {
        remember_account(&list, selection, head, &mut accounts);
    })?;
    follow(accounts, &mut step)?;
    Ok(step)
}

fn remember_account(list: &List, selection: &Selection, head: &Head<'_>, accounts: &mut Vec<String>) {
    let wanted = list.task == STORAGE_ACCOUNTS.task && selection.has(Collector::Containers);
    // Accounts for files only have no blob service to ask.
    let has_blobs = head.kind.as_deref().is_none_or(|kind| !kind.eq_ignore_ascii_case("FileStorage"));
    if let (true, true, Some(id)) = (wanted, has_blobs, &head.id) {
        accounts.push(id.to_ascii_lowercase());
    }
}

fn follow(accounts: Vec<String>, step: &mut Step) -> Result<(), Failure> {
    for account in accounts {
        step.then(CONTAINERS.task(&Place::start(account))?);
    }
    Ok(())
}
