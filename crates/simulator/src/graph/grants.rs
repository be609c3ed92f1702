//! What is granted: app-role assignments and delegated consents.

use super::ask::Ask;
use super::error::{Answer, GraphError};
use super::opaque;
use super::page::MAXIMUM;
use super::permission::{self, AnyOf};
use super::relation::set_of;
use super::rows::{self, Paging};
use super::shape;
use super::types::properties;
use crate::odata::{Entity, Property, Value};
use crate::world::principals::{AppRoleAssignment, PermissionGrant};
use crate::world::{ObjectKind, Tenant};
use uuid::Uuid;

/// `microsoft.graph.appRoleAssignment`
#[derive(Debug)]
pub(super) enum AppRoleAssignmentType {}

/// An assignment with the name of the resource that offers the role.
#[derive(Debug, Clone, Copy)]
pub(super) struct GrantRow<'w> {
    assignment: &'w AppRoleAssignment,
    resource_name: Option<&'w str>,
}

impl Entity for AppRoleAssignmentType {
    type Item<'w> = GrantRow<'w>;
    const TYPE: &'static str = "appRoleAssignment";
    const PROPERTIES: &'static [Property<Self>] = properties! {
        Always "id" |row| Value::text(opaque::encode(row.assignment.principal, row.assignment.id));
        Always "deletedDateTime" |_| Value::Null;
        Always "appRoleId" |row| Value::Guid(row.assignment.app_role_id);
        Always "createdDateTime" |row| Value::Time(row.assignment.created);
        Always "principalDisplayName" |row| Value::text(&*row.assignment.principal_display_name);
        Always "principalId" |row| Value::Guid(row.assignment.principal);
        Always "principalType" |row| Value::text(principal_type(row.assignment.principal_kind));
        Always "resourceDisplayName" |row| Value::optional_text(row.resource_name);
        Always "resourceId" |row| Value::Guid(row.assignment.resource);
    };
}

const fn principal_type(kind: ObjectKind) -> &'static str {
    match kind {
        ObjectKind::User => "User",
        ObjectKind::Group => "Group",
        ObjectKind::ServicePrincipal | ObjectKind::Application => "ServicePrincipal",
        ObjectKind::Device => "Device",
    }
}

/// `microsoft.graph.oAuth2PermissionGrant`
#[derive(Debug)]
pub(super) enum PermissionGrantType {}

impl Entity for PermissionGrantType {
    type Item<'w> = &'w PermissionGrant;
    const TYPE: &'static str = "oAuth2PermissionGrant";
    const PROPERTIES: &'static [Property<Self>] = properties! {
        Always "clientId" |grant| Value::Guid(grant.client);
        Always "consentType" |grant| {
            Value::text(if grant.principal.is_some() { "Principal" } else { "AllPrincipals" })
        };
        Always "id" |grant| Value::text(opaque::encode(grant.client, grant.id));
        Always "principalId" |grant| Value::optional_guid(grant.principal);
        Always "resourceId" |grant| Value::Guid(grant.resource);
        Always "scope" |grant| Value::text(&*grant.scope);
    };
}

/// What opens the app-role assignments of objects of a kind.
pub(super) const fn need(kind: ObjectKind) -> AnyOf {
    match kind {
        ObjectKind::User | ObjectKind::Group => permission::DIRECTORY,
        _ => permission::APPLICATIONS,
    }
}

/// Who was assigned to a resource.
pub(super) fn assigned_to(tenant: &Tenant, resource: Uuid) -> Box<dyn Iterator<Item = GrantRow<'_>> + '_> {
    let resource_name = tenant.service_principals.get(resource).map(|it| it.display_name.as_str());
    Box::new(tenant.assigned_to(resource).map(move |assignment| GrantRow { assignment, resource_name }))
}

/// What a principal was granted.
pub(super) fn assignments_of(
    tenant: &Tenant,
    principal: Uuid,
) -> Box<dyn Iterator<Item = GrantRow<'_>> + '_> {
    Box::new(tenant.assignments_of(principal).map(|assignment| row(tenant, assignment)))
}

/// An assignment as a row.
pub(super) fn row<'w>(tenant: &'w Tenant, assignment: &'w AppRoleAssignment) -> GrantRow<'w> {
    let resource_name = tenant.service_principals.get(assignment.resource).map(|it| it.display_name.as_str());
    GrantRow { assignment, resource_name }
}

/// `/servicePrincipals/{id}/appRoleAssignedTo`
pub(super) fn list_assigned_to(ask: &Ask<'_>) -> Answer {
    ask.need(permission::APPLICATIONS)?;
    let object = ask.object(ObjectKind::ServicePrincipal, ask.key(0))?;
    let id = ask.tenant.object_id(object).ok_or_else(|| GraphError::not_found(ask.key(0)))?;
    shape::no_expand(ask, AppRoleAssignmentType::TYPE)?;
    let fragment = format!("servicePrincipals('{id}')/appRoleAssignedTo");
    rows::list::<AppRoleAssignmentType, _>(
        ask,
        &fragment,
        Paging::UpTo(MAXIMUM),
        || assigned_to(ask.tenant, id),
        |_, _| (),
    )
}

/// `/users/{id}/appRoleAssignments`
pub(super) fn list_of_user(ask: &Ask<'_>) -> Answer {
    list_of(ask, ObjectKind::User)
}

/// `/groups/{id}/appRoleAssignments`
pub(super) fn list_of_group(ask: &Ask<'_>) -> Answer {
    list_of(ask, ObjectKind::Group)
}

/// `/servicePrincipals/{id}/appRoleAssignments`
pub(super) fn list_of_service_principal(ask: &Ask<'_>) -> Answer {
    list_of(ask, ObjectKind::ServicePrincipal)
}

fn list_of(ask: &Ask<'_>, kind: ObjectKind) -> Answer {
    ask.need(need(kind))?;
    let object = ask.object(kind, ask.key(0))?;
    let id = ask.tenant.object_id(object).ok_or_else(|| GraphError::not_found(ask.key(0)))?;
    shape::no_expand(ask, AppRoleAssignmentType::TYPE)?;
    let fragment = format!("{}('{id}')/appRoleAssignments", set_of(kind));
    rows::list::<AppRoleAssignmentType, _>(
        ask,
        &fragment,
        Paging::UpTo(MAXIMUM),
        || assignments_of(ask.tenant, id),
        |_, _| (),
    )
}

/// `/servicePrincipals/{id}/appRoleAssignedTo/{assignment}` and its siblings.
pub(super) fn get_assignment(ask: &Ask<'_>) -> Answer {
    ask.need(permission::APPLICATIONS)?;
    let assignment = opaque::decode(ask.key(1))
        .and_then(|id| ask.tenant.app_role_assignments().get(id))
        .ok_or_else(|| GraphError::not_found(ask.key(1)))?;
    let fragment = "appRoleAssignments";
    rows::get::<AppRoleAssignmentType>(ask, fragment, &row(ask.tenant, assignment), |_| ())
}

/// `/oauth2PermissionGrants`
pub(super) fn list_consents(ask: &Ask<'_>) -> Answer {
    ask.need(permission::GRANTS)?;
    consents(ask, |_| true)
}

/// `/servicePrincipals/{id}/oauth2PermissionGrants`
pub(super) fn list_consents_of_service_principal(ask: &Ask<'_>) -> Answer {
    ask.need(permission::GRANTS)?;
    let object = ask.object(ObjectKind::ServicePrincipal, ask.key(0))?;
    let id = ask.tenant.object_id(object);
    consents(ask, |grant| Some(grant.client) == id)
}

/// `/users/{id}/oauth2PermissionGrants`
pub(super) fn list_consents_of_user(ask: &Ask<'_>) -> Answer {
    ask.need(permission::GRANTS)?;
    let object = ask.object(ObjectKind::User, ask.key(0))?;
    let id = ask.tenant.object_id(object);
    consents(ask, |grant| grant.principal == id)
}

fn consents(ask: &Ask<'_>, keep: impl Fn(&PermissionGrant) -> bool) -> Answer {
    shape::no_expand(ask, PermissionGrantType::TYPE)?;
    rows::list::<PermissionGrantType, _>(
        ask,
        "oauth2PermissionGrants",
        Paging::UpTo(MAXIMUM),
        || ask.tenant.permission_grants.values().filter(|grant| keep(grant)),
        |_, _| (),
    )
}

/// `/oauth2PermissionGrants/{id}`
pub(super) fn get_consent(ask: &Ask<'_>) -> Answer {
    ask.need(permission::GRANTS)?;
    let grant = opaque::decode(ask.key(0))
        .and_then(|id| ask.tenant.permission_grants.get(id))
        .ok_or_else(|| GraphError::not_found(ask.key(0)))?;
    rows::get::<PermissionGrantType>(ask, "oauth2PermissionGrants", &grant, |_| ())
}
