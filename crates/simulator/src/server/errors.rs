//! The error bodies that the server itself gives, in the shape of each service.

use http::StatusCode;
use jiff::Timestamp;
use serde_json::json;

use super::call::{Request, Response};

/// Graph's error document.
pub(crate) fn graph(
    status: StatusCode,
    code: &str,
    message: &str,
    request: &Request,
    now: Timestamp,
) -> Response {
    let client_request_id =
        request.header("client-request-id").map_or_else(|| request.id.to_string(), str::to_owned);
    let body = json!({
        "error": {
            "code": code,
            "message": message,
            "innerError": {
                "date": now.strftime("%Y-%m-%dT%H:%M:%S").to_string(),
                "request-id": request.id,
                "client-request-id": client_request_id,
            }
        }
    });
    Response::json(status, body.to_string())
}

/// Resource Manager's error document.
pub(crate) fn arm(status: StatusCode, code: &str, message: &str) -> Response {
    let body = json!({ "error": { "code": code, "message": message } });
    Response::json(status, body.to_string()).with_text("x-ms-failure-cause", "gateway")
}
