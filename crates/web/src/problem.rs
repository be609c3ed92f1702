//! What is told to those whose request is not answered as they hoped: problem documents (RFC 9457).

use axum::response::{IntoResponse, Response};
use fairlead_engine::{EngineError, webhooks::AskError};
use fairlead_secrets::SecretError;
use fairlead_store::StoreError;
use http::{HeaderValue, StatusCode, header};

/// Seconds after which to try again what failed for want of a store or the queue.
const AGAIN: u32 = 10;

/// Why not. `code` is what programs go by; docs/webhooks.md lists them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: String,
    retry_after: Option<u32>,
}

impl Problem {
    fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self { status, code, detail: detail.into(), retry_after: None }
    }

    /// Whoever it is did not show that he may. The same for every reason, and for things that are not there.
    pub(crate) fn unauthorized() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "unauthorized",
            "the request is not signed as it has to be: see that key, webhook-id, webhook-timestamp and \
             webhook-signature are right, and that the body is signed byte for byte as it is sent",
        )
    }

    /// A hint that does not know the secret, or is about a connection there is not.
    pub(crate) fn not_subscribed() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "unauthorized",
            "that is not the value this connection is known by: subscribe again with what `fairlead webhooks hints` \
             prints",
        )
    }

    pub(crate) fn time(seconds: i64) -> Self {
        let how = if seconds < 0 { "behind" } else { "ahead of" };
        let seconds = seconds.unsigned_abs();
        Self::new(
            StatusCode::UNAUTHORIZED,
            "timestamp",
            format!(
                "webhook-timestamp is {seconds} s {how} this clock, and 300 s are allowed: sign each attempt anew, and \
                 see that the sender's clock is right"
            ),
        )
    }

    pub(crate) fn too_large(limit: usize) -> Self {
        let kib = limit / 1024;
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too-large",
            format!("the body is longer than {kib} KiB: send less"),
        )
    }

    pub(crate) fn not_json() -> Self {
        let detail = "the body is not declared to be JSON: say Content-Type: application/json";
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "not-json", detail)
    }

    pub(crate) fn malformed(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed", detail)
    }

    pub(crate) fn invalid(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", detail)
    }

    pub(crate) fn too_many(retry_after: u32) -> Self {
        let detail = "this sender has asked for too many validations within a minute: ask again later";
        let problem = Self::new(StatusCode::TOO_MANY_REQUESTS, "too-many", detail);
        Self { retry_after: Some(retry_after), ..problem }
    }

    pub(crate) fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not-found",
            "there is nothing at this address: see docs/webhooks.md",
        )
    }

    pub(crate) fn unknown_validation() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "unknown-validation",
            "there is no such validation of this webhook-id: ask with the id of the message that asked for it; \
             reports are kept for a month",
        )
    }

    pub(crate) fn method() -> Self {
        let detail = "this address takes another method: see docs/webhooks.md";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method", detail)
    }

    pub(crate) fn slow() -> Self {
        let detail = "the request took too long to come or to be answered: send it again";
        let problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, "slow", detail);
        Self { retry_after: Some(AGAIN), ..problem }
    }

    /// Something of ours failed. What exactly is the operator's to know: it is in the log.
    fn ours(error: &EngineError) -> Self {
        if let EngineError::Defect(_) = error {
            tracing::error!(%error, "a webhook met a defect");
            let detail = "something is wrong here, and sending it again does not help: tell the operator";
            return Self::new(StatusCode::INTERNAL_SERVER_ERROR, "defect", detail);
        }
        tracing::error!(%error, "a webhook could not be worked on");
        let detail = "something this depends on cannot be used at the moment: send it again in a while";
        let problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", detail);
        Self { retry_after: Some(AGAIN), ..problem }
    }

    /// What programs go by.
    pub(crate) fn code(&self) -> &'static str {
        self.code
    }
}

impl From<EngineError> for Problem {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Store(StoreError::UnknownConnection(id)) => AskError::Unknown(id).into(),
            error => Self::ours(&error),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        EngineError::from(error).into()
    }
}

impl From<SecretError> for Problem {
    fn from(error: SecretError) -> Self {
        EngineError::from(error).into()
    }
}

impl From<AskError> for Problem {
    fn from(error: AskError) -> Self {
        let detail = error.to_string();
        match error {
            AskError::Unknown(_) => Self::new(StatusCode::NOT_FOUND, "unknown-connection", detail),
            AskError::Reused => Self::new(StatusCode::CONFLICT, "id-reused", detail),
            AskError::Proposal(_) => Self::invalid(detail),
            AskError::Engine(error) => error.into(),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let title = self.status.canonical_reason().unwrap_or("Problem");
        let body = serde_json::json!({
            "type": format!("urn:fairlead:problem:{}", self.code),
            "title": title,
            "status": self.status.as_u16(),
            "detail": self.detail,
            "code": self.code,
        });
        let kind = (header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        let mut response = (self.status, [kind], body.to_string()).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}
