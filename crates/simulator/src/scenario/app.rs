//! Registrations: the reader that syncs sign in as, others, and consent in further tenants.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::plan::{AppPlan, ROOT, RolePlan, TenantPlan};
use super::{ScenarioError, azure};
use crate::entra::aadsts;
use crate::world::generate::{epoch, service_principal};
use crate::world::ids::IdKind;
use crate::world::permissions::{AZURE_AD_GRAPH_APP_ID, DIRECTORY_SYNC, GRAPH_APP_ID};
use crate::world::principals::{
    AppRoleAssignment, Application, FederatedCredential, KeyCredential, PasswordCredential,
    RequiredResourceAccess, SignInAudience,
};
use crate::world::{ObjectKind, Tenant, World};

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

/// The secret that a registration has when its plan names none: 40 characters in the form of Azure's own.
pub fn default_secret(seed: u64, client: Uuid) -> SecretString {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
    let mut text = String::with_capacity(40);
    let mut block = Sha256::digest([&seed.to_be_bytes()[..], client.as_bytes()].concat());
    while text.len() < 37 {
        text.extend(block.iter().map(|byte| char::from(LETTERS[usize::from(byte & 63)])));
        block = Sha256::digest(block);
    }
    text.truncate(37);
    text.insert_str(3, "8Q~");
    SecretString::from(text)
}

/// Adds the reader: by default it may read all that a directory sync reads.
pub(super) fn add_reader(
    tenant: &mut Tenant,
    plan: &TenantPlan,
    seed: u64,
    now: Timestamp,
) -> Result<AppConnection, ScenarioError> {
    let mut reader = plan.reader.clone().unwrap_or_default();
    reader.name.get_or_insert_with(|| "Directory reader".to_owned());
    reader.granted.get_or_insert_with(|| DIRECTORY_SYNC.iter().map(|it| (*it).to_owned()).collect());
    reader.roles.get_or_insert_with(|| {
        ["Reader", "Storage Blob Data Reader"]
            .map(|role| RolePlan { role: role.to_owned(), scope: ROOT.to_owned() })
            .to_vec()
    });
    add(tenant, &reader, 0, seed, now)
}

/// Adds a registration; `index` makes its ids.
pub(super) fn add(
    tenant: &mut Tenant,
    plan: &AppPlan,
    index: u32,
    seed: u64,
    now: Timestamp,
) -> Result<AppConnection, ScenarioError> {
    let name = plan.name.clone().unwrap_or_else(|| format!("App {index}"));
    let place = format!("tenant {}, app {name}", tenant.display_name);
    let client = plan.client_id.unwrap_or_else(|| tenant.ids.encode(IdKind::AppId, FIRST + index));
    let secret = plan.secret.clone().unwrap_or_else(|| default_secret(seed, client));
    if let Some(code) = plan.token_error {
        if !aadsts::is_known(code) {
            let reason = format!("the simulator has no answer for AADSTS{code}");
            return Err(ScenarioError::invalid(place, reason));
        }
        tenant.forced_token_errors.insert(client, code);
    }
    let application = registration(tenant, plan, index, client, &name, &secret, now, &place)?;
    tenant.insert_application(application);
    if !plan.without_principal {
        add_principal(tenant, plan, index, client, &name, &place)?;
    }
    if plan.blocked_by_conditional_access {
        tenant.blocked_clients.insert(client);
    }
    let domain = tenant.default_domain().to_owned();
    Ok(AppConnection { tenant_id: tenant.id, domain, client_id: client, secret })
}

/// Ids of scenario objects start here, clear of the generated ones.
pub(super) const FIRST: u32 = 1 << 28;

#[expect(clippy::too_many_arguments, reason = "a registration is made of this much, in one place")]
fn registration(
    tenant: &Tenant,
    plan: &AppPlan,
    index: u32,
    client: Uuid,
    name: &str,
    secret: &SecretString,
    now: Timestamp,
    place: &str,
) -> Result<Application, ScenarioError> {
    let start = epoch() - SignedDuration::from_hours(24 * 90);
    let password = PasswordCredential {
        key_id: tenant.ids.encode(IdKind::Credential, FIRST + index),
        display_name: Some("Secret of the simulator".to_owned()),
        hint: PasswordCredential::hint_of(secret.expose_secret()),
        hash: PasswordCredential::hash_of(secret.expose_secret()),
        start: start.min(now),
        end: plan.secret_expires.unwrap_or_else(|| half_a_year_on(now)),
        created: start.min(now),
    };
    let granted = plan.granted.iter().flatten().filter_map(|name| tenant_role(tenant, GRAPH_APP_ID, name));
    Ok(Application {
        id: tenant.ids.encode(IdKind::Application, FIRST + index),
        app_id: client,
        display_name: name.to_owned(),
        sign_in_audience: if plan.multi_tenant {
            SignInAudience::MultiTenant
        } else {
            SignInAudience::SingleTenant
        },
        created: start,
        publisher_domain: Some(tenant.default_domain().to_owned()),
        identifier_uris: Vec::new(),
        redirect_uris: Vec::new(),
        required_resource_access: vec![RequiredResourceAccess {
            resource_app_id: GRAPH_APP_ID,
            access: granted.map(|(id, _)| (id, true)).collect(),
        }],
        password_credentials: vec![password],
        key_credentials: certificate(tenant, plan, index, start, place)?.into_iter().collect(),
        federated_credentials: federated(tenant, plan, index, start),
        app_roles: Vec::new(),
        oauth2_permission_scopes: Vec::new(),
        public_client: plan.public_client,
        disabled: false,
        owners: Vec::new(),
    })
}

/// The first New Year's Day at least half a year on: far enough for any run, and the same for all runs of a season.
fn half_a_year_on(now: Timestamp) -> Timestamp {
    let later = now.saturating_add(SignedDuration::from_hours(24 * 183)).unwrap_or(Timestamp::MAX);
    let year = later.to_zoned(jiff::tz::TimeZone::UTC).year();
    let day = date(year.saturating_add(1).min(9_998), 1, 1);
    day.to_zoned(jiff::tz::TimeZone::UTC).map_or(Timestamp::MAX, |it| it.timestamp())
}

fn federated(tenant: &Tenant, plan: &AppPlan, index: u32, created: Timestamp) -> Vec<FederatedCredential> {
    (0..)
        .zip(&plan.federated)
        .map(|(number, it)| FederatedCredential {
            id: tenant.ids.encode(IdKind::Credential, FIRST + (1 << 20) + index * 20 + number),
            name: format!("trust-{number}"),
            issuer: it.issuer.clone(),
            subject: it.subject.clone(),
            audience: it.audience.clone(),
            description: None,
            created,
        })
        .collect()
}

fn certificate(
    tenant: &Tenant,
    plan: &AppPlan,
    index: u32,
    start: Timestamp,
    place: &str,
) -> Result<Option<KeyCredential>, ScenarioError> {
    let Some(path) = &plan.certificate else { return Ok(None) };
    let invalid = |reason: String| ScenarioError::invalid(place, reason);
    let bytes = std::fs::read(path)
        .map_err(|error| invalid(format!("the certificate {} cannot be read: {error}", path.display())))?;
    let certificate = of_pem(&bytes).unwrap_or(bytes);
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY, &certificate);
    Ok(Some(KeyCredential {
        key_id: tenant.ids.encode(IdKind::Credential, FIRST + (2 << 20) + index),
        display_name: Some("Certificate of the scenario".to_owned()),
        thumbprint: digest.as_ref().to_vec(),
        certificate,
        start,
        end: Timestamp::MAX,
    }))
}

/// The first certificate of a PEM file; none when it is none.
fn of_pem(bytes: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (_, rest) = text.split_once("-----BEGIN CERTIFICATE-----")?;
    let (body, _) = rest.split_once("-----END CERTIFICATE-----")?;
    let body: String = body.split_whitespace().collect();
    STANDARD.decode(body).ok()
}

fn add_principal(
    tenant: &mut Tenant,
    plan: &AppPlan,
    index: u32,
    client: Uuid,
    name: &str,
    place: &str,
) -> Result<(), ScenarioError> {
    let mut principal =
        service_principal(tenant.ids.encode(IdKind::ServicePrincipal, FIRST + index), client, name);
    principal.app_owner_organization_id = Some(tenant.id);
    principal.account_enabled = !plan.disabled;
    principal.disabled_by_microsoft = plan.disabled_by_microsoft;
    principal.sign_in_audience =
        Some(if plan.multi_tenant { SignInAudience::MultiTenant } else { SignInAudience::SingleTenant });
    principal.tags = vec!["WindowsAzureActiveDirectoryIntegratedApp".to_owned()];
    principal.created = epoch() - SignedDuration::from_hours(24 * 90);
    let id = principal.id;
    tenant.insert_service_principal(principal);
    let graph = plan.granted.iter().flatten().map(|role| (GRAPH_APP_ID, role));
    let retired = plan.granted_on_azure_ad_graph.iter().map(|role| (AZURE_AD_GRAPH_APP_ID, role));
    for (number, (resource, role)) in (0..).zip(graph.chain(retired)) {
        let Some((role, resource)) = tenant_role(tenant, resource, role) else {
            let reason = format!("`{role}` is no application permission that the simulator knows");
            return Err(ScenarioError::invalid(place, reason));
        };
        tenant.insert_app_role_assignment(AppRoleAssignment {
            id: tenant.ids.encode(IdKind::AppRoleAssignment, FIRST + index * 200 + number),
            app_role_id: role,
            principal: id,
            principal_kind: ObjectKind::ServicePrincipal,
            principal_display_name: name.to_owned(),
            resource,
            created: epoch() - SignedDuration::from_hours(24 * 90),
        });
    }
    for role in plan.roles.iter().flatten() {
        azure::assign(tenant, id, ObjectKind::ServicePrincipal, &role.role, &role.scope, None, place)?;
    }
    Ok(())
}

/// An app role by name, and the resource that offers it by object id.
fn tenant_role(tenant: &Tenant, resource: Uuid, name: &str) -> Option<(Uuid, Uuid)> {
    let resource = tenant.service_principals.at(tenant.service_principal_of(resource)?)?;
    let role = resource
        .app_roles
        .iter()
        .find(|role| role.value.as_deref().is_some_and(|value| value.eq_ignore_ascii_case(name)))?;
    Some((role.id, resource.id))
}

/// What an administrator's consent does: makes the service principal of an application that is at home here or
/// multitenant elsewhere, and grants the permissions it asks for. False when there is no such application.
pub(crate) fn consent(world: &mut World, tenant: Uuid, client: Uuid, now: Timestamp) -> bool {
    let found = world.tenants().iter().find_map(|home| {
        let application = home.applications.at(home.application_of(client)?)?;
        let open = home.id == tenant || application.sign_in_audience != SignInAudience::SingleTenant;
        open.then(|| (home.id, application.clone()))
    });
    let (Some((home, application)), Some(tenant)) = (found, world.tenant_mut(tenant)) else { return false };
    let known = tenant.service_principal_of(client).and_then(|it| tenant.service_principals.at(it));
    let principal = if let Some(principal) = known {
        principal.id
    } else {
        let id = tenant.new_id(IdKind::ServicePrincipal);
        let mut principal = service_principal(id, client, &application.display_name);
        principal.app_owner_organization_id = Some(home);
        principal.created = now;
        tenant.insert_service_principal(principal);
        id
    };
    for asked in &application.required_resource_access {
        let Some(position) = tenant.service_principal_of(asked.resource_app_id) else { continue };
        let Some(resource) = tenant.service_principals.at(position).map(|it| it.id) else { continue };
        for role in asked.access.iter().filter(|(_, role)| *role).map(|(id, _)| *id) {
            let held = |it: &AppRoleAssignment| it.resource == resource && it.app_role_id == role;
            if tenant.assignments_of(principal).any(held) {
                continue;
            }
            let id = tenant.new_id(IdKind::AppRoleAssignment);
            tenant.insert_app_role_assignment(AppRoleAssignment {
                id,
                app_role_id: role,
                principal,
                principal_kind: ObjectKind::ServicePrincipal,
                principal_display_name: application.display_name.clone(),
                resource,
                created: now,
            });
        }
    }
    true
}
