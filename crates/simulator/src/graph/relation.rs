//! Relations between directory objects: members, owners, memberships, reports.

use super::ask::Ask;
use super::error::{Answer, GraphError};
use super::page::{self, MAXIMUM, Window, fill};
use super::permission::{self, AnyOf};
use super::query;
use super::shape::{self, Shapes};
use crate::odata::{Filter, JsonWriter};
use crate::world::{ObjectKind, ObjectRef, Tenant};

/// A navigation from one directory object to others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    Members,
    TransitiveMembers,
    Owners,
    MemberOf,
    TransitiveMemberOf,
    OwnedObjects,
    DirectReports,
}

/// The objects at the other end. Slots are page cursors: a big group is never walked to find its page.
pub(super) enum Refs<'a> {
    Members(&'a Tenant, u32),
    Reports(&'a Tenant, u32),
    Few(Vec<ObjectRef>),
}

impl<'a> Refs<'a> {
    fn slots(&self) -> u32 {
        match self {
            Self::Members(tenant, group) => tenant.groups.member_slots(*group),
            Self::Reports(tenant, _) => tenant.users.slots(),
            Self::Few(objects) => u32::try_from(objects.len()).unwrap_or(u32::MAX),
        }
    }

    fn at(&self, slot: u32) -> Option<ObjectRef> {
        match self {
            Self::Members(tenant, group) => tenant.groups.member_at(*group, slot),
            Self::Reports(tenant, manager) => (tenant.users.manager(slot) == Some(*manager)
                && tenant.users.exists(slot))
            .then(|| ObjectRef::new(ObjectKind::User, slot)),
            Self::Few(objects) => objects.get(slot as usize).copied(),
        }
    }

    /// The live objects from a slot on, each with its slot.
    pub(super) fn from(&self, slot: u32, tenant: &'a Tenant) -> impl Iterator<Item = (u32, ObjectRef)> {
        (slot..self.slots())
            .filter_map(|slot| Some((slot, self.at(slot)?)))
            .filter(|(_, object)| tenant.object_id(*object).is_some())
    }
}

impl Relation {
    /// The relation of this name on objects of a kind.
    pub(super) fn named(kind: ObjectKind, name: &str) -> Option<Self> {
        use Relation::{
            DirectReports, MemberOf, Members, OwnedObjects, Owners, TransitiveMemberOf, TransitiveMembers,
        };
        let relations: &[Self] = match kind {
            ObjectKind::User => &[MemberOf, TransitiveMemberOf, OwnedObjects, DirectReports],
            ObjectKind::Group => &[Members, TransitiveMembers, Owners, MemberOf, TransitiveMemberOf],
            ObjectKind::ServicePrincipal => &[Owners, MemberOf, TransitiveMemberOf, OwnedObjects],
            ObjectKind::Application => &[Owners],
            ObjectKind::Device => &[MemberOf, TransitiveMemberOf],
        };
        relations.iter().copied().find(|relation| relation.name().eq_ignore_ascii_case(name))
    }

    /// As paths and `$expand` spell it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Members => "members",
            Self::TransitiveMembers => "transitiveMembers",
            Self::Owners => "owners",
            Self::MemberOf => "memberOf",
            Self::TransitiveMemberOf => "transitiveMemberOf",
            Self::OwnedObjects => "ownedObjects",
            Self::DirectReports => "directReports",
        }
    }

    /// What opens it on objects of a kind (azure.md 2.4).
    pub(super) fn need(self, kind: ObjectKind) -> AnyOf {
        match (self, kind) {
            (Self::Members | Self::TransitiveMembers, _) => permission::MEMBERS,
            (Self::MemberOf | Self::TransitiveMemberOf, ObjectKind::User) => permission::USER_MEMBER_OF,
            (Self::OwnedObjects | Self::DirectReports, ObjectKind::User) => permission::USERS_IN_FULL,
            (_, ObjectKind::Group) => permission::GROUP_RELATIONS,
            (_, ObjectKind::Device) => permission::DEVICES,
            _ => permission::APPLICATIONS,
        }
    }

    /// The objects at the other end.
    pub(super) fn of(self, tenant: &Tenant, object: ObjectRef) -> Refs<'_> {
        let groups = |positions: Vec<u32>| {
            Refs::Few(positions.into_iter().map(|group| ObjectRef::new(ObjectKind::Group, group)).collect())
        };
        match self {
            Self::Members => Refs::Members(tenant, object.position),
            Self::TransitiveMembers => Refs::Few(tenant.groups.transitive_members(object.position)),
            Self::Owners => Refs::Few(owners(tenant, object).to_vec()),
            Self::MemberOf => groups(tenant.groups.member_of(object).collect()),
            Self::TransitiveMemberOf => groups(tenant.groups.transitive_member_of(object)),
            Self::OwnedObjects => Refs::Few(owned(tenant, object)),
            Self::DirectReports => Refs::Reports(tenant, object.position),
        }
    }

    fn is_transitive(self) -> bool {
        matches!(self, Self::TransitiveMembers | Self::TransitiveMemberOf)
    }
}

fn owners(tenant: &Tenant, object: ObjectRef) -> &[ObjectRef] {
    let found = match object.kind {
        ObjectKind::Group => tenant.groups.objects.at(object.position).map(|it| &it.owners),
        ObjectKind::ServicePrincipal => tenant.service_principals.at(object.position).map(|it| &it.owners),
        ObjectKind::Application => tenant.applications.at(object.position).map(|it| &it.owners),
        ObjectKind::User | ObjectKind::Device => None,
    };
    found.map_or(&[], Vec::as_slice)
}

fn owned(tenant: &Tenant, owner: ObjectRef) -> Vec<ObjectRef> {
    let groups = tenant.groups.objects.iter().map(|(at, it)| (ObjectKind::Group, at, &it.owners));
    let principals =
        tenant.service_principals.iter().map(|(at, it)| (ObjectKind::ServicePrincipal, at, &it.owners));
    let applications = tenant.applications.iter().map(|(at, it)| (ObjectKind::Application, at, &it.owners));
    groups
        .chain(principals)
        .chain(applications)
        .filter(|(_, _, owners)| owners.contains(&owner))
        .map(|(kind, position, _)| ObjectRef::new(kind, position))
        .collect()
}

/// Refuses a look into a group that hides its members, unless the caller may.
pub(super) fn check_hidden(ask: &Ask<'_>, relation: Relation, object: ObjectRef) -> Answer<()> {
    let looks_inside = matches!(relation, Relation::Members | Relation::TransitiveMembers);
    let hidden = looks_inside
        && ask
            .tenant
            .groups
            .objects
            .at(object.position)
            .is_some_and(|group| group.visibility == Some("HiddenMembership"));
    if hidden { ask.need(permission::HIDDEN_MEMBERS) } else { Ok(()) }
}

/// `/<set>/{id}/<relation>`, its casts, its `$count` and its `$ref`.
fn list(ask: &Ask<'_>, kind: ObjectKind, relation: Relation) -> Answer {
    ask.need(relation.need(kind))?;
    let object = ask.object(kind, ask.key(0))?;
    check_hidden(ask, relation, object)?;
    let select = ask.options.select.as_deref();
    let shapes = Shapes::new(ask, select)?;
    let filter = checked_filter(ask, relation)?;
    let cast = ask.path.cast;
    let refs = relation.of(ask.tenant, object);
    let keep = |(_, object): &(u32, ObjectRef)| kept(ask, *object, filter.as_ref());
    let count = || refs.from(0, ask.tenant).filter(|row| keep(row)).count();
    if ask.path.count {
        return page::raw_count(ask, count);
    }
    shape::no_expand(ask, "directoryObject")?;
    let window = Window::of(ask, MAXIMUM)?;
    let fragment = match cast {
        Some(kind) => format!("{}{}", set_of(kind), shape::suffix(select)),
        None => format!("directoryObjects{}", shape::suffix(select)),
    };
    let only_refs = ask.path.segments.last().is_some_and(|last| last == "$ref");
    let fragment = if only_refs { "Collection($ref)".to_owned() } else { fragment };
    Ok(page::collection(ask, &fragment, window, count, |json, window| {
        let rows = refs.from(window.start, ask.tenant).map(|row| (row.0, row));
        fill(json, window.size, rows, keep, |json, (_, object)| {
            json.object(|json| match (only_refs, cast) {
                (true, _) => write_ref(json, ask, *object),
                (false, Some(_)) => shapes.write_members(json, ask, *object),
                (false, None) => shapes.write(json, ask, *object),
            });
        })
    }))
}

fn write_ref(json: &mut JsonWriter, ask: &Ask<'_>, object: ObjectRef) {
    if let Some(id) = ask.tenant.object_id(object) {
        json.string_member("@odata.id", &format!("{}/directoryObjects/{id}", ask.root()));
    }
}

fn kept(ask: &Ask<'_>, object: ObjectRef, filter: Option<&Filter>) -> bool {
    ask.path.cast.is_none_or(|kind| kind == object.kind)
        && filter.is_none_or(|filter| {
            filter.matches(&|name| shape::read(ask, object, name), &|function, arguments| {
                function.eq_ignore_ascii_case("isof")
                    && arguments.first().and_then(|it| it.text())
                        == object.kind.odata_type().strip_prefix('#')
            })
        })
}

fn checked_filter(ask: &Ask<'_>, relation: Relation) -> Answer<Option<Filter>> {
    if !ask.options.order_by.is_empty() || ask.options.search.is_some() {
        query::need_advanced(ask, "The query")?;
    }
    if relation.is_transitive() && ask.path.cast.is_some() {
        query::need_advanced(ask, "The cast")?;
    }
    let Some(filter) = ask.options.filter.clone() else { return Ok(None) };
    if let Some(operator) = filter.advanced_operator() {
        query::need_advanced(ask, &format!("Operator '{operator}'"))?;
    }
    for name in filter.properties() {
        shape::check_property(name)?;
    }
    Ok(Some(filter))
}

/// The collection that objects of a kind belong to.
pub(super) const fn set_of(kind: ObjectKind) -> &'static str {
    match kind {
        ObjectKind::User => "users",
        ObjectKind::Group => "groups",
        ObjectKind::ServicePrincipal => "servicePrincipals",
        ObjectKind::Application => "applications",
        ObjectKind::Device => "devices",
    }
}

/// The last segment of the template that names a relation.
fn named(ask: &Ask<'_>, kind: ObjectKind) -> Answer {
    let name = ask.template.split('/').nth(3).unwrap_or_default();
    let relation = Relation::named(kind, name).ok_or_else(|| GraphError::segment(name))?;
    list(ask, kind, relation)
}

/// `/users/{id}/<relation>`
pub(super) fn of_user(ask: &Ask<'_>) -> Answer {
    named(ask, ObjectKind::User)
}

/// `/groups/{id}/<relation>`
pub(super) fn of_group(ask: &Ask<'_>) -> Answer {
    named(ask, ObjectKind::Group)
}

/// `/servicePrincipals/{id}/<relation>`
pub(super) fn of_service_principal(ask: &Ask<'_>) -> Answer {
    named(ask, ObjectKind::ServicePrincipal)
}

/// `/applications/{id}/<relation>`
pub(super) fn of_application(ask: &Ask<'_>) -> Answer {
    named(ask, ObjectKind::Application)
}

/// `/devices/{id}/<relation>`
pub(super) fn of_device(ask: &Ask<'_>) -> Answer {
    named(ask, ObjectKind::Device)
}

/// `/users/{id}/manager`, and its `$ref`.
pub(super) fn manager(ask: &Ask<'_>) -> Answer {
    ask.need(permission::USERS_IN_FULL)?;
    let user = ask.object(ObjectKind::User, ask.key(0))?;
    let manager = ask
        .tenant
        .users
        .manager(user.position)
        .ok_or_else(|| GraphError::not_found("manager"))
        .map(|position| ObjectRef::new(ObjectKind::User, position))?;
    let shapes = Shapes::new(ask, ask.options.select.as_deref())?;
    let fragment = format!("directoryObjects{}/$entity", shape::suffix(ask.options.select.as_deref()));
    let only_ref = ask.path.segments.last().is_some_and(|last| last == "$ref");
    Ok(ask.entity(if only_ref { "$ref" } else { &fragment }, |json| {
        if only_ref {
            write_ref(json, ask, manager);
        } else {
            shapes.write(json, ask, manager);
        }
    }))
}
