//! Client assertions: signed with an uploaded certificate, or issued elsewhere and trusted by a federated credential.

use jiff::Timestamp;
use uuid::Uuid;

use super::aadsts::Refusal;
use super::keys::Jwt;
use crate::faults::Physics;
use crate::world::principals::{Application, FederatedCredential, KeyCredential, ServicePrincipal};

/// What an assertion is checked against.
pub(super) struct Trust<'a> {
    /// The registration, when it is known.
    pub(super) application: Option<&'a Application>,
    /// The service principal.
    pub(super) principal: &'a ServicePrincipal,
    /// The tenant that is signed in to.
    pub(super) tenant: Uuid,
    /// The client id.
    pub(super) client: Uuid,
    /// Scheme and authority of the simulator.
    pub(super) base_url: &'a str,
    /// Propagation of new credentials.
    pub(super) physics: &'a Physics,
    /// Public key of the simulated outside issuer, DER. Entra would fetch the issuer's published keys instead.
    pub(super) outside_issuer: &'a [u8],
    /// The time.
    pub(super) now: Timestamp,
}

/// Entra accepts clocks that are this many seconds off.
const LEEWAY: i64 = 300;

/// Checks an assertion.
pub(super) fn check(trust: &Trust<'_>, token: &str) -> Result<(), Refusal> {
    let jwt = Jwt::parse(token).ok_or_else(|| Refusal::new(50027))?;
    let own = trust.client.to_string();
    if jwt.text("iss").is_some_and(|issuer| issuer.eq_ignore_ascii_case(&own)) {
        certificate(trust, &jwt)
    } else {
        federated(trust, &jwt)
    }
}

fn in_time(trust: &Trust<'_>, jwt: &Jwt<'_>) -> Result<(), Refusal> {
    let now = trust.now.as_second();
    let expires = jwt.seconds("exp").unwrap_or(0);
    let starts = jwt.seconds("nbf").or(jwt.seconds("iat")).unwrap_or(i64::MIN);
    if now > expires + LEEWAY || now < starts.saturating_sub(LEEWAY) {
        let text = format!(
            "Client assertion is not within its valid time range. Current time: {}, expiry time of assertion \
             {expires}.",
            trust.now
        );
        return Err(Refusal::saying(700_024, text));
    }
    Ok(())
}

fn certificate(trust: &Trust<'_>, jwt: &Jwt<'_>) -> Result<(), Refusal> {
    let of_application = trust.application.into_iter().flat_map(|it| &it.key_credentials);
    let live = of_application
        .chain(&trust.principal.key_credentials)
        .filter(|key| key.start <= trust.now && trust.now < key.end);
    if !live.filter_map(public_key).any(|key| jwt.signed_with_certificate(&key)) {
        let text = format!(
            "The certificate used to sign the client assertion is not registered on app '{}'.",
            trust.client
        );
        return Err(Refusal::saying(700_027, text));
    }
    in_time(trust, jwt)?;
    let audience = jwt.text("aud").unwrap_or_default();
    let endpoints = ["oauth2/v2.0/token", "oauth2/token", "v2.0", ""];
    let tail = audience.split_once("://").and_then(|(_, rest)| rest.split_once('/')).map(|(_, path)| path);
    // The tenant may be named by a domain, and the host by any of its aliases.
    let fits = tail.and_then(|path| path.split_once('/')).is_some_and(|(_, path)| endpoints.contains(&path));
    let own = [format!("{}/{}", trust.base_url, trust.tenant)];
    if fits || own.iter().any(|it| it == audience) { Ok(()) } else { Err(Refusal::new(700_023)) }
}

fn public_key(credential: &KeyCredential) -> Option<Vec<u8>> {
    super::der::subject_public_key(&credential.certificate).map(<[u8]>::to_vec)
}

fn federated(trust: &Trust<'_>, jwt: &Jwt<'_>) -> Result<(), Refusal> {
    let credentials: Vec<&FederatedCredential> = trust
        .application
        .into_iter()
        .flat_map(|it| &it.federated_credentials)
        .filter(|it| trust.physics.visible(it.created, trust.now))
        .collect();
    if credentials.is_empty() {
        return Err(Refusal::new(70021));
    }
    let text = |claim| jwt.text(claim).unwrap_or_default();
    let (issuer, subject, audience) = (text("iss"), text("sub"), text("aud"));
    let saying = |code, what: &str, value: &str| {
        Refusal::saying(
            code,
            format!("No matching federated identity record found for presented assertion {what} '{value}'."),
        )
    };
    let by_issuer: Vec<_> = credentials.iter().filter(|it| it.issuer == issuer).collect();
    if by_issuer.is_empty() {
        let near = credentials.iter().any(|it| it.issuer.eq_ignore_ascii_case(issuer));
        return Err(saying(if near { 7_002_137 } else { 700_211 }, "issuer", issuer));
    }
    let by_subject: Vec<_> = by_issuer.iter().filter(|it| it.subject == subject).collect();
    if by_subject.is_empty() {
        let near = by_issuer.iter().any(|it| it.subject.eq_ignore_ascii_case(subject));
        return Err(saying(if near { 7_002_138 } else { 700_213 }, "subject", subject));
    }
    if !by_subject.iter().any(|it| it.audience == audience) {
        return Err(saying(700_212, "audience", audience));
    }
    if !jwt.signed_by(trust.outside_issuer) {
        return Err(Refusal::new(700_027));
    }
    in_time(trust, jwt)
}
