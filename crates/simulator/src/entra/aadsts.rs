//! Entra's refusals: AADSTS codes with their HTTP status and OAuth error, in both styles of description.

use http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use crate::server::call::{Request, Response};

/// How the tail of `error_description` is set: the two styles seen in the wild.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DescriptionStyle {
    /// One line, parts separated by blanks (since 2024).
    #[default]
    Spaces,
    /// Parts on lines of their own, separated by CR LF (until 2023).
    Lines,
}

/// One code: number, status, `error`, and what it says when nothing more precise is known.
struct Row(u32, u16, &'static str, &'static str);

/// The codes of the client-credentials flow. Source: Entra's reference of error codes, and issues that show real answers.
const ROWS: &[Row] = &[
    Row(90002, 400, "invalid_request", "Tenant not found. Check the tenant id and the cloud."),
    Row(900_023, 400, "invalid_request", "The tenant identifier is neither a GUID nor a domain name."),
    Row(50059, 400, "invalid_request", "No information about a tenant was found in the request."),
    Row(
        90019,
        400,
        "invalid_request",
        "No information about a tenant was found in the request or implied by a credential.",
    ),
    Row(50049, 400, "invalid_instance", "Unknown or invalid instance."),
    Row(700_016, 400, "unauthorized_client", "The application was not found in the directory."),
    Row(70001, 400, "unauthorized_client", "The application is disabled or not found in the directory."),
    Row(
        7_000_229,
        400,
        "unauthorized_client",
        "The client application lacks a service principal in this tenant.",
    ),
    Row(
        7_000_215,
        401,
        "invalid_client",
        "Invalid client secret provided. Send the secret's value, not its id.",
    ),
    Row(7_000_222, 401, "invalid_client", "The provided client secret keys are expired."),
    Row(7_000_218, 401, "invalid_client", "The body must contain client_assertion or client_secret."),
    Row(
        7_000_216,
        401,
        "invalid_client",
        "A client_assertion, client_secret or request is required for this grant.",
    ),
    Row(7_000_112, 400, "unauthorized_client", "The application is disabled."),
    Row(1_000_031, 400, "unauthorized_client", "The application cannot be accessed at this time."),
    Row(500_014, 400, "invalid_resource", "The service principal of the resource is disabled."),
    Row(500_011, 400, "invalid_resource", "The resource principal was not found in the tenant."),
    Row(50001, 400, "invalid_resource", "The resource is malformed or was not found."),
    Row(70011, 400, "invalid_scope", "The provided value for scope is not valid."),
    Row(
        1_002_012,
        400,
        "invalid_scope",
        "Client credential flows need a scope of one resource with /.default.",
    ),
    Row(28002, 400, "invalid_scope", "The scope names more than one resource."),
    Row(700_022, 400, "invalid_request", "The scope names more than one resource."),
    Row(
        501_051,
        400,
        "invalid_grant",
        "The application is not assigned to a role of the resource application.",
    ),
    Row(50105, 400, "invalid_grant", "The user is not assigned to a role of the application."),
    Row(65001, 400, "invalid_grant", "Consent to use the application was not given."),
    Row(
        650_057,
        400,
        "invalid_resource",
        "The resource is not among the requested permissions of the registration.",
    ),
    Row(650_056, 400, "invalid_client", "The application is misconfigured: it names no permission."),
    Row(650_052, 400, "invalid_client", "The organization lacks a service principal of the service."),
    Row(65005, 400, "invalid_client", "The application asks for a resource that it may not ask for."),
    Row(90094, 400, "invalid_grant", "The grant needs the permission of an administrator."),
    Row(53003, 400, "invalid_grant", "Access is blocked by Conditional Access policies."),
    Row(530_032, 400, "invalid_grant", "Access is blocked by a security policy of the tenant."),
    Row(530_035, 400, "access_denied", "Access is blocked by security defaults."),
    Row(70003, 400, "unsupported_grant_type", "The grant type is not supported."),
    Row(900_144, 400, "invalid_request", "The request body lacks a parameter."),
    Row(90014, 400, "invalid_request", "A required field is missing."),
    Row(9_002_313, 400, "invalid_request", "The request is malformed or invalid."),
    Row(900_561, 400, "invalid_request", "The endpoint only accepts POST requests."),
    Row(700_025, 401, "invalid_client", "The client is public: neither assertion nor secret may be sent."),
    Row(700_027, 401, "invalid_client", "The client assertion's signature does not validate."),
    Row(700_024, 401, "invalid_client", "The client assertion is not within its valid time range."),
    Row(
        700_023,
        401,
        "invalid_client",
        "The client assertion's audience is not this tenant's issuer or token endpoint.",
    ),
    Row(50027, 400, "invalid_grant", "The token is invalid or malformed."),
    Row(90038, 400, "invalid_request", "The tenant belongs to another national cloud."),
    Row(900_382, 400, "invalid_request", "Confidential clients are not supported across clouds."),
    Row(900_432, 400, "invalid_request", "Confidential clients are not supported across clouds."),
    Row(50196, 400, "invalid_grant", "The server sees a loop: the client sent the same request too often."),
    Row(90055, 429, "temporarily_unavailable", "The tenant sends too many requests."),
    Row(50087, 400, "temporarily_unavailable", "A transient error happened. Try again."),
    Row(90006, 503, "temporarily_unavailable", "The service is temporarily unavailable."),
    Row(90024, 503, "temporarily_unavailable", "The request budget is exceeded. Try again."),
    Row(90033, 503, "temporarily_unavailable", "A transient error happened. Try again."),
    Row(90090, 500, "server_error", "The service met an internal failure."),
    Row(50000, 500, "server_error", "There was an error issuing a token."),
    Row(
        70021,
        400,
        "invalid_request",
        "No matching federated identity record was found for the presented assertion.",
    ),
    Row(700_211, 401, "invalid_client", "No federated identity record matches the issuer of the assertion."),
    Row(
        700_212,
        401,
        "invalid_client",
        "No federated identity record matches the audience of the assertion.",
    ),
    Row(700_213, 401, "invalid_client", "No federated identity record matches the subject of the assertion."),
    Row(
        7_002_137,
        401,
        "invalid_client",
        "A federated identity record matches the issuer but for letter case.",
    ),
    Row(
        7_002_138,
        401,
        "invalid_client",
        "A federated identity record matches the subject but for letter case.",
    ),
    Row(700_229, 401, "invalid_client", "An assertion issued by Entra must be an app-only token."),
];

/// Whether a code is one that the simulator can answer with.
pub fn is_known(code: u32) -> bool {
    ROWS.iter().any(|row| row.0 == code)
}

/// A refused request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    code: u32,
    text: Option<String>,
}

impl Refusal {
    /// A refusal in the code's own words.
    pub(crate) fn new(code: u32) -> Self {
        Self { code, text: None }
    }

    /// A refusal that says what exactly is wrong.
    pub(crate) fn saying(code: u32, text: impl Into<String>) -> Self {
        Self { code, text: Some(text.into()) }
    }

    /// The AADSTS number.
    #[cfg(test)]
    pub(crate) fn code(&self) -> u32 {
        self.code
    }

    /// The answer. `error` is that of the code, unless the endpoint has its own.
    pub(crate) fn answer(
        &self,
        request: &Request,
        style: DescriptionStyle,
        now: Timestamp,
        error: Option<&str>,
    ) -> Response {
        const UNKNOWN: Row = Row(0, 400, "invalid_request", "The request was refused.");
        let row = ROWS.iter().find(|row| row.0 == self.code).unwrap_or(&UNKNOWN);
        let trace = request.id;
        let correlation = request
            .header("client-request-id")
            .and_then(|id| Uuid::try_parse(id).ok())
            .unwrap_or_else(|| Uuid::from_u128(trace.as_u128().rotate_left(64)));
        let timestamp = now.strftime("%Y-%m-%d %H:%M:%SZ").to_string();
        let gap = match style {
            DescriptionStyle::Spaces => " ",
            DescriptionStyle::Lines => "\r\n",
        };
        let text = self.text.as_deref().unwrap_or(row.3);
        let body = json!({
            "error": error.unwrap_or(row.2),
            "error_description": format!(
                "AADSTS{}: {text}{gap}Trace ID: {trace}{gap}Correlation ID: {correlation}{gap}Timestamp: {timestamp}",
                self.code
            ),
            "error_codes": [self.code],
            "timestamp": timestamp,
            "trace_id": trace,
            "correlation_id": correlation,
            "error_uri": format!("{}/error?code={}", request.base_url, self.code),
        });
        Response::json(StatusCode::from_u16(row.1).unwrap_or(StatusCode::BAD_REQUEST), body.to_string())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use bytes::Bytes;
    use http::{HeaderMap, Method};
    use serde_json::Value;

    use super::*;

    fn answer(code: u32, style: DescriptionStyle) -> (StatusCode, Value) {
        let id = Uuid::from_u128(5);
        let request = Request::new(Method::POST, "/t", HeaderMap::new(), Bytes::new(), "https://login", id);
        let response = Refusal::new(code).answer(&request, style, Timestamp::UNIX_EPOCH, None);
        (response.status, serde_json::from_slice(&response.body).unwrap())
    }

    #[test]
    fn every_code_answers_in_both_styles() {
        assert_eq!(ROWS.iter().map(|row| row.0).collect::<HashSet<_>>().len(), ROWS.len());
        for row in ROWS {
            let (status, body) = answer(row.0, DescriptionStyle::Spaces);
            assert_eq!(status.as_u16(), row.1);
            let description = body["error_description"].as_str().unwrap();
            assert!(description.starts_with(&format!("AADSTS{}: ", row.0)));
            assert!(!description.contains('\n'));
            let (_, body) = answer(row.0, DescriptionStyle::Lines);
            assert!(body["error_description"].as_str().unwrap().contains("\r\nTrace ID: "));
            assert_eq!(body["error_codes"], json!([row.0]));
        }
    }

    #[test]
    fn statuses_of_the_errors_that_onboardings_meet() {
        for (code, status, error) in [
            (90002, 400, "invalid_request"),
            (700_016, 400, "unauthorized_client"),
            (7_000_215, 401, "invalid_client"),
            (7_000_222, 401, "invalid_client"),
            (7_000_112, 400, "unauthorized_client"),
            (53003, 400, "invalid_grant"),
        ] {
            let (answered, body) = answer(code, DescriptionStyle::Spaces);
            assert_eq!((answered.as_u16(), body["error"].as_str()), (status, Some(error)), "{code}");
        }
    }
}
