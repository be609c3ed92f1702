//! What a refusal of the token endpoint means: AADSTS codes as sentences with a remedy.
//!
//! Codes: learn.microsoft.com/entra/identity-platform/reference-error-codes. The protocol's own `error`
//! word is too coarse to tell a wrong secret from an expired one; only the number does.

use http::StatusCode;
use serde::Deserialize;
use uuid::Uuid;

use super::{
    credential::Proof,
    error::{Diagnosis, SignInError},
};
use crate::wire::Answer;

mod assertion;

/// The body of a refusal, as far as it is read.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Body {
    error: String,
    error_description: String,
    error_codes: Vec<u32>,
    trace_id: Option<String>,
}

/// Who tried to sign in, and to what: the words of the sentence.
#[derive(Debug, Clone, Copy)]
pub(super) struct Attempt<'a> {
    pub(super) host: &'a str,
    pub(super) tenant: &'a str,
    pub(super) client_id: Uuid,
    pub(super) scope: &'a str,
    /// Never repeated, but looked at: a secret's id is often given in place of its value.
    pub(super) proof: &'a Proof,
}

/// Reads a refusal.
pub(super) fn read(answer: &Answer, attempt: Attempt<'_>) -> SignInError {
    let body = serde_json::from_slice::<Body>(&answer.body).ok().filter(|body| !body.error.is_empty());
    let Some(body) = body else { return without_words(answer, attempt) };
    let code = body.error_codes.first().copied().or_else(|| code_in(&body.error_description));
    let known =
        |code| assertion::known(code, &body.error_description, attempt).or_else(|| known(code, attempt));
    let (diagnosis, told) = match code.and_then(known) {
        Some(known) => known,
        None if is_trouble(answer.status) || body.error == "temporarily_unavailable" => busy(attempt),
        None => unknown(&body, attempt),
    };
    let code_told = code.map(|code| format!(" (AADSTS{code})")).unwrap_or_default();
    let sentence = told.replace("{code}", &code_told).replace(attempt.proof.hidden(), "…");
    let status = answer.status.as_u16();
    SignInError::Refused { code, diagnosis, sentence, trace_id: body.trace_id, status, error: body.error }
}

/// A throttled token endpoint answers in plain text; a proxy in HTML.
fn without_words(answer: &Answer, attempt: Attempt<'_>) -> SignInError {
    if is_trouble(answer.status) {
        let (diagnosis, told) = busy(attempt);
        let status = answer.status.as_u16();
        let sentence = told.replace("{code}", &format!(" (HTTP {status})"));
        let error = String::new();
        return SignInError::Refused { code: None, diagnosis, sentence, trace_id: None, status, error };
    }
    SignInError::Garbled { host: attempt.host.to_owned(), status: answer.status.as_u16() }
}

fn is_trouble(status: StatusCode) -> bool {
    status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error()
}

fn code_in(description: &str) -> Option<u32> {
    let digits = description.strip_prefix("AADSTS")?;
    digits[..digits.find(|c: char| !c.is_ascii_digit())?].parse().ok()
}

fn busy(attempt: Attempt<'_>) -> (Diagnosis, String) {
    let Attempt { host, .. } = attempt;
    (Diagnosis::Busy, format!("{host} has trouble or is overloaded{{code}}: try again in a few minutes"))
}

fn unknown(body: &Body, attempt: Attempt<'_>) -> (Diagnosis, String) {
    let Attempt { tenant, .. } = attempt;
    // The tail of a description is ids and a time, on lines of its own or after " Trace ID".
    let words = body.error_description.lines().next().unwrap_or_default();
    let words = words.split(" Trace ID").next().unwrap_or_default().trim_end_matches(['.', ' ']);
    let words = if words.is_empty() { &body.error } else { words };
    (
        Diagnosis::Other,
        format!(
            "Entra ID refuses to sign in to tenant {tenant}: \"{words}\"; look the code up at \
             https://login.microsoftonline.com/error"
        ),
    )
}

/// The sentence for a documented code; `{code}` stands where the code is shown.
fn known(code: u32, attempt: Attempt<'_>) -> Option<(Diagnosis, String)> {
    use Diagnosis as D;
    let Attempt { tenant, client_id, scope, proof, .. } = attempt;
    Some(match code {
        90_002 => (
            D::TenantUnknown,
            format!(
                "there is no tenant {tenant} in this cloud{{code}}: copy \"Directory (tenant) ID\" from the app \
             registration's overview page, and check the connection's cloud"
            ),
        ),
        900_023 | 50_059 | 90_019 => (
            D::TenantUnknown,
            format!(
                "\"{tenant}\" is not a tenant's id or domain{{code}}: copy \"Directory (tenant) ID\" from the app \
             registration's overview page"
            ),
        ),
        90_038 | 900_382 | 900_432 => (
            D::OtherCloud,
            format!(
                "tenant {tenant} lives in another Azure cloud{{code}}: give the connection the cloud the tenant \
             is in (public, us-government, us-dod or china)"
            ),
        ),
        700_016 | 70_001 | 7_000_229 => (
            D::ApplicationUnknown,
            format!(
                "tenant {tenant} has no application {client_id}{{code}}: copy \"Application (client) ID\" from the \
             app registration, and for an application of another tenant have an administrator consent to \
             it first"
            ),
        ),
        7_000_112 | 1_000_031 => (
            D::ApplicationDisabled,
            format!(
                "application {client_id} is disabled in tenant {tenant}{{code}}: under Enterprise applications, \
             Properties, set \"Enabled for users to sign-in\" to Yes"
            ),
        ),
        7_000_215 if Uuid::try_parse(proof.hidden()).is_ok() => (
            D::SecretWrong,
            format!(
                "the client secret of application {client_id} is wrong{{code}}: what was given looks like the \
             secret's id; give its value, which Entra ID shows once, when the secret is made"
            ),
        ),
        7_000_215 => (
            D::SecretWrong,
            format!(
                "the client secret is not one of application {client_id}{{code}}: give the value (not the id) of \
             a secret listed under Certificates & secrets, or make a new one"
            ),
        ),
        7_000_222 => (
            D::SecretExpired,
            format!(
                "the client secret of application {client_id} has expired{{code}}: make a new one under \
             Certificates & secrets, and give its value"
            ),
        ),
        7_000_216 | 7_000_218 | 700_025 => (
            D::SecretWrong,
            format!(
                "application {client_id} got no credential it accepts{{code}}: make a client secret under \
             Certificates & secrets, and see that the application is not registered as a public client"
            ),
        ),
        700_027 | 700_024 | 700_023 | 50_027 | 70_021 | 700_211 | 700_212 | 700_213 | 7_002_137
        | 7_002_138 | 700_229 => (
            D::SecretWrong,
            format!(
                "Entra ID does not accept the assertion for application {client_id}{{code}}: check the certificate \
             or federated credential on the app registration, letter by letter, and this machine's clock"
            ),
        ),
        53_000..=53_004 | 530_032 | 530_035 => (
            D::Blocked,
            format!(
                "a conditional access policy of tenant {tenant} blocks application {client_id}{{code}}: have an \
             administrator exclude its service principal, or this machine's address, from the policy"
            ),
        ),
        501_051 | 50_105 => (
            D::Blocked,
            format!(
                "application {client_id} is not assigned to the service, which requires it{{code}}: assign it, or \
             switch \"Assignment required\" off"
            ),
        ),
        500_014 => (
            D::ServiceUnusable,
            format!(
                "the service {scope} is disabled in tenant {tenant}{{code}}: have an administrator enable its \
             service principal under Enterprise applications"
            ),
        ),
        500_011 | 50_001 | 650_052 | 650_056 | 650_057 | 65_005 => (
            D::ServiceUnusable,
            format!(
                "tenant {tenant} does not know the service {scope}{{code}}: check the connection's cloud, and a \
             custom cloud's audiences"
            ),
        ),
        70_011 | 1_002_012 | 28_002 | 700_022 | 70_003 | 900_144 | 90_014 | 9_002_313 | 900_561 => (
            D::RequestWrong,
            format!(
                "Entra ID does not understand what is asked for, {scope}{{code}}: check a custom cloud's \
                 audiences; otherwise this is a defect of Fairlead, please report it"
            ),
        ),
        50_196 | 90_055 | 50_087 | 90_006 | 90_024 | 90_033 | 90_090 | 50_000 => busy(attempt),
        _ => return None,
    })
}
