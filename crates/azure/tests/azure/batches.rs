//! Graph reads that wait together travel together, and nobody can tell from the answers.

use std::sync::Arc;

use fairlead_azure::{Gateway, GatewayOptions, Pace};
use fairlead_model::{Header, Mode, Refusal, Request, Response};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::support::{Reply, Seen, Server, everything, get, quick};

const BATCH: &str = "/graph/v1.0/$batch";

fn user(n: usize) -> Request {
    get(&format!("/v1.0/users/{n}?$select=id"))
}

fn id_of(url: &str) -> String {
    url.rsplit('/').next().unwrap().split('?').next().unwrap().to_owned()
}

/// The answer to a part: the user asked for.
fn part(request: &Value) -> Value {
    let id = id_of(request["url"].as_str().unwrap());
    json!({"id": request["id"], "status": 200, "headers": {"Content-Type": "application/json", "request-id": id},
           "body": {"id": id}})
}

/// Answers a batch part by part, last first.
fn batch(seen: &Seen, part: impl Fn(&Value) -> Value) -> Reply {
    let requests = seen.json()["requests"].as_array().unwrap().clone();
    let responses: Vec<_> = requests.iter().rev().map(part).collect();
    Reply::json(200, &json!({"responses": responses}))
}

fn single(seen: &Seen) -> Reply {
    Reply::json(200, &json!({"id": id_of(&seen.path)}))
}

/// Sends calls while one holds the only permit, so that all of them gather behind it.
async fn gathered(
    server: &Server,
    gate: &Semaphore,
    gateway: &Gateway,
    calls: Vec<Request>,
) -> Vec<Result<Response, Refusal>> {
    let policed = gateway.policed(everything(Mode::Read));
    let all = [vec![get("/v1.0/organization/first")], calls].concat();
    let sending = tokio::spawn(async move { policed.send_all(all).await });
    server.saw(1).await;
    gate.add_permits(1);
    let mut answers = sending.await.unwrap();
    answers.remove(0).unwrap();
    answers
}

/// A server that holds the first call until told, and answers others with `answer`.
async fn holding(
    answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static,
) -> (Server, Arc<Semaphore>, Gateway) {
    let gate = Arc::new(Semaphore::new(0));
    let held = gate.clone();
    let server = Server::start(move |seen| match seen.path.as_str() {
        "/graph/v1.0/organization/first" => Reply::ok().held(&held),
        _ => answer(seen),
    })
    .await;
    let pace = Pace { start_concurrency: 1, max_concurrency: 1, ..quick() };
    let gateway = Gateway::connect(GatewayOptions { pace, ..server.options() }).unwrap();
    (server, gate, gateway)
}

fn each_got_its_own(answers: &[Result<Response, Refusal>]) {
    for (n, answer) in answers.iter().enumerate() {
        let response = answer.as_ref().unwrap();
        assert_eq!((response.status, &response.body[..]), (200, format!(r#"{{"id":"{n}"}}"#).as_bytes()));
    }
}

#[tokio::test]
async fn waiting_reads_share_batches_of_up_to_twenty() {
    let (server, gate, gateway) = holding(|seen| batch(seen, part)).await;
    let answers = gathered(&server, &gate, &gateway, (0..43).map(user).collect()).await;
    each_got_its_own(&answers);
    assert_eq!(answers[7].as_ref().unwrap().headers.len(), 2, "a part's headers are its own");
    let sizes: Vec<_> = server.calls()[1..]
        .iter()
        .map(|seen| {
            assert_eq!((seen.method.as_str(), seen.path.as_str()), ("POST", BATCH));
            assert!(seen.header("authorization").unwrap().starts_with("Bearer "));
            seen.json()["requests"].as_array().unwrap().len()
        })
        .collect();
    assert_eq!(sizes, [20, 20, 3]);
    let statistics = gateway.statistics();
    assert_eq!((statistics.batched, statistics.requests), (43, 1 + 1 + 3));
}

#[tokio::test]
async fn an_idle_service_gets_plain_requests_at_once() {
    let server = Server::start(single).await;
    let policed = server.reader();
    each_got_its_own(&policed.send_all((0..4).map(user).collect()).await);
    assert!(server.calls().iter().all(|seen| seen.method == "GET"));
}

#[tokio::test]
async fn where_batching_is_switched_off_nothing_is_batched() {
    let server = Server::start(single).await;
    let options = GatewayOptions { pace: Pace { batch: false, ..quick() }, ..server.options() };
    let policed = Gateway::connect(options).unwrap().policed(everything(Mode::Read));
    each_got_its_own(&policed.send_all((0..40).map(user).collect()).await);
    assert_eq!(server.calls().len(), 40);
}

#[tokio::test]
async fn a_throttled_part_is_sent_again_and_the_others_are_not() {
    let (server, gate, gateway) = holding(|seen| {
        if seen.path != BATCH {
            return single(seen);
        }
        batch(seen, |request| match (seen.before, request["url"].as_str().unwrap()) {
            (0, "/users/2?$select=id" | "/users/5?$select=id") => json!({"id": request["id"], "status": 429,
                "headers": {"Retry-After": "0"}, "body": {"error": {"code": "TooManyRequests"}}}),
            (0, "/users/3?$select=id") => json!({"id": request["id"], "status": 503}),
            _ => part(request),
        })
    })
    .await;
    let answers = gathered(&server, &gate, &gateway, (0..6).map(user).collect()).await;
    each_got_its_own(&answers);
    let statistics = gateway.statistics();
    assert_eq!((statistics.throttled, statistics.retries), (2, 3));
}

#[tokio::test]
async fn final_answers_of_parts_are_final_and_a_missing_part_is_asked_for_again() {
    let (server, gate, gateway) = holding(|seen| {
        if seen.path != BATCH {
            return single(seen);
        }
        let mut reply = seen.json()["requests"].as_array().unwrap().iter().map(part).collect::<Vec<_>>();
        reply[0] = json!({"id": "0", "status": 404, "body": {"error": {"code": "Request_ResourceNotFound"}}});
        reply.remove(1);
        Reply::json(200, &json!({"responses": reply}))
    })
    .await;
    let answers = gathered(&server, &gate, &gateway, (0..3).map(user).collect()).await;
    assert_eq!(answers[0].as_ref().unwrap().status, 404);
    assert_eq!(answers[1].as_ref().unwrap().body, r#"{"id":"1"}"#);
    assert_eq!(gateway.statistics().retries, 1);
}

#[tokio::test]
async fn a_batch_that_fails_as_a_whole_is_tried_again() {
    let (server, gate, gateway) = holding(|seen| match (seen.path.as_str(), seen.before) {
        (BATCH, 0) => Reply::new(503, &[], ""),
        (BATCH, 1) => Reply::reset(),
        (BATCH, 2) => Reply::raw("HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{\"responses\":["),
        (BATCH, _) => batch(seen, part),
        _ => single(seen),
    })
    .await;
    each_got_its_own(&gathered(&server, &gate, &gateway, (0..8).map(user).collect()).await);
}

#[tokio::test]
async fn a_service_that_takes_no_batches_is_asked_one_by_one() {
    let (server, gate, gateway) = holding(|seen| match seen.path.as_str() {
        BATCH => Reply::json(400, &json!({"error": {"code": "BadRequest"}})),
        _ => single(seen),
    })
    .await;
    each_got_its_own(&gathered(&server, &gate, &gateway, (0..100).map(user).collect()).await);
    let batches = server.calls().iter().filter(|seen| seen.path == BATCH).count();
    assert_eq!(batches, 3, "after three refusals no further one is tried");
    assert_eq!(gateway.statistics().retries, 0, "this is nobody's failure");
}

#[tokio::test]
async fn versions_are_kept_apart_and_parts_keep_their_headers() {
    let (server, gate, gateway) = holding(|seen| batch(seen, part)).await;
    let header = Header { name: "ConsistencyLevel".into(), value: "eventual".into() };
    let beta = |n| Request { headers: vec![header.clone()], ..get(&format!("/beta/users/{n}")) };
    let calls = (0..6).map(|n| if n % 2 == 0 { user(n) } else { beta(n) }).collect();
    each_got_its_own(&gathered(&server, &gate, &gateway, calls).await);
    let batches = &server.calls()[1..];
    assert_eq!(
        batches.iter().map(|seen| seen.path.as_str()).collect::<Vec<_>>(),
        [BATCH, "/graph/beta/$batch"]
    );
    for request in batches[1].json()["requests"].as_array().unwrap() {
        assert_eq!(request["headers"], json!({"consistencylevel": "eventual"}));
    }
}

#[tokio::test]
async fn a_caller_that_goes_away_takes_nobody_with_it() {
    let (server, gate, gateway) = holding(|seen| batch(seen, part)).await;
    let policed = gateway.policed(everything(Mode::Read));
    let first = tokio::spawn({
        let policed = policed.clone();
        async move { policed.send(get("/v1.0/organization/first")).await }
    });
    server.saw(1).await;
    let quitter = tokio::spawn({
        let policed = policed.clone();
        async move { policed.send_all((100..110).map(user).collect()).await }
    });
    tokio::task::yield_now().await;
    let staying = tokio::spawn(async move { policed.send_all((0..5).map(user).collect()).await });
    tokio::task::yield_now().await;
    quitter.abort();
    let _ = quitter.await;
    gate.add_permits(1);
    first.await.unwrap().unwrap();
    each_got_its_own(&staying.await.unwrap());
}
