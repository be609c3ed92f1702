//! The recycle bin: deleted registrations and service principals are gone for good, or come back.

use super::super::ask::guid;
use super::super::change::Change;
use super::super::error::{Answer, GraphError};
use super::super::permission;
use super::{done, record};
use crate::world::{ChangeKind, ObjectKind, ObjectRef, Recycled};

/// `DELETE /directory/deletedItems/{id}`
pub(in super::super) fn purge(change: &mut Change<'_>) -> Answer {
    take(change)?;
    Ok(done())
}

/// `POST /directory/deletedItems/{id}/restore`
pub(in super::super) fn restore(change: &mut Change<'_>) -> Answer {
    let (kind, position) = match take(change)? {
        Recycled::Application(it) => (ObjectKind::Application, change.tenant.insert_application(*it)),
        Recycled::ServicePrincipal(it) => {
            (ObjectKind::ServicePrincipal, change.tenant.insert_service_principal(*it))
        }
    };
    let object = ObjectRef::new(kind, position);
    record(change, object, ChangeKind::Created);
    let ask = change.as_ask();
    let shapes = super::super::shape::Shapes::new(&ask, None)?;
    Ok(ask.entity("directoryObjects/$entity", |json| shapes.write(json, &ask, object)).changed())
}

fn take(change: &mut Change<'_>) -> Answer<Recycled> {
    change.need(permission::APPLICATIONS_WRITE)?;
    let id = guid(change.key(0))?;
    let bin = &mut change.tenant.recycle_bin;
    let at = bin.iter().position(|it| it.id() == id);
    at.map(|at| bin.remove(at)).ok_or_else(|| GraphError::not_found(&id.to_string()))
}
