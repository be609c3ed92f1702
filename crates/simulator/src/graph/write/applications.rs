//! Creating, changing and deleting registrations.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use uuid::Uuid;

use super::super::change::Change;
use super::super::error::{Answer, GraphError};
use super::super::permission;
use super::super::types::ApplicationType;
use super::{body, created, done, locate, record};
use crate::world::ids::IdKind;
use crate::world::principals::{Application, KeyCredential, RequiredResourceAccess, SignInAudience};
use crate::world::{ChangeKind, ObjectKind, ObjectRef};

/// The properties that can be set; those that are absent or null stay.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Properties {
    display_name: Option<String>,
    sign_in_audience: Option<String>,
    identifier_uris: Option<Vec<String>>,
    required_resource_access: Option<Vec<Required>>,
    is_fallback_public_client: Option<bool>,
    key_credentials: Option<Vec<Certificate>>,
    tags: Option<Vec<String>>,
    web: Option<Web>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Required {
    resource_app_id: Uuid,
    #[serde(default)]
    resource_access: Vec<Access>,
}

#[derive(Debug, Deserialize)]
struct Access {
    id: Uuid,
    #[serde(rename = "type")]
    kind: AccessKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
enum AccessKind {
    Role,
    Scope,
}

/// A certificate; without the key itself it stands for one that is there already.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Certificate {
    key_id: Option<Uuid>,
    display_name: Option<String>,
    key: Option<String>,
    start_date_time: Option<Timestamp>,
    end_date_time: Option<Timestamp>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Web {
    redirect_uris: Option<Vec<String>>,
}

/// `POST /applications`
pub(in super::super) fn create(change: &mut Change<'_>) -> Answer {
    change.need(permission::APPLICATIONS_CREATE)?;
    let wanted: Properties = body(change)?;
    let Some(display_name) = wanted.display_name.clone().filter(|name| !name.is_empty()) else {
        return Err(GraphError::request(
            "A value is required for property 'displayName' of resource 'Application'.",
        ));
    };
    let publisher_domain = Some(change.tenant.default_domain().to_owned());
    let mut application = Application {
        id: change.tenant.new_id(IdKind::Application),
        app_id: change.tenant.new_id(IdKind::AppId),
        display_name,
        sign_in_audience: SignInAudience::SingleTenant,
        created: change.now(),
        publisher_domain,
        identifier_uris: Vec::new(),
        redirect_uris: Vec::new(),
        required_resource_access: Vec::new(),
        password_credentials: Vec::new(),
        key_credentials: Vec::new(),
        federated_credentials: Vec::new(),
        app_roles: Vec::new(),
        oauth2_permission_scopes: Vec::new(),
        public_client: false,
        disabled: false,
        tags: Vec::new(),
        owners: caller(change).into_iter().collect(),
    };
    write_into(wanted, &mut application, change.now())?;
    let position = change.tenant.insert_application(application);
    record(change, ObjectRef::new(ObjectKind::Application, position), ChangeKind::Created);
    created::<ApplicationType>(change, position)
}

/// The caller's own service principal: what an app registers, it owns.
pub(super) fn caller(change: &Change<'_>) -> Option<ObjectRef> {
    change.tenant.resolve(change.call.caller.principal)
}

/// `PATCH /applications/{id}`
pub(in super::super) fn update(change: &mut Change<'_>) -> Answer {
    let object = writable(change)?;
    let wanted: Properties = body(change)?;
    let now = change.now();
    let application = at(change, object)?;
    let mut changed = application.clone();
    write_into(wanted, &mut changed, now)?;
    *application = changed;
    record(change, object, ChangeKind::Updated);
    Ok(done())
}

/// `DELETE /applications/{id}`: the service principal at home goes with it.
pub(in super::super) fn remove(change: &mut Change<'_>) -> Answer {
    let object = writable(change)?;
    let app_id = at(change, object)?.app_id;
    let now = change.now();
    change.tenant.delete(object, now);
    if let Some(principal) = change.tenant.service_principal_of(app_id) {
        super::service_principals::take_away(change, ObjectRef::new(ObjectKind::ServicePrincipal, principal));
    }
    Ok(done())
}

/// The registration that the path names, if the caller may change it: any with the wide permission, its own with
/// the narrow one.
pub(super) fn writable(change: &Change<'_>) -> Answer<ObjectRef> {
    let may = permission::allowed(&change.call.caller.roles, permission::APPLICATIONS_WRITE);
    if !may {
        change.need(permission::OWN_APPLICATIONS_WRITE)?;
    }
    let object = locate::<ApplicationType>(change)?;
    let owners = change.tenant.applications.at(object.position).map(|it| it.owners.as_slice());
    if may || caller(change).is_some_and(|own| owners.unwrap_or_default().contains(&own)) {
        Ok(object)
    } else {
        Err(GraphError::denied())
    }
}

/// The registration, to change it.
pub(super) fn at<'c>(change: &'c mut Change<'_>, object: ObjectRef) -> Answer<&'c mut Application> {
    let key = change.key(0).to_owned();
    change.tenant.applications.at_mut(object.position).ok_or_else(|| GraphError::not_found(&key))
}

fn write_into(wanted: Properties, application: &mut Application, now: Timestamp) -> Answer<()> {
    if let Some(name) = wanted.display_name {
        application.display_name = name;
    }
    if let Some(audience) = wanted.sign_in_audience {
        application.sign_in_audience = SignInAudience::parse(&audience).ok_or_else(|| {
            GraphError::request(
                "Invalid value specified for property 'signInAudience' of resource 'Application'.",
            )
        })?;
    }
    application.identifier_uris =
        wanted.identifier_uris.unwrap_or_else(|| application.identifier_uris.clone());
    if let Some(tags) = wanted.tags {
        application.tags = tags;
    }
    application.public_client = wanted.is_fallback_public_client.unwrap_or(application.public_client);
    if let Some(uris) = wanted.web.and_then(|web| web.redirect_uris) {
        application.redirect_uris = uris;
    }
    if let Some(required) = wanted.required_resource_access {
        application.required_resource_access = required_access(required)?;
    }
    if let Some(keys) = wanted.key_credentials {
        application.key_credentials = certificates(keys, &application.key_credentials, now)?;
    }
    Ok(())
}

fn required_access(wanted: Vec<Required>) -> Answer<Vec<RequiredResourceAccess>> {
    let duplicate = || GraphError::request("Request contains a property with duplicate values.");
    let mut all: Vec<RequiredResourceAccess> = Vec::with_capacity(wanted.len());
    for required in wanted {
        if all.iter().any(|it| it.resource_app_id == required.resource_app_id) {
            return Err(duplicate());
        }
        let mut access: Vec<(Uuid, bool)> = Vec::with_capacity(required.resource_access.len());
        for it in required.resource_access {
            let entry = (it.id, it.kind == AccessKind::Role);
            if access.contains(&entry) {
                return Err(duplicate());
            }
            access.push(entry);
        }
        all.push(RequiredResourceAccess { resource_app_id: required.resource_app_id, access });
    }
    Ok(all)
}

fn certificates(
    wanted: Vec<Certificate>,
    known: &[KeyCredential],
    now: Timestamp,
) -> Answer<Vec<KeyCredential>> {
    let invalid =
        || GraphError::request("Key credential end date is invalid, or its value is no certificate.");
    wanted
        .into_iter()
        .map(|key| {
            let Some(text) = key.key else {
                let same = |it: &&KeyCredential| Some(it.key_id) == key.key_id;
                return known.iter().find(same).cloned().ok_or_else(invalid);
            };
            let certificate = STANDARD.decode(text).map_err(|_| invalid())?;
            let digest =
                aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY, &certificate);
            let start = key.start_date_time.unwrap_or(now);
            Ok(KeyCredential {
                key_id: key.key_id.unwrap_or_else(Uuid::new_v4),
                display_name: key.display_name,
                thumbprint: digest.as_ref().to_vec(),
                certificate,
                start,
                end: key.end_date_time.unwrap_or(start + SignedDuration::from_hours(24 * 365)),
            })
        })
        .collect()
}
