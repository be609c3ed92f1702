//! Entra as clients see it: tokens that verify, and every refusal of an onboarding gone wrong.

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use fairlead_simulator::entra::aadsts::DescriptionStyle;
use fairlead_simulator::scenario::AppPlan;
use jiff::SignedDuration;
use reqwest::StatusCode;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use crate::support::{ARM, Cloud, GRAPH, encoded, json as body_of, scenario, secret_form};

fn claims(token: &str) -> Value {
    let part = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

#[tokio::test]
async fn tokens_verify_against_the_keys_that_discovery_leads_to() {
    let cloud = Cloud::with(|_| ()).await;
    let domain = &cloud.running.connection().domain;
    let document = cloud.client.get(cloud.url(&format!("/{domain}/v2.0/.well-known/openid-configuration")));
    let document = body_of(document.send().await.unwrap()).await;
    let keys = body_of(cloud.client.get(document["jwks_uri"].as_str().unwrap()).send().await.unwrap()).await;
    let token = cloud.token(GRAPH).await;
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let header = claims(&format!("x.{}", signed.split('.').next().unwrap()));
    let key = keys["keys"].as_array().unwrap().iter().find(|key| key["kid"] == header["kid"]).unwrap();
    let number = |name: &str| URL_SAFE_NO_PAD.decode(key[name].as_str().unwrap()).unwrap();
    let public = RsaPublicKeyComponents { n: number("n"), e: number("e") };
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    public.verify(&RSA_PKCS1_2048_8192_SHA256, signed.as_bytes(), &signature).unwrap();
    let tenant = cloud.running.connection().tenant_id.to_string();
    assert!(document["issuer"].as_str().unwrap().contains(&tenant));
    assert_eq!(document["token_endpoint"], cloud.url(&format!("/{tenant}/oauth2/v2.0/token")));
}

#[tokio::test]
async fn claims_say_who_asks_and_what_was_granted() {
    let cloud = Cloud::with(|_| ()).await;
    let connection = cloud.running.connection();
    let token = claims(&cloud.token(GRAPH).await);
    assert_eq!(token["aud"], GRAPH);
    assert_eq!(token["tid"], connection.tenant_id.to_string());
    assert_eq!(token["appid"], connection.client_id.to_string());
    assert_eq!(
        (&token["idtyp"], &token["ver"], &token["appidacr"]),
        (&json!("app"), &json!("1.0"), &json!("1"))
    );
    assert_eq!(token["roles"].as_array().unwrap().len(), 20);
    let lifetime = token["exp"].as_i64().unwrap() - token["iat"].as_i64().unwrap();
    assert!((3_600..=5_400).contains(&lifetime), "{lifetime}");
    let world = cloud.running.world().read();
    let tenant = &world.tenants()[0];
    let position = tenant.service_principal_of(connection.client_id).unwrap();
    assert_eq!(token["oid"], tenant.service_principals.at(position).unwrap().id.to_string());
}

#[tokio::test]
async fn resource_manager_s_tokens_carry_no_permissions_and_both_its_names_are_known() {
    let cloud = Cloud::with(|_| ()).await;
    for resource in [ARM, "https://management.core.windows.net/"] {
        let token = claims(&cloud.token(resource).await);
        assert_eq!(token["aud"], resource);
        assert!(token.get("roles").is_none());
    }
}

#[tokio::test]
async fn expiry_is_a_number_at_the_newer_endpoint_and_a_string_at_the_older() {
    let cloud = Cloud::with(|_| ()).await;
    let connection = cloud.running.connection();
    let client = connection.client_id.to_string();
    let secret = connection.client_secret.expose_secret();
    let (_, newer) = cloud.ask(&secret_form(&client, secret, &format!("{GRAPH}/.default"))).await;
    assert!(newer["expires_in"].is_u64() && newer["ext_expires_in"].is_u64());
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", &client),
        ("client_secret", secret),
        ("resource", "https://management.core.windows.net/"),
    ];
    let (status, older) = cloud.ask_at(&format!("/{}/oauth2/token", connection.domain), &form).await;
    assert_eq!(status, StatusCode::OK);
    assert!(older["expires_in"].is_string() && older["expires_on"].is_string());
}

#[tokio::test]
async fn the_credential_may_come_as_basic_authentication() {
    let cloud = Cloud::with(|_| ()).await;
    let connection = cloud.running.connection();
    let pair = format!("{}:{}", connection.client_id, connection.client_secret.expose_secret());
    let scope = format!("{GRAPH}/.default");
    let response = cloud
        .client
        .post(cloud.url(&format!("/{}/oauth2/v2.0/token", connection.tenant_id)))
        .header("authorization", format!("Basic {}", STANDARD.encode(pair)))
        .body(encoded(&[("grant_type", "client_credentials"), ("scope", &scope)]))
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::OK);
}

/// What the token endpoint answers to an app of `broken-onboardings.toml`: status, `error`, code; or the roles.
async fn attempt(cloud: &Cloud, app: &str, secret: &str) -> (u16, String, u64) {
    let client = format!("7a1f2d3c-0000-4000-8000-00000000{app}");
    let (status, body) = cloud.ask(&secret_form(&client, secret, &format!("{GRAPH}/.default"))).await;
    let error = body["error"].as_str().unwrap_or("").to_owned();
    (status.as_u16(), error, body["error_codes"][0].as_u64().unwrap_or(0))
}

#[tokio::test]
async fn every_broken_onboarding_is_refused_as_entra_does() {
    let cloud = Cloud::of(scenario("broken-onboardings.toml")).await;
    for (app, secret, status, error, code) in [
        ("a001", "secret~all-right", 200, "", 0),
        ("a001", "another", 401, "invalid_client", 7_000_215),
        ("a001", "", 401, "invalid_client", 7_000_218),
        ("a002", "secret~expired", 401, "invalid_client", 7_000_222),
        ("a003", "secret~disabled", 400, "unauthorized_client", 7_000_112),
        ("a004", "secret~without-principal", 400, "unauthorized_client", 7_000_229),
        ("a005", "secret~blocked", 400, "invalid_grant", 53003),
        ("a006", "secret~no-consent", 200, "", 0),
        ("a008", "secret~public-client", 401, "invalid_client", 700_025),
        ("a009", "secret~disabled-by-microsoft", 400, "unauthorized_client", 1_000_031),
        ("a010", "secret~security-policy", 400, "invalid_grant", 530_032),
        ("a012", "secret~vendor-app", 400, "unauthorized_client", 700_016),
        ("affff", "x", 400, "unauthorized_client", 700_016),
    ] {
        assert_eq!(attempt(&cloud, app, secret).await, (status, error.to_owned(), code), "{app}");
    }
}

#[tokio::test]
async fn what_is_asked_wrongly_is_refused_by_its_own_code() {
    let cloud = Cloud::of(scenario("broken-onboardings.toml")).await;
    let client = "7a1f2d3c-0000-4000-8000-00000000a001";
    let tenant = cloud.running.connection().tenant_id;
    let good = format!("{GRAPH}/.default");
    let at = format!("/{tenant}/oauth2/v2.0/token");
    for (path, scope, code) in [
        ("/7a1f2d3c-0000-4000-8000-0000000000ff/oauth2/v2.0/token", good.as_str(), 90002),
        ("/nobody.example/oauth2/v2.0/token", &good, 90002),
        ("/not_a_tenant/oauth2/v2.0/token", &good, 900_023),
        ("/common/oauth2/v2.0/token", &good, 50059),
        (&at, "https://graph.microsoft.example/.default", 500_011),
        (&at, "https://graph.microsoft.com/User.Read.All", 1_002_012),
        (&at, "User.Read", 70011),
        (&at, "https://graph.microsoft.us/.default", 500_011),
    ] {
        let (_, body) = cloud.ask_at(path, &secret_form(client, "secret~all-right", scope)).await;
        assert_eq!(body["error_codes"], json!([code]), "{path} {scope}: {body}");
    }
    let response = cloud.client.get(cloud.url(&at)).send().await.unwrap();
    assert_eq!(body_of(response).await["error_codes"], json!([900_561]));
    let discovery = cloud.client.get(cloud.url("/nobody.example/v2.0/.well-known/openid-configuration"));
    let response = discovery.send().await.unwrap();
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    assert_eq!(body_of(response).await["error"], "invalid_tenant");
}

#[tokio::test]
async fn consent_on_the_retired_graph_gives_no_role() {
    let cloud = Cloud::of(scenario("broken-onboardings.toml")).await;
    for (app, secret, roles) in [
        ("a001", "secret~all-right", json!(["Group.Read.All", "User.Read.All"])),
        ("a006", "secret~no-consent", Value::Null),
        ("a007", "secret~wrong-graph", Value::Null),
    ] {
        let client = format!("7a1f2d3c-0000-4000-8000-00000000{app}");
        let (_, body) = cloud.ask(&secret_form(&client, secret, &format!("{GRAPH}/.default"))).await;
        assert_eq!(claims(body["access_token"].as_str().unwrap())["roles"], roles, "{app}");
    }
}

#[tokio::test]
async fn a_vendor_s_application_signs_in_after_consent() {
    let cloud = Cloud::of(scenario("broken-onboardings.toml")).await;
    let tenant = cloud.running.connection().tenant_id;
    let consent = format!("/{tenant}/adminconsent?client_id=7a1f2d3c-0000-4000-8000-00000000a012");
    assert_eq!(cloud.client.get(cloud.url(&consent)).send().await.unwrap().status(), StatusCode::OK);
    assert_eq!(attempt(&cloud, "a012", "secret~vendor-app").await.0, 200);
}

#[tokio::test]
async fn federated_assertions_match_to_the_letter() {
    let cloud = Cloud::of(scenario("broken-onboardings.toml")).await;
    let client = "7a1f2d3c-0000-4000-8000-00000000a011";
    let scope = format!("{GRAPH}/.default");
    for (issuer, subject, audience, code) in [
        ("https://issuer.example", "workload:sync", "api://AzureADTokenExchange", 0),
        ("https://other.example", "workload:sync", "api://AzureADTokenExchange", 700_211),
        ("https://issuer.example", "workload:other", "api://AzureADTokenExchange", 700_213),
        ("https://issuer.example", "Workload:Sync", "api://AzureADTokenExchange", 7_002_138),
        ("https://issuer.example", "workload:sync", "api://Other", 700_212),
    ] {
        let now = cloud.running.clock().now();
        let assertion = cloud.running.entra().outside_assertion(issuer, subject, audience, now).unwrap();
        let (_, body) = cloud.ask(&assertion_form(client, &assertion, &scope)).await;
        let answered = body["error_codes"][0].as_u64().unwrap_or(0);
        assert_eq!(answered, code, "{issuer} {subject} {audience}: {body}");
    }
    let now = cloud.running.clock().now() - SignedDuration::from_hours(2);
    let fresh = ("https://issuer.example", "workload:sync", "api://AzureADTokenExchange");
    let old = cloud.running.entra().outside_assertion(fresh.0, fresh.1, fresh.2, now).unwrap();
    let (_, body) = cloud.ask(&assertion_form(client, &old, &scope)).await;
    assert_eq!(body["error_codes"], json!([700_024]));
}

fn assertion_form<'a>(client: &'a str, assertion: &'a str, scope: &'a str) -> [(&'a str, &'a str); 5] {
    [
        ("grant_type", "client_credentials"),
        ("client_id", client),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", assertion),
        ("scope", scope),
    ]
}

#[tokio::test]
async fn a_certificate_signs_in_and_a_foreign_one_does_not() {
    let key = rcgen::KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, rcgen::RsaKeySize::_2048).unwrap();
    let certificate =
        rcgen::CertificateParams::new(vec!["sync".to_owned()]).unwrap().self_signed(&key).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sync.pem");
    std::fs::write(&file, certificate.pem()).unwrap();
    let cloud = Cloud::with(|it| {
        let reader = AppPlan { certificate: Some(file), ..AppPlan::default() };
        it.first_tenant().reader = Some(reader);
    })
    .await;
    let connection = cloud.running.connection();
    let client = connection.client_id.to_string();
    let audience = cloud.url(&format!("/{}/oauth2/v2.0/token", connection.tenant_id));
    let scope = format!("{GRAPH}/.default");
    let signed = |key: &rcgen::KeyPair| {
        let now = cloud.running.clock().now().as_second();
        let claims = json!({
            "iss": client, "sub": client, "aud": audience, "jti": "1", "nbf": now, "exp": now + 300,
        });
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let text = format!("{}.{}", encode(&json!({ "alg": "RS256", "typ": "JWT" })), encode(&claims));
        let signature = rcgen::SigningKey::sign(key, text.as_bytes()).unwrap();
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
    };
    let (status, body) = cloud.ask(&assertion_form(&client, &signed(&key), &scope)).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    assert_eq!(claims(body["access_token"].as_str().unwrap())["appidacr"], "2");
    let foreign =
        rcgen::KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, rcgen::RsaKeySize::_2048).unwrap();
    let (_, body) = cloud.ask(&assertion_form(&client, &signed(&foreign), &scope)).await;
    assert_eq!(body["error_codes"], json!([700_027]));
}

#[tokio::test]
async fn descriptions_come_in_both_styles() {
    let cloud = Cloud::with(|it| it.physics.description_style = DescriptionStyle::Lines).await;
    let (_, body) = cloud.ask(&[]).await;
    assert!(body["error_description"].as_str().unwrap().contains("\r\nTrace ID: "), "{body}");
    let mut settings = (*cloud.running.physics().settings()).clone();
    settings.description_style = DescriptionStyle::Spaces;
    cloud.running.physics().set(settings).unwrap();
    let (_, body) = cloud.ask(&[]).await;
    let description = body["error_description"].as_str().unwrap();
    assert!(description.contains(" Trace ID: ") && !description.contains('\n'), "{description}");
}

#[tokio::test]
async fn a_secret_runs_out_when_the_clock_says_so() {
    let cloud = Cloud::with(|_| ()).await;
    cloud.token(GRAPH).await;
    cloud.running.clock().advance(SignedDuration::from_hours(24 * 800));
    let connection = cloud.running.connection();
    let client = connection.client_id.to_string();
    let secret = connection.client_secret.expose_secret();
    let (_, body) = cloud.ask(&secret_form(&client, secret, &format!("{GRAPH}/.default"))).await;
    assert_eq!(body["error_codes"], json!([7_000_222]));
}

#[tokio::test]
async fn another_cloud_s_tenant_takes_its_own_audiences() {
    let cloud = Cloud::of(scenario("broken-onboardings.toml")).await;
    let reader = &cloud.running.connection().tenants[2];
    let client = reader.client_id.to_string();
    let path = format!("/{}/oauth2/v2.0/token", reader.tenant_id);
    for (scope, status) in
        [("https://graph.microsoft.us/.default", 200), ("https://graph.microsoft.com/.default", 400)]
    {
        let form = secret_form(&client, reader.client_secret.expose_secret(), scope);
        assert_eq!(cloud.ask_at(&path, &form).await.0.as_u16(), status, "{scope}");
    }
}
