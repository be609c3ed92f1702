//! What comes in: one file an address.

pub(crate) mod event_grid;
pub(crate) mod graph;
mod hint;
pub(crate) mod status;
pub(crate) mod validate;

use axum::extract::rejection::BytesRejection;
use bytes::Bytes;
use http::StatusCode;

use crate::problem::Problem;

/// The body as it came.
type Body = Result<Bytes, BytesRejection>;

fn raw(body: Body, limit: usize) -> Result<Bytes, Problem> {
    body.map_err(|rejected| match rejected.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::too_large(limit),
        _ => Problem::malformed("the body ended before its time: send it again"),
    })
}

/// A parameter of the address, decoded; the first where there are several.
fn parameter(query: Option<&str>, name: &str) -> Option<String> {
    let mut pairs = url::form_urlencoded::parse(query?.as_bytes());
    pairs.find_map(|(key, value)| (key == name).then(|| value.into_owned()))
}
