//! A call gets its answer through throttling, faults and cut bodies, or a sentence why not.

use std::{
    hash::{DefaultHasher, Hash as _, Hasher as _},
    io::Write as _,
    sync::Arc,
};

use bytes::Bytes;
use fairlead_azure::{Gateway, GatewayOptions, Pace};
use fairlead_model::{Api, Header, Method, Mode, Refusal, Request};
use flate2::{Compression, write::GzEncoder};
use serde_json::json;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::support::{self, Reply, Server, everything, get, quick};

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn post(path: &str) -> Request {
    Request { method: Method::Post, body: Some(Bytes::from_static(b"{}")), ..get(path) }
}

/// Fails the first tries of everything in one way, then answers.
async fn recovers_from(fault: Reply, tries: usize) -> Server {
    let server =
        Server::start(move |seen| if seen.before < tries { fault.clone() } else { Reply::ok() }).await;
    let gateway = server.gateway();
    let answer = gateway.policed(everything(Mode::Read)).send(get("/v1.0/users")).await;
    let response = answer.unwrap();
    assert_eq!((response.status, &response.body[..]), (200, br#"{"value":[]}"#.as_slice()));
    assert_eq!(server.calls().len(), tries + 1);
    let statistics = gateway.statistics();
    assert_eq!(statistics.retries, tries as u64);
    assert_eq!(statistics.requests, tries as u64 + 2, "the token request counts too");
    server
}

#[tokio::test]
async fn a_call_carries_token_headers_and_body_and_the_answer_comes_back_whole() {
    let big = format!(r#"{{"value":["{}"]}}"#, "x".repeat(300_000));
    let zipped = gzip(&big);
    let server = Server::start(move |_| {
        Reply::new(200, &[("content-encoding", "gzip"), ("set-cookie", "a"), ("request-id", "r1")], &zipped)
    })
    .await;
    let header = Header { name: "ConsistencyLevel".into(), value: "eventual".into() };
    let request = Request { headers: vec![header], ..get("/v1.0/users?$top=2&$filter=a eq 'b'") };
    let response = server.reader().send(request).await.unwrap();
    assert_eq!(response.body, big);
    assert_eq!(response.headers, [Header { name: "request-id".into(), value: "r1".into() }]);
    let seen = &server.calls()[0];
    assert_eq!(seen.path, "/graph/v1.0/users?$top=2&$filter=a%20eq%20%27b%27");
    assert_eq!(seen.header("consistencylevel"), Some("eventual"));
    assert!(seen.header("authorization").unwrap().starts_with("Bearer e30."));
    assert!(seen.header("accept-encoding").unwrap().contains("gzip"));
}

#[tokio::test]
async fn it_recovers_from_every_transient_status() {
    for status in [408, 429, 500, 502, 503, 504] {
        recovers_from(Reply::json(status, &json!({"error": {}})), 3).await;
    }
}

#[tokio::test]
async fn it_recovers_from_resets_and_from_answers_cut_in_any_way() {
    let whole = gzip(&format!(r#"{{"value":["{}"]}}"#, "abc".repeat(1000)));
    let zipped = [
        format!("HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n", whole.len() - 12)
            .into_bytes(),
        whole[..whole.len() - 12].to_vec(),
    ]
    .concat();
    for (name, fault) in [
        ("reset", Reply::reset()),
        ("short of its length", Reply::raw("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"value\":")),
        ("chunk cut", Reply::raw("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\n{\"va")),
        (
            "last chunk missing",
            Reply::raw("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n"),
        ),
        ("bad chunk", Reply::raw("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n")),
        ("gzip cut", Reply::raw(zipped)),
        ("no length and cut", Reply::raw("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{\"value\":[")),
        ("head cut", Reply::raw("HTTP/1.1 200 OK\r\ncontent-le")),
    ] {
        println!("{name}");
        recovers_from(fault, 2).await;
    }
}

#[tokio::test]
async fn a_told_wait_is_kept_by_all_calls_and_counted_once() {
    let told = Reply::new(429, &[("x-ms-retry-after-ms", "40")], "");
    let server = Server::start(move |seen| if seen.before == 0 { told.clone() } else { Reply::ok() }).await;
    let gateway = server.gateway();
    let policed = gateway.policed(everything(Mode::Read));
    let mut waits = gateway.waits();
    let calls = vec![get("/v1.0/users"), get("/v1.0/groups"), get("/v1.0/applications")];
    assert!(policed.send_all(calls).await.iter().all(|answer| answer.as_ref().unwrap().status == 200));
    let statistics = gateway.statistics();
    assert_eq!(statistics.throttled, 3);
    assert!((40..=120).contains(&statistics.throttle_wait_ms), "{statistics:?}");
    assert!(waits.has_changed().unwrap());
    assert_eq!(waits.borrow_and_update().as_ref().unwrap().service, "Microsoft Graph");
    assert!(gateway.pacing()[0].concurrency < quick().start_concurrency.into());
}

#[tokio::test]
async fn one_services_pause_does_not_hold_another() {
    let server = Server::start(|seen| match seen.path.as_str() {
        "/graph/v1.0/users" => Reply::new(429, &[("retry-after", "100")], ""),
        _ => Reply::ok(),
    })
    .await;
    let gateway = server.gateway();
    let policed = gateway.policed(everything(Mode::Read));
    let paused = tokio::spawn({
        let policed = policed.clone();
        async move { policed.send(get("/v1.0/users")).await }
    });
    gateway.waits().changed().await.unwrap();
    let request = Request::get(Api::ResourceManager, "/subscriptions?api-version=2022-12-01");
    assert_eq!(policed.send(request).await.unwrap().status, 200);
    assert!(gateway.pacing()[0].waits.is_some());
    paused.abort();
}

#[tokio::test]
async fn what_azure_says_for_good_is_the_connectors_to_judge() {
    for status in [204, 302, 400, 403, 404, 409, 410, 501] {
        let server = Server::start(move |_| {
            Reply::new(status, &[("location", "https://elsewhere.example/")], r#"{"error":{"code":"x"}}"#)
        })
        .await;
        let response = server.reader().send(get("/v1.0/users/1")).await.unwrap();
        assert_eq!(response.status, status);
        assert_eq!(server.calls().len(), 1, "no redirect is followed and nothing is retried");
    }
}

#[tokio::test]
async fn it_gives_up_after_its_tries_and_says_what_it_tried_without_the_query() {
    let server = Server::start(|_| Reply::new(503, &[("request-id", "r-42")], "")).await;
    let Err(Refusal::Unavailable(sentence)) = server.reader().send(get("/v1.0/users?$filter=a")).await else {
        panic!("it did not give up")
    };
    assert_eq!(
        sentence,
        "GET /v1.0/users on Microsoft Graph did not succeed in 8 tries: it answers 503 Service Unavailable \
         (request r-42); try again later"
    );
    assert_eq!(server.calls().len(), 8);
}

#[tokio::test]
async fn a_wait_longer_than_a_call_may_take_ends_it_at_once() {
    let server = Server::start(|_| Reply::new(429, &[("retry-after", "372")], "")).await;
    let Err(Refusal::Unavailable(sentence)) = server.reader().send(get("/v1.0/users")).await else {
        panic!("it did not give up")
    };
    assert!(sentence.starts_with("Microsoft Graph asks to be left alone for 37"), "{sentence}");
    assert_eq!(server.calls().len(), 1);
}

#[tokio::test]
async fn a_change_is_sent_again_only_when_it_was_certainly_not_carried_out() {
    let write = |server: &Server| server.gateway().policed(everything(Mode::ReadWrite));
    let throttled = Server::start(|seen| match seen.before {
        0 => Reply::new(429, &[], ""),
        1 => Reply::new(503, &[("retry-after", "0")], ""),
        _ => Reply::new(201, &[], "{}"),
    })
    .await;
    assert_eq!(write(&throttled).send(post("/v1.0/groups")).await.unwrap().status, 201);
    assert_eq!(throttled.calls().len(), 3);
    assert_eq!(throttled.calls()[2].body, b"{}");

    let failing = Server::start(|_| Reply::new(500, &[], "{}")).await;
    assert_eq!(write(&failing).send(post("/v1.0/groups")).await.unwrap().status, 500);
    assert_eq!(failing.calls().len(), 1);

    let cut = Server::start(|_| Reply::raw("HTTP/1.1 201 Created\r\ncontent-length: 9\r\n\r\n{")).await;
    let refused = write(&cut).send(post("/v1.0/groups")).await;
    let Err(Refusal::Unavailable(sentence)) = refused else { panic!("{refused:?}") };
    assert!(sentence.contains("may have been carried out"), "{sentence}");
    assert_eq!(cut.calls().len(), 1);

    let question = Server::start(|seen| if seen.before == 0 { Reply::reset() } else { Reply::ok() }).await;
    let asked = question.reader().send(post("/v1.0/directoryObjects/getByIds")).await;
    assert_eq!(asked.unwrap().status, 200, "a question by POST may be repeated");
}

#[tokio::test]
async fn a_change_without_a_body_says_that_it_has_none() {
    let server = Server::start(|_| Reply::ok()).await;
    let path = "/v1.0/groups/1/members/2/$ref";
    let bodiless = Request { method: Method::Post, body: None, ..get(path) };
    server.gateway().policed(everything(Mode::ReadWrite)).send(bodiless).await.unwrap();
    assert_eq!(server.calls()[0].header("content-length"), Some("0"));
}

#[tokio::test]
async fn a_rejected_token_is_renewed_once() {
    let server = Server::start_with_entra(|seen| match (seen.is_token(), seen.before) {
        (true, before) => support::token(&before.to_string()),
        (false, 0) => Reply::new(401, &[], "{}"),
        _ => Reply::ok(),
    })
    .await;
    assert_eq!(server.reader().send(get("/v1.0/users")).await.unwrap().status, 200);
    let calls = server.calls();
    assert_ne!(calls[0].header("authorization"), calls[1].header("authorization"));

    let stubborn = Server::start(|_| Reply::new(401, &[], r#"{"error":{}}"#)).await;
    assert_eq!(stubborn.reader().send(get("/v1.0/users")).await.unwrap().status, 401);
    assert_eq!(stubborn.calls().len(), 2);
}

#[tokio::test]
async fn stopping_ends_calls_that_wait_for_a_pause_a_turn_or_an_answer() {
    let gate = Arc::new(Semaphore::new(0));
    let held = gate.clone();
    let server = Server::start(move |seen| match seen.path.as_str() {
        "/graph/v1.0/users" => Reply::new(429, &[("retry-after", "200")], ""),
        _ => Reply::ok().held(&held),
    })
    .await;
    let stop = CancellationToken::new();
    let gateway = Gateway::connect(GatewayOptions { stop: stop.clone(), ..server.options() }).unwrap();
    let policed = gateway.policed(everything(Mode::Read));
    let calls: Vec<_> = (0..30)
        .map(|n| Request::get(Api::ResourceManager, format!("/subscriptions/{n}")))
        .chain([get("/v1.0/users"), get("/v1.0/users/1"), get("/v1.0/users/2")])
        .collect();
    let sending = tokio::spawn(async move { policed.send_all(calls).await });
    server.saw(5).await;
    stop.cancel();
    let answers = sending.await.unwrap();
    assert!(answers.iter().all(|answer| *answer == Err(Refusal::Stopping)), "{answers:?}");
    assert!(gateway.policed(everything(Mode::Read)).send(get("/v1.0/me")).await.is_err());
    assert!(gateway.sign_in(Api::Graph).await.is_err());
}

#[tokio::test]
async fn no_more_than_the_most_are_in_flight() {
    let gate = Arc::new(Semaphore::new(0));
    let held = gate.clone();
    let server = Server::start(move |_| Reply::ok().held(&held)).await;
    let pace = Pace { start_concurrency: 2, max_concurrency: 3, batch: false, ..quick() };
    let gateway = Gateway::connect(GatewayOptions { pace, ..server.options() }).unwrap();
    let policed = gateway.policed(everything(Mode::Read));
    let calls = (0..40).map(|n| get(&format!("/v1.0/users/{n}"))).collect();
    let sending = tokio::spawn(async move { policed.send_all(calls).await });
    for answered in 0..40usize {
        // With so many answered, at most three more can have arrived.
        server.saw((answered + 2).min(40)).await;
        assert!(server.calls().len() <= answered + 3);
        gate.add_permits(1);
    }
    assert!(sending.await.unwrap().iter().all(Result::is_ok));
    assert_eq!(gateway.pacing()[0].concurrency, 3);
}

#[tokio::test]
async fn a_dead_host_is_named_with_what_to_check() {
    let server = Server::start(|_| Reply::ok()).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let dead = listener.local_addr().unwrap();
    drop(listener);
    let fairlead_model::Cloud::Custom(mut cloud) = server.cloud() else { unreachable!() };
    cloud.graph = format!("http://{dead}/").parse().unwrap();
    let options = support::options(fairlead_model::Cloud::Custom(cloud));
    let gateway =
        Gateway::connect(GatewayOptions { pace: Pace { attempts: 2, ..quick() }, ..options }).unwrap();
    let refused = gateway.policed(everything(Mode::Read)).send(get("/v1.0/users")).await;
    let Err(Refusal::Unavailable(sentence)) = refused else { panic!("{refused:?}") };
    assert!(sentence.contains(&format!("{dead} refuses connections: check that")), "{sentence}");
}

#[tokio::test]
async fn a_call_that_takes_too_long_is_given_up() {
    let gate = Arc::new(Semaphore::new(0));
    let server = Server::start(move |_| Reply::ok().held(&gate)).await;
    let pace = Pace { call_seconds: 0, ..quick() };
    let gateway = Gateway::connect(GatewayOptions { pace, ..server.options() }).unwrap();
    let refused = gateway.policed(everything(Mode::Read)).send(get("/v1.0/users")).await;
    let Err(Refusal::Unavailable(sentence)) = refused else { panic!("{refused:?}") };
    assert!(sentence.contains("within 0 s"), "{sentence}");
}

/// A fault now and then, the same in every run.
fn faulty(seen: &support::Seen) -> Reply {
    let mut hash = DefaultHasher::new();
    (&seen.path, seen.before).hash(&mut hash);
    match hash.finish() % 100 {
        0..5 => Reply::new(429, &[("retry-after", "0")], ""),
        5..7 => Reply::new(503, &[], ""),
        7 => Reply::reset(),
        8 => Reply::raw("HTTP/1.1 200 OK\r\ncontent-length: 90\r\n\r\n{\"value\":"),
        _ => Reply::json(200, &json!({"path": seen.path})),
    }
}

#[tokio::test]
async fn a_service_that_fails_now_and_then_looks_like_one_that_does_not() {
    let server = Server::start(faulty).await;
    let options = GatewayOptions { pace: Pace { batch: false, ..quick() }, ..server.options() };
    let gateway = Gateway::connect(options).unwrap();
    let calls = (0..1000).map(|n| get(&format!("/v1.0/users/{n}"))).collect();
    let answers = gateway.policed(everything(Mode::Read)).send_all(calls).await;
    for (n, answer) in answers.iter().enumerate() {
        let response = answer.as_ref().unwrap();
        assert_eq!(response.body, format!(r#"{{"path":"/graph/v1.0/users/{n}"}}"#));
    }
    let statistics = gateway.statistics();
    assert!(statistics.retries > 50 && statistics.throttled > 20, "{statistics:?}");
}
