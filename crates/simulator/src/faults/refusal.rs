//! What Graph and Resource Manager answer when they refuse for want of capacity.

use http::StatusCode;
use jiff::Timestamp;

use super::{Admitted, ArmOperation, Fault, Limit};
use crate::server::call::Response;
use crate::server::errors;
use crate::server::service::Service;

/// The answer to a request that an injected fault befell.
pub(super) fn of_fault(fault: Fault, admitted: &Admitted<'_>, seconds: u32, now: Timestamp) -> Response {
    let (status, code, message) = match fault {
        Fault::Throttled => return of_limit(&injected_limit(admitted), admitted, seconds, now),
        Fault::Unavailable => (
            StatusCode::SERVICE_UNAVAILABLE,
            by_service(admitted, "ServiceUnavailable", "ServerTimeout"),
            "The service is not available at the moment. Try again later.",
        ),
        // The other two have no answer; what is left of them when one is asked for is a server's failure.
        Fault::Internal | Fault::Reset | Fault::Truncated => (
            StatusCode::INTERNAL_SERVER_ERROR,
            by_service(admitted, "InternalServerError", "InternalServerError"),
            "The server met an unexpected condition.",
        ),
    };
    let response = answer(admitted, status, code, message, now);
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.with_text("retry-after", &seconds.to_string())
    } else {
        response
    }
}

/// The answer to a request whose limit is used up.
pub(super) fn of_limit(limit: &Limit, admitted: &Admitted<'_>, seconds: u32, now: Timestamp) -> Response {
    let (code, message) = match limit {
        Limit::Arm(Some(subscription), _) => (
            "SubscriptionRequestsThrottled",
            format!(
                "Number of requests for subscription '{subscription}' and operation '{}' exceeded the backend \
                 storage limit. Please try again after '{seconds}' seconds.",
                admitted.route.template
            ),
        ),
        Limit::Arm(None, _) => (
            "TooManyRequests",
            format!("The tenant has too many requests. Please try again after '{seconds}' seconds."),
        ),
        Limit::GraphReports | Limit::GraphSignInActivity => {
            ("TooManyRequests", "This request is throttled. Please try again later.".to_owned())
        }
        Limit::GraphUnits | Limit::GraphWrites => (
            "TooManyRequests",
            format!(
                "Too many requests from Identifier:{} under category:throttle.aadgraph.app.tenant. \
                 Please try again later.",
                admitted.caller.app_id
            ),
        ),
    };
    let response = answer(admitted, StatusCode::TOO_MANY_REQUESTS, code, &message, now)
        .with_text("retry-after", &seconds.to_string());
    match limit {
        Limit::GraphUnits => scope(response, admitted, "ReadWrite", "ResourceUnitLimitExceeded"),
        Limit::GraphWrites => scope(response, admitted, "Write", "WriteLimitExceeded"),
        _ => response,
    }
}

fn scope(response: Response, admitted: &Admitted<'_>, limit: &str, information: &str) -> Response {
    let caller = admitted.caller;
    response
        .with_text(
            "x-ms-throttle-scope",
            &format!("Tenant_Application/{limit}/{}/{}", caller.app_id, caller.tenant),
        )
        .with_text("x-ms-throttle-information", information)
}

fn injected_limit(admitted: &Admitted<'_>) -> Limit {
    match admitted.service {
        Service::Arm => Limit::Arm(None, ArmOperation::Reads),
        Service::Entra | Service::Graph => Limit::GraphUnits,
    }
}

fn by_service(admitted: &Admitted<'_>, graph: &'static str, arm: &'static str) -> &'static str {
    match admitted.service {
        Service::Arm => arm,
        Service::Entra | Service::Graph => graph,
    }
}

fn answer(
    admitted: &Admitted<'_>,
    status: StatusCode,
    code: &str,
    message: &str,
    now: Timestamp,
) -> Response {
    match admitted.service {
        Service::Arm => errors::arm(status, code, message),
        Service::Entra | Service::Graph => errors::graph(status, code, message, admitted.request, now),
    }
}
