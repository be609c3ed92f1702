//! How directory objects are shown to one caller: chosen properties, hidden ones, objects of several types.

use super::ask::Ask;
use super::error::{Answer, GraphError};
use super::permission;
use super::resource::Resource;
use super::types::{ApplicationType, DeviceType, GroupType, ServicePrincipalType, UserType};
use crate::odata::entity::property;
use crate::odata::{Entity, JsonWriter, QueryError, Selection, Value};
use crate::world::{ObjectKind, ObjectRef};

/// What of one type is shown: the client's choice within the caller's permissions.
pub(super) fn selection<T: Resource>(ask: &Ask<'_>, select: Option<&[String]>) -> Answer<Selection<T>> {
    let mut selection = Selection::new(select, ask.path.beta)?;
    hide::<T>(ask, &mut selection);
    Ok(selection)
}

fn hide<T: Resource>(ask: &Ask<'_>, selection: &mut Selection<T>) {
    if !ask.may(T::NEED) {
        selection.hide_unless(|property| property == "id");
    } else if T::KIND == ObjectKind::User && !ask.may(permission::USERS_IN_FULL) {
        selection.hide_unless(|property| permission::sees_user_property(ask.roles(), property));
    }
}

/// What is shown of each type in a collection of several types.
pub(super) struct Shapes {
    users: Selection<UserType>,
    groups: Selection<GroupType>,
    service_principals: Selection<ServicePrincipalType>,
    applications: Selection<ApplicationType>,
    devices: Selection<DeviceType>,
}

impl Shapes {
    /// A name in `$select` must belong to one of the types at least.
    pub(super) fn new(ask: &Ask<'_>, select: Option<&[String]>) -> Answer<Self> {
        for name in select.unwrap_or_default() {
            let plain = name.split(['/', '@']).next().unwrap_or(name);
            if plain != "*" && !known(plain) {
                return Err(QueryError::select_property(name, "directoryObject").into());
            }
        }
        Ok(Self {
            users: lenient(ask, select),
            groups: lenient(ask, select),
            service_principals: lenient(ask, select),
            applications: lenient(ask, select),
            devices: lenient(ask, select),
        })
    }

    /// Writes an object with its type.
    pub(super) fn write(&self, json: &mut JsonWriter, ask: &Ask<'_>, object: ObjectRef) {
        json.string_member("@odata.type", object.kind.odata_type());
        self.write_members(json, ask, object);
    }

    /// Writes an object without its type, for lists that a cast narrowed to one.
    pub(super) fn write_members(&self, json: &mut JsonWriter, ask: &Ask<'_>, object: ObjectRef) {
        match object.kind {
            ObjectKind::User => write(&self.users, json, ask, object.position),
            ObjectKind::Group => write(&self.groups, json, ask, object.position),
            ObjectKind::ServicePrincipal => write(&self.service_principals, json, ask, object.position),
            ObjectKind::Application => write(&self.applications, json, ask, object.position),
            ObjectKind::Device => write(&self.devices, json, ask, object.position),
        }
    }
}

fn lenient<T: Resource>(ask: &Ask<'_>, select: Option<&[String]>) -> Selection<T> {
    let mut selection = Selection::lenient(select, ask.path.beta);
    hide::<T>(ask, &mut selection);
    selection
}

fn write<T: Resource>(selection: &Selection<T>, json: &mut JsonWriter, ask: &Ask<'_>, position: u32) {
    // Ids are computed, whole objects are made: a list of ids stays cheap.
    if selection.is_only_id() {
        if let Some(id) = T::id_at(ask.tenant, position) {
            json.guid_member("id", id);
        }
    } else if let Some(item) = T::at(ask.tenant, position) {
        selection.write(json, &item);
    }
}

/// Whether some type has a property of this name.
pub(super) fn known(name: &str) -> bool {
    property::<UserType>(name).is_some()
        || property::<GroupType>(name).is_some()
        || property::<ServicePrincipalType>(name).is_some()
        || property::<ApplicationType>(name).is_some()
        || property::<DeviceType>(name).is_some()
}

/// A property of an object of any type; null when its type has none of this name.
pub(super) fn read(ask: &Ask<'_>, object: ObjectRef, name: &str) -> Value<'static> {
    match object.kind {
        ObjectKind::User => read_of::<UserType>(ask, object.position, name),
        ObjectKind::Group => read_of::<GroupType>(ask, object.position, name),
        ObjectKind::ServicePrincipal => read_of::<ServicePrincipalType>(ask, object.position, name),
        ObjectKind::Application => read_of::<ApplicationType>(ask, object.position, name),
        ObjectKind::Device => read_of::<DeviceType>(ask, object.position, name),
    }
}

fn read_of<T: Resource>(ask: &Ask<'_>, position: u32, name: &str) -> Value<'static> {
    match (property::<T>(name), T::at(ask.tenant, position)) {
        (Some(property), Some(item)) => (property.read)(&item).into_owned(),
        _ => Value::Null,
    }
}

/// Refuses a filter or order on a property that no directory object has.
pub(super) fn check_property(name: &str) -> Answer<()> {
    if known(name) { Ok(()) } else { Err(QueryError::filter_property(name, "directoryObject").into()) }
}

/// The part of a context in parentheses for a `$select`.
pub(super) fn suffix(select: Option<&[String]>) -> String {
    select.map_or_else(String::new, |names| format!("({})", names.join(",")))
}

/// Whether a text is the qualified name of a type, as `isof` takes it.
pub(super) fn is_type<T: Entity>(name: &str) -> bool {
    name.strip_prefix("microsoft.graph.").is_some_and(|name| name.eq_ignore_ascii_case(T::TYPE))
}

/// Refuses `$expand` where nothing can be expanded.
pub(super) fn no_expand(ask: &Ask<'_>, type_name: &str) -> Answer<()> {
    match ask.options.expand.first() {
        None => Ok(()),
        Some(expand) => Err(GraphError::from(QueryError::select_property(&expand.property, type_name))),
    }
}
