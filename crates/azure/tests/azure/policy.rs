//! What a connector is refused never reaches the wire.

use fairlead_azure::Policy;
use fairlead_model::{Api, ApiNeed, Header, Method, Mode, Refusal, Request};
use serde_json::json;

use crate::support::{self, Reply, Server, get};

fn users_only() -> Policy {
    let need = ApiNeed {
        api: Api::Graph,
        methods: vec![Method::Get, Method::Post, Method::Delete],
        paths: vec!["/v1.0/users/**".into(), "/v1.0/directoryObjects/getByIds".into()],
        why: String::new(),
    };
    Policy::new(&[need], Mode::Read)
}

#[tokio::test]
async fn next_links_are_followed_within_the_service_and_nowhere_else() {
    let server = Server::start(|_| Reply::json(200, &json!({"value": []}))).await;
    let policed = server.gateway().policed(users_only());
    let own = format!("{}/graph/v1.0/users?$skiptoken=x", server.address);
    assert_eq!(policed.send(get(&own)).await.unwrap().status, 200);
    assert_eq!(server.calls()[0].path, "/graph/v1.0/users?$skiptoken=x");

    let arm_of_same_host = format!("{}/arm/v1.0/users", server.address);
    for link in ["https://evil.example/v1.0/users?$skiptoken=x", &arm_of_same_host] {
        let refused = policed.send(get(link)).await;
        let Err(Refusal::ForeignHost(sentence)) = refused else { panic!("{link}: {refused:?}") };
        assert!(sentence.contains("nothing was sent there"), "{sentence}");
    }
    assert_eq!(server.calls().len(), 1);
}

#[tokio::test]
async fn refused_calls_reach_nobody_and_do_not_even_sign_in() {
    let server = Server::start(|_| Reply::ok()).await;
    let policed = server.gateway().policed(users_only());
    let with = |method, path: &str| Request { method, ..get(path) };
    let method_override = Header { name: "X-HTTP-Method".into(), value: "DELETE".into() };
    for request in [
        get("/v1.0/groups"),
        get("/v1.0/users/../groups"),
        get("/v1.0/users/%2e%2e/groups"),
        get("/v1.0/users//1"),
        get("//evil.example/v1.0/users"),
        with(Method::Post, "/v1.0/$batch"),
        with(Method::Delete, "/v1.0/users/1"),
        with(Method::Post, "/v1.0/users"),
        with(Method::Patch, "/v1.0/users/1"),
        Request { api: Api::ResourceManager, ..get("/v1.0/users") },
        Request { headers: vec![method_override], ..with(Method::Post, "/v1.0/directoryObjects/getByIds") },
        Request { body: Some("x".into()), ..get("/v1.0/users") },
    ] {
        let asked = format!("{request:?}");
        let refused = policed.send(request).await;
        assert!(
            matches!(refused, Err(Refusal::NotDeclared(_) | Refusal::ReadOnly(_))),
            "{asked}: {refused:?}"
        );
    }
    assert!(server.calls().is_empty() && server.token_requests().is_empty());
}

#[tokio::test]
async fn a_service_without_an_address_is_said_to_be_out_of_reach() {
    let server = Server::start(|_| Reply::ok()).await;
    let policed = server.gateway().policed(support::everything(Mode::Read));
    let refused = policed.send(Request::get(Api::Storage, "/account/container")).await;
    let Err(Refusal::Unavailable(sentence)) = refused else { panic!("{refused:?}") };
    assert!(sentence.contains("does not call Azure Storage"), "{sentence}");
}
