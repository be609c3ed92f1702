//! The collections of directory objects: where each lies in the world and how a key finds a member.

use std::borrow::Cow;

use uuid::Uuid;

use super::error::{Answer, GraphError};
use super::path::alternate_key;
use super::permission::{self, AnyOf};
use super::types::{ApplicationType, DeviceType, GroupType, ServicePrincipalType, UserType};
use crate::odata::Entity;
use crate::world::directory::Device;
use crate::world::groups::Group;
use crate::world::principals::{Application, ServicePrincipal};
use crate::world::users::User;
use crate::world::{ObjectKind, ObjectRef, Objects, Tenant};

/// A collection of directory objects.
pub(super) trait Resource: Entity {
    /// What its members are.
    const KIND: ObjectKind;
    /// Its name in paths and contexts.
    const SET: &'static str;
    /// The permissions of which one opens it.
    const NEED: AnyOf;
    /// The properties by which at most one member is found without looking at the others.
    const UNIQUE: &'static [&'static str];

    /// One past the highest position.
    fn slots(tenant: &Tenant) -> u32;
    /// How many members live.
    fn len(tenant: &Tenant) -> usize;
    /// The member at a position.
    fn at(tenant: &Tenant, position: u32) -> Option<Self::Item<'_>>;
    /// The position of the member whose unique property has this value.
    fn find(tenant: &Tenant, property: &str, value: &str) -> Option<u32>;

    /// The id of the member at a position.
    fn id_at(tenant: &Tenant, position: u32) -> Option<Uuid> {
        tenant.object_id(ObjectRef::new(Self::KIND, position))
    }
}

impl Resource for UserType {
    const KIND: ObjectKind = ObjectKind::User;
    const SET: &'static str = "users";
    const NEED: AnyOf = permission::USERS;
    const UNIQUE: &'static [&'static str] = &["id", "userPrincipalName"];

    fn slots(tenant: &Tenant) -> u32 {
        tenant.users.slots()
    }

    fn len(tenant: &Tenant) -> usize {
        tenant.users.len()
    }

    fn at(tenant: &Tenant, position: u32) -> Option<Cow<'_, User>> {
        tenant.users.at(position)
    }

    fn find(tenant: &Tenant, property: &str, value: &str) -> Option<u32> {
        match property {
            "id" => tenant.users.position(value.parse().ok()?),
            "userPrincipalName" => tenant.users.position_by_upn(value),
            _ => None,
        }
    }
}

/// Implements [`Resource`] for a type whose members are plain values.
macro_rules! plain_resource {
    ($type:ty, $item:ty, $kind:ident, $set:literal, $need:expr, $unique:expr, $objects:expr, $find:expr) => {
        impl Resource for $type {
            const KIND: ObjectKind = ObjectKind::$kind;
            const SET: &'static str = $set;
            const NEED: AnyOf = $need;
            const UNIQUE: &'static [&'static str] = $unique;

            fn slots(tenant: &Tenant) -> u32 {
                objects::<$item>(tenant, $objects).slots()
            }

            fn len(tenant: &Tenant) -> usize {
                objects::<$item>(tenant, $objects).len()
            }

            fn at(tenant: &Tenant, position: u32) -> Option<&$item> {
                objects::<$item>(tenant, $objects).at(position)
            }

            fn find(tenant: &Tenant, property: &str, value: &str) -> Option<u32> {
                let value = value.parse().ok()?;
                if property == "id" {
                    return objects::<$item>(tenant, $objects).position(value);
                }
                let find: fn(&Tenant, &str, Uuid) -> Option<u32> = $find;
                find(tenant, property, value)
            }
        }
    };
}

fn objects<T>(tenant: &Tenant, of: fn(&Tenant) -> &Objects<T>) -> &Objects<T> {
    of(tenant)
}

plain_resource!(
    GroupType,
    Group,
    Group,
    "groups",
    permission::GROUPS,
    &["id"],
    |tenant| &tenant.groups.objects,
    |_, _, _| None
);
plain_resource!(
    ServicePrincipalType,
    ServicePrincipal,
    ServicePrincipal,
    "servicePrincipals",
    permission::APPLICATIONS,
    &["id", "appId"],
    |tenant| &tenant.service_principals,
    |tenant, property, value| (property == "appId").then(|| tenant.service_principal_of(value)).flatten()
);
plain_resource!(
    ApplicationType,
    Application,
    Application,
    "applications",
    permission::APPLICATIONS,
    &["id", "appId"],
    |tenant| &tenant.applications,
    |tenant, property, value| (property == "appId").then(|| tenant.application_of(value)).flatten()
);
plain_resource!(
    DeviceType,
    Device,
    Device,
    "devices",
    permission::DEVICES,
    &["id"],
    |tenant| &tenant.devices,
    |_, _, _| None
);

/// The object of a kind that a key in a path names.
pub(super) fn locate(tenant: &Tenant, kind: ObjectKind, key: &str) -> Answer<ObjectRef> {
    let position = match kind {
        ObjectKind::User => find::<UserType>(tenant, key),
        ObjectKind::Group => find::<GroupType>(tenant, key),
        ObjectKind::ServicePrincipal => find::<ServicePrincipalType>(tenant, key),
        ObjectKind::Application => find::<ApplicationType>(tenant, key),
        ObjectKind::Device => find::<DeviceType>(tenant, key),
    }?;
    Ok(ObjectRef::new(kind, position))
}

fn find<T: Resource>(tenant: &Tenant, key: &str) -> Answer<u32> {
    let found = match alternate_key(key) {
        Some((property, value)) => {
            let known = T::UNIQUE.iter().find(|name| name.eq_ignore_ascii_case(property));
            T::find(tenant, known.ok_or_else(|| GraphError::segment(key))?, value)
        }
        None if key.parse::<Uuid>().is_ok() => T::find(tenant, "id", key),
        // A user's second name is the userPrincipalName; other objects have none.
        None if T::KIND == ObjectKind::User => T::find(tenant, "userPrincipalName", key),
        None => return Err(GraphError::request(format!("Invalid object identifier '{key}'."))),
    };
    found.ok_or_else(|| GraphError::not_found(key))
}
