//! What holds for every address.

use axum::body::Body;
use http::{HeaderValue, Method, Request, StatusCode};
use proptest::prelude::*;

use crate::support::{World, plain};

#[tokio::test]
async fn somebody_is_there() {
    let world = World::new().await;
    let answered = world.send(plain(Method::GET, "/healthz", "")).await;
    assert_eq!((answered.status, answered.body.as_str()), (StatusCode::OK, "ok"));
}

#[tokio::test]
async fn what_is_not_there_and_what_is_not_taken_are_told_apart() {
    let world = World::new().await;
    for (method, address, status, code) in [
        (Method::GET, "/", StatusCode::NOT_FOUND, "not-found"),
        (Method::POST, "/webhooks", StatusCode::NOT_FOUND, "not-found"),
        (Method::POST, "/webhooks/graph/a/b", StatusCode::NOT_FOUND, "not-found"),
        (Method::GET, "/webhooks/validate", StatusCode::METHOD_NOT_ALLOWED, "method"),
        (Method::DELETE, "/validations/1", StatusCode::METHOD_NOT_ALLOWED, "method"),
        (Method::OPTIONS, "/webhooks/graph/contoso", StatusCode::METHOD_NOT_ALLOWED, "method"),
    ] {
        let answered = world.send(plain(method.clone(), address, "")).await;
        assert_eq!((answered.status, answered.code().as_str()), (status, code), "{method} {address}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_that_never_ends_is_given_up() {
    let world = World::new().await;
    let body = Body::from_stream(futures::stream::pending::<Result<Vec<u8>, std::io::Error>>());
    let answered = world.send(plain(Method::POST, "/webhooks/validate", body)).await;
    assert_eq!((answered.status, answered.code().as_str()), (StatusCode::SERVICE_UNAVAILABLE, "slow"));
}

/// Method, address, headers by number, body.
type Anything = (Method, String, Vec<(usize, Vec<u8>)>, Vec<u8>);

/// A request to one of the addresses, or near one, with headers that mean something there.
fn anything() -> impl Strategy<Value = Anything> {
    let method = prop_oneof![Just(Method::POST), Just(Method::GET), Just(Method::OPTIONS), Just(Method::PUT)];
    let place = prop_oneof![
        Just("/webhooks/validate".to_owned()),
        "/validations/[a-f0-9%-]{0,40}",
        "/webhooks/graph/[a-z%0-9-]{0,10}",
        "/webhooks/event-grid/[a-z%0-9-]{0,10}",
        "/[a-z/]{0,20}",
    ];
    let query = prop_oneof![Just(String::new()), "\\?(wait|key|validationToken)=[a-zA-Z0-9%<&=+]{0,30}"];
    let headers =
        proptest::collection::vec((0..HEADERS.len(), proptest::collection::vec(any::<u8>(), 0..40)), 0..6);
    let body = prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..100),
        r#"[\[\]{}:,"a-z]{0,60}"#.prop_map(String::into_bytes),
        r#"\{"value":\[\{"clientState":"[0-9a-f]{0,64}","lifecycleEvent":"[a-z]{0,9}"\}\]\}"#
            .prop_map(String::into_bytes),
    ];
    (method, (place, query).prop_map(|(place, query)| place + &query), headers, body)
}

const HEADERS: [&str; 8] = [
    "webhook-id",
    "webhook-timestamp",
    "webhook-signature",
    "content-type",
    "content-length",
    "aeg-event-type",
    "webhook-request-origin",
    "x-fairlead-key",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn nothing_that_comes_by_itself_breaks_or_starts_anything((method, address, headers, body) in anything()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let world = World::new().await;
            world.key("portal");
            let stored = world.stored().await;
            let Ok(mut request) = Request::builder().method(method).uri(address).body(Body::from(body)) else {
                return;
            };
            for (name, value) in headers {
                if let Ok(value) = HeaderValue::from_bytes(&value) {
                    request.headers_mut().append(HEADERS[name], value);
                }
            }
            let answered = world.send(request).await;
            assert!(!answered.status.is_server_error(), "{answered:?}");
            world.did_nothing(&stored).await;
        });
    }
}
