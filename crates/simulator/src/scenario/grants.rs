//! What registrations ask for, and what administrators and users consented to.

use jiff::Timestamp;
use uuid::Uuid;

use super::app::FIRST;
use super::credentials::moment;
use super::plan::AppPlan;
use super::{ScenarioError, find};
use crate::world::ids::IdKind;
use crate::world::permissions::{AZURE_AD_GRAPH_APP_ID, GRAPH_APP_ID};
use crate::world::principals::{
    AppRoleAssignment, PermissionGrant, RequiredResourceAccess, ServicePrincipal,
};
use crate::world::{ObjectKind, Tenant};

/// `requiredResourceAccess`: what the plan says is requested, else what is granted.
pub(super) fn requested(
    tenant: &Tenant,
    plan: &AppPlan,
    place: &str,
) -> Result<Vec<RequiredResourceAccess>, ScenarioError> {
    let by_users = plan.delegated_by_users.iter().flat_map(|it| &it.permissions);
    let mut delegated: Vec<String> = plan.delegated.iter().chain(by_users).cloned().collect();
    delegated.sort();
    delegated.dedup();
    let granted = plan.granted.clone().unwrap_or_default();
    let mut all = Vec::new();
    for (resource_app_id, roles, scopes) in [
        (
            GRAPH_APP_ID,
            plan.requested.as_ref().unwrap_or(&granted),
            plan.requested_delegated.as_ref().unwrap_or(&delegated),
        ),
        (
            AZURE_AD_GRAPH_APP_ID,
            plan.requested_on_azure_ad_graph.as_ref().unwrap_or(&plan.granted_on_azure_ad_graph),
            plan.requested_delegated_on_azure_ad_graph.as_ref().unwrap_or(&plan.delegated_on_azure_ad_graph),
        ),
    ] {
        let resource = resource(tenant, resource_app_id, place)?;
        let mut access = Vec::with_capacity(roles.len() + scopes.len());
        for name in roles {
            access.push((role_of(resource, name, place)?, true));
        }
        for name in scopes {
            access.push((scope_of(resource, name, place)?, false));
        }
        if !access.is_empty() {
            all.push(RequiredResourceAccess { resource_app_id, access });
        }
    }
    Ok(all)
}

/// Adds the consents to a service principal, known by id and name.
pub(super) fn add(
    tenant: &mut Tenant,
    plan: &AppPlan,
    index: u32,
    (principal, name): (Uuid, &str),
    now: Timestamp,
    place: &str,
) -> Result<(), ScenarioError> {
    let graph = plan.granted.iter().flatten().map(|role| (GRAPH_APP_ID, role));
    let retired = plan.granted_on_azure_ad_graph.iter().map(|role| (AZURE_AD_GRAPH_APP_ID, role));
    for (number, (resource_app_id, role)) in (0..).zip(graph.chain(retired)) {
        let resource = resource(tenant, resource_app_id, place)?;
        let assignment = AppRoleAssignment {
            id: tenant.ids.encode(IdKind::AppRoleAssignment, FIRST + index * 200 + number),
            app_role_id: role_of(resource, role, place)?,
            principal,
            principal_kind: ObjectKind::ServicePrincipal,
            principal_display_name: name.to_owned(),
            resource: resource.id,
            created: moment(plan.granted_at, now),
        };
        tenant.insert_app_role_assignment(assignment);
    }
    consent_to(tenant, (principal, None), GRAPH_APP_ID, &plan.delegated, place)?;
    consent_to(tenant, (principal, None), AZURE_AD_GRAPH_APP_ID, &plan.delegated_on_azure_ad_graph, place)?;
    for by_user in &plan.delegated_by_users {
        let user = find(tenant, &by_user.user, &format!("{place}, delegated-by-users"))?;
        let user = tenant.object_id(user);
        consent_to(tenant, (principal, user), GRAPH_APP_ID, &by_user.permissions, place)?;
    }
    Ok(())
}

/// A delegated consent: by one user, or without one for everybody.
fn consent_to(
    tenant: &mut Tenant,
    (client, user): (Uuid, Option<Uuid>),
    resource_app_id: Uuid,
    permissions: &[String],
    place: &str,
) -> Result<(), ScenarioError> {
    if permissions.is_empty() {
        return Ok(());
    }
    let resource = resource(tenant, resource_app_id, place)?;
    for name in permissions {
        scope_of(resource, name, place)?;
    }
    let number = FIRST + (3 << 20) + tenant.permission_grants.slots();
    let grant = PermissionGrant {
        id: tenant.ids.encode(IdKind::AppRoleAssignment, number),
        client,
        principal: user,
        resource: resource.id,
        scope: permissions.join(" "),
    };
    tenant.permission_grants.insert(grant);
    Ok(())
}

fn resource<'a>(tenant: &'a Tenant, app: Uuid, place: &str) -> Result<&'a ServicePrincipal, ScenarioError> {
    let found = tenant.service_principal_of(app).and_then(|it| tenant.service_principals.at(it));
    found
        .ok_or_else(|| ScenarioError::invalid(place, format!("the tenant has no service principal of {app}")))
}

fn role_of(resource: &ServicePrincipal, name: &str, place: &str) -> Result<Uuid, ScenarioError> {
    let mut roles = resource.app_roles.iter();
    roles
        .find(|role| role.value.as_deref().is_some_and(|value| value.eq_ignore_ascii_case(name)))
        .map(|role| role.id)
        .ok_or_else(|| {
            let reason = format!(
                "`{name}` is no application permission of {} that the simulator knows",
                resource.display_name
            );
            ScenarioError::invalid(place, reason)
        })
}

fn scope_of(resource: &ServicePrincipal, name: &str, place: &str) -> Result<Uuid, ScenarioError> {
    let mut scopes = resource.oauth2_permission_scopes.iter();
    scopes.find(|scope| scope.value.eq_ignore_ascii_case(name)).map(|scope| scope.id).ok_or_else(|| {
        let reason = format!(
            "`{name}` is no delegated permission of {} that the simulator knows",
            resource.display_name
        );
        ScenarioError::invalid(place, reason)
    })
}
