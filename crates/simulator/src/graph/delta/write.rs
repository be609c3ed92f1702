//! What a delta page says of one object.

use uuid::Uuid;

use super::super::resource::Resource;
use super::MEMBERS;
use crate::odata::entity::property;
use crate::odata::{JsonWriter, Selection};
use crate::world::{ChangeKind, ObjectKind, ObjectRef, Tenant};

/// An object that changed, and its members that did.
#[derive(Debug)]
pub(super) struct ChangedObject {
    pub(super) object: ObjectRef,
    permanently: bool,
    members: Vec<ObjectRef>,
}

impl ChangedObject {
    pub(super) fn new(object: ObjectRef) -> Self {
        Self { object, permanently: false, members: Vec::new() }
    }

    pub(super) fn record(&mut self, kind: ChangeKind) {
        match kind {
            ChangeKind::MemberAdded(member) | ChangeKind::MemberRemoved(member) => {
                if !self.members.contains(&member) {
                    self.members.push(member);
                }
            }
            ChangeKind::Deleted => self.permanently = true,
            ChangeKind::SoftDeleted | ChangeKind::Created | ChangeKind::Updated => self.permanently = false,
        }
    }
}

/// Writes the selected properties, and the id in any case: delta without an id is of no use.
pub(super) fn write_object<T: Resource>(json: &mut JsonWriter, selection: &Selection<T>, item: &T::Item<'_>) {
    if let Some(id) = property::<T>("id").filter(|_| !selection.shows("id")) {
        json.key("id");
        (id.read)(item).write(json);
    }
    selection.write(json, item);
}

/// Writes an object as it is now, or the marker of one that is gone.
pub(super) fn write_change<T: Resource>(
    json: &mut JsonWriter,
    tenant: &Tenant,
    selection: &Selection<T>,
    item: Option<&T::Item<'_>>,
    changed: &ChangedObject,
) {
    match item {
        Some(item) => json.object(|json| {
            write_object(json, selection, item);
            if !changed.members.is_empty() {
                json.array_member("members@delta", |json| {
                    for member in &changed.members {
                        let present = tenant.groups.contains(changed.object.position, *member);
                        write_member(json, tenant, *member, present);
                    }
                });
            }
        }),
        None => {
            if let Some(id) = id_of(tenant, changed.object) {
                json.object(|json| {
                    json.guid_member("id", id);
                    write_removed(json, if changed.permanently { "deleted" } else { "changed" });
                });
            }
        }
    }
}

/// Writes `members@delta` of a group from a slot on; returns the slot at which the page was full.
pub(super) fn write_members(
    json: &mut JsonWriter,
    tenant: &Tenant,
    group: u32,
    start: u32,
    room: &mut u32,
) -> Option<u32> {
    let slots = tenant.groups.member_slots(group);
    if start >= slots {
        return None;
    }
    let end = slots.min(start.saturating_add((*room).min(MEMBERS)));
    json.array_member("members@delta", |json| {
        let members = (start..end).filter_map(|slot| tenant.groups.member_at(group, slot));
        for member in members.filter(|member| tenant.object_id(*member).is_some()) {
            write_member(json, tenant, member, true);
        }
    });
    *room = room.saturating_sub(end - start);
    (end < slots).then_some(end)
}

fn write_member(json: &mut JsonWriter, tenant: &Tenant, member: ObjectRef, present: bool) {
    let Some(id) = id_of(tenant, member) else { return };
    json.object(|json| {
        json.string_member("@odata.type", member.kind.odata_type());
        json.guid_member("id", id);
        if !present {
            write_removed(json, "deleted");
        }
    });
}

fn write_removed(json: &mut JsonWriter, reason: &str) {
    json.object_member("@removed", |json| json.string_member("reason", reason));
}

/// The id of an object that lives or lived.
fn id_of(tenant: &Tenant, object: ObjectRef) -> Option<Uuid> {
    tenant.object_id(object).or_else(|| tenant.removed_id(object)).or_else(|| match object.kind {
        ObjectKind::User => tenant.users.removed_id(object.position),
        _ => None,
    })
}
