//! Registrations and their service principals: the reader that syncs sign in as, and others.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use uuid::Uuid;

use super::credentials::{self, default_secret};
use super::grants;
use super::plan::{AppPlan, RolePlan, TenantPlan};
use super::{ScenarioError, azure};
use crate::entra::aadsts;
use crate::world::arm::PrincipalType;
use crate::world::generate::{epoch, service_principal};
use crate::world::ids::IdKind;
use crate::world::permissions::DIRECTORY_SYNC;
use crate::world::principals::{Application, SignInAudience};
use crate::world::roles::DirectoryRoleAssignment;
use crate::world::{ClientPolicy, ObjectKind, ObjectRef, Tenant};

/// How to sign in as a registration.
#[derive(Clone, Debug)]
pub struct AppConnection {
    /// The tenant.
    pub tenant_id: Uuid,
    /// The tenant's default domain.
    pub domain: String,
    /// The client id.
    pub client_id: Uuid,
    /// The client secret.
    pub secret: SecretString,
}

/// Ids of scenario objects start here, clear of the generated ones.
pub(super) const FIRST: u32 = 1 << 28;

/// When things of a scenario were made that do not say when: long enough ago for everything to have propagated.
pub(super) fn long_ago(now: Timestamp) -> Timestamp {
    (epoch() - SignedDuration::from_hours(24 * 90)).min(now)
}

/// The tenants that a registration can be in, by name.
pub(super) struct Homes(HashMap<String, Uuid>);

impl Homes {
    pub(super) fn of(tenants: &[Tenant]) -> Self {
        Self(tenants.iter().map(|tenant| (tenant.display_name.clone(), tenant.id)).collect())
    }

    fn find(&self, name: &str, place: &str) -> Result<Uuid, ScenarioError> {
        self.0.get(name).copied().or_else(|| Uuid::try_parse(name).ok()).ok_or_else(|| {
            let reason = format!(
                "`registered-in` is `{name}`, which is no tenant of the scenario; name one, or write the id of a \
                 tenant elsewhere"
            );
            ScenarioError::invalid(place, reason)
        })
    }
}

/// The reader's plan: by default it may read all that a directory sync reads.
pub(super) fn reader(plan: &TenantPlan) -> AppPlan {
    let mut reader = plan.reader.clone().unwrap_or_default();
    reader.name.get_or_insert_with(|| "Directory reader".to_owned());
    reader.granted.get_or_insert_with(|| DIRECTORY_SYNC.iter().map(|it| (*it).to_owned()).collect());
    reader
        .roles
        .get_or_insert_with(|| ["Reader", "Storage Blob Data Reader"].map(RolePlan::at_root).to_vec());
    reader
}

/// Adds a registration, unless it is in another tenant; `index` makes its ids.
pub(super) fn register(
    tenant: &mut Tenant,
    plan: &AppPlan,
    index: u32,
    seed: u64,
    now: Timestamp,
) -> Result<AppConnection, ScenarioError> {
    let (name, place) = name_and_place(tenant, plan, index);
    if plan.registered_in.is_some() && plan.client_id.is_none() {
        let reason = "with `registered-in` it needs the `client-id` that it has there";
        return Err(ScenarioError::invalid(place, reason));
    }
    let client = client_of(tenant, plan, index);
    let secret = plan.secret.clone().unwrap_or_else(|| default_secret(seed, client));
    set_policy(tenant, plan, client, &place)?;
    if plan.registered_in.is_none() {
        if tenant.application_of(client).is_some() {
            return Err(ScenarioError::invalid(place, "its client id is taken by another registration"));
        }
        let application = registration(tenant, plan, index, name, &secret, now, &place)?;
        tenant.insert_application(application);
    }
    let domain = tenant.default_domain().to_owned();
    Ok(AppConnection { tenant_id: tenant.id, domain, client_id: client, secret })
}

fn name_and_place(tenant: &Tenant, plan: &AppPlan, index: u32) -> (String, String) {
    let name = plan.name.clone().unwrap_or_else(|| format!("App {index}"));
    let place = format!("tenant {}, app {name}", tenant.display_name);
    (name, place)
}

fn client_of(tenant: &Tenant, plan: &AppPlan, index: u32) -> Uuid {
    plan.client_id.unwrap_or_else(|| tenant.ids.encode(IdKind::AppId, FIRST + index))
}

fn set_policy(tenant: &mut Tenant, plan: &AppPlan, client: Uuid, place: &str) -> Result<(), ScenarioError> {
    if let Some(code) = plan.token_error.filter(|code| !aadsts::is_known(*code)) {
        let reason = format!("the simulator has no answer for AADSTS{code}");
        return Err(ScenarioError::invalid(place, reason));
    }
    let policy = ClientPolicy {
        blocked: plan.blocked_by_conditional_access,
        token_error: plan.token_error,
        token_throttled_s: plan.token_throttled_s,
        mailboxes_denied: plan.mailboxes_denied,
    };
    if policy != ClientPolicy::default() {
        tenant.policies.insert(client, policy);
    }
    Ok(())
}

const fn audience(plan: &AppPlan) -> SignInAudience {
    if plan.multi_tenant { SignInAudience::MultiTenant } else { SignInAudience::SingleTenant }
}

fn registration(
    tenant: &Tenant,
    plan: &AppPlan,
    index: u32,
    name: String,
    secret: &SecretString,
    now: Timestamp,
    place: &str,
) -> Result<Application, ScenarioError> {
    let created = long_ago(now);
    Ok(Application {
        id: plan.object_id.unwrap_or_else(|| tenant.ids.encode(IdKind::Application, FIRST + index)),
        app_id: client_of(tenant, plan, index),
        display_name: name,
        sign_in_audience: audience(plan),
        created,
        publisher_domain: Some(tenant.default_domain().to_owned()),
        identifier_uris: Vec::new(),
        redirect_uris: Vec::new(),
        required_resource_access: grants::requested(tenant, plan, place)?,
        password_credentials: credentials::passwords(tenant, plan, index, secret, now),
        key_credentials: credentials::certificate(tenant, plan, index, created, place)?.into_iter().collect(),
        federated_credentials: credentials::federated(tenant, plan, index, created),
        app_roles: Vec::new(),
        oauth2_permission_scopes: Vec::new(),
        public_client: plan.public_client,
        disabled: false,
        tags: Vec::new(),
        owners: Vec::new(),
    })
}

/// Adds the service principal of a registration and all that it was given.
pub(super) fn add_principal(
    tenant: &mut Tenant,
    plan: &AppPlan,
    index: u32,
    homes: &Homes,
    now: Timestamp,
) -> Result<(), ScenarioError> {
    if plan.without_principal {
        return Ok(());
    }
    let (name, place) = name_and_place(tenant, plan, index);
    let client = client_of(tenant, plan, index);
    if tenant.service_principal_of(client).is_some() {
        return Err(ScenarioError::invalid(place, "its client id is taken by another service principal"));
    }
    let home = match &plan.registered_in {
        Some(home) => homes.find(home, &place)?,
        None => tenant.id,
    };
    let id = plan.principal_id.unwrap_or_else(|| tenant.ids.encode(IdKind::ServicePrincipal, FIRST + index));
    let mut principal = service_principal(id, client, &name);
    principal.app_owner_organization_id = Some(home);
    principal.account_enabled = !plan.disabled;
    principal.disabled_by_microsoft = plan.disabled_by_microsoft;
    principal.app_role_assignment_required = plan.assignment_required;
    // An application of another tenant is here because it may be.
    let foreign = home != tenant.id;
    principal.sign_in_audience = Some(if foreign { SignInAudience::MultiTenant } else { audience(plan) });
    principal.tags = vec!["WindowsAzureActiveDirectoryIntegratedApp".to_owned()];
    principal.created = long_ago(now);
    let position = tenant.insert_service_principal(principal);
    if plan.owns_itself {
        own(tenant, client, ObjectRef::new(ObjectKind::ServicePrincipal, position), &place)?;
    }
    grants::add(tenant, plan, index, (id, &name), now, &place)?;
    for role in plan.roles.iter().flatten() {
        azure::assign(tenant, (id, PrincipalType::ServicePrincipal), role, now, &place)?;
    }
    for role in &plan.directory_roles {
        hold_directory_role(tenant, id, role, now, &place)?;
    }
    Ok(())
}

fn own(tenant: &mut Tenant, client: Uuid, owner: ObjectRef, place: &str) -> Result<(), ScenarioError> {
    let registration = tenant.application_of(client).and_then(|at| tenant.applications.at_mut(at));
    let elsewhere = || ScenarioError::invalid(place, "`owns-itself` is about a registration of this tenant");
    registration.ok_or_else(elsewhere)?.owners.push(owner);
    Ok(())
}

fn hold_directory_role(
    tenant: &mut Tenant,
    principal: Uuid,
    name: &str,
    now: Timestamp,
    place: &str,
) -> Result<(), ScenarioError> {
    let by_id = Uuid::try_parse(name).ok();
    let mut definitions = tenant.roles.definitions.values();
    let role = definitions
        .find(|it| Some(it.id) == by_id || it.display_name.eq_ignore_ascii_case(name))
        .map(|it| it.id)
        .ok_or_else(|| ScenarioError::invalid(place, format!("there is no directory role `{name}`")))?;
    let number = FIRST + tenant.roles.assignments.slots();
    tenant.roles.assignments.insert(DirectoryRoleAssignment {
        id: tenant.ids.encode(IdKind::DirectoryRoleAssignment, number),
        principal,
        role,
        directory_scope: "/".to_owned(),
        created: long_ago(now),
    });
    Ok(())
}
