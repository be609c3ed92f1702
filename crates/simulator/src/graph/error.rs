//! Graph's errors: status, code and sentence, in the envelope every Graph client parses.

use http::StatusCode;

use crate::odata::QueryError;
use crate::server::call::{Call, Response};
use crate::server::errors;

/// A refused request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{status} {code}: {message}")]
pub(super) struct GraphError {
    pub(super) status: StatusCode,
    pub(super) code: &'static str,
    pub(super) message: String,
    /// Where to go instead: the `Location` of a 410.
    pub(super) location: Option<String>,
}

/// What a handler returns.
pub(super) type Answer<T = Response> = Result<T, GraphError>;

impl GraphError {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), location: None }
    }

    /// 400 with a code of its own.
    pub(super) fn bad_request(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    /// 400 `Request_BadRequest`: what the directory says of most slips.
    pub(super) fn request(message: impl Into<String>) -> Self {
        Self::bad_request("Request_BadRequest", message)
    }

    /// 400 `Request_UnsupportedQuery`
    pub(super) fn unsupported(message: impl Into<String>) -> Self {
        Self::bad_request("Request_UnsupportedQuery", message)
    }

    /// 400 for a path that the service model does not have.
    pub(super) fn segment(segment: &str) -> Self {
        Self::bad_request("BadRequest", format!("Resource not found for the segment '{segment}'."))
    }

    /// 405
    pub(super) fn method() -> Self {
        let message = "Specified HTTP method is not allowed for the request target.";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "Request_BadRequest", message)
    }

    /// 404 for an id (or name) nobody has.
    pub(super) fn not_found(id: &str) -> Self {
        let message = format!(
            "Resource '{id}' does not exist or one of its queried reference-property objects are not present."
        );
        Self::new(StatusCode::NOT_FOUND, "Request_ResourceNotFound", message)
    }

    /// 404 with a code of its own.
    pub(super) fn absent(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, message)
    }

    /// 403 for want of a permission.
    pub(super) fn denied() -> Self {
        let message = "Insufficient privileges to complete the operation.";
        Self::new(StatusCode::FORBIDDEN, "Authorization_RequestDenied", message)
    }

    /// 403 with a code of its own.
    pub(super) fn forbidden(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, code, message)
    }

    /// 409 for something that is there already.
    pub(super) fn exists(message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, "Request_MultipleObjectsWithSameKeyValue", message)
    }

    /// 403 of the reporting service, which names its want differently (azure.md 2.1).
    pub(super) fn report_denied() -> Self {
        let message = "The principal does not have required Microsoft Graph permission(s): AuditLog.Read.All to call \
                       this API.";
        Self::new(StatusCode::FORBIDDEN, "Authentication_MSGraphPermissionMissing", message)
    }

    /// 403 of reports and sign-in data in a tenant without P1.
    pub(super) fn needs_p1() -> Self {
        let message = "Neither tenant is B2C or tenant doesn't have premium license";
        Self::new(StatusCode::FORBIDDEN, "Authentication_RequestFromNonPremiumTenantOrB2CTenant", message)
    }

    /// 400 of PIM in a tenant without P2 or Governance.
    pub(super) fn needs_p2() -> Self {
        let message =
            "The tenant needs to have Microsoft Entra ID P2 or Microsoft Entra ID Governance license.";
        Self::bad_request("AadPremiumLicenseRequired", message)
    }

    /// 501 for what the service model has and nobody answers.
    pub(super) fn not_implemented(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_IMPLEMENTED, "NotImplemented", message)
    }

    /// 410 of a delta token that is too old; the location starts the delta anew.
    pub(super) fn gone(location: String) -> Self {
        let message = "The delta token is expired. Start a full synchronization.";
        let error = Self::new(StatusCode::GONE, "syncStateNotFound", message);
        Self { location: Some(location), ..error }
    }

    /// As the answer to a call.
    pub(super) fn into_response(self, call: &Call<'_>) -> Response {
        let response = errors::graph(self.status, self.code, &self.message, call.request, call.clock.now());
        match self.location {
            Some(location) => response.with_text("location", &location),
            None => response,
        }
    }
}

impl From<QueryError> for GraphError {
    fn from(error: QueryError) -> Self {
        Self::bad_request(error.code, error.message)
    }
}
