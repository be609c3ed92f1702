//! Delegated consents: an administrator's for everybody, or one user's.

use http::StatusCode;
use serde::Deserialize;
use uuid::Uuid;

use super::super::change::Change;
use super::super::error::{Answer, GraphError};
use super::super::grants::PermissionGrantType;
use super::super::{opaque, permission};
use super::{body, done};
use crate::odata::Selection;
use crate::world::ids::IdKind;
use crate::world::principals::PermissionGrant;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wanted {
    client_id: Uuid,
    consent_type: ConsentType,
    principal_id: Option<Uuid>,
    resource_id: Uuid,
    #[serde(default)]
    scope: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
enum ConsentType {
    AllPrincipals,
    Principal,
}

#[derive(Debug, Deserialize)]
struct Scope {
    scope: String,
}

/// `POST /oauth2PermissionGrants`
pub(in super::super) fn create(change: &mut Change<'_>) -> Answer {
    change.need(permission::CONSENTS_WRITE)?;
    let wanted: Wanted = body(change)?;
    for id in [wanted.client_id, wanted.resource_id] {
        let known = change.tenant.service_principals.get(id);
        known.ok_or_else(|| GraphError::not_found(&id.to_string()))?;
    }
    if (wanted.consent_type == ConsentType::Principal) != wanted.principal_id.is_some() {
        return Err(GraphError::request(
            "A consent of type Principal needs a principalId, one of type AllPrincipals has none.",
        ));
    }
    let same = |it: &PermissionGrant| {
        it.client == wanted.client_id
            && it.resource == wanted.resource_id
            && it.principal == wanted.principal_id
    };
    if change.tenant.permission_grants.values().any(same) {
        return Err(GraphError::exists("Permission entry already exists."));
    }
    let grant = PermissionGrant {
        id: change.tenant.new_id(IdKind::AppRoleAssignment),
        client: wanted.client_id,
        principal: wanted.principal_id,
        resource: wanted.resource_id,
        scope: wanted.scope,
    };
    change.tenant.permission_grants.insert(grant.clone());
    let ask = change.as_ask();
    let selection = Selection::<PermissionGrantType>::new(None, ask.path.beta)?;
    let mut response =
        ask.entity("oauth2PermissionGrants/$entity", |json| selection.write(json, &&grant)).changed();
    response.status = StatusCode::CREATED;
    Ok(response)
}

/// `PATCH /oauth2PermissionGrants/{id}`
pub(in super::super) fn update(change: &mut Change<'_>) -> Answer {
    change.need(permission::CONSENTS_WRITE)?;
    let wanted: Scope = body(change)?;
    let id = id(change)?;
    match change.tenant.permission_grants.get_mut(id) {
        Some(grant) => grant.scope = wanted.scope,
        None => return Err(GraphError::not_found(change.key(0))),
    }
    Ok(done())
}

/// `DELETE /oauth2PermissionGrants/{id}`
pub(in super::super) fn remove(change: &mut Change<'_>) -> Answer {
    change.need(permission::CONSENTS_WRITE)?;
    let id = id(change)?;
    match change.tenant.permission_grants.remove(id) {
        Some(_) => Ok(done()),
        None => Err(GraphError::not_found(change.key(0))),
    }
}

fn id(change: &Change<'_>) -> Answer<Uuid> {
    opaque::decode(change.key(0)).ok_or_else(|| GraphError::not_found(change.key(0)))
}
