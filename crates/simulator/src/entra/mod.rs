//! Entra ID: discovery documents, tokens, and who holds them.

pub mod aadsts;
mod assertion;
pub mod caller;
mod der;
pub(crate) mod discovery;
mod form;
mod grant;
pub mod keys;
pub(crate) mod verify;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{Method, StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::clock::Clock;
use crate::faults::Physics;
use crate::server::call::{Quota, Request, Response, Route, RouteKind};
use crate::world::WorldHandle;
use aadsts::Refusal;
use keys::SigningKey;
use verify::Verified;

/// The token service.
#[derive(Debug)]
pub struct Entra {
    key: SigningKey,
    outside: SigningKey,
    verified: Verified,
}

/// An endpoint of Entra.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Endpoint {
    Token { v1: bool },
    OpenId { v2: bool },
    Keys,
    Instance,
    AdminConsent,
    Unknown,
}

impl Endpoint {
    fn of(request: &Request) -> Self {
        let path: Vec<String> = request.segments.iter().skip(1).map(|it| it.to_ascii_lowercase()).collect();
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        match path.as_slice() {
            ["oauth2", "v2.0", "token"] => Self::Token { v1: false },
            ["oauth2", "token"] => Self::Token { v1: true },
            ["v2.0", ".well-known", "openid-configuration"] => Self::OpenId { v2: true },
            [".well-known", "openid-configuration"] => Self::OpenId { v2: false },
            ["discovery", "v2.0", "keys"] | ["discovery", "keys"] => Self::Keys,
            ["discovery", "instance"] => Self::Instance,
            ["adminconsent"] | ["v2.0", "adminconsent"] => Self::AdminConsent,
            _ => Self::Unknown,
        }
    }

    const fn template(self) -> &'static str {
        match self {
            Self::Token { v1: false } => "/{tenant}/oauth2/v2.0/token",
            Self::Token { v1: true } => "/{tenant}/oauth2/token",
            Self::OpenId { v2: true } => "/{tenant}/v2.0/.well-known/openid-configuration",
            Self::OpenId { v2: false } => "/{tenant}/.well-known/openid-configuration",
            Self::Keys => "/{tenant}/discovery/v2.0/keys",
            Self::Instance => "/common/discovery/instance",
            Self::AdminConsent => "/{tenant}/adminconsent",
            Self::Unknown => "(unknown)",
        }
    }
}

/// The route a request belongs to; Entra has no limits of its own here.
pub(crate) fn describe(request: &Request) -> Route {
    Route { template: Endpoint::of(request).template(), cost: 0, kind: RouteKind::Read, quota: Quota::None }
}

impl Entra {
    /// A token service with fresh keys; fails only when the operating system gives no randomness.
    pub fn new() -> Result<Self, aws_lc_rs::error::Unspecified> {
        Ok(Self {
            key: SigningKey::generate()?,
            outside: SigningKey::generate()?,
            verified: Verified::default(),
        })
    }

    /// The key that access tokens are signed with.
    pub fn key(&self) -> &SigningKey {
        &self.key
    }

    /// An assertion of the simulated outside issuer, for federated credentials. Entra fetches an issuer's
    /// keys from its address; here one key stands for all outside issuers.
    pub fn outside_assertion(
        &self,
        issuer: &str,
        subject: &str,
        audience: &str,
        now: Timestamp,
    ) -> Result<String, aws_lc_rs::error::Unspecified> {
        let second = now.as_second();
        let claims = json!({
            "iss": issuer, "sub": subject, "aud": audience,
            "iat": second, "nbf": second, "exp": second + 300,
        });
        self.outside.sign(&claims)
    }

    /// Answers a request.
    pub(crate) fn handle(
        &self,
        world: &WorldHandle,
        physics: &Physics,
        clock: &Clock,
        request: &Request,
    ) -> Response {
        let now = clock.now();
        let style = physics.settings().description_style;
        let refused = |refusal: Refusal, error| refusal.answer(request, style, now, error);
        let document = |value: Value| Response::json(StatusCode::OK, value.to_string());
        match Endpoint::of(request) {
            Endpoint::Token { v1 } => {
                self.token(world, physics, now, request, v1).unwrap_or_else(|refusal| refused(refusal, None))
            }
            Endpoint::OpenId { v2 } => match openid(world, request, v2) {
                Ok(found) => document(found),
                // Discovery names the tenant as what is wrong, the token endpoint the request.
                Err(refusal) => refused(refusal, Some("invalid_tenant")),
            },
            Endpoint::Keys => {
                let tenant = request.segment(0);
                document(self.key.published(&format!("{}/{tenant}/v2.0", request.base_url)))
            }
            Endpoint::Instance => {
                let asked = request.option("authorization_endpoint").unwrap_or_default();
                match discovery::instance(&request.base_url, asked) {
                    Some(found) => document(found),
                    None => refused(Refusal::new(50049), None),
                }
            }
            Endpoint::AdminConsent => admin_consent(world, physics, now, request),
            Endpoint::Unknown => {
                Response::text(StatusCode::NOT_FOUND, "The sign-in service has nothing at this address.")
            }
        }
    }

    fn token(
        &self,
        world: &WorldHandle,
        physics: &Physics,
        now: Timestamp,
        request: &Request,
        v1: bool,
    ) -> Result<Response, Refusal> {
        if request.method != Method::POST {
            return Err(Refusal::saying(
                900_561,
                format!("The endpoint only accepts POST requests. Received a {} request.", request.method),
            ));
        }
        let internal = |_| Refusal::new(50000);
        let outside_issuer = self.outside.public_key_der().map_err(internal)?;
        let world = world.read();
        let tenant = grant::tenant(&world, request.segment(0), &request.base_url)?;
        let asked = form::parse(request, v1)?;
        if let Some(seconds) = tenant.policy(asked.client).token_throttled_s {
            return Ok(throttled(seconds));
        }
        let circumstances = grant::Circumstances {
            world: &world,
            tenant,
            physics,
            now,
            base_url: &request.base_url,
            outside_issuer: &outside_issuer,
        };
        let granted = grant::decide(&circumstances, &asked)?;
        drop(world);
        let lifetime = lifetime(physics);
        let claims = grant::dated(granted.claims, now, lifetime, request.id);
        let token = self.key.sign(&claims).map_err(internal)?;
        Ok(issued(&token, &asked, now, lifetime))
    }

    /// The caller of a Graph or Resource Manager request, from its bearer token.
    pub(crate) fn verify(
        &self,
        token: &str,
        audience: verify::Audience,
        base_url: &str,
        now: Timestamp,
    ) -> Result<caller::Caller, verify::Invalid> {
        self.verified.check(&self.key, token, audience, base_url, now)
    }
}

/// The token service's throttle speaks plain text.
pub(crate) fn throttled(seconds: u32) -> Response {
    Response::text(StatusCode::TOO_MANY_REQUESTS, "Too Many Requests")
        .with_text("retry-after", &seconds.to_string())
}

/// Between 60 and 90 minutes by lot, as Azure does, unless set.
#[expect(clippy::cast_possible_truncation, reason = "between 0 and 1,800")]
fn lifetime(physics: &Physics) -> SignedDuration {
    let seconds = match physics.settings().token_lifetime_s {
        Some(seconds) => i64::from(seconds),
        None => 3_600 + (physics.lot() * 1_800.0) as i64,
    };
    SignedDuration::from_secs(seconds)
}

fn issued(token: &str, asked: &form::TokenRequest, now: Timestamp, lifetime: SignedDuration) -> Response {
    let left = lifetime.as_secs() - 1;
    let body = if asked.v1 {
        // The older endpoint writes numbers as strings.
        json!({
            "token_type": "Bearer",
            "expires_in": left.to_string(),
            "ext_expires_in": left.to_string(),
            "expires_on": (now.as_second() + left).to_string(),
            "not_before": now.as_second().to_string(),
            "resource": asked.resource,
            "access_token": token,
        })
    } else {
        json!({
            "token_type": "Bearer",
            "expires_in": left,
            "ext_expires_in": left,
            "access_token": token,
        })
    };
    Response::json(StatusCode::OK, body.to_string())
}

fn openid(world: &WorldHandle, request: &Request, v2: bool) -> Result<Value, Refusal> {
    let world = world.read();
    let name = request.segment(0);
    let (tenant, home) = match name {
        // Without a tenant the document is a template; any tenant of the cloud shows its shape.
        "common" | "organizations" => (world.tenants().first().ok_or_else(|| Refusal::new(90002))?, None),
        name => grant::discovered(&world, name, &request.base_url)?,
    };
    Ok(discovery::openid(home.as_deref().unwrap_or(&request.base_url), tenant, v2))
}

/// The administrator's consent page, with an administrator who always says yes: makes the service principal
/// of a multitenant application and sends the browser back.
fn admin_consent(world: &WorldHandle, physics: &Physics, now: Timestamp, request: &Request) -> Response {
    let style = physics.settings().description_style;
    let refused = |refusal: Refusal| refusal.answer(request, style, now, None);
    let Some(client) = request.option("client_id").and_then(|id| Uuid::try_parse(id).ok()) else {
        return refused(Refusal::saying(900_144, "The address must contain the parameter 'client_id'."));
    };
    let mut world = world.write();
    let tenant = match grant::tenant(&world, request.segment(0), &request.base_url) {
        Ok(tenant) => tenant.id,
        Err(refusal) => return refused(refusal),
    };
    if !crate::scenario::consent(&mut world, tenant, client, now) {
        return refused(Refusal::new(700_016));
    }
    let Some(back) = request.option("redirect_uri").and_then(|it| url::Url::parse(it).ok()) else {
        return Response::text(StatusCode::OK, "Consent was given.").changed();
    };
    let mut back = back;
    back.query_pairs_mut()
        .append_pair("admin_consent", "True")
        .append_pair("tenant", &tenant.to_string())
        .append_pair("state", request.option("state").unwrap_or_default());
    Response::status(StatusCode::FOUND).with_text("location", back.as_str()).changed()
}

/// An id in the short form of `uti`.
fn short_id(id: Uuid) -> String {
    URL_SAFE_NO_PAD.encode(id.as_bytes())
}
