//! Reads that come as POST: objects by ids, and what an object is a member of.

use std::collections::HashSet;

use http::StatusCode;
use serde::Deserialize;
use uuid::Uuid;

use super::ask::{Ask, guid};
use super::error::{Answer, GraphError};
use super::permission;
use super::relation::Relation;
use super::shape::Shapes;
use crate::odata::JsonWriter;
use crate::server::call::Response;
use crate::world::{ObjectKind, ObjectRef};

/// The most ids that `getByIds` takes.
const MOST_IDS: usize = 1_000;
/// The most groups that `checkMemberGroups` takes.
const MOST_GROUPS: usize = 20;

#[derive(Debug, Deserialize)]
struct ByIds {
    ids: Vec<String>,
    #[serde(default)]
    types: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SecurityOnly {
    #[serde(default)]
    security_enabled_only: bool,
}

#[derive(Debug, Deserialize)]
struct GroupIds {
    #[serde(alias = "groupIds")]
    ids: Vec<String>,
}

/// The body of a request.
pub(super) fn body<'b, T: Deserialize<'b>>(bytes: &'b [u8]) -> Answer<T> {
    serde_json::from_slice(bytes).map_err(|error| {
        GraphError::bad_request("BadRequest", format!("Unable to read JSON request payload: {error}."))
    })
}

/// `POST /directoryObjects/getByIds`: unknown ids are passed over in silence.
pub(super) fn by_ids(ask: &Ask<'_>) -> Answer {
    ask.need(permission::DIRECTORY)?;
    let wanted: ByIds = body(&ask.call.request.body)?;
    if wanted.ids.len() > MOST_IDS {
        return Err(GraphError::request(format!(
            "Too many object identifiers specified. The maximum is {MOST_IDS}."
        )));
    }
    let shapes = Shapes::new(ask, ask.options.select.as_deref())?;
    let of_type = |object: &ObjectRef| {
        wanted.types.is_empty()
            || wanted.types.iter().any(|name| {
                let name =
                    name.trim_start_matches("#microsoft.graph.").trim_start_matches("microsoft.graph.");
                name.eq_ignore_ascii_case("directoryObject")
                    || object
                        .kind
                        .odata_type()
                        .trim_start_matches("#microsoft.graph.")
                        .eq_ignore_ascii_case(name)
            })
    };
    let ids: Vec<Uuid> = wanted.ids.iter().map(|id| guid(id)).collect::<Answer<_>>()?;
    let mut seen = HashSet::new();
    let mut json = JsonWriter::with_capacity(ids.len() * 300 + 128);
    json.object(|json| {
        json.string_member("@odata.context", &ask.context("directoryObjects"));
        json.array_member("value", |json| {
            let found = ids.iter().filter_map(|id| ask.tenant.resolve(*id)).filter(of_type);
            for object in found.filter(|object| seen.insert(*object)) {
                json.object(|json| shapes.write(json, ask, object));
            }
        });
    });
    Ok(Response::json(StatusCode::OK, json.into_bytes()))
}

/// `GET /directoryObjects/{id}`
pub(super) fn directory_object(ask: &Ask<'_>) -> Answer {
    ask.need(permission::DIRECTORY)?;
    let object = anything(ask)?;
    let shapes = Shapes::new(ask, ask.options.select.as_deref())?;
    Ok(ask.entity("directoryObjects/$entity", |json| shapes.write(json, ask, object)))
}

/// `getMemberGroups` and `getMemberObjects` under any collection.
pub(super) fn member_groups(ask: &Ask<'_>) -> Answer {
    let object = subject(ask)?;
    let options: SecurityOnly = body(&ask.call.request.body)?;
    let groups = groups_of(ask, object);
    let ids = groups
        .filter_map(|group| ask.tenant.groups.objects.at(group))
        .filter(|group| !options.security_enabled_only || group.security_enabled);
    Ok(strings(ask, ids.map(|group| group.id)))
}

/// `checkMemberGroups` and `checkMemberObjects` under any collection.
pub(super) fn check_member_groups(ask: &Ask<'_>) -> Answer {
    let object = subject(ask)?;
    let asked: GroupIds = body(&ask.call.request.body)?;
    if asked.ids.len() > MOST_GROUPS {
        return Err(GraphError::request(format!(
            "Too many group identifiers specified. The maximum is {MOST_GROUPS}."
        )));
    }
    let ids: Vec<Uuid> = asked.ids.iter().map(|id| guid(id)).collect::<Answer<_>>()?;
    let of: HashSet<u32> = groups_of(ask, object).collect();
    let is_in = |id: &Uuid| ask.tenant.groups.objects.position(*id).is_some_and(|at| of.contains(&at));
    Ok(strings(ask, ids.into_iter().filter(is_in)))
}

fn groups_of(ask: &Ask<'_>, object: ObjectRef) -> impl Iterator<Item = u32> {
    ask.tenant.groups.transitive_member_of(object).into_iter()
}

/// The object that an action is bound to, if the caller may know what it is a member of.
fn subject(ask: &Ask<'_>) -> Answer<ObjectRef> {
    let set = ask.template.split('/').nth(1).unwrap_or_default();
    let kind = match set {
        "users" => ObjectKind::User,
        "groups" => ObjectKind::Group,
        "servicePrincipals" => ObjectKind::ServicePrincipal,
        "devices" => ObjectKind::Device,
        _ => {
            ask.need(permission::DIRECTORY)?;
            return anything(ask);
        }
    };
    ask.need(Relation::TransitiveMemberOf.need(kind))?;
    ask.object(kind, ask.key(0))
}

fn anything(ask: &Ask<'_>) -> Answer<ObjectRef> {
    ask.tenant.resolve(guid(ask.key(0))?).ok_or_else(|| GraphError::not_found(ask.key(0)))
}

fn strings(ask: &Ask<'_>, ids: impl Iterator<Item = Uuid>) -> Response {
    let mut json = JsonWriter::with_capacity(1024);
    json.object(|json| {
        json.string_member("@odata.context", &ask.context("Collection(Edm.String)"));
        json.array_member("value", |json| ids.for_each(|id| json.guid(id)));
    });
    Response::json(StatusCode::OK, json.into_bytes())
}
