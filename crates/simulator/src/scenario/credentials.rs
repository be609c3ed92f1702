//! How registrations sign in: secrets, certificates, trust in other issuers.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::ScenarioError;
use super::app::{FIRST, long_ago};
use super::plan::{AppPlan, Moment, SecretPlan};
use crate::world::Tenant;
use crate::world::ids::IdKind;
use crate::world::principals::{FederatedCredential, KeyCredential, PasswordCredential};

/// The secret that a registration has when its plan names none: 40 characters in the form of Azure's own.
pub fn default_secret(seed: u64, client: Uuid) -> SecretString {
    let first = Sha256::digest([&seed.to_be_bytes()[..], client.as_bytes()].concat());
    let second = Sha256::digest(first);
    secret_of(first.iter().chain(&second))
}

/// A secret that nobody knows yet, as the directory makes it; none when the operating system gives no randomness.
pub(crate) fn random_secret() -> Option<SecretString> {
    let mut bytes = [0; LENGTH];
    aws_lc_rs::rand::fill(&mut bytes).ok()?;
    Some(secret_of(bytes.iter()))
}

/// Letters that are drawn for a secret; three more are its mark.
const LENGTH: usize = 37;

fn secret_of<'b>(bytes: impl Iterator<Item = &'b u8>) -> SecretString {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
    let mut text = String::with_capacity(LENGTH + 3);
    text.extend(bytes.take(LENGTH).map(|byte| char::from(LETTERS[usize::from(byte & 63)])));
    text.insert_str(3, "8Q~");
    SecretString::from(text)
}

/// The secrets of a registration; `first` is the value of the one that every plan has.
pub(super) fn passwords(
    tenant: &Tenant,
    plan: &AppPlan,
    index: u32,
    first: &SecretString,
    now: Timestamp,
) -> Vec<PasswordCredential> {
    let own = (!plan.without_secret).then(|| SecretPlan {
        value: first.clone(),
        id: plan.secret_id,
        name: Some("Secret of the simulator".to_owned()),
        expires: plan.secret_expires,
        created: plan.secret_created,
    });
    let secrets = own.iter().chain(&plan.secrets);
    (0..).zip(secrets).map(|(number, it)| password(tenant, it, index + (number << 24), now)).collect()
}

fn password(tenant: &Tenant, plan: &SecretPlan, number: u32, now: Timestamp) -> PasswordCredential {
    let value = plan.value.expose_secret();
    let created = moment(plan.created, now);
    PasswordCredential {
        key_id: plan.id.unwrap_or_else(|| tenant.ids.encode(IdKind::Credential, FIRST + number)),
        display_name: plan.name.clone(),
        hint: PasswordCredential::hint_of(value),
        hash: PasswordCredential::hash_of(value),
        start: created,
        end: plan.expires.map_or_else(|| half_a_year_on(now), |it| it.when(now)),
        created,
    }
}

/// A moment of the plan, or long ago.
pub(super) fn moment(moment: Option<Moment>, now: Timestamp) -> Timestamp {
    moment.map_or_else(|| long_ago(now), |it| it.when(now))
}

/// The first New Year's Day at least half a year on: far enough for any run, and the same for all runs of a season.
fn half_a_year_on(now: Timestamp) -> Timestamp {
    let later = now.saturating_add(SignedDuration::from_hours(24 * 183)).unwrap_or(Timestamp::MAX);
    let year = later.to_zoned(jiff::tz::TimeZone::UTC).year();
    let day = date(year.saturating_add(1).min(9_998), 1, 1);
    day.to_zoned(jiff::tz::TimeZone::UTC).map_or(Timestamp::MAX, |it| it.timestamp())
}

/// The trust in other issuers.
pub(super) fn federated(
    tenant: &Tenant,
    plan: &AppPlan,
    index: u32,
    created: Timestamp,
) -> Vec<FederatedCredential> {
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

/// The uploaded certificate, if there is one.
pub(super) fn certificate(
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
