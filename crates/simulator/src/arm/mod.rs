//! Azure Resource Manager: the scope tree, access control, resource groups and storage.

mod access;
mod assign;
mod authorization;
mod clusters;
mod context;
mod error;
mod filter;
mod locations;
mod management_groups;
mod operations;
mod page;
mod permissions;
mod providers;
mod resource_groups;
mod resources;
mod role_assignments;
mod role_definitions;
mod schedules;
mod storage;
mod subscriptions;
mod target;
mod version;

use http::{Method, StatusCode};

use crate::server::call::{Call, Request, Response, Route};
use crate::world::arm::Scope;
use authorization::AuthorizationTarget;
use context::Context;
use error::ArmError;
use target::Target;

/// The route a request belongs to, known before it is admitted: its template, cost and kind.
pub fn describe(request: &Request) -> Route {
    match Target::of(request) {
        Ok(target) => target.route(&request.method),
        Err(_) => Route::unknown(request),
    }
}

/// Answers an authenticated and admitted request.
pub fn handle(call: &Call<'_>) -> Response {
    answer(call).unwrap_or_else(Response::from)
}

fn answer(call: &Call<'_>) -> Result<Response, ArmError> {
    let request = call.request;
    if request.option("api-version").is_none() {
        return Err(ArmError::MissingApiVersion);
    }
    let target = Target::of(request)?;
    version::check(request, target.family())?;
    match (&request.method, &target) {
        (&Method::GET, _) | (&Method::POST, Target::Entities) => read(call, &target),
        (&Method::HEAD, Target::ResourceGroup(subscription, name)) => {
            let world = call.world.read();
            resource_groups::exists(&Context::new(call, &world, &target)?, *subscription, name)
        }
        (&Method::PUT, Target::ResourceGroup(subscription, name)) => {
            resource_groups::put(call, &target, *subscription, name)
        }
        (&Method::DELETE, Target::ResourceGroup(subscription, name)) => {
            resource_groups::delete(call, &target, *subscription, name)
        }
        (&Method::PUT, Target::Authorization(scope, AuthorizationTarget::RoleAssignment(name))) => {
            assign::put(call, &target, scope, name)
        }
        (&Method::DELETE, Target::Authorization(scope, AuthorizationTarget::RoleAssignment(name))) => {
            assign::delete(call, &target, scope, name)
        }
        (method, _) => Err(ArmError::MethodNotAllowed(method.to_string())),
    }
}

fn read(call: &Call<'_>, target: &Target) -> Result<Response, ArmError> {
    let world = call.world.read();
    let context = &Context::new(call, &world, target)?;
    match target {
        Target::Tenants => Ok(subscriptions::tenants(context)),
        Target::Subscriptions => subscriptions::list(context),
        Target::Subscription(id) => subscriptions::get(context, *id),
        Target::Locations(id) => locations::list(context, *id),
        Target::ResourceGroups(id) => resource_groups::list(context, *id),
        Target::ResourceGroup(id, name) => resource_groups::get(context, *id, name),
        Target::Resources(id, group) => resources::list(context, *id, group.as_deref()),
        Target::Providers(id) => providers::list(context, *id),
        Target::Provider(id, namespace) => providers::get(context, *id, namespace),
        Target::OperationResult(id, token) => operations::result(call, *id, token),
        Target::OperationStatus(id, token) => operations::status(call, *id, token),
        Target::ManagementGroups => management_groups::list(context),
        Target::ManagementGroup(name) => management_groups::get(context, name),
        Target::Descendants(name) => management_groups::descendants(context, name),
        Target::ManagementGroupSubscriptions(name) => management_groups::subscriptions(context, name),
        Target::Entities => management_groups::entities(context),
        Target::Authorization(scope, target) => authorization(context, scope, target),
        Target::StorageAccounts(id, group) => storage::accounts(context, *id, group.as_deref()),
        Target::StorageAccount(path) => storage::account(context, path),
        Target::Containers(path) => storage::containers(context, path),
        Target::Container(path, name) => storage::container(context, path, name),
        Target::Clusters(id, group) => clusters::list(context, *id, group.as_deref()),
        Target::Cluster(id, group, name) => clusters::get(context, *id, group, name),
    }
}

fn authorization(
    context: &Context<'_>,
    scope: &Scope,
    target: &AuthorizationTarget,
) -> Result<Response, ArmError> {
    match target {
        AuthorizationTarget::RoleDefinitions => role_definitions::list(context, scope),
        AuthorizationTarget::RoleDefinition(name) => role_definitions::get(context, scope, name),
        AuthorizationTarget::RoleAssignments => role_assignments::list(context, scope),
        AuthorizationTarget::RoleAssignment(name) => role_assignments::get(context, scope, name),
        AuthorizationTarget::DenyAssignments => permissions::deny_assignments(context, scope),
        AuthorizationTarget::DenyAssignment(name) => permissions::deny_assignment(context, scope, name),
        AuthorizationTarget::Permissions => permissions::list(context, scope),
        AuthorizationTarget::PolicyAssignments => permissions::policy_assignments(context, scope),
        AuthorizationTarget::Schedules(collection) => schedules::list(context, scope, *collection),
        AuthorizationTarget::Schedule(collection, name) => schedules::get(context, scope, *collection, name),
    }
}

/// 204, or another answer without a body.
fn empty(status: StatusCode) -> Response {
    Response::status(status)
}
