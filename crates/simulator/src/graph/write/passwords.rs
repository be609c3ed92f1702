//! Client secrets of registrations and service principals: made by the directory, told once.

use jiff::{SignedDuration, Timestamp};
use secrecy::ExposeSecret as _;
use serde::Deserialize;
use uuid::Uuid;

use super::super::change::Change;
use super::super::error::{Answer, GraphError};
use super::{applications, body, done, record, service_principals};
use crate::odata::entity::graph_time;
use crate::scenario::random_secret;
use crate::world::principals::PasswordCredential;
use crate::world::{ChangeKind, ObjectKind, ObjectRef};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wanted {
    #[serde(default)]
    password_credential: Option<Password>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Password {
    display_name: Option<String>,
    start_date_time: Option<Timestamp>,
    end_date_time: Option<Timestamp>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Unwanted {
    key_id: Uuid,
}

/// `POST /applications/{id}/addPassword`
pub(in super::super) fn add_to_application(change: &mut Change<'_>) -> Answer {
    let object = applications::writable(change)?;
    add(change, object)
}

/// `POST /servicePrincipals/{id}/addPassword`
pub(in super::super) fn add_to_service_principal(change: &mut Change<'_>) -> Answer {
    let object = service_principals::writable(change)?;
    add(change, object)
}

/// `POST /applications/{id}/removePassword`
pub(in super::super) fn remove_from_application(change: &mut Change<'_>) -> Answer {
    let object = applications::writable(change)?;
    remove(change, object)
}

/// `POST /servicePrincipals/{id}/removePassword`
pub(in super::super) fn remove_from_service_principal(change: &mut Change<'_>) -> Answer {
    let object = service_principals::writable(change)?;
    remove(change, object)
}

fn add(change: &mut Change<'_>, object: ObjectRef) -> Answer {
    /// Without an end a secret lasts so long.
    const TWO_YEARS: SignedDuration = SignedDuration::from_hours(24 * 730);
    let wanted = body::<Wanted>(change)?.password_credential.unwrap_or_default();
    let now = change.now();
    let start = wanted.start_date_time.unwrap_or(now);
    let end = wanted.end_date_time.unwrap_or(start + TWO_YEARS);
    if end <= start {
        return Err(GraphError::request(
            "The value of the property 'endDateTime' is not after 'startDateTime'.",
        ));
    }
    allowed(change, end.duration_since(start))?;
    let value = random_secret().ok_or_else(|| GraphError::not_implemented("No secret could be made."))?;
    let credential = PasswordCredential {
        key_id: Uuid::new_v4(),
        display_name: wanted.display_name,
        hint: PasswordCredential::hint_of(value.expose_secret()),
        hash: PasswordCredential::hash_of(value.expose_secret()),
        start,
        end,
        created: now,
    };
    credentials(change, object)?.push(credential.clone());
    change.call.physics.secret_added(credential.key_id);
    record(change, object, ChangeKind::Updated);
    let ask = change.as_ask();
    let response = ask.entity("microsoft.graph.passwordCredential", |json| {
        json.null_member("customKeyIdentifier");
        json.optional_string_member("displayName", credential.display_name.as_deref());
        json.string_member("endDateTime", &graph_time(credential.end));
        json.string_member("hint", &credential.hint);
        json.guid_member("keyId", credential.key_id);
        json.string_member("secretText", value.expose_secret());
        json.string_member("startDateTime", &graph_time(credential.start));
    });
    Ok(response.changed())
}

/// Refuses what the tenant's app management policy forbids. Codes as github.com/microsoft/PubSec-Info-Assistant/issues/681
/// and clients of Graph show them.
fn allowed(change: &Change<'_>, lifetime: SignedDuration) -> Answer<()> {
    let policy = change.tenant.app_management;
    // Every tenant's default policy has this id.
    let assigned = "as per assigned policy '00000000-0000-0000-0000-000000000000'.";
    if policy.no_passwords {
        let message = format!("Credential type not allowed {assigned}");
        return Err(GraphError::bad_request("CredentialTypeNotAllowedAsPerAppPolicy", message));
    }
    if policy.password_lifetime.is_some_and(|longest| lifetime > longest) {
        let message = format!("Credential lifetime exceeds the max value allowed {assigned}");
        return Err(GraphError::bad_request("CredentialInvalidLifetimeAsPerAppPolicy", message));
    }
    Ok(())
}

fn remove(change: &mut Change<'_>, object: ObjectRef) -> Answer {
    let unwanted: Unwanted = body(change)?;
    let known = credentials(change, object)?;
    let before = known.len();
    known.retain(|credential| credential.key_id != unwanted.key_id);
    if known.len() == before {
        return Err(GraphError::request("No password credential found with keyId."));
    }
    record(change, object, ChangeKind::Updated);
    Ok(done())
}

fn credentials<'c>(change: &'c mut Change<'_>, object: ObjectRef) -> Answer<&'c mut Vec<PasswordCredential>> {
    match object.kind {
        ObjectKind::Application => Ok(&mut applications::at(change, object)?.password_credentials),
        _ => Ok(&mut service_principals::at(change, object)?.password_credentials),
    }
}
