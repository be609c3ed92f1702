//! Writes: what provisioning does to users, groups, memberships and grants, and what setting up an application does to
//! registrations, service principals, credentials and consents (azure.md 2.9).

pub(super) mod applications;
pub(super) mod consents;
pub(super) mod federated;
pub(super) mod grants;
pub(super) mod groups;
pub(super) mod members;
pub(super) mod owners;
pub(super) mod passwords;
pub(super) mod recycled;
pub(super) mod service_principals;
pub(super) mod users;

use http::StatusCode;
use uuid::Uuid;

use super::ask::guid;
use super::change::Change;
use super::error::{Answer, GraphError};
use super::resource::Resource;
use super::{actions, shape};
use crate::server::call::Response;
use crate::world::{ChangeKind, ObjectRef};

/// 204 after a change.
fn done() -> Response {
    Response::status(StatusCode::NO_CONTENT).changed()
}

/// The body of a write.
fn body<'c, T: serde::Deserialize<'c>>(change: &Change<'c>) -> Answer<T> {
    actions::body(&change.call.request.body)
}

/// 201 with the object that was made.
fn created<T: Resource>(change: &Change<'_>, position: u32) -> Answer {
    let ask = change.as_ask();
    let selection = shape::selection::<T>(&ask, None)?;
    let item = T::at(ask.tenant, position).ok_or_else(|| GraphError::not_found(T::SET))?;
    let mut response =
        ask.entity(&format!("{}/$entity", T::SET), |json| selection.write(json, &item)).changed();
    response.status = StatusCode::CREATED;
    Ok(response)
}

/// Deletes the object of a collection that the path names: it goes to the recycle bin.
fn delete<T: Resource>(change: &mut Change<'_>) -> Answer {
    let object = locate::<T>(change)?;
    let now = change.now();
    change.tenant.delete(object, now);
    Ok(done())
}

/// The object of a collection that the path names.
fn locate<T: Resource>(change: &Change<'_>) -> Answer<ObjectRef> {
    super::resource::locate(change.tenant, T::KIND, change.key(0))
}

/// Records a change for delta.
fn record(change: &mut Change<'_>, object: ObjectRef, kind: ChangeKind) {
    let now = change.now();
    change.tenant.changes.record(now, object, kind);
}

/// The object that an `@odata.id` points at: the id is its last segment.
fn referred(change: &Change<'_>, address: &str) -> Answer<ObjectRef> {
    let last = address.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let inner = last.rsplit_once('(').map_or(last, |(_, key)| key.trim_end_matches(')')).trim_matches('\'');
    existing(change, guid(inner)?)
}

fn existing(change: &Change<'_>, id: Uuid) -> Answer<ObjectRef> {
    change.tenant.resolve(id).ok_or_else(|| GraphError::not_found(&id.to_string()))
}
