//! An administrator's consent to an application.

use jiff::Timestamp;
use uuid::Uuid;

use crate::world::generate::service_principal;
use crate::world::ids::IdKind;
use crate::world::principals::{AppRoleAssignment, PermissionGrant, RequiredResourceAccess, SignInAudience};
use crate::world::{ObjectKind, Tenant, World};

/// What an administrator's consent does: makes the service principal of an application that is at home here or
/// multitenant elsewhere, and grants the permissions it asks for. False when there is no such application.
pub(crate) fn consent(world: &mut World, tenant: Uuid, client: Uuid, now: Timestamp) -> bool {
    let found = world.tenants().iter().find_map(|home| {
        let application = home.applications.at(home.application_of(client)?)?;
        let open = home.id == tenant || application.sign_in_audience != SignInAudience::SingleTenant;
        open.then(|| (home.id, application.clone()))
    });
    let (Some((home, application)), Some(tenant)) = (found, world.tenant_mut(tenant)) else { return false };
    let known = tenant.service_principal_of(client).and_then(|it| tenant.service_principals.at(it));
    let principal = if let Some(principal) = known {
        principal.id
    } else {
        let id = tenant.new_id(IdKind::ServicePrincipal);
        let mut principal = service_principal(id, client, &application.display_name);
        principal.app_owner_organization_id = Some(home);
        principal.created = now;
        tenant.insert_service_principal(principal);
        id
    };
    for asked in &application.required_resource_access {
        let Some(position) = tenant.service_principal_of(asked.resource_app_id) else { continue };
        let Some(resource) = tenant.service_principals.at(position).map(|it| it.id) else { continue };
        for role in asked.access.iter().filter(|(_, role)| *role).map(|(id, _)| *id) {
            let held = |it: &AppRoleAssignment| it.resource == resource && it.app_role_id == role;
            if tenant.assignments_of(principal).any(held) {
                continue;
            }
            let id = tenant.new_id(IdKind::AppRoleAssignment);
            tenant.insert_app_role_assignment(AppRoleAssignment {
                id,
                app_role_id: role,
                principal,
                principal_kind: ObjectKind::ServicePrincipal,
                principal_display_name: application.display_name.clone(),
                resource,
                created: now,
            });
        }
        consent_to_scopes(tenant, principal, asked);
    }
    true
}

/// Consents for everybody to the delegated permissions asked of a resource, beside those consented to before.
fn consent_to_scopes(tenant: &mut Tenant, client: Uuid, asked: &RequiredResourceAccess) {
    let resource = tenant.service_principal_of(asked.resource_app_id);
    let Some(resource) = resource.and_then(|it| tenant.service_principals.at(it)) else { return };
    let resource_id = resource.id;
    let asks = |id| asked.access.iter().any(|(wanted, role)| !role && *wanted == id);
    let scopes = resource.oauth2_permission_scopes.iter().filter(|scope| asks(scope.id));
    let mut names: Vec<String> = scopes.map(|scope| scope.value.clone()).collect();
    if names.is_empty() {
        return;
    }
    let known = tenant
        .permission_grants
        .values()
        .find(|it| it.client == client && it.resource == resource_id && it.principal.is_none());
    let id = match known {
        Some(known) => {
            names.extend(known.scope.split_whitespace().map(str::to_owned));
            known.id
        }
        None => tenant.new_id(IdKind::AppRoleAssignment),
    };
    names.sort();
    names.dedup();
    let grant =
        PermissionGrant { id, client, principal: None, resource: resource_id, scope: names.join(" ") };
    tenant.permission_grants.insert(grant);
}
