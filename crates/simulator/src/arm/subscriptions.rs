//! Tenants and subscriptions.

use uuid::Uuid;

use super::context::{Context, one, write_tags};
use super::error::ArmError;
use super::page::{Collection, Page};
use crate::odata::JsonWriter;
use crate::server::call::Response;
use crate::world::Tenant;
use crate::world::arm::{Scope, Subscription};

const SUBSCRIPTIONS: Collection = Collection::new("subscriptions", 1_000).fixed();

/// `GET /tenants`: the caller's own tenant; no role is needed.
pub(super) fn tenants(context: &Context<'_>) -> Response {
    one(|json| {
        json.array_member("value", |json| json.object(|json| write_tenant(json, context.tenant)));
    })
}

fn write_tenant(json: &mut JsonWriter, tenant: &Tenant) {
    json.string_member("id", &format!("/tenants/{}", tenant.id));
    json.guid_member("tenantId", tenant.id);
    json.string_member("countryCode", &tenant.country);
    json.string_member("displayName", &tenant.display_name);
    json.strings_member("domains", tenant.domains.iter().map(|domain| &domain.name));
    json.string_member("tenantCategory", "Home");
    json.string_member("defaultDomain", tenant.default_domain());
    json.string_member("tenantType", "AAD");
}

/// `GET /subscriptions`: those in which the caller has any role; without roles an empty list.
pub(super) fn list(context: &Context<'_>) -> Result<Response, ArmError> {
    let page = Page::of(context.request, SUBSCRIPTIONS)?;
    let visible: Vec<(usize, &Subscription)> = context
        .tenant
        .arm
        .subscriptions
        .iter()
        .filter(|(_, subscription)| context.access.sees_subscription(subscription.id))
        .map(|(position, subscription)| (position as usize, subscription))
        .collect();
    let total = i64::try_from(visible.len()).unwrap_or(i64::MAX);
    let start = page.start;
    Ok(page.answer_with(
        visible.into_iter().skip_while(|(position, _)| *position < start),
        |json, subscription| json.object(|json| write(json, context.tenant, subscription)),
        |json| {
            json.object_member("count", |json| {
                json.string_member("type", "Total");
                json.integer_member("value", total);
            });
        },
    ))
}

/// `GET /subscriptions/{id}`.
pub(super) fn get(context: &Context<'_>, id: Uuid) -> Result<Response, ArmError> {
    context.access.require("Microsoft.Resources/subscriptions/read", &Scope::Subscription(id))?;
    let subscription = context.subscription(id)?;
    Ok(one(|json| write(json, context.tenant, subscription)))
}

fn write(json: &mut JsonWriter, tenant: &Tenant, subscription: &Subscription) {
    json.string_member("id", &format!("/subscriptions/{}", subscription.id));
    json.string_member("authorizationSource", "RoleBased");
    json.array_member("managedByTenants", |_| {});
    write_tags(json, &subscription.tags);
    json.guid_member("subscriptionId", subscription.id);
    json.guid_member("tenantId", tenant.id);
    json.string_member("displayName", &subscription.display_name);
    json.string_member("state", subscription.state.as_str());
    json.object_member("subscriptionPolicies", |json| {
        json.string_member("locationPlacementId", "Public_2014-09-01");
        json.string_member("quotaId", subscription.quota_id);
        json.string_member("spendingLimit", "Off");
    });
}
