//! Resource groups: list, get, create, delete.

use std::collections::BTreeMap;

use http::StatusCode;
use serde::Deserialize;
use uuid::Uuid;

use super::context::{Context, one, write_tags};
use super::error::ArmError;
use super::filter::{self, Term};
use super::page::{Collection, Page};
use super::target::Target;
use super::{empty, locations, operations};
use crate::odata::JsonWriter;
use crate::server::call::{Call, Response};
use crate::world::arm::{ResourceGroup, Scope};

const RESOURCE_GROUPS: Collection = Collection::new("resourceGroups", 1_000);

const READ: &str = "Microsoft.Resources/subscriptions/resourceGroups/read";
const WRITE: &str = "Microsoft.Resources/subscriptions/resourceGroups/write";
const DELETE: &str = "Microsoft.Resources/subscriptions/resourceGroups/delete";

/// `GET /subscriptions/{id}/resourcegroups`: all, or with roles further down only those within reach.
pub(super) fn list(context: &Context<'_>, subscription: Uuid) -> Result<Response, ArmError> {
    let page = Page::of(context.request, RESOURCE_GROUPS)?;
    let tags = TagFilter::of(context.request.option("$filter"))?;
    let reach = Reach::of(context, READ, subscription)?;
    let start = page.start;
    let groups = context.tenant.arm.resource_groups.get(&subscription).map(Vec::as_slice);
    let items = groups
        .unwrap_or_default()
        .iter()
        .enumerate()
        .skip(start)
        .filter(|(_, group)| tags.keeps(&group.tags) && reach.covers(&group.name));
    Ok(page.answer(items, |json, group| json.object(|json| write(json, subscription, group))))
}

/// `GET /subscriptions/{id}/resourcegroups/{name}`.
pub(super) fn get(context: &Context<'_>, subscription: Uuid, name: &str) -> Result<Response, ArmError> {
    context.access.require(READ, &scope(subscription, name))?;
    let group = context.resource_group(subscription, name)?;
    Ok(one(|json| write(json, subscription, group)))
}

/// `HEAD /subscriptions/{id}/resourcegroups/{name}`: 204 or 404.
pub(super) fn exists(context: &Context<'_>, subscription: Uuid, name: &str) -> Result<Response, ArmError> {
    context.access.require(READ, &scope(subscription, name))?;
    let found = context.tenant.arm.resource_group(subscription, name).is_some();
    Ok(empty(if found { StatusCode::NO_CONTENT } else { StatusCode::NOT_FOUND }))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    location: String,
    #[serde(default)]
    tags: BTreeMap<String, String>,
    managed_by: Option<String>,
}

/// `PUT /subscriptions/{id}/resourcegroups/{name}`: creates it, or replaces its tags.
pub(super) fn put(
    call: &Call<'_>,
    target: &Target,
    subscription: Uuid,
    name: &str,
) -> Result<Response, ArmError> {
    let mut world = call.world.write();
    Context::new(call, &world, target)?.require_change(WRITE, &scope(subscription, name))?;
    let body: Body = serde_json::from_slice(&call.request.body)
        .map_err(|error| ArmError::InvalidRequestContent(error.to_string()))?;
    let location = locations::region(&body.location)
        .ok_or_else(|| ArmError::LocationNotAvailable(body.location.clone()))?;
    let tenant = world.tenant_mut(call.caller.tenant).ok_or(ArmError::UnknownTenant(call.caller.tenant))?;
    let groups = tenant.arm.resource_groups.entry(subscription).or_default();
    let tags = body.tags.into_iter().collect();
    let (group, created) = match groups.iter().position(|group| group.name.eq_ignore_ascii_case(name)) {
        Some(position) if groups[position].location != location => {
            return Err(ArmError::InvalidResourceGroupLocation {
                asked: body.location,
                actual: groups[position].location.to_owned(),
            });
        }
        Some(position) => {
            groups[position].tags = tags;
            (&groups[position], false)
        }
        None => {
            let name = name.to_owned();
            groups.push(ResourceGroup { name, location, tags, managed_by: body.managed_by });
            (&groups[groups.len() - 1], true)
        }
    };
    let mut response = one(|json| write(json, subscription, group));
    if created {
        response.status = StatusCode::CREATED;
    }
    Ok(response.changed())
}

/// `DELETE /subscriptions/{id}/resourcegroups/{name}`: a long-running operation.
/// Group and content disappear at once; only the operation takes its time.
pub(super) fn delete(
    call: &Call<'_>,
    target: &Target,
    subscription: Uuid,
    name: &str,
) -> Result<Response, ArmError> {
    let mut world = call.world.write();
    let context = Context::new(call, &world, target)?;
    context.require_change(DELETE, &scope(subscription, name))?;
    context.resource_group(subscription, name)?;
    let tenant = world.tenant_mut(call.caller.tenant).ok_or(ArmError::UnknownTenant(call.caller.tenant))?;
    let gone = scope(subscription, name);
    let doomed: Vec<Uuid> = tenant
        .arm
        .role_assignments()
        .values()
        .filter(|assignment| is_in_group(&assignment.scope, &gone))
        .map(|assignment| assignment.name)
        .collect();
    for assignment in doomed {
        tenant.arm.remove_role_assignment(assignment);
    }
    if let Some(accounts) = tenant.arm.storage_accounts.get_mut(&subscription) {
        accounts.retain(|account| !account.resource_group.eq_ignore_ascii_case(name));
    }
    if let Some(clusters) = tenant.arm.clusters.get_mut(&subscription) {
        clusters.retain(|cluster| !cluster.resource_group.eq_ignore_ascii_case(name));
    }
    if let Some(groups) = tenant.arm.resource_groups.get_mut(&subscription) {
        groups.retain(|group| !group.name.eq_ignore_ascii_case(name));
    }
    Ok(operations::accepted(call, subscription).changed())
}

fn is_in_group(scope: &Scope, group: &Scope) -> bool {
    match scope {
        Scope::Resource { subscription, resource_group, .. } => {
            Scope::ResourceGroup { subscription: *subscription, name: resource_group.clone() } == *group
        }
        other => other == group,
    }
}

fn scope(subscription: Uuid, name: &str) -> Scope {
    Scope::ResourceGroup { subscription, name: name.to_owned() }
}

fn write(json: &mut JsonWriter, subscription: Uuid, group: &ResourceGroup) {
    json.string_member("id", &scope(subscription, &group.name).to_string());
    json.string_member("name", &group.name);
    json.string_member("type", "Microsoft.Resources/resourceGroups");
    json.string_member("location", group.location);
    if let Some(managed_by) = &group.managed_by {
        json.string_member("managedBy", managed_by);
    }
    write_tags(json, &group.tags);
    json.object_member("properties", |json| json.string_member("provisioningState", "Succeeded"));
}

/// Which resource groups of a subscription a listing may show.
pub(super) enum Reach<'c, 'a> {
    /// The action is allowed at the subscription and denied nowhere.
    All,
    /// Each group is asked for on its own.
    ByGroup { context: &'c Context<'a>, action: &'static str, subscription: Uuid },
}

impl<'c, 'a> Reach<'c, 'a> {
    /// A caller without any role in the subscription is refused; one with roles further down sees a part.
    pub(super) fn of(
        context: &'c Context<'a>,
        action: &'static str,
        subscription: Uuid,
    ) -> Result<Self, ArmError> {
        let refused = context.access.require(action, &Scope::Subscription(subscription));
        match refused {
            Ok(()) if !context.access.denied_somewhere(action) => Ok(Self::All),
            Err(error) if !context.access.sees_subscription(subscription) => Err(error),
            _ => Ok(Self::ByGroup { context, action, subscription }),
        }
    }

    /// Whether what is in this group may be shown.
    pub(super) fn covers(&self, group: &str) -> bool {
        match self {
            Self::All => true,
            Self::ByGroup { context, action, subscription } => {
                context.access.allows(action, &scope(*subscription, group))
            }
        }
    }
}

/// `$filter=tagName eq 'a' and tagValue eq 'b'`.
struct TagFilter {
    name: Option<String>,
    value: Option<String>,
}

impl TagFilter {
    fn of(text: Option<&str>) -> Result<Self, ArmError> {
        let mut tags = Self { name: None, value: None };
        for term in filter::parse(text)? {
            match term {
                Term::Equals(property, value) if property == "tagname" => tags.name = Some(value),
                Term::Equals(property, value) if property == "tagvalue" => tags.value = Some(value),
                _ => return Err(ArmError::UnsupportedFilter(text.unwrap_or_default().to_owned())),
            }
        }
        Ok(tags)
    }

    /// Tag names compare without regard to letter case, values exactly.
    fn keeps(&self, tags: &[(String, String)]) -> bool {
        if self.name.is_none() && self.value.is_none() {
            return true;
        }
        tags.iter().any(|(name, value)| {
            self.name.as_ref().is_none_or(|asked| asked.eq_ignore_ascii_case(name))
                && self.value.as_ref().is_none_or(|asked| asked == value)
        })
    }
}
