//! App-role assignments: also how an administrator's consent to an application permission is given.

use http::StatusCode;
use serde::Deserialize;
use uuid::Uuid;

use super::super::change::Change;
use super::super::error::{Answer, GraphError};
use super::super::grants::{AppRoleAssignmentType, row};
use super::super::{opaque, permission};
use super::{body, done, existing};
use crate::odata::Selection;
use crate::world::ids::IdKind;
use crate::world::principals::AppRoleAssignment;

#[derive(Debug, Deserialize)]
struct Wanted {
    #[serde(rename = "principalId")]
    principal: Uuid,
    #[serde(rename = "resourceId")]
    resource: Uuid,
    #[serde(rename = "appRoleId")]
    app_role: Uuid,
}

/// `POST /servicePrincipals/{id}/appRoleAssignedTo` and `.../appRoleAssignments`
pub(in super::super) fn assign(change: &mut Change<'_>) -> Answer {
    change.need(permission::GRANTS_WRITE)?;
    let wanted: Wanted = body(change)?;
    let principal = existing(change, wanted.principal)?;
    let resource = change
        .tenant
        .service_principals
        .get(wanted.resource)
        .ok_or_else(|| GraphError::not_found(&wanted.resource.to_string()))?;
    let offered = resource.app_roles.iter().any(|role| role.id == wanted.app_role && role.enabled);
    let default_access = wanted.app_role.is_nil() && resource.app_roles.is_empty();
    if !offered && !default_access {
        return Err(GraphError::request("Permission being assigned was not found on application"));
    }
    let known = change.tenant.assignments_of(wanted.principal).any(|assignment| {
        assignment.resource == wanted.resource && assignment.app_role_id == wanted.app_role
    });
    if known {
        return Err(GraphError::request("Permission being assigned already exists on the object"));
    }
    let name = change.tenant.display_name_of(principal).unwrap_or_default().into_owned();
    let id = change.tenant.new_id(IdKind::AppRoleAssignment);
    let assignment = AppRoleAssignment {
        id,
        app_role_id: wanted.app_role,
        principal: wanted.principal,
        principal_kind: principal.kind,
        principal_display_name: name,
        resource: wanted.resource,
        created: change.now(),
    };
    change.tenant.insert_app_role_assignment(assignment.clone());
    let set = change.template.rsplit('/').next().unwrap_or_default();
    let fragment = format!("servicePrincipals('{}')/{set}/$entity", change.key(0));
    let ask = change.as_ask();
    let selection = Selection::<AppRoleAssignmentType>::new(None, ask.path.beta)?;
    let mut response =
        ask.entity(&fragment, |json| selection.write(json, &row(ask.tenant, &assignment))).changed();
    response.status = StatusCode::CREATED;
    Ok(response)
}

/// `DELETE /servicePrincipals/{id}/appRoleAssignedTo/{assignment}` and its sibling.
pub(in super::super) fn revoke(change: &mut Change<'_>) -> Answer {
    change.need(permission::GRANTS_WRITE)?;
    let id = opaque::decode(change.key(1)).ok_or_else(|| GraphError::not_found(change.key(1)))?;
    match change.tenant.remove_app_role_assignment(id) {
        Some(_) => Ok(done()),
        None => Err(GraphError::not_found(change.key(1))),
    }
}
