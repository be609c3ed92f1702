//! The tenant itself: organization, domains, subscribed products.

use uuid::Uuid;

use super::ask::Ask;
use super::error::{Answer, GraphError};
use super::page::MAXIMUM;
use super::permission;
use super::rows::{self, Paging};
use super::types::{ApplicationType, ServicePrincipalType, properties};
use crate::odata::{Entity, JsonWriter, Property, Value};
use crate::world::{Domain, ObjectKind, Recycled, Tenant};

/// `microsoft.graph.organization`
#[derive(Debug)]
pub(super) enum OrganizationType {}

impl Entity for OrganizationType {
    type Item<'w> = &'w Tenant;
    const TYPE: &'static str = "organization";
    const PROPERTIES: &'static [Property<Self>] = properties! {
        Always "id" |tenant| Value::Guid(tenant.id);
        Always "deletedDateTime" |_| Value::Null;
        Always "businessPhones" |_| Value::empty();
        Always "city" |_| Value::Null;
        Always "country" |_| Value::Null;
        Always "countryLetterCode" |tenant| Value::text(&*tenant.country);
        Always "createdDateTime" |tenant| Value::Time(tenant.created);
        Always "defaultUsageLocation" |_| Value::Null;
        Always "displayName" |tenant| Value::text(&*tenant.display_name);
        Always "isMultipleDataLocationsForServicesEnabled" |_| Value::Null;
        Always "marketingNotificationEmails" |_| Value::empty();
        Always "onPremisesLastSyncDateTime" |_| Value::Null;
        Always "onPremisesSyncEnabled" |_| Value::Null;
        Always "partnerTenantType" |_| Value::Null;
        Always "postalCode" |_| Value::Null;
        Always "preferredLanguage" |_| Value::text("en");
        Always "securityComplianceNotificationMails" |_| Value::empty();
        Always "securityComplianceNotificationPhones" |_| Value::empty();
        Always "state" |_| Value::Null;
        Always "street" |_| Value::Null;
        Always "technicalNotificationMails" |tenant| {
            Value::Texts(vec![format!("admin@{}", tenant.default_domain()).into()])
        };
        Always "tenantType" |_| Value::text("AAD");
        Always "directorySizeQuota" |tenant| Value::json(|json| json.object(|json| {
            json.integer_member("used", i64::try_from(tenant.users.len()).unwrap_or(i64::MAX));
            json.integer_member("total", 300_000);
        }));
        Always "privacyProfile" |_| Value::Null;
        Always "assignedPlans" |tenant| Value::json(|json| assigned_plans(json, tenant));
        Always "onPremisesSyncStatus" |_| Value::empty();
        Always "provisionedPlans" |_| Value::empty();
        Always "verifiedDomains" |tenant| Value::json(|json| verified_domains(json, tenant));
    };
}

/// `microsoft.graph.domain`
#[derive(Debug)]
pub(super) enum DomainType {}

impl Entity for DomainType {
    type Item<'w> = &'w Domain;
    const TYPE: &'static str = "domain";
    const PROPERTIES: &'static [Property<Self>] = properties! {
        Always "authenticationType" |_| Value::text("Managed");
        Always "availabilityStatus" |_| Value::Null;
        Always "id" |domain| Value::text(&*domain.name);
        Always "isAdminManaged" |_| Value::Bool(true);
        Always "isDefault" |domain| Value::Bool(domain.default);
        Always "isInitial" |domain| Value::Bool(domain.initial);
        Always "isRoot" |_| Value::Bool(true);
        Always "isVerified" |_| Value::Bool(true);
        Always "supportedServices" |_| Value::Texts(vec!["Email".into(), "OfficeCommunicationsOnline".into()]);
        Always "passwordValidityPeriodInDays" |_| Value::Null;
        Always "passwordNotificationWindowInDays" |_| Value::Null;
        Always "state" |_| Value::Null;
        Always "model" |_| Value::Null;
    };
}

/// `microsoft.graph.subscribedSku`
#[derive(Debug)]
pub(super) enum SkuType {}

/// A product of the tenant.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sku<'w> {
    tenant: &'w Tenant,
    part: &'static str,
    plans: &'static [ServicePlan],
}

/// A service plan: name and id. Source: Entra product names and service plan identifiers.
type ServicePlan = (&'static str, &'static str);

const P1: ServicePlan = ("AAD_PREMIUM", "41781fb2-bc02-4b7c-bd55-b576c07bb09d");
const P2: ServicePlan = ("AAD_PREMIUM_P2", "eec0eb4f-6444-4f95-aba0-50c24d67f998");
const GOVERNANCE: ServicePlan = ("Entra_Identity_Governance", "e866a266-3cff-43a3-acca-0c90a7e00c8b");

impl Entity for SkuType {
    type Item<'w> = Sku<'w>;
    const TYPE: &'static str = "subscribedSku";
    const PROPERTIES: &'static [Property<Self>] = properties! {
        Always "accountId" |sku| Value::Guid(sku.tenant.id);
        Always "accountName" |sku| Value::text(&*sku.tenant.display_name);
        Always "appliesTo" |_| Value::text("User");
        Always "capabilityStatus" |_| Value::text("Enabled");
        Always "consumedUnits" |sku| Value::Integer(i64::try_from(sku.tenant.users.len()).unwrap_or(i64::MAX));
        Always "id" |sku| Value::text(format!("{}_{}", sku.tenant.id, sku.id()));
        Always "skuId" |sku| Value::Guid(sku.id());
        Always "skuPartNumber" |sku| Value::text(sku.part);
        Always "subscriptionIds" |_| Value::empty();
        Always "prepaidUnits" |sku| Value::json(|json| json.object(|json| {
            json.integer_member("enabled", i64::try_from(sku.tenant.users.len()).unwrap_or(i64::MAX));
            for name in ["suspended", "warning", "lockedOut"] {
                json.integer_member(name, 0);
            }
        }));
        Always "servicePlans" |sku| Value::json(|json| service_plans(json, sku.plans));
    };
}

impl Sku<'_> {
    fn id(&self) -> Uuid {
        // Any id will do as long as it is the product's own: the first plan's says which product it is.
        self.plans.first().and_then(|(_, id)| id.parse().ok()).unwrap_or_default()
    }
}

fn skus(tenant: &Tenant) -> impl Iterator<Item = Sku<'_>> {
    let licences = tenant.licences;
    [
        (licences.p1 && !licences.p2, "AAD_PREMIUM", &[P1] as &'static [ServicePlan]),
        (licences.p2, "AAD_PREMIUM_P2", &[P2, P1]),
        (licences.governance, "Microsoft_Entra_ID_Governance", &[GOVERNANCE]),
    ]
    .into_iter()
    .filter(|(owned, ..)| *owned)
    .map(move |(_, part, plans)| Sku { tenant, part, plans })
}

fn service_plans(json: &mut JsonWriter, plans: &[ServicePlan]) {
    json.begin_array();
    for (name, id) in plans {
        json.object(|json| {
            json.string_member("servicePlanId", id);
            json.string_member("servicePlanName", name);
            json.string_member("provisioningStatus", "Success");
            json.string_member("appliesTo", "User");
        });
    }
    json.end_array();
}

fn assigned_plans(json: &mut JsonWriter, tenant: &Tenant) {
    json.begin_array();
    for (_, id) in skus(tenant).flat_map(|sku| sku.plans) {
        json.object(|json| {
            json.time_member("assignedDateTime", tenant.created);
            json.string_member("capabilityStatus", "Enabled");
            json.string_member("service", "AADPremiumService");
            json.string_member("servicePlanId", id);
        });
    }
    json.end_array();
}

fn verified_domains(json: &mut JsonWriter, tenant: &Tenant) {
    json.begin_array();
    for domain in &tenant.domains {
        json.object(|json| {
            json.string_member("capabilities", "Email, OfficeCommunicationsOnline");
            json.bool_member("isDefault", domain.default);
            json.bool_member("isInitial", domain.initial);
            json.string_member("name", &domain.name);
            json.string_member("type", "Managed");
        });
    }
    json.end_array();
}

/// `GET /directory/deletedItems/microsoft.graph.application` and its like for service principals.
pub(super) fn deleted_items(ask: &Ask<'_>) -> Answer {
    ask.need(permission::APPLICATIONS)?;
    let bin = &ask.tenant.recycle_bin;
    match ask.path.cast {
        Some(ObjectKind::Application) => {
            let deleted = || {
                bin.iter().filter_map(|it| match it {
                    Recycled::Application(application) => Some(&**application),
                    Recycled::ServicePrincipal(_) => None,
                })
            };
            rows::list::<ApplicationType, _>(ask, "applications", Paging::UpTo(MAXIMUM), deleted, |_, _| ())
        }
        Some(ObjectKind::ServicePrincipal) => {
            let deleted = || {
                bin.iter().filter_map(|it| match it {
                    Recycled::ServicePrincipal(principal) => Some(&**principal),
                    Recycled::Application(_) => None,
                })
            };
            let set = "servicePrincipals";
            rows::list::<ServicePrincipalType, _>(ask, set, Paging::UpTo(MAXIMUM), deleted, |_, _| ())
        }
        _ => {
            Err(GraphError::request("Deleted items are listed by type: applications or service principals."))
        }
    }
}

/// `GET /organization`
pub(super) fn organizations(ask: &Ask<'_>) -> Answer {
    ask.need(permission::ORGANIZATION)?;
    let tenant = ask.tenant;
    rows::list::<OrganizationType, _>(
        ask,
        "organization",
        Paging::None,
        || std::iter::once(tenant),
        |_, _| (),
    )
}

/// `GET /organization/{id}`
pub(super) fn organization(ask: &Ask<'_>) -> Answer {
    ask.need(permission::ORGANIZATION)?;
    if ask.key(0).parse() == Ok(ask.tenant.id) {
        rows::get::<OrganizationType>(ask, "organization", &ask.tenant, |_| ())
    } else {
        Err(GraphError::not_found(ask.key(0)))
    }
}

/// `GET /domains`
pub(super) fn domains(ask: &Ask<'_>) -> Answer {
    ask.need(permission::DOMAINS)?;
    rows::list::<DomainType, _>(ask, "domains", Paging::None, || ask.tenant.domains.iter(), |_, _| ())
}

/// `GET /domains/{name}`
pub(super) fn domain(ask: &Ask<'_>) -> Answer {
    ask.need(permission::DOMAINS)?;
    let found = ask.tenant.domains.iter().find(|domain| domain.name.eq_ignore_ascii_case(ask.key(0)));
    rows::get::<DomainType>(ask, "domains", &found.ok_or_else(|| GraphError::not_found(ask.key(0)))?, |_| ())
}

/// `GET /subscribedSkus`
pub(super) fn subscribed_skus(ask: &Ask<'_>) -> Answer {
    ask.need(permission::LICENCES)?;
    rows::list::<SkuType, _>(ask, "subscribedSkus", Paging::None, || skus(ask.tenant), |_, _| ())
}
