//! Tokens of AWS STS, from a server that speaks its query protocol.

use std::sync::{Arc, Mutex};

use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
};
use fairlead_secrets::{WebIdentity, WebIdentityError};
use secrecy::ExposeSecret as _;

const AUDIENCE: &str = "api://AzureADTokenExchange";

/// A server that gives one answer, and keeps what it was asked.
struct Sts {
    address: String,
    asked: Arc<Mutex<Vec<String>>>,
}

#[derive(Clone)]
struct Answer {
    status: u16,
    xml: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Sts {
    async fn answering(status: u16, xml: String) -> Self {
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let state = Answer { status, xml, asked: asked.clone() };
        let router = Router::new().fallback(answer).with_state(state);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, asked }
    }

    /// With AWS's own form of an error.
    async fn refusing(status: u16, code: &str, message: &str) -> Self {
        let xml = format!(
            "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type><Code>{code}\
             </Code><Message>{message}</Message></Error><RequestId>1</RequestId></ErrorResponse>"
        );
        Self::answering(status, xml).await
    }

    async fn giving(token: &str) -> Self {
        let xml = format!(
            "<GetWebIdentityTokenResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetWebIdentityTokenResult>\
             <WebIdentityToken>{token}</WebIdentityToken><Expiration>2026-11-21T00:05:00Z</Expiration>\
             </GetWebIdentityTokenResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata>\
             </GetWebIdentityTokenResponse>"
        );
        Self::answering(200, xml).await
    }

    async fn token(&self) -> Result<String, WebIdentityError> {
        let identity = WebIdentity::with_config(config(Some(&self.address)));
        identity.token(AUDIENCE).await.map(|token| token.expose_secret().to_owned())
    }
}

async fn answer(State(answer): State<Answer>, body: Bytes) -> Response {
    answer.asked.lock().unwrap().push(String::from_utf8(body.to_vec()).unwrap());
    let status = StatusCode::from_u16(answer.status).unwrap();
    (status, [(header::CONTENT_TYPE, "text/xml")], answer.xml).into_response()
}

fn config(endpoint: Option<&str>) -> SdkConfig {
    let credentials = Credentials::new("AKIDEXAMPLE", "key", None, None, "test");
    let mut builder = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .retry_config(RetryConfig::disabled())
        .credentials_provider(SharedCredentialsProvider::new(credentials));
    if let Some(endpoint) = endpoint {
        builder = builder.region(Region::new("eu-central-1")).endpoint_url(endpoint);
    }
    builder.build()
}

#[tokio::test]
async fn a_token_is_asked_for_with_the_audience_and_the_algorithm_entra_id_checks() {
    let sts = Sts::giving("e30.e30.c2ln").await;
    assert_eq!(sts.token().await.unwrap(), "e30.e30.c2ln");
    let asked = sts.asked.lock().unwrap().join("&");
    for word in [
        "Action=GetWebIdentityToken",
        "Audience.member.1=api%3A%2F%2FAzureADTokenExchange",
        "SigningAlgorithm=RS256",
        "DurationSeconds=300",
    ] {
        assert!(asked.contains(word), "{asked}");
    }
}

#[tokio::test]
async fn a_refusal_says_what_to_do() {
    let denied = "User: arn:aws:sts::111122223333:assumed-role/worker/f is not authorized to perform: \
                  sts:GetWebIdentityToken on resource: * because no identity-based policy allows it";
    for (status, code, message, told) in [
        (
            400,
            "OutboundWebIdentityFederationDisabledException",
            "It is not enabled.",
            "aws iam enable-outbound-web-identity-federation",
        ),
        (
            403,
            "AccessDenied",
            denied,
            "assumed-role/worker/f to ask for a token for api://AzureADTokenExchange: aws iam put-role-policy",
        ),
        (400, "InvalidAction", "Could not find operation", "which only regional endpoints of AWS STS do"),
        (403, "RegionDisabledException", "STS is not activated", "switched off in eu-central-1"),
        (403, "ExpiredToken", "The security token is expired", "aws sts get-caller-identity"),
        (503, "ServiceUnavailable", "later", "try again in a few minutes"),
        (400, "JWTPayloadSizeExceededException", "Too long.", "(JWTPayloadSizeExceededException): Too long"),
    ] {
        let error = Sts::refusing(status, code, message).await.token().await.unwrap_err();
        assert!(error.to_string().contains(told), "{error}");
        assert_eq!(error.is_transient(), code == "ServiceUnavailable", "{error}");
    }
}

#[tokio::test]
async fn without_a_region_or_an_answer_it_says_so() {
    let nowhere = WebIdentity::with_config(config(None)).token(AUDIENCE).await.unwrap_err();
    assert!(matches!(nowhere, WebIdentityError::NoRegion), "{nowhere}");
    let empty = Sts::giving("").await.token().await.unwrap_err();
    assert!(matches!(empty, WebIdentityError::Garbled { .. }), "{empty}");
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let dead = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = WebIdentity::with_config(config(Some(&dead))).token(AUDIENCE).await.unwrap_err();
    assert!(error.is_transient() && error.to_string().starts_with(&dead), "{error}");
}
