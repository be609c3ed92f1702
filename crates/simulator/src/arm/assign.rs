//! Creating and deleting role assignments, with the checks that Azure makes.

use http::StatusCode;
use serde::Deserialize;
use uuid::Uuid;

use super::context::{Context, one};
use super::empty;
use super::error::ArmError;
use super::role_assignments::write;
use super::target::Target;
use crate::server::call::{Call, Response};
use crate::world::arm::{PrincipalType, RoleAssignment, Scope};
use crate::world::{ObjectKind, Tenant};

const WRITE: &str = "Microsoft.Authorization/roleAssignments/write";
const DELETE: &str = "Microsoft.Authorization/roleAssignments/delete";

/// Assignments in a subscription, whatever the scope within it.
const SUBSCRIPTION_LIMIT: usize = 4_000;
/// Assignments at a management group.
const MANAGEMENT_GROUP_LIMIT: usize = 500;

#[derive(Deserialize)]
struct Body {
    properties: Properties,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Properties {
    role_definition_id: String,
    principal_id: String,
    principal_type: Option<String>,
    description: Option<String>,
    condition: Option<String>,
}

/// `PUT {scope}/providers/Microsoft.Authorization/roleAssignments/{name}`: 201, or 200 when it was there.
pub(super) fn put(call: &Call<'_>, target: &Target, scope: &Scope, name: &str) -> Result<Response, ArmError> {
    let mut world = call.world.write();
    let context = Context::new(call, &world, target)?;
    context.require_change(WRITE, scope)?;
    context.check_scope(scope)?;
    let name = Uuid::try_parse(name).map_err(|_| ArmError::InvalidRoleAssignmentId(name.to_owned()))?;
    let body: Body = serde_json::from_slice(&call.request.body)
        .map_err(|error| ArmError::InvalidRequestContent(error.to_string()))?;
    let mut assignment = read(context.tenant, scope, name, body.properties)?;
    let existing = conflict(context.tenant, &assignment)?;
    (assignment.created, assignment.created_by) = match existing {
        Some(existing) => (existing.created, existing.created_by),
        None => (call.clock.now(), Some(call.caller.principal)),
    };
    let status = if existing.is_some() { StatusCode::OK } else { StatusCode::CREATED };
    let tenant = world.tenant_mut(call.caller.tenant).ok_or(ArmError::UnknownTenant(call.caller.tenant))?;
    let mut response = one(|json| write(json, scope, &assignment));
    tenant.arm.insert_role_assignment(assignment);
    response.status = status;
    Ok(response.changed())
}

/// `DELETE {scope}/providers/Microsoft.Authorization/roleAssignments/{name}`: 200 with what it was, else 204.
pub(super) fn delete(
    call: &Call<'_>,
    target: &Target,
    scope: &Scope,
    name: &str,
) -> Result<Response, ArmError> {
    let mut world = call.world.write();
    let context = Context::new(call, &world, target)?;
    context.require_change(DELETE, scope)?;
    context.check_scope(scope)?;
    let name = Uuid::try_parse(name).map_err(|_| ArmError::InvalidRoleAssignmentId(name.to_owned()))?;
    let known = context.tenant.arm.role_assignments().get(name);
    if !known.is_some_and(|assignment| assignment.scope == *scope) {
        return Ok(empty(StatusCode::NO_CONTENT));
    }
    let removed =
        world.tenant_mut(call.caller.tenant).and_then(|tenant| tenant.arm.remove_role_assignment(name));
    Ok(match removed {
        Some(removed) => one(|json| write(json, scope, &removed)).changed(),
        None => empty(StatusCode::NO_CONTENT),
    })
}

/// The assignment that a body asks for, its role and principal checked.
fn read(
    tenant: &Tenant,
    scope: &Scope,
    name: Uuid,
    properties: Properties,
) -> Result<RoleAssignment, ArmError> {
    let role_id = &properties.role_definition_id;
    let role = role_id
        .rsplit('/')
        .next()
        .and_then(|guid| Uuid::try_parse(guid).ok())
        .filter(|role| tenant.arm.role_definitions.get(*role).is_some())
        .ok_or_else(|| {
            ArmError::RoleDefinitionDoesNotExist(role_id.rsplit('/').next().unwrap_or_default().to_owned())
        })?;
    let principal = Uuid::try_parse(&properties.principal_id)
        .map_err(|_| ArmError::InvalidPrincipalId(properties.principal_id.clone()))?;
    let asked = match properties.principal_type.as_deref() {
        None => None,
        Some(text) => Some(PrincipalType::parse(text).ok_or_else(|| {
            ArmError::InvalidRequestContent(format!("the principal type '{text}' is not known"))
        })?),
    };
    Ok(RoleAssignment {
        name,
        scope: scope.clone(),
        role,
        principal,
        principal_type: principal_type(tenant, principal, asked)?,
        condition: properties.condition,
        description: properties.description,
        created: tenant.created,
        created_by: None,
    })
}

/// What the principal is. One that the directory does not know (yet) is taken on trust when it is
/// called a service principal: that is how replication delay is got around.
fn principal_type(
    tenant: &Tenant,
    principal: Uuid,
    asked: Option<PrincipalType>,
) -> Result<PrincipalType, ArmError> {
    let actual = tenant.resolve(principal).and_then(|object| match object.kind {
        ObjectKind::User => Some(PrincipalType::User),
        ObjectKind::Group => Some(PrincipalType::Group),
        ObjectKind::ServicePrincipal => Some(PrincipalType::ServicePrincipal),
        ObjectKind::Application | ObjectKind::Device => None,
    });
    match (actual, asked) {
        (Some(actual), Some(asked)) if actual != asked => Err(ArmError::UnmatchedPrincipalType {
            principal,
            actual: actual.as_str(),
            asked: asked.as_str(),
        }),
        (Some(actual), _) => Ok(actual),
        (None, Some(PrincipalType::ServicePrincipal)) => Ok(PrincipalType::ServicePrincipal),
        (None, _) => Err(ArmError::PrincipalNotFound { principal, tenant: tenant.id }),
    }
}

/// The assignment of the same name, if it may be written again; refuses what would clash.
fn conflict<'a>(tenant: &'a Tenant, wanted: &RoleAssignment) -> Result<Option<&'a RoleAssignment>, ArmError> {
    let same = |it: &RoleAssignment| {
        it.scope == wanted.scope && it.role == wanted.role && it.principal == wanted.principal
    };
    if let Some(existing) = tenant.arm.role_assignments().get(wanted.name) {
        return if same(existing) {
            Ok(Some(existing))
        } else {
            Err(ArmError::RoleAssignmentUpdateNotPermitted)
        };
    }
    if let Some(existing) = tenant.arm.assignments_of(wanted.principal).find(|it| same(it)) {
        return Err(ArmError::RoleAssignmentExists(existing.name));
    }
    check_limit(tenant, &wanted.scope).map(|()| None)
}

fn check_limit(tenant: &Tenant, scope: &Scope) -> Result<(), ArmError> {
    let around = tenant.arm.assignments_around(scope);
    let assignments = around.iter().filter_map(|position| tenant.arm.role_assignments().at(*position));
    let (count, limit) = match scope.subscription() {
        Some(id) => {
            (assignments.filter(|it| it.scope.subscription() == Some(id)).count(), SUBSCRIPTION_LIMIT)
        }
        None => (assignments.filter(|it| it.scope == *scope).count(), MANAGEMENT_GROUP_LIMIT),
    };
    if count >= limit { Err(ArmError::RoleAssignmentLimitExceeded(limit)) } else { Ok(()) }
}
