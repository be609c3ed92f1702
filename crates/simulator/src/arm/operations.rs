//! Long-running operations: 202 with two addresses to ask, progress by the clock.
//!
//! The token of an operation says when it ends, so that nothing is kept of it.

use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::context::{one, write_time};
use super::empty;
use super::error::ArmError;
use crate::odata::token;
use crate::server::call::{Call, Response};

/// How long an operation takes, by the simulator's clock.
const DURATION: SignedDuration = SignedDuration::from_secs(1);
/// What `Retry-After` says, in seconds.
const RETRY_AFTER: &str = "1";
/// Any version would do; clients take the addresses as they are.
const API_VERSION: &str = "2025-04-01";

/// The answer to a request that starts an operation. Both addresses are offered, as most providers do.
pub(super) fn accepted(call: &Call<'_>, subscription: Uuid) -> Response {
    let start = call.clock.now();
    let moment = |at: Timestamp| u64::try_from(at.as_millisecond()).unwrap_or(0);
    let end = start.checked_add(DURATION).unwrap_or(start);
    let token = token::encode("operation", &[moment(start), moment(end)]);
    pending(call, subscription, &token)
        .with_text("azure-asyncoperation", &address(call, subscription, "operationStatuses", &token))
}

/// `GET .../operationResults/{token}`: 202 while it runs, then 200.
pub(super) fn result(call: &Call<'_>, subscription: Uuid, token: &str) -> Result<Response, ArmError> {
    let (_, end) = read(token)?;
    Ok(if call.clock.now() < end { pending(call, subscription, token) } else { empty(StatusCode::OK) })
}

/// `GET .../operationStatuses/{token}`: the status document.
pub(super) fn status(call: &Call<'_>, subscription: Uuid, token: &str) -> Result<Response, ArmError> {
    let (start, end) = read(token)?;
    let running = call.clock.now() < end;
    let response = one(|json| {
        json.string_member("id", &format!("/subscriptions/{subscription}/operationStatuses/{token}"));
        json.string_member("name", token);
        json.string_member("status", if running { "InProgress" } else { "Succeeded" });
        write_time(json, "startTime", start);
        if !running {
            write_time(json, "endTime", end);
        }
    });
    Ok(if running { response.with_text("retry-after", RETRY_AFTER) } else { response })
}

fn pending(call: &Call<'_>, subscription: Uuid, token: &str) -> Response {
    empty(StatusCode::ACCEPTED)
        .with_text("location", &address(call, subscription, "operationResults", token))
        .with_text("retry-after", RETRY_AFTER)
}

fn address(call: &Call<'_>, subscription: Uuid, kind: &str, token: &str) -> String {
    let base = &call.request.base_url;
    format!("{base}/subscriptions/{subscription}/{kind}/{token}?api-version={API_VERSION}")
}

fn read(text: &str) -> Result<(Timestamp, Timestamp), ArmError> {
    let unknown = || ArmError::OperationNotFound(text.to_owned());
    let moment = |at: u64| Timestamp::from_millisecond(i64::try_from(at).ok()?).ok();
    let [start, end] = token::decode::<2>("operation", text).ok_or_else(unknown)?;
    moment(start).zip(moment(end)).ok_or_else(unknown)
}
