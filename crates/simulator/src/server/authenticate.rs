//! Bearer authentication, refused in the words of each service.

use http::StatusCode;
use jiff::Timestamp;
use uuid::Uuid;

use super::State;
use super::call::{Request, Response};
use super::errors;
use super::service::Service;
use crate::entra::caller::Caller;
use crate::entra::verify::{Audience, Invalid};

/// Who asks, or the 401 of the service.
pub(crate) fn caller(
    state: &State,
    service: Service,
    request: &Request,
    now: Timestamp,
) -> Result<Caller, Box<Response>> {
    let audience = match service {
        Service::Arm => Audience::Arm,
        Service::Entra | Service::Graph => Audience::Graph,
    };
    let token = request
        .header("authorization")
        .and_then(|header| {
            let (scheme, token) = header.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
        })
        .filter(|token| !token.is_empty());
    let checked = match token {
        None => Err(None),
        Some(token) => state.entra.verify(token, audience, &request.base_url, now).map_err(Some),
    };
    checked.map_err(|invalid| {
        Box::new(match audience {
            Audience::Graph => graph(invalid, request, now),
            Audience::Arm => arm(state, invalid, request),
        })
    })
}

fn graph(invalid: Option<Invalid>, request: &Request, now: Timestamp) -> Response {
    let message = match invalid {
        None => "Access token is empty.",
        Some(Invalid::Malformed) => "CompactToken parsing failed with error code: 80049217",
        Some(Invalid::Signature) => "Access token validation failure. Invalid signature.",
        Some(Invalid::Audience) => "Access token validation failure. Invalid audience.",
        Some(Invalid::Lifetime) => "Lifetime validation failed, the token is expired.",
    };
    let challenge = format!(
        "Bearer realm=\"\", authorization_uri=\"{}/common/oauth2/authorize\", \
         client_id=\"00000003-0000-0000-c000-000000000000\"",
        request.base_url
    );
    errors::graph(StatusCode::UNAUTHORIZED, "InvalidAuthenticationToken", message, request, now)
        .with_text(CHALLENGE, &challenge)
}

fn arm(state: &State, invalid: Option<Invalid>, request: &Request) -> Response {
    let (code, message) = match invalid {
        None => ("AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing."),
        Some(Invalid::Malformed) => ("InvalidAuthenticationToken", "The access token is invalid."),
        Some(Invalid::Signature) => (
            "InvalidAuthenticationToken",
            "The access token's signature could not be validated with the keys of its issuer.",
        ),
        Some(Invalid::Audience) => (
            "InvalidAuthenticationTokenAudience",
            "The access token has been obtained for wrong audience or resource. It should exactly match one of \
             the allowed audiences 'https://management.core.windows.net/','https://management.azure.com/'.",
        ),
        Some(Invalid::Lifetime) => ("ExpiredAuthenticationToken", "The access token expiry is in the past."),
    };
    // Without a token, Resource Manager tells the tenant that a subscription belongs to.
    let tenant = tenant_of(state, request).map_or_else(|| "common".to_owned(), |id| id.to_string());
    let challenge = format!(
        "Bearer authorization_uri=\"{}/{tenant}\", error=\"invalid_token\", error_description=\"{message}\"",
        request.base_url
    );
    errors::arm(StatusCode::UNAUTHORIZED, code, message).with_text(CHALLENGE, &challenge)
}

const CHALLENGE: &str = "www-authenticate";

fn tenant_of(state: &State, request: &Request) -> Option<Uuid> {
    if !request.segment(0).eq_ignore_ascii_case("subscriptions") {
        return None;
    }
    let subscription = Uuid::try_parse(request.segment(1)).ok()?;
    state.world.read().tenant_of_subscription(subscription).map(|tenant| tenant.id)
}
