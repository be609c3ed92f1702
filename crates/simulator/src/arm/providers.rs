//! The resource providers that are served, with their types and versions.

use uuid::Uuid;

use super::context::{Context, one};
use super::error::ArmError;
use super::version::Family;
use crate::odata::JsonWriter;
use crate::server::call::Response;
use crate::world::arm::Scope;
use crate::world::text::REGIONS;

struct Provider {
    namespace: &'static str,
    types: &'static [(&'static str, Family)],
}

const PROVIDERS: &[Provider] = &[
    Provider {
        namespace: "Microsoft.Authorization",
        types: &[
            ("roleAssignments", Family::Authorization),
            ("roleDefinitions", Family::Authorization),
            ("denyAssignments", Family::Authorization),
            ("permissions", Family::Authorization),
            ("roleAssignmentSchedules", Family::Schedules),
            ("roleAssignmentScheduleInstances", Family::Schedules),
            ("roleEligibilitySchedules", Family::Schedules),
            ("roleEligibilityScheduleInstances", Family::Schedules),
            ("policyAssignments", Family::Policy),
        ],
    },
    Provider {
        namespace: "Microsoft.ContainerService",
        types: &[("managedClusters", Family::ContainerService)],
    },
    Provider {
        namespace: "Microsoft.Management",
        types: &[("managementGroups", Family::Management), ("getEntities", Family::Management)],
    },
    Provider {
        namespace: "Microsoft.Resources",
        types: &[
            ("tenants", Family::Subscriptions),
            ("subscriptions", Family::Subscriptions),
            ("subscriptions/locations", Family::Subscriptions),
            ("resourceGroups", Family::Resources),
            ("subscriptions/resourceGroups", Family::Resources),
            ("resources", Family::Resources),
            ("providers", Family::Resources),
        ],
    },
    Provider {
        namespace: "Microsoft.Storage",
        types: &[
            ("storageAccounts", Family::Storage),
            ("storageAccounts/blobServices", Family::Storage),
            ("storageAccounts/blobServices/containers", Family::Storage),
        ],
    },
];

/// `GET [/subscriptions/{id}]/providers`.
pub(super) fn list(context: &Context<'_>, subscription: Option<Uuid>) -> Result<Response, ArmError> {
    authorize(context, subscription)?;
    Ok(one(|json| {
        json.array_member("value", |json| {
            for provider in PROVIDERS {
                json.object(|json| write(json, context, subscription, provider));
            }
        });
    }))
}

/// `GET [/subscriptions/{id}]/providers/{namespace}`.
pub(super) fn get(
    context: &Context<'_>,
    subscription: Option<Uuid>,
    namespace: &str,
) -> Result<Response, ArmError> {
    authorize(context, subscription)?;
    let provider = PROVIDERS
        .iter()
        .find(|provider| provider.namespace.eq_ignore_ascii_case(namespace))
        .ok_or_else(|| ArmError::InvalidResourceNamespace(namespace.to_owned()))?;
    Ok(one(|json| write(json, context, subscription, provider)))
}

/// The providers of the tenant are everybody's to see.
fn authorize(context: &Context<'_>, subscription: Option<Uuid>) -> Result<(), ArmError> {
    match subscription {
        None => Ok(()),
        Some(id) => context
            .access
            .require("Microsoft.Resources/subscriptions/providers/read", &Scope::Subscription(id)),
    }
}

fn write(json: &mut JsonWriter, context: &Context<'_>, subscription: Option<Uuid>, provider: &Provider) {
    if let Some(id) = subscription {
        json.string_member("id", &format!("/subscriptions/{id}/providers/{}", provider.namespace));
        let unregistered = context.tenant.arm.subscriptions.get(id).is_some_and(|subscription| {
            subscription.unregistered.iter().any(|it| it.eq_ignore_ascii_case(provider.namespace))
        });
        json.string_member("registrationState", if unregistered { "NotRegistered" } else { "Registered" });
        json.string_member("registrationPolicy", "RegistrationRequired");
    }
    json.string_member("namespace", provider.namespace);
    json.array_member("resourceTypes", |json| {
        for (name, family) in provider.types {
            json.object(|json| {
                json.string_member("resourceType", name);
                let regional = matches!(family, Family::Storage | Family::ContainerService);
                json.strings_member("locations", if regional { REGIONS } else { &[] });
                json.strings_member("apiVersions", family.versions());
                json.string_member("capabilities", if regional { "SupportsTags" } else { "None" });
            });
        }
    });
}
