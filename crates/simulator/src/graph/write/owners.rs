//! Who owns a registration.

use super::super::ask::guid;
use super::super::change::Change;
use super::super::error::{Answer, GraphError};
use super::members::Reference;
use super::{applications, body, done, existing, record, referred};
use crate::world::ChangeKind;

/// `POST /applications/{id}/owners/$ref`
pub(in super::super) fn add(change: &mut Change<'_>) -> Answer {
    let object = applications::writable(change)?;
    let reference: Reference<'_> = body(change)?;
    let owner = referred(change, &reference.address)?;
    let owners = &mut applications::at(change, object)?.owners;
    if owners.contains(&owner) {
        return Err(GraphError::request(
            "One or more added object references already exist for the following modified properties: 'owners'.",
        ));
    }
    owners.push(owner);
    record(change, object, ChangeKind::Updated);
    Ok(done())
}

/// `DELETE /applications/{id}/owners/{owner}/$ref`
pub(in super::super) fn remove(change: &mut Change<'_>) -> Answer {
    let object = applications::writable(change)?;
    let owner = existing(change, guid(change.key(1))?)?;
    let owners = &mut applications::at(change, object)?.owners;
    let before = owners.len();
    owners.retain(|it| *it != owner);
    if owners.len() == before {
        return Err(GraphError::not_found(change.key(1)));
    }
    record(change, object, ChangeKind::Updated);
    Ok(done())
}
