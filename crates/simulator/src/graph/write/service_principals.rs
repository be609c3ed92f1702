//! Creating, changing and deleting service principals.

use serde::Deserialize;
use uuid::Uuid;

use super::super::change::Change;
use super::super::error::{Answer, GraphError};
use super::super::permission;
use super::super::types::ServicePrincipalType;
use super::{applications, body, created, done, locate, record};
use crate::world::generate::service_principal;
use crate::world::ids::IdKind;
use crate::world::principals::{Application, ServicePrincipal, SignInAudience};
use crate::world::{ChangeKind, ObjectKind, ObjectRef};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct New {
    app_id: Uuid,
    #[serde(flatten)]
    more: Properties,
}

/// The properties that can be set; those that are absent or null stay.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Properties {
    account_enabled: Option<bool>,
    app_role_assignment_required: Option<bool>,
    tags: Option<Vec<String>>,
}

impl Properties {
    fn write_into(self, principal: &mut ServicePrincipal) {
        principal.account_enabled = self.account_enabled.unwrap_or(principal.account_enabled);
        principal.app_role_assignment_required =
            self.app_role_assignment_required.unwrap_or(principal.app_role_assignment_required);
        if let Some(tags) = self.tags {
            principal.tags = tags;
        }
    }
}

/// `POST /servicePrincipals`: of a registration at home here, or of one elsewhere that is open to other tenants.
pub(in super::super) fn create(change: &mut Change<'_>) -> Answer {
    change.need(permission::APPLICATIONS_CREATE)?;
    let wanted: New = body(change)?;
    let Some((home, application)) = registration(change, wanted.app_id) else {
        return Err(GraphError::request(format!(
            "The appId '{}' of the service principal does not reference a valid application object.",
            wanted.app_id
        )));
    };
    if change.tenant.service_principal_of(wanted.app_id).is_some() {
        return Err(GraphError::exists(format!(
            "The service principal cannot be created, updated, or restored because the service principal name {} is \
             already in use.",
            wanted.app_id
        )));
    }
    let id = change.tenant.new_id(IdKind::ServicePrincipal);
    let mut principal = service_principal(id, wanted.app_id, &application.display_name);
    principal.app_owner_organization_id = Some(home);
    principal.sign_in_audience = Some(application.sign_in_audience);
    principal.service_principal_names.extend(application.identifier_uris);
    principal.app_roles = application.app_roles;
    principal.oauth2_permission_scopes = application.oauth2_permission_scopes;
    principal.created = change.now();
    principal.owners = applications::caller(change).into_iter().collect();
    wanted.more.write_into(&mut principal);
    let position = change.tenant.insert_service_principal(principal);
    record(change, ObjectRef::new(ObjectKind::ServicePrincipal, position), ChangeKind::Created);
    created::<ServicePrincipalType>(change, position)
}

/// The registration of a client id and the tenant it is at home in.
fn registration(change: &Change<'_>, app_id: Uuid) -> Option<(Uuid, Application)> {
    let own = change.tenant.application_of(app_id).and_then(|it| change.tenant.applications.at(it));
    if let Some(own) = own {
        return Some((change.tenant.id, own.clone()));
    }
    change.others.iter().find_map(|tenant| {
        let found = tenant.applications.at(tenant.application_of(app_id)?)?;
        let open = found.sign_in_audience != SignInAudience::SingleTenant;
        open.then(|| (tenant.id, found.clone()))
    })
}

/// `PATCH /servicePrincipals/{id}`
pub(in super::super) fn update(change: &mut Change<'_>) -> Answer {
    let object = writable(change)?;
    let wanted: Properties = body(change)?;
    wanted.write_into(at(change, object)?);
    record(change, object, ChangeKind::Updated);
    Ok(done())
}

/// `DELETE /servicePrincipals/{id}`
pub(in super::super) fn remove(change: &mut Change<'_>) -> Answer {
    let object = writable(change)?;
    take_away(change, object);
    Ok(done())
}

/// Deletes a service principal with what was granted to it and by it. Azure role assignments stay behind.
pub(super) fn take_away(change: &mut Change<'_>, object: ObjectRef) {
    let Some(id) = change.tenant.object_id(object) else { return };
    let tenant = &mut *change.tenant;
    let granted = tenant.assignments_of(id).chain(tenant.assigned_to(id)).map(|it| it.id);
    for assignment in granted.collect::<Vec<_>>() {
        tenant.remove_app_role_assignment(assignment);
    }
    let consents = tenant.permission_grants.values().filter(|it| it.client == id || it.resource == id);
    for consent in consents.map(|it| it.id).collect::<Vec<_>>() {
        tenant.permission_grants.remove(consent);
    }
    let now = change.now();
    change.tenant.delete(object, now);
}

/// The service principal that the path names, if the caller may change it.
pub(super) fn writable(change: &Change<'_>) -> Answer<ObjectRef> {
    let may = permission::allowed(&change.call.caller.roles, permission::APPLICATIONS_WRITE);
    if !may {
        change.need(permission::OWN_APPLICATIONS_WRITE)?;
    }
    let object = locate::<ServicePrincipalType>(change)?;
    let owners = change.tenant.service_principals.at(object.position).map(|it| it.owners.as_slice());
    if may || applications::caller(change).is_some_and(|own| owners.unwrap_or_default().contains(&own)) {
        Ok(object)
    } else {
        Err(GraphError::denied())
    }
}

/// The service principal, to change it.
pub(super) fn at<'c>(change: &'c mut Change<'_>, object: ObjectRef) -> Answer<&'c mut ServicePrincipal> {
    let key = change.key(0).to_owned();
    change.tenant.service_principals.at_mut(object.position).ok_or_else(|| GraphError::not_found(&key))
}
