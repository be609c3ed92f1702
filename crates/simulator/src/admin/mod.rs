//! The admin API under `/_simulator`: ground truth, physics, clock and request log, for tests and demos.
//! No latency, limit or fault applies to it, and it asks for no token.

pub mod expected;
mod line;

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE};
use http::{HeaderValue, Method, StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::faults::PhysicsSettings;
use crate::server::State;
use crate::server::call::{Request, Response};
use crate::server::reply::Reply;

/// The first segment of every admin path.
pub(crate) const PREFIX: &str = "_simulator";

/// Answers an admin request.
pub(crate) fn handle(state: &State, request: &Request) -> http::Response<Reply> {
    let get = request.method == Method::GET;
    if get && request.segment(1) == "expected" {
        return stream(state, request);
    }
    let response = match (request.segment(1), &request.method) {
        ("", &Method::GET) => overview(),
        ("connection", &Method::GET) => value(&state.connection),
        ("ca", &Method::GET) => authority(state),
        ("physics", &Method::GET) => value(&*state.physics.settings()),
        ("physics", &Method::PUT) => put_physics(state, &request.body, Value::Null),
        ("physics", &Method::PATCH) => {
            let now = serde_json::to_value(&*state.physics.settings()).unwrap_or_default();
            put_physics(state, &request.body, now)
        }
        ("requests", &Method::GET) => {
            let recent = request.option("recent").and_then(|it| it.parse().ok()).unwrap_or(100);
            value(&state.log.summary(recent))
        }
        ("requests", &Method::DELETE) => {
            state.log.reset();
            Response::status(StatusCode::NO_CONTENT)
        }
        ("clock", &Method::GET) => clock(state),
        ("clock", &Method::PUT) => put_clock(state, &request.body),
        ("outside-assertion", &Method::POST) => outside_assertion(state, &request.body),
        ("" | "expected" | "connection" | "ca", _) => not_allowed("GET"),
        ("physics", _) => not_allowed("GET, PUT, PATCH"),
        ("requests", _) => not_allowed("GET, DELETE"),
        ("clock", _) => not_allowed("GET, PUT"),
        ("outside-assertion", _) => not_allowed("POST"),
        _ => sentence(StatusCode::NOT_FOUND, "the admin API has nothing here; GET /_simulator lists it"),
    };
    let mut reply = http::Response::new(Reply::whole(response.body));
    *reply.status_mut() = response.status;
    *reply.headers_mut() = response.headers;
    reply
}

fn overview() -> Response {
    value(&json!({
        "GET /_simulator/connection": "how to sign in as the reader of the first tenant",
        "GET /_simulator/ca": "the certificate authority, PEM",
        "GET /_simulator/expected": "what the world holds, one JSON object a line; ?kind=user,member narrows it",
        "GET|PUT|PATCH /_simulator/physics": "latency, limits, faults, propagation; PUT resets what is not named",
        "GET|DELETE /_simulator/requests": "request counts and the last requests (?recent=100); DELETE resets",
        "GET|PUT /_simulator/clock": "{\"frozen\": \"2026-11-01T00:00:00Z\"}, {\"advance-s\": 60} or {\"real\": true}",
        "POST /_simulator/outside-assertion": "{issuer, subject, audience}: a federated assertion",
    }))
}

fn authority(state: &State) -> Response {
    match &state.authority_pem {
        Some(pem) => Response::text(StatusCode::OK, pem.clone())
            .with(CONTENT_TYPE, HeaderValue::from_static("application/x-pem-file")),
        None => sentence(StatusCode::NOT_FOUND, "the simulator runs without TLS and has no authority"),
    }
}

/// Puts the body's settings over `base`: over the defaults, or over what is in force.
fn put_physics(state: &State, body: &[u8], base: Value) -> Response {
    let wanted: Value = match serde_json::from_slice(body) {
        Ok(wanted) => wanted,
        Err(error) => return unreadable(&error),
    };
    let settings: PhysicsSettings = match serde_json::from_value(merged(base, wanted)) {
        Ok(settings) => settings,
        Err(error) => return unreadable(&error),
    };
    match state.physics.set(settings) {
        Ok(()) => value(&*state.physics.settings()),
        Err(reason) => sentence(StatusCode::BAD_REQUEST, &reason),
    }
}

/// A JSON merge patch (RFC 7396).
fn merged(base: Value, patch: Value) -> Value {
    match (base, patch) {
        (Value::Object(mut base), Value::Object(patch)) => {
            for (key, change) in patch {
                let old = base.remove(&key).unwrap_or_default();
                if !change.is_null() {
                    base.insert(key, merged(old, change));
                }
            }
            Value::Object(base)
        }
        (_, patch) => patch,
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
enum ClockChange {
    /// Stands still at this moment.
    Frozen(Timestamp),
    /// Goes forward by so many seconds.
    AdvanceS(i64),
    /// Shows real time again.
    Real(bool),
}

fn clock(state: &State) -> Response {
    value(&json!({ "now": state.clock.now() }))
}

fn put_clock(state: &State, body: &[u8]) -> Response {
    match serde_json::from_slice(body) {
        Err(error) => return unreadable(&error),
        Ok(ClockChange::Frozen(moment)) => state.clock.freeze(moment),
        Ok(ClockChange::AdvanceS(seconds)) => state.clock.advance(SignedDuration::from_secs(seconds)),
        Ok(ClockChange::Real(true)) => state.clock.reset(),
        Ok(ClockChange::Real(false)) => state.clock.freeze(state.clock.now()),
    }
    clock(state)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OutsideIdentity {
    issuer: String,
    subject: String,
    audience: String,
}

fn outside_assertion(state: &State, body: &[u8]) -> Response {
    let identity: OutsideIdentity = match serde_json::from_slice(body) {
        Ok(identity) => identity,
        Err(error) => return unreadable(&error),
    };
    let now = state.clock.now();
    match state.entra.outside_assertion(&identity.issuer, &identity.subject, &identity.audience, now) {
        Ok(assertion) => Response::text(StatusCode::OK, assertion),
        Err(_) => sentence(StatusCode::INTERNAL_SERVER_ERROR, "the assertion could not be signed"),
    }
}

fn stream(state: &State, request: &Request) -> http::Response<Reply> {
    let kinds: Option<Vec<String>> =
        request.option("kind").map(|kinds| kinds.split(',').map(str::to_owned).collect());
    let mut lines = expected::Export::new(state.world.clone(), kinds.as_deref());
    let pieces = Box::new(move || lines.next_piece().map(Bytes::from));
    let mut reply = http::Response::new(Reply::Pieces(pieces));
    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    reply
}

fn value(value: &impl Serialize) -> Response {
    match serde_json::to_vec_pretty(value) {
        Ok(json) => Response::json(StatusCode::OK, json),
        Err(error) => sentence(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}

fn unreadable(error: &serde_json::Error) -> Response {
    sentence(StatusCode::BAD_REQUEST, &format!("the body cannot be read: {error}"))
}

fn sentence(status: StatusCode, text: &str) -> Response {
    Response::json(status, json!({ "error": text }).to_string())
}

fn not_allowed(methods: &'static str) -> Response {
    sentence(StatusCode::METHOD_NOT_ALLOWED, &format!("this path takes {methods}"))
        .with(ALLOW, HeaderValue::from_static(methods))
}
