//! The listener: TLS, host names, HTTP versions, compression, authentication, stopping.

use std::net::SocketAddr;

use fairlead_simulator::{Running, Scenario, Simulator};
use reqwest::{Certificate, Client, StatusCode, Version};
use secrecy::ExposeSecret as _;
use serde_json::Value;

use crate::support::{self, ARM, Cloud, GRAPH, encoded, header, json, secret_form};

async fn secure(public_names: bool) -> (Running, reqwest::ClientBuilder) {
    let running = Simulator::builder()
        .scenario(Scenario::default())
        .secure(None)
        .public_names(public_names)
        .start()
        .await
        .unwrap();
    let authority = Certificate::from_pem(running.authority_pem().unwrap().as_bytes()).unwrap();
    let client = Client::builder().tls_certs_only([authority]);
    (running, client)
}

#[tokio::test]
async fn tls_speaks_http_2_to_who_trusts_the_authority() {
    let (running, client) = secure(false).await;
    let url = format!("{}/common/discovery/instance", running.base_url());
    let response = client.build().unwrap().get(&url).send().await.unwrap();
    assert_eq!(response.version(), Version::HTTP_2);
    assert!(Client::new().get(&url).send().await.is_err(), "nobody else trusts it");
    running.stop().await;
}

#[tokio::test]
async fn azure_s_own_host_names_lead_to_their_services() {
    let (running, client) = secure(true).await;
    let here = SocketAddr::from(([127, 0, 0, 1], running.address().port()));
    let mut client = client;
    let hosts = ["login.microsoftonline.com", "graph.microsoft.com", "management.azure.com"];
    for host in hosts {
        client = client.resolve(host, here);
    }
    let client = client.build().unwrap();
    let at = |host: &str, path: &str| format!("https://{host}:{}{path}", here.port());
    let connection = running.connection();
    let (id, secret) = (connection.client_id.to_string(), connection.client_secret.expose_secret());
    let form = encoded(&secret_form(&id, secret, "https://graph.microsoft.com/.default"));
    let path = format!("/{}/oauth2/v2.0/token", connection.tenant_id);
    let token = client.post(at(hosts[0], &path)).body(form).send().await.unwrap();
    let token = json(token).await["access_token"].as_str().unwrap().to_owned();
    let page = client.get(at(hosts[1], "/v1.0/users?$top=5")).bearer_auth(&token).send().await.unwrap();
    assert_eq!(page.status(), StatusCode::OK);
    let page = json(page).await;
    let link = page["@odata.nextLink"].as_str().unwrap();
    assert!(link.starts_with(&at(hosts[1], "/v1.0/users?")), "{link}");
    // A path of Graph is none of Resource Manager's at its own host.
    let other = client.get(at(hosts[2], "/v1.0/users")).bearer_auth(&token).send().await.unwrap();
    assert_eq!(json(other).await["error"]["code"], "InvalidAuthenticationTokenAudience");
}

#[tokio::test]
async fn plain_http_2_is_spoken_to_who_knows_it_beforehand() {
    let cloud = Cloud::with(|_| ()).await;
    let client = Client::builder().http2_prior_knowledge().build().unwrap();
    let response = client.get(cloud.url("/_simulator/clock")).send().await.unwrap();
    assert_eq!((response.status(), response.version()), (StatusCode::OK, Version::HTTP_2));
}

#[tokio::test]
async fn answers_are_compressed_for_who_asks() {
    let cloud = Cloud::with(|_| ()).await;
    let token = cloud.token(GRAPH).await;
    let plain = Client::builder().no_gzip().build().unwrap();
    let url = cloud.url("/v1.0/users?$top=100");
    let whole = plain.get(&url).bearer_auth(&token).send().await.unwrap();
    assert_eq!(header(&whole, "content-encoding"), "");
    let packed = plain.get(&url).bearer_auth(&token).header("accept-encoding", "gzip").send().await.unwrap();
    assert_eq!(header(&packed, "content-encoding"), "gzip");
    let (whole, packed) = (whole.bytes().await.unwrap(), packed.bytes().await.unwrap());
    assert!(packed.len() * 3 < whole.len(), "{} {}", packed.len(), whole.len());
    let same = cloud.get("/v1.0/users?$top=100", &token).send().await.unwrap().bytes().await.unwrap();
    assert_eq!(same, whole);
}

#[tokio::test]
async fn each_service_refuses_tokens_in_its_own_words() {
    let cloud = Cloud::with(|_| ()).await;
    let (graph, arm) = (cloud.token(GRAPH).await, cloud.token(ARM).await);
    let forged = format!("{}AAAA", &graph[..graph.len() - 4]);
    for (path, token, code, part) in [
        ("/v1.0/users", "", "InvalidAuthenticationToken", "empty"),
        ("/v1.0/users", "x", "InvalidAuthenticationToken", "parsing"),
        ("/v1.0/users", &arm, "InvalidAuthenticationToken", "audience"),
        ("/v1.0/users", &forged, "InvalidAuthenticationToken", "signature"),
        ("/subscriptions?api-version=2022-12-01", "", "AuthenticationFailed", "missing"),
        ("/subscriptions?api-version=2022-12-01", "x", "InvalidAuthenticationToken", "invalid"),
        ("/subscriptions?api-version=2022-12-01", &graph, "InvalidAuthenticationTokenAudience", "audience"),
    ] {
        let request = cloud.client.get(cloud.url(path));
        let request = if token.is_empty() { request } else { request.bearer_auth(token) };
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
        assert!(header(&response, "www-authenticate").starts_with("Bearer "));
        let body = json(response).await;
        assert_eq!(body["error"]["code"], code, "{path}");
        assert!(body["error"]["message"].as_str().unwrap().contains(part), "{body}");
    }
}

#[tokio::test]
async fn a_subscription_s_tenant_is_told_without_a_token() {
    let cloud = Cloud::of(support::scenario("small.toml")).await;
    let path = "/subscriptions/5b0f8d4a-6a1c-4f53-9a6e-0c6b9a3a7f10?api-version=2022-12-01";
    let response = cloud.client.get(cloud.url(path)).send().await.unwrap();
    let tenant = cloud.running.connection().tenant_id.to_string();
    assert!(header(&response, "www-authenticate").contains(&tenant));
}

#[tokio::test]
async fn the_cloud_describes_itself_without_a_token() {
    let cloud = Cloud::with(|_| ()).await;
    let metadata = |version: &str| cloud.url(&format!("/metadata/endpoints?api-version={version}"));
    let one = json(cloud.client.get(metadata("2022-09-01")).send().await.unwrap()).await;
    assert_eq!(one["authentication"]["loginEndpoint"], cloud.running.base_url());
    assert!(matches!(
        json(cloud.client.get(metadata("2019-05-01")).send().await.unwrap()).await,
        Value::Array(_)
    ));
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused() {
    let cloud = Cloud::with(|_| ()).await;
    let response =
        cloud.client.post(cloud.url("/x/oauth2/v2.0/token")).body(vec![b'a'; 5 << 20]).send().await;
    // The connection may be closed before the client has sent everything.
    assert!(response.is_err() || response.is_ok_and(|it| it.status() == StatusCode::PAYLOAD_TOO_LARGE));
}

#[tokio::test]
async fn nothing_answers_after_the_stop() {
    let cloud = Cloud::with(|_| ()).await;
    let url = cloud.url("/_simulator/clock");
    assert!(cloud.client.get(&url).send().await.is_ok());
    cloud.running.stop().await;
    assert!(Client::new().get(&url).send().await.is_err());
}
