//! What an endpoint of Resource Manager works with: the caller's tenant and rights, and the request.

use http::StatusCode;
use uuid::Uuid;

use super::access::Access;
use super::error::ArmError;
use super::target::Target;
use crate::odata::JsonWriter;
use crate::server::call::{Call, Request, Response};
use crate::world::arm::{ResourceGroup, Scope, Subscription, SubscriptionState};
use crate::world::{Tenant, World};

/// A request in its tenant, after the checks that all requests share.
pub(super) struct Context<'a> {
    pub(super) tenant: &'a Tenant,
    pub(super) request: &'a Request,
    pub(super) access: Access<'a>,
}

impl<'a> Context<'a> {
    /// Finds the tenant of the caller, and refuses subscriptions that are not in it.
    pub(super) fn new(call: &'a Call<'_>, world: &'a World, target: &Target) -> Result<Self, ArmError> {
        let tenant = world.tenant(call.caller.tenant).ok_or(ArmError::UnknownTenant(call.caller.tenant))?;
        if let Some(subscription) = target.subscription()
            && tenant.arm.subscriptions.get(subscription).is_none()
        {
            return Err(match world.tenant_of_subscription(subscription) {
                Some(other) => ArmError::WrongTenant { actual: tenant.id, expected: other.id },
                None => ArmError::SubscriptionNotFound(subscription),
            });
        }
        let access = Access::new(tenant, call.caller, call.physics, call.clock.now());
        Ok(Self { tenant, request: call.request, access })
    }

    /// A subscription of the tenant.
    pub(super) fn subscription(&self, id: Uuid) -> Result<&'a Subscription, ArmError> {
        self.tenant.arm.subscriptions.get(id).ok_or(ArmError::SubscriptionNotFound(id))
    }

    /// Refuses a change without the right to it, and any change in a subscription that is switched off.
    pub(super) fn require_change(&self, action: &'static str, scope: &Scope) -> Result<(), ArmError> {
        self.access.require(action, scope)?;
        let subscription = scope.subscription().and_then(|id| self.tenant.arm.subscriptions.get(id));
        match subscription {
            Some(it) if matches!(it.state, SubscriptionState::Disabled | SubscriptionState::Deleted) => {
                Err(ArmError::ReadOnlyDisabledSubscription(it.id))
            }
            _ => Ok(()),
        }
    }

    /// A resource group by name.
    pub(super) fn resource_group(
        &self,
        subscription: Uuid,
        name: &str,
    ) -> Result<&'a ResourceGroup, ArmError> {
        self.tenant
            .arm
            .resource_group(subscription, name)
            .ok_or_else(|| ArmError::ResourceGroupNotFound(name.to_owned()))
    }

    /// Refuses a scope in a resource group that does not exist.
    pub(super) fn check_scope(&self, scope: &Scope) -> Result<(), ArmError> {
        match scope {
            Scope::ResourceGroup { subscription, name }
            | Scope::Resource { subscription, resource_group: name, .. } => {
                self.resource_group(*subscription, name).map(drop)
            }
            Scope::ManagementGroup(name) if self.tenant.arm.management_group(name).is_none() => {
                Err(ArmError::ManagementGroupNotFound(name.clone()))
            }
            _ => Ok(()),
        }
    }
}

/// An answer of one JSON object.
pub(super) fn one(write: impl FnOnce(&mut JsonWriter)) -> Response {
    let mut json = JsonWriter::with_capacity(1024);
    json.object(write);
    Response::json(StatusCode::OK, json.into_bytes())
}

/// Writes `"tags": {...}`.
pub(super) fn write_tags(json: &mut JsonWriter, tags: &[(String, String)]) {
    json.object_member("tags", |json| {
        for (name, value) in tags {
            json.string_member(name, value);
        }
    });
}

/// Writes a moment with seven digits of a second, as Resource Manager does.
pub(super) fn write_time(json: &mut JsonWriter, name: &str, moment: jiff::Timestamp) {
    json.string_member(name, &format!("{moment:.7}"));
}
