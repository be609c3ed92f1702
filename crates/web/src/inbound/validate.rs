//! `POST /webhooks/validate`: a signed message asks for a validation.
//!
//! The order is: raw bytes, size, signature, form, whether the message was taken before, what it is about. Whoever
//! has not signed learns nothing of what there is.

use std::{sync::Arc, time::Duration};

use axum::{
    extract::{RawQuery, State},
    response::{IntoResponse as _, Response},
};
use fairlead_engine::webhooks::{Asked, Proposal, Wanted, ask_validation};
use fairlead_model::{ConnectionId, Sender, ValidationRecord, ValidationState};
use fairlead_secrets::KeysOf;
use http::{HeaderMap, StatusCode, header};
use jiff::Timestamp;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};
use tokio::time::Instant;
use uuid::Uuid;

use super::{Body, parameter, raw};
use crate::{
    problem::Problem,
    router::{LONGEST_MESSAGE, Shared},
    standard::{self, Refused},
};

/// The longest anybody may wait for a report, in seconds.
const LONGEST_WAIT: u64 = 20;
/// How often it is looked whether a report is there.
const LOOK: Duration = Duration::from_millis(500);
/// Seconds after which to ask for a report that is not there yet.
const ASK_AGAIN: u32 = 5;

/// What is asked for: a connection, or one that is proposed with its credential.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Message<'a> {
    connection: Option<ConnectionId>,
    proposed: Option<Box<Proposal>>,
    // Apart, so that nothing that is told of the rest can have a secret in it.
    #[serde(borrow)]
    credential: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Credential {
    client_secret: SecretString,
}

pub(crate) async fn asked(
    State(shared): State<Arc<Shared>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let body = raw(body, LONGEST_MESSAGE)?;
    let now = (shared.service.clock)();
    let (sender, message) = signed(&shared, &headers, &body, now).await?;
    let taken = take(&shared, &sender, &message, query.as_deref(), &headers, &body, now).await;
    match &taken {
        Ok(response) => {
            let status = response.status().as_u16();
            tracing::info!(%sender, message, status, "a validation was asked for");
        }
        Err(problem) => tracing::info!(%sender, message, refused = problem.code(), "a message was refused"),
    }
    taken
}

/// Who signed the request, and the message's id.
///
/// # Errors
/// `unauthorized` or `timestamp`; `unavailable` when the keys cannot be read.
pub(super) async fn signed(
    shared: &Shared,
    headers: &HeaderMap,
    body: &[u8],
    now: Timestamp,
) -> Result<(Sender, String), Problem> {
    let keys = shared.keys.keys(KeysOf::Senders, now).await?;
    let refused = match standard::verify(&keys, headers, body, now) {
        Ok(verified) => match &verified.key.sender {
            Some(sender) => return Ok((sender.clone(), verified.id.to_owned())),
            None => Problem::unauthorized(),
        },
        Err(Refused::Signature) => Problem::unauthorized(),
        Err(Refused::Time { seconds }) => Problem::time(seconds),
    };
    // Counted by whoever watches over keys that are guessed at.
    tracing::warn!(refused = refused.code(), "a request was not signed as it has to be");
    Err(refused)
}

async fn take(
    shared: &Shared,
    sender: &Sender,
    message: &str,
    query: Option<&str>,
    headers: &HeaderMap,
    body: &[u8],
    now: Timestamp,
) -> Result<Response, Problem> {
    let wait = wait(query)?;
    if !is_json(headers) {
        return Err(Problem::not_json());
    }
    let wanted = wanted(body)?;
    shared.rate.count(sender, now).map_err(Problem::too_many)?;
    let service = &shared.service;
    let asked = Asked { sender, id: message, body: Sha256::digest(body).into(), at: now };
    let id = ask_validation(&service.state, &*service.secrets, &*service.queue, asked, wanted).await?;
    let location = [(header::LOCATION, format!("/validations/{id}"))];
    Ok((location, answer(shared, id, wait, StatusCode::ACCEPTED).await?).into_response())
}

/// How long to wait for a report: `?wait=SECONDS`.
pub(super) fn wait(query: Option<&str>) -> Result<Duration, Problem> {
    let Some(given) = parameter(query, "wait") else { return Ok(Duration::ZERO) };
    match given.parse() {
        Ok(seconds) if seconds <= LONGEST_WAIT => Ok(Duration::from_secs(seconds)),
        _ => {
            Err(Problem::invalid(format!("wait takes 0 to {LONGEST_WAIT} seconds: say ?wait={LONGEST_WAIT}")))
        }
    }
}

/// A validation as it stands, or as it stands once it is finished, if that is soon. `pending` is the status of one
/// that is not.
///
/// # Errors
/// `unknown-validation`, or `unavailable`.
pub(super) async fn answer(
    shared: &Shared,
    id: Uuid,
    wait: Duration,
    pending: StatusCode,
) -> Result<Response, Problem> {
    let until = Instant::now() + wait;
    // Where too many wait, the others ask again.
    let place = if wait.is_zero() { None } else { shared.waiting.try_acquire().ok() };
    loop {
        let record = shared.service.state.validation(id).await?.ok_or_else(Problem::unknown_validation)?;
        if record.state != ValidationState::Pending {
            return Ok((StatusCode::OK, json(&record)?).into_response());
        }
        if place.is_none() || Instant::now() >= until {
            let again = [(header::RETRY_AFTER, ASK_AGAIN.to_string())];
            return Ok((pending, again, json(&record)?).into_response());
        }
        tokio::time::sleep_until(until.min(Instant::now() + LOOK)).await;
    }
}

fn json(record: &ValidationRecord) -> Result<impl axum::response::IntoResponse + use<>, Problem> {
    let text = serde_json::to_string(record).map_err(|error| {
        Problem::from(fairlead_engine::EngineError::Defect(format!(
            "a report cannot be written as JSON ({error})"
        )))
    })?;
    Ok(([(header::CONTENT_TYPE, "application/json")], text))
}

fn is_json(headers: &HeaderMap) -> bool {
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    given.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json")
}

fn wanted(body: &[u8]) -> Result<Wanted, Problem> {
    let message: Message<'_> = serde_json::from_slice(body).map_err(|error| unfit(&error))?;
    match (message.connection, message.proposed, message.credential) {
        (Some(connection), None, None) => Ok(Wanted::Connection(connection)),
        (None, Some(proposal), Some(credential)) => {
            let credential: Credential = serde_json::from_str(credential.get()).map_err(|_| {
                Problem::invalid("credential has to be {\"client-secret\": \"…\"}: give a client secret")
            })?;
            Ok(Wanted::Proposed { proposal, secret: credential.client_secret })
        }
        (None, Some(_), None) => {
            Err(Problem::invalid("a proposed connection needs a credential to be looked at"))
        }
        (Some(_), None, Some(_)) => Err(Problem::invalid(
            "a connection signs in with its own credential: leave yours out, or propose the connection anew",
        )),
        _ => Err(Problem::invalid("give either connection, or proposed with credential")),
    }
}

/// What is wrong with a body. Names of members are told, values are not: a secret may be among them.
fn unfit(error: &serde_json::Error) -> Problem {
    let (line, column) = (error.line(), error.column());
    if !error.is_data() {
        return Problem::malformed(format!(
            "the body is no JSON at line {line}, column {column}: mend it there"
        ));
    }
    let message = error.to_string();
    if message.starts_with("unknown field") || message.starts_with("missing field") {
        return Problem::invalid(format!("the body does not fit: {message}"));
    }
    Problem::invalid(format!("the value at line {line}, column {column} does not fit: see docs/webhooks.md"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn refused(body: &str) -> String {
        let Err(problem) = wanted(body.as_bytes()) else { panic!("{body} was taken") };
        format!("{problem:?}")
    }

    const PROPOSED: &str = r#""proposed":{"connector":"example","tenant":"contoso.example","client-id":"00000000-0000-0000-0000-000000000001"}"#;

    #[test]
    fn a_connection_or_a_proposal_with_a_credential_is_wanted() {
        assert!(matches!(wanted(br#"{"connection":"contoso"}"#), Ok(Wanted::Connection(_))));
        let proposed = format!(r#"{{{PROPOSED},"credential":{{"client-secret":"canary"}}}}"#);
        let Ok(wanted) = wanted(proposed.as_bytes()) else { panic!("{proposed}") };
        assert!(matches!(wanted, Wanted::Proposed { .. }));
        assert!(!format!("{wanted:?}").contains("canary"));
    }

    #[test]
    fn what_does_not_fit_is_told_without_what_was_given() {
        for (body, expected) in [
            ("", "malformed"),
            ("{", "malformed"),
            ("null", "invalid"),
            ("[]", "invalid"),
            ("{}", "either connection"),
            (r#"{"conection":"contoso"}"#, "unknown field `conection`"),
            (r#"{"connection":"canary canary"}"#, "does not fit"),
            (r#"{"connection":"a","connection":"b"}"#, "does not fit"),
            (r#"{"connection":"a","credential":{"client-secret":"canary"}}"#, "its own credential"),
            (&format!("{{{PROPOSED}}}"), "needs a credential"),
            (&format!(r#"{{{PROPOSED},"credential":"canary"}}"#), "give a client secret"),
            (
                &format!(r#"{{{PROPOSED},"credential":{{"client-secret":["canary"]}}}}"#),
                "give a client secret",
            ),
            (r#"{"proposed":{"tenant":"canary"}}"#, "does not fit"),
            (r#"{"proposed":{}}"#, "missing field `connector`"),
        ] {
            let problem = refused(body);
            assert!(problem.contains(expected) && !problem.contains("canary"), "{body}: {problem}");
        }
        let deep = format!(r#"{{"proposed":{{"settings":{{"a":{}"#, "[".repeat(100_000));
        assert!(refused(&deep).contains("malformed"));
    }

    #[test]
    fn the_time_to_wait_is_bounded() {
        assert_eq!(wait(None), Ok(Duration::ZERO));
        assert_eq!(wait(Some("a=1&wait=20")), Ok(Duration::from_secs(20)));
        for bad in ["wait=21", "wait=-1", "wait=", "wait=1.5", "wait=99999999999999999999"] {
            assert!(wait(Some(bad)).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn whatever_comes_breaks_nothing(body in proptest::collection::vec(any::<u8>(), 0..200), query in any::<String>()) {
            let _ = wanted(&body);
            let _ = wait(Some(&query));
        }

        #[test]
        fn whatever_json_comes_breaks_nothing(
            body in r#"\{("(connection|proposed|credential|client-secret)":("[a-z]{0,3}"|\{\}|null|\[1\]|-1e9),?){0,3}\}"#
        ) {
            let _ = wanted(body.as_bytes());
        }
    }
}
