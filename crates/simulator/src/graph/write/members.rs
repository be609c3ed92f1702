//! Who is in a group.

use serde::Deserialize;

use super::super::ask::guid;
use super::super::change::Change;
use super::super::error::{Answer, GraphError};
use super::super::permission;
use super::super::types::GroupType;
use super::{body, done, existing, locate, referred};
use crate::world::{ObjectKind, ObjectRef};

/// The object that a request adds.
#[derive(Debug, Deserialize)]
pub(super) struct Reference<'b> {
    #[serde(rename = "@odata.id", borrow)]
    pub(super) address: std::borrow::Cow<'b, str>,
}

/// `POST /groups/{id}/members/$ref`
pub(in super::super) fn add(change: &mut Change<'_>) -> Answer {
    let group = writable(change)?;
    let reference: Reference<'_> = body(change)?;
    let member = referred(change, &reference.address)?;
    add_all(change, group, &[member])?;
    Ok(done())
}

/// `DELETE /groups/{id}/members/{member}/$ref`
pub(in super::super) fn remove(change: &mut Change<'_>) -> Answer {
    let group = writable(change)?;
    let member = existing(change, guid(change.key(1))?)?;
    let now = change.now();
    if change.tenant.remove_member(group, member, now) {
        Ok(done())
    } else {
        Err(GraphError::not_found(change.key(1)))
    }
}

/// Adds members, all or none.
pub(super) fn add_all(change: &mut Change<'_>, group: u32, members: &[ObjectRef]) -> Answer<()> {
    let itself = ObjectRef::new(ObjectKind::Group, group);
    if members.contains(&itself) {
        return Err(GraphError::request("A group cannot be a member of itself."));
    }
    if members.iter().any(|member| change.tenant.groups.contains(group, *member)) {
        return Err(GraphError::request(
            "One or more added object references already exist for the following modified properties: 'members'.",
        ));
    }
    let now = change.now();
    for member in members {
        change.tenant.add_member(group, *member, now);
    }
    Ok(())
}

/// The group that the path names, if the caller may change its members and they are kept by hand.
fn writable(change: &Change<'_>) -> Answer<u32> {
    change.need(permission::MEMBERS_WRITE)?;
    let object = locate::<GroupType>(change)?;
    check(change, object.position)?;
    Ok(object.position)
}

/// Refuses a group whose members are not the caller's to change.
pub(super) fn check(change: &Change<'_>, position: u32) -> Answer<()> {
    let group =
        change.tenant.groups.objects.at(position).ok_or_else(|| GraphError::not_found(change.key(0)))?;
    if group.is_assignable_to_role {
        change.need(permission::ROLES_WRITE)?;
    }
    if group.on_premises.is_some() {
        return Err(GraphError::request(
            "Unable to update the specified properties for on-premises mastered Directory Sync objects or objects \
             currently undergoing migration.",
        ));
    }
    if group.membership_rule.is_some() {
        return Err(GraphError::request("The members of a group with a membership rule cannot be changed."));
    }
    Ok(())
}
