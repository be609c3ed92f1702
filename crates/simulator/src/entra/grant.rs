//! Whether a client gets a token, and what the token says.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

use super::aadsts::Refusal;
use super::assertion;
use super::form::{Proof, TokenRequest};
use crate::faults::Physics;
use crate::server::service::{PUBLIC_NAMES, Service};
use crate::world::permissions::{GRAPH_APP_ID, MICROSOFT_TENANT};
use crate::world::principals::{Application, PasswordCredential, ServicePrincipal};
use crate::world::roles::DEFAULT_WID;
use crate::world::{Cloud, Tenant, World};

/// What a decision is made from.
pub(super) struct Circumstances<'a> {
    /// The world.
    pub(super) world: &'a World,
    /// The tenant named in the address.
    pub(super) tenant: &'a Tenant,
    /// Propagation.
    pub(super) physics: &'a Physics,
    /// The time.
    pub(super) now: Timestamp,
    /// Scheme and authority of the simulator, as the client wrote them.
    pub(super) base_url: &'a str,
    /// Public key of the simulated outside issuer of federated assertions, DER.
    pub(super) outside_issuer: &'a [u8],
}

/// A token to be: its claims but for the times.
pub(super) struct Grant {
    /// The claims.
    pub(super) claims: Value,
}

/// Finds the tenant of a token request: the first thing that Entra looks at. A tenant of another cloud gets no
/// token here; clouds that know of each other say so in another code than clouds that do not.
pub(super) fn tenant<'a>(world: &'a World, name: &str, base_url: &str) -> Result<&'a Tenant, Refusal> {
    let tenant = named(world, name)?;
    match authority(world, base_url) {
        Some(own) if own == tenant.cloud => Ok(tenant),
        None => Ok(tenant),
        Some(own) if knows(own, tenant.cloud) => Err(Refusal::new(900_382)),
        Some(own) => {
            let text = format!(
                "The specified tenant '{name}' belongs to the National Cloud '{}'. Current cloud instance '{}' does \
                 not federate with it.",
                instance_name(tenant.cloud),
                instance_name(own)
            );
            Err(Refusal::saying(90038, text))
        }
    }
}

/// Finds the tenant of a discovery request: it is answered for tenants of clouds that know of each other, with the
/// addresses of the tenant's own cloud, which are returned beside it.
pub(super) fn discovered<'a>(
    world: &'a World,
    name: &str,
    base_url: &str,
) -> Result<(&'a Tenant, Option<String>), Refusal> {
    let tenant = named(world, name)?;
    match authority(world, base_url) {
        Some(own) if own != tenant.cloud && knows(own, tenant.cloud) => {
            Ok((tenant, Some(format!("https://login.{}", instance_name(tenant.cloud)))))
        }
        Some(own) if own != tenant.cloud => Err(unknown(name)),
        _ => Ok((tenant, None)),
    }
}

fn named<'a>(world: &'a World, name: &str) -> Result<&'a Tenant, Refusal> {
    if ["common", "organizations", "consumers"].contains(&name.to_ascii_lowercase().as_str()) {
        return Err(Refusal::new(50059));
    }
    let well_formed = Uuid::try_parse(name).is_ok()
        || (name.contains('.') && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.".contains(&b)));
    if !well_formed {
        let text = format!(
            "Specified tenant identifier '{name}' is neither a valid DNS name, nor a valid external domain."
        );
        return Err(Refusal::saying(900_023, text));
    }
    world.tenant_named(name).ok_or_else(|| unknown(name))
}

fn unknown(name: &str) -> Refusal {
    let text = format!(
        "Tenant '{name}' not found. Check to make sure you have the correct tenant ID and are signing into the \
         correct cloud."
    );
    Refusal::saying(90002, text)
}

/// The cloud whose sign-in service was asked: by its host name, else as the scenario says.
fn authority(world: &World, base_url: &str) -> Option<Cloud> {
    cloud_of_host(base_url).or(world.authority())
}

/// Whether the sign-in service of one cloud knows the tenants of another. The public and the US government's do;
/// China's is an island.
fn knows(own: Cloud, other: Cloud) -> bool {
    own != Cloud::China && other != Cloud::China
}

/// `cloud_instance_name`.
pub(super) const fn instance_name(cloud: Cloud) -> &'static str {
    match cloud {
        Cloud::Public => "microsoftonline.com",
        Cloud::UsGovernment => "microsoftonline.us",
        Cloud::China => "partner.microsoftonline.cn",
    }
}

/// The cloud whose login host the client used; none for the simulator's own address.
fn cloud_of_host(base_url: &str) -> Option<Cloud> {
    let authority = base_url.split_once("://")?.1;
    let host = authority.split(':').next()?;
    PUBLIC_NAMES
        .iter()
        .find(|(name, service)| *service == Service::Entra && name.eq_ignore_ascii_case(host))?;
    Some(match host.rsplit('.').next() {
        Some("us") => Cloud::UsGovernment,
        Some("cn") => Cloud::China,
        _ => Cloud::Public,
    })
}

/// Decides a token request.
pub(super) fn decide(it: &Circumstances<'_>, request: &TokenRequest) -> Result<Grant, Refusal> {
    let policy = it.tenant.policy(request.client);
    if let Some(code) = policy.token_error {
        return Err(Refusal::new(code));
    }
    let application = it.application(request.client);
    let principal = it.principal(request.client, application)?;
    if !principal.account_enabled || application.is_some_and(|application| application.disabled) {
        let text = format!("Application '{}'({}) is disabled.", request.client, principal.display_name);
        return Err(Refusal::saying(7_000_112, text));
    }
    if principal.disabled_by_microsoft {
        return Err(Refusal::new(1_000_031));
    }
    let strength = it.prove(request, application, principal)?;
    let resource = it.resource(&request.resource)?;
    if !resource.account_enabled {
        let text = format!("The service principal for resource '{}' is disabled.", request.resource);
        return Err(Refusal::saying(500_014, text));
    }
    let roles = it.roles(principal, resource);
    let assigned = || it.tenant.assignments_of(principal.id).any(|grant| grant.resource == resource.id);
    if resource.app_role_assignment_required && !assigned() {
        return Err(Refusal::new(501_051));
    }
    if policy.blocked {
        return Err(Refusal::new(53003));
    }
    Ok(Grant { claims: it.claims(request, principal, resource, strength, &roles) })
}

impl<'a> Circumstances<'a> {
    /// The registration, in whichever tenant it is at home.
    fn application(&self, client: Uuid) -> Option<&'a Application> {
        self.world.tenants().iter().find_map(|tenant| tenant.applications.at(tenant.application_of(client)?))
    }

    fn principal(
        &self,
        client: Uuid,
        application: Option<&Application>,
    ) -> Result<&'a ServicePrincipal, Refusal> {
        let found = self
            .tenant
            .service_principal_of(client)
            .and_then(|position| self.tenant.service_principals.at(position));
        match (found, application) {
            (Some(principal), _) => Ok(principal),
            (None, Some(application)) if self.tenant.application_of(application.app_id).is_some() => {
                let text = format!(
                    "The client application {client} is missing service principal in the tenant {}.",
                    self.tenant.id
                );
                Err(Refusal::saying(7_000_229, text))
            }
            (None, _) => {
                let text = format!(
                    "Application with identifier '{client}' was not found in the directory '{}'. This can happen \
                     if the application has not been installed by the administrator of the tenant or consented to \
                     by any user in the tenant. You may have sent your authentication request to the wrong tenant.",
                    self.tenant.display_name
                );
                Err(Refusal::saying(700_016, text))
            }
        }
    }

    /// Checks the credential: `1` when it was a secret, `2` when an assertion.
    fn prove(
        &self,
        request: &TokenRequest,
        application: Option<&Application>,
        principal: &ServicePrincipal,
    ) -> Result<&'static str, Refusal> {
        let public = application.is_some_and(|application| application.public_client);
        match &request.proof {
            Proof::None => Err(Refusal::new(7_000_218)),
            _ if public => Err(Refusal::new(700_025)),
            Proof::Secret(secret) => {
                let of_application = application.into_iter().flat_map(|it| &it.password_credentials);
                self.secret(secret, of_application.chain(&principal.password_credentials), request.client)?;
                Ok("1")
            }
            Proof::Assertion(token) => {
                let trust = assertion::Trust {
                    application,
                    principal,
                    tenant: self.tenant.id,
                    client: request.client,
                    base_url: self.base_url,
                    physics: self.physics,
                    outside_issuer: self.outside_issuer,
                    now: self.now,
                };
                assertion::check(&trust, token)?;
                Ok("2")
            }
        }
    }

    fn secret<'b>(
        &self,
        secret: &str,
        credentials: impl Iterator<Item = &'b PasswordCredential>,
        client: Uuid,
    ) -> Result<(), Refusal> {
        let mut expired = false;
        for credential in credentials.filter(|credential| credential.matches(secret)) {
            if self.now < credential.start || !self.physics.visible(credential.created, self.now) {
                continue;
            }
            if self.now < credential.end {
                if self.physics.accepts_secret(credential.key_id) {
                    return Ok(());
                }
                continue;
            }
            expired = true;
        }
        if expired {
            let text = format!(
                "The provided client secret keys for app '{client}' are expired. Create new keys for the app."
            );
            return Err(Refusal::saying(7_000_222, text));
        }
        let text = format!(
            "Invalid client secret provided. Ensure the secret being sent in the request is the client secret \
             value, not the client secret ID, for a secret added to app '{client}'."
        );
        Err(Refusal::saying(7_000_215, text))
    }

    /// The service principal that a token is asked for.
    fn resource(&self, name: &str) -> Result<&'a ServicePrincipal, Refusal> {
        let wanted = name.trim_end_matches('/');
        if wanted.is_empty() {
            return Err(Refusal::new(50001));
        }
        let own = wanted.eq_ignore_ascii_case(self.base_url);
        let by_id = |id| self.tenant.service_principals.at(self.tenant.service_principal_of(id)?);
        let found = if own {
            // A client that was told to use this address for Graph asks for a token by it.
            by_id(GRAPH_APP_ID)
        } else if let Ok(id) = Uuid::try_parse(wanted) {
            by_id(id)
        } else {
            self.tenant.service_principals.values().find(|principal| {
                principal.service_principal_names.iter().any(|name| name.eq_ignore_ascii_case(wanted))
                    || is_identifier_uri(self.tenant, principal, wanted)
            })
        };
        found.ok_or_else(|| {
            let text = format!(
                "The resource principal named {name} was not found in the tenant named {}.",
                self.tenant.display_name
            );
            Refusal::saying(500_011, text)
        })
    }

    /// The app roles in force: granted, enabled, propagated.
    fn roles(&self, principal: &ServicePrincipal, resource: &ServicePrincipal) -> BTreeSet<String> {
        self.tenant
            .assignments_of(principal.id)
            .filter(|grant| grant.resource == resource.id && self.physics.visible(grant.created, self.now))
            .filter_map(|grant| self.tenant.app_role(grant))
            .filter(|role| role.enabled && role.for_applications)
            .filter_map(|role| role.value.clone())
            .collect()
    }

    fn claims(
        &self,
        request: &TokenRequest,
        principal: &ServicePrincipal,
        resource: &ServicePrincipal,
        strength: &str,
        roles: &BTreeSet<String>,
    ) -> Value {
        let tenant = self.tenant;
        let mut claims = json!({
            "aud": request.resource,
            "idtyp": "app",
            "oid": principal.id,
            "sub": principal.id,
            "tid": tenant.id,
            "xms_tcdt": tenant.created.as_second(),
        });
        let first_party = resource.app_owner_organization_id == Some(MICROSOFT_TENANT);
        if first_party {
            // Microsoft's own APIs take tokens of the first version, whichever endpoint issued them.
            let issuer = format!("https://{}/{}/", sts_host(tenant.cloud), tenant.id);
            claims["ver"] = json!("1.0");
            claims["iss"] = json!(issuer);
            claims["idp"] = json!(issuer);
            claims["appid"] = json!(request.client);
            claims["appidacr"] = json!(strength);
            claims["app_displayname"] = json!(principal.display_name);
        } else {
            claims["ver"] = json!("2.0");
            claims["iss"] = json!(format!("{}/{}/v2.0", self.base_url, tenant.id));
            claims["azp"] = json!(request.client);
            claims["azpacr"] = json!(strength);
        }
        if resource.app_id == GRAPH_APP_ID {
            claims["wids"] = json!(self.directory_roles(principal.id));
        }
        if !roles.is_empty() {
            claims["roles"] = json!(roles);
        }
        if request.handles_challenges {
            claims["xms_cc"] = json!(["CP1"]);
        }
        claims
    }

    /// `wids`: the default marker and the directory roles that the principal holds.
    fn directory_roles(&self, principal: Uuid) -> Vec<Uuid> {
        let held = self.tenant.roles.assignments.values().filter(|it| it.principal == principal);
        std::iter::once(DEFAULT_WID).chain(held.map(|it| it.role)).collect()
    }
}

fn is_identifier_uri(tenant: &Tenant, principal: &ServicePrincipal, wanted: &str) -> bool {
    tenant
        .application_of(principal.app_id)
        .and_then(|position| tenant.applications.at(position))
        .is_some_and(|it| it.identifier_uris.iter().any(|uri| uri.eq_ignore_ascii_case(wanted)))
}

fn sts_host(cloud: Cloud) -> &'static str {
    match cloud {
        Cloud::Public | Cloud::UsGovernment => "sts.windows.net",
        Cloud::China => "sts.chinacloudapi.cn",
    }
}

/// Adds the times and the token's own id.
pub(super) fn dated(mut claims: Value, now: Timestamp, lifetime: SignedDuration, id: Uuid) -> Value {
    let issued = now.as_second();
    claims["iat"] = json!(issued);
    claims["nbf"] = json!(issued);
    claims["exp"] = json!(issued + lifetime.as_secs());
    claims["uti"] = json!(super::short_id(id));
    claims
}
