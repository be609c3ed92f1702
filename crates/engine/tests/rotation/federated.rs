//! No secret at all: AWS vouches for a role, and the application trusts that.

use axum::{Router, http::header, routing::post};
use fairlead_azure::{AssertionProvider as _, Credential, Gateway, GatewayOptions, SignInError};
use fairlead_engine::AwsAssertions;
use fairlead_model::{Api, Cloud, CustomCloud};
use fairlead_secrets::WebIdentity;
use fairlead_simulator::{
    Running, Simulator,
    scenario::{AppPlan, FederatedPlan, Scenario, TenantPlan},
};
use jiff::Timestamp;

use crate::world::config;

const ISSUER: &str = "https://11112222-3333-4444-5555-666677778888.tokens.sts.global.api.aws";
const ROLE: &str = "arn:aws:iam::111122223333:role/fairlead-worker";
const AUDIENCE: &str = "api://AzureADTokenExchange";

/// An AWS STS that gives this token.
async fn sts(token: String) -> String {
    let xml = format!(
        "<GetWebIdentityTokenResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetWebIdentityTokenResult>\
         <WebIdentityToken>{token}</WebIdentityToken><Expiration>2099-01-01T00:00:00Z</Expiration>\
         </GetWebIdentityTokenResult></GetWebIdentityTokenResponse>"
    );
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let router =
        Router::new().route("/", post(move || async move { ([(header::CONTENT_TYPE, "text/xml")], xml) }));
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

async fn tenant() -> Running {
    let trust = FederatedPlan { issuer: ISSUER.into(), subject: ROLE.into(), audience: AUDIENCE.into() };
    let reader = AppPlan {
        without_secret: true,
        granted: Some(vec![]),
        roles: Some(vec![]),
        federated: vec![trust],
        ..AppPlan::default()
    };
    let tenant = TenantPlan { generated: false, reader: Some(reader), ..TenantPlan::default() };
    let scenario = Scenario { tenants: vec![tenant], ..Scenario::default() };
    Simulator::builder().scenario(scenario).start().await.expect("a simulator")
}

/// Signs in with what AWS says of a role.
async fn sign_in(role: &str) -> Result<(), SignInError> {
    let simulator = tenant().await;
    let now = Timestamp::now();
    let token = simulator.entra().outside_assertion(ISSUER, role, AUDIENCE, now).expect("a token");
    let identity = WebIdentity::with_config(config(&sts(token).await));
    let address: url::Url = simulator.base_url().parse().expect("an address");
    let cloud = Cloud::Custom(Box::new(CustomCloud {
        authority: address.clone(),
        graph: address.clone(),
        resource_manager: address,
        graph_audience: None,
        resource_manager_audience: None,
        ca_file: None,
    }));
    let assertions = AwsAssertions::new(identity, &cloud);
    assertions.assertion().await.expect("an assertion");
    let reader = simulator.connection();
    let tenant = reader.tenant_id.to_string().parse().expect("a tenant");
    let credential = Credential::Assertion(std::sync::Arc::new(assertions));
    let gateway = Gateway::connect(GatewayOptions::new(cloud, tenant, reader.client_id, credential));
    gateway.expect("a gateway").sign_in(Api::Graph).await.map(drop)
}

#[tokio::test]
async fn the_role_that_is_trusted_signs_in() {
    sign_in(ROLE).await.unwrap();
}

#[tokio::test]
async fn another_role_is_told_which_subject_to_trust() {
    let error = sign_in("arn:aws:iam::111122223333:role/another").await.unwrap_err().to_string();
    assert!(error.contains("make the subject exactly arn:aws:iam::111122223333:role/another"), "{error}");
}
