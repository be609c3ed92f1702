//! `POST` and `OPTIONS /webhooks/event-grid/{connection}`: events of Azure Event Grid
//! (learn.microsoft.com/azure/event-grid/end-point-validation-event-grid-events-schema, and …-cloud-events-schema).
//!
//! They are not signed either. The connection's value comes with them: in the address the subscription was made with
//! (`?key=`, which Azure hides), or in a header it was told to add (`x-fairlead-key`).

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, RawQuery, State, rejection::PathRejection},
    response::{IntoResponse as _, Response},
};
use fairlead_engine::webhooks::HintSource;
use fairlead_model::ConnectionId;
use http::{HeaderMap, HeaderName, StatusCode};
use jiff::Timestamp;
use serde::{Deserialize, de::IgnoredAny};
use serde_json::json;

use super::{Body, hint, parameter, raw};
use crate::{
    problem::Problem,
    router::{LONGEST_HINT, Shared},
};

/// The header that may hold the connection's value.
const KEY: HeaderName = HeaderName::from_static("x-fairlead-key");
/// What a delivery is, in the schema of Event Grid.
const TYPE: HeaderName = HeaderName::from_static("aeg-event-type");
/// Who asks to be allowed to send, in the schema of CloudEvents.
const ORIGIN: HeaderName = HeaderName::from_static("webhook-request-origin");
const ALLOWED_ORIGIN: HeaderName = HeaderName::from_static("webhook-allowed-origin");
const ALLOWED_RATE: HeaderName = HeaderName::from_static("webhook-allowed-rate");
/// The longest code to be repeated, in bytes. They are GUIDs.
const LONGEST_CODE: usize = 256;

#[derive(Deserialize)]
struct Validation {
    data: ValidationData,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ValidationData {
    validation_code: String,
}

pub(crate) async fn notified(
    State(shared): State<Arc<Shared>>,
    path: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let body = raw(body, LONGEST_HINT)?;
    let now = (shared.service.clock)();
    let connection = known(&shared, path, query.as_deref(), &headers, now).await?;
    match headers.get(TYPE).map(http::HeaderValue::as_bytes) {
        Some(b"SubscriptionValidation") => handshake(&body),
        // The subscription was removed: nothing has changed in the tenant.
        Some(b"SubscriptionDeletion") => Ok(StatusCode::OK.into_response()),
        _ => {
            serde_json::from_slice::<IgnoredAny>(&body)
                .map_err(|_| Problem::malformed("the body is no event: it is not JSON"))?;
            Ok(hint::ask(&shared, HintSource::EventGrid, &connection, now).await?.into_response())
        }
    }
}

/// Event Grid asks, in the schema of CloudEvents, whether it may send.
pub(crate) async fn consented(
    State(shared): State<Arc<Shared>>,
    path: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let now = (shared.service.clock)();
    known(&shared, path, query.as_deref(), &headers, now).await?;
    let origin =
        headers.get(ORIGIN).filter(|origin| origin.len() <= LONGEST_CODE && is_host(origin.as_bytes()));
    let origin =
        origin.ok_or_else(|| Problem::malformed("WebHook-Request-Origin does not say who wants to send"))?;
    let rate = http::HeaderValue::from_static("120");
    Ok((StatusCode::OK, [(ALLOWED_ORIGIN, origin.clone()), (ALLOWED_RATE, rate)]).into_response())
}

fn is_host(origin: &[u8]) -> bool {
    !origin.is_empty() && origin.iter().all(|b| b.is_ascii_alphanumeric() || b".-:".contains(b))
}

async fn known(
    shared: &Shared,
    path: Result<Path<String>, PathRejection>,
    query: Option<&str>,
    headers: &HeaderMap,
    now: Timestamp,
) -> Result<ConnectionId, Problem> {
    let in_query = parameter(query, "key");
    let in_header = headers.get(KEY).and_then(|value| value.to_str().ok());
    let given = [in_query.as_deref(), in_header].map(Option::unwrap_or_default);
    hint::known(shared, HintSource::EventGrid, path, given.into_iter(), now).await
}

/// Event Grid asks, in its own schema, whether somebody is there: its code, as JSON.
fn handshake(body: &[u8]) -> Result<Response, Problem> {
    let wrong = || {
        Problem::malformed("the body is no subscription validation: [{\"data\": {\"validationCode\": …}}]")
    };
    let events: Vec<Validation> = serde_json::from_slice(body).map_err(|_| wrong())?;
    let first = events.into_iter().next().filter(|event| event.data.validation_code.len() <= LONGEST_CODE);
    let code = first.ok_or_else(wrong)?.data.validation_code;
    Ok(Json(json!({ "validationResponse": code })).into_response())
}
