//! Change notifications of Microsoft Graph, and events of Event Grid.

use std::sync::atomic::Ordering;

use axum::body::Body;
use fairlead_engine::webhooks::{HintSource, hint_value};
use fairlead_model::Message as Work;
use http::{Method, Request, StatusCode};
use jiff::Timestamp;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use crate::support::{self, World, plain};

async fn value(world: &World, source: HintSource, connection: &str) -> String {
    let value =
        hint_value(&*world.secrets, source, &connection.parse().unwrap(), Timestamp::UNIX_EPOCH).await;
    value.unwrap().expose_secret().to_owned()
}

/// A world whose hints have a key.
async fn world() -> World {
    let world = World::new().await;
    value(&world, HintSource::Graph, "contoso").await;
    world
}

fn graph(connection: &str, body: &Value) -> Request<Body> {
    plain(Method::POST, &format!("/webhooks/graph/{connection}"), body.to_string())
}

/// One notification, as Graph sends it.
fn changed(client_state: &str) -> Value {
    json!({"value": [{
        "subscriptionId": "7f105c7d-2dc5-4530-97cd-4e7ae6534c07",
        "subscriptionExpirationDateTime": "2026-12-20T11:00:00Z",
        "clientState": client_state,
        "changeType": "updated",
        "resource": "users/87d349ed-44d7-43e1-9a83-5f2406dee5bd",
        "tenantId": "84bd8158-6d4d-4958-8b9f-9d6445542f95",
        "resourceData": {"@odata.type": "#Microsoft.Graph.User"}
    }]})
}

fn event_grid(connection: &str, query: &str, kind: &str, body: &Value) -> Request<Body> {
    let address = format!("/webhooks/event-grid/{connection}{query}");
    let mut request = plain(Method::POST, &address, body.to_string());
    request.headers_mut().insert("aeg-event-type", kind.parse().unwrap());
    request
}

#[tokio::test]
async fn graph_is_told_that_somebody_is_there() {
    let world = world().await;
    let stored = world.stored().await;
    let token = "Validation%3A+Testing+client+application+reachability+for+subscription+Request-Id%3A+1";
    let ask = async |token: &str| {
        let address = format!("/webhooks/graph/contoso?validationToken={token}");
        world.send(plain(Method::POST, &address, "")).await
    };
    let answered = ask(token).await;
    assert_eq!(answered.status, StatusCode::OK);
    assert_eq!(answered.header("content-type"), "text/plain; charset=utf-8");
    assert_eq!(
        answered.body,
        "Validation: Testing client application reachability for subscription Request-Id: 1"
    );
    assert_eq!(
        ask("%3Cscript%3Ealert(1)%3C%2Fscript%3E").await.body,
        "&lt;script&gt;alert(1)&lt;/script&gt;"
    );
    for odd in ["", "a%0Ab", &"a".repeat(2049)] {
        assert_eq!(ask(odd).await.code(), "malformed", "{odd}");
    }
    world.did_nothing(&stored).await;
}

#[tokio::test]
async fn a_change_is_a_hint_to_sync_and_those_of_a_minute_are_one() {
    let world = world().await;
    let body = changed(&value(&world, HintSource::Graph, "contoso").await);
    world.now.store(1_800_000_010, Ordering::SeqCst);
    for _ in 0..3 {
        assert_eq!(world.send(graph("contoso", &body)).await.status, StatusCode::ACCEPTED);
    }
    let sync = |asked_at| Work::Sync {
        connection: "contoso".parse().unwrap(),
        scheduled_for: None,
        asked_at: Timestamp::from_second(asked_at).unwrap(),
    };
    // At the end of the minute, so that the sync sees what the last of them was about.
    assert_eq!(world.queue.take(), [sync(1_800_000_060)]);
    world.later(50);
    assert_eq!(world.send(graph("contoso", &body)).await.status, StatusCode::ACCEPTED);
    assert_eq!(world.queue.take(), [sync(1_800_000_120)]);
}

#[tokio::test]
async fn what_graph_says_of_the_subscription_itself_is_a_hint_too() {
    for event in ["reauthorizationRequired", "subscriptionRemoved", "missed", "somethingNew"] {
        let world = world().await;
        let mut body = changed(&value(&world, HintSource::Graph, "contoso").await);
        body["value"][0]["lifecycleEvent"] = json!(event);
        assert_eq!(world.send(graph("contoso", &body)).await.status, StatusCode::ACCEPTED, "{event}");
        assert_eq!(world.queue.messages().len(), 1, "{event}");
    }
}

#[tokio::test]
async fn who_does_not_know_the_value_is_told_nothing_and_nothing_is_done() {
    let world = world().await;
    let stored = world.stored().await;
    let right = value(&world, HintSource::Graph, "contoso").await;
    let grid = value(&world, HintSource::EventGrid, "contoso").await;
    let mut requests = vec![
        graph("contoso", &json!({"value": []})),
        graph("contoso", &json!({"value": [{}]})),
        graph("nobody", &changed(&right)),
        graph("..%2Fcontoso", &changed(&right)),
        graph("%FF", &changed(&right)),
        event_grid("contoso", "", "Notification", &json!([])),
        event_grid("contoso", &format!("?key={right}"), "Notification", &json!([])),
        event_grid("nobody", &format!("?key={grid}"), "SubscriptionValidation", &json!([])),
        plain(Method::OPTIONS, "/webhooks/event-grid/contoso", ""),
    ];
    requests.extend(
        ["", "0", &right[1..], &right.replace(&right[..1], "g"), &grid]
            .map(|one| graph("contoso", &changed(one))),
    );
    let mut answers = Vec::new();
    for request in requests {
        answers.push(world.send(request).await);
    }
    assert_eq!((answers[0].status, answers[0].code().as_str()), (StatusCode::UNAUTHORIZED, "unauthorized"));
    assert!(answers.iter().all(|answered| *answered == answers[0]), "one answer for all: {answers:?}");
    world.did_nothing(&stored).await;
}

#[tokio::test]
async fn before_any_value_was_given_out_none_is_right() {
    let world = World::new().await;
    let stored = world.stored().await;
    assert_eq!(world.send(graph("contoso", &changed(&"0".repeat(64)))).await.code(), "unauthorized");
    world.did_nothing(&stored).await;
}

#[tokio::test]
async fn what_is_no_notification_is_refused_and_nothing_is_done() {
    let world = world().await;
    let stored = world.stored().await;
    for body in ["", "{", "[]", "{}", r#"{"value":[1]}"#, r#"{"value":{"clientState":"a"}}"#] {
        let answered = world.send(plain(Method::POST, "/webhooks/graph/contoso", body)).await;
        assert_eq!(
            (answered.status, answered.code().as_str()),
            (StatusCode::BAD_REQUEST, "malformed"),
            "{body}"
        );
    }
    let long = " ".repeat(1024 * 1024 + 1);
    let answered = world.send(plain(Method::POST, "/webhooks/graph/contoso", long)).await;
    assert_eq!((answered.status, answered.code().as_str()), (StatusCode::PAYLOAD_TOO_LARGE, "too-large"));
    world.did_nothing(&stored).await;
}

#[tokio::test]
async fn connections_that_are_gone_or_disabled_are_not_synced() {
    let world = world().await;
    let mut disabled = support::connection("disabled");
    disabled.enabled = false;
    world.state.add_connection(&disabled).await.unwrap();
    let stored = world.stored().await;
    let body = changed(&value(&world, HintSource::Graph, "disabled").await);
    assert_eq!(world.send(graph("disabled", &body)).await.status, StatusCode::ACCEPTED);
    let body = changed(&value(&world, HintSource::Graph, "gone").await);
    let answered = world.send(graph("gone", &body)).await;
    assert_eq!((answered.status, answered.code().as_str()), (StatusCode::NOT_FOUND, "unknown-connection"));
    world.did_nothing(&stored).await;
}

#[tokio::test]
async fn event_grid_is_told_that_somebody_is_there() {
    let world = world().await;
    let stored = world.stored().await;
    let key = value(&world, HintSource::EventGrid, "contoso").await;
    let body = json!([{
        "id": "2d1781af-3a4c-4d7c-bd0c-e34b19da4e66", "topic": "/subscriptions/x", "subject": "",
        "data": {"validationCode": "512d38b6-c7b8-40c8-89fe-f46f9e9622b6", "validationUrl": "https://x.example/"},
        "eventType": "Microsoft.EventGrid.SubscriptionValidationEvent",
    }]);
    let request = event_grid("contoso", &format!("?key={key}"), "SubscriptionValidation", &body);
    let answered = world.send(request).await;
    assert_eq!(answered.status, StatusCode::OK);
    assert_eq!(answered.json(), json!({"validationResponse": "512d38b6-c7b8-40c8-89fe-f46f9e9622b6"}));
    for odd in
        [json!([]), json!({}), json!([{"data": {}}]), json!([{"data": {"validationCode": "a".repeat(257)}}])]
    {
        let request = event_grid("contoso", &format!("?key={key}"), "SubscriptionValidation", &odd);
        assert_eq!(world.send(request).await.code(), "malformed", "{odd}");
    }
    // The same in the schema of CloudEvents.
    let ask = async |origin: &str| {
        let mut request = plain(Method::OPTIONS, &format!("/webhooks/event-grid/contoso?key={key}"), "");
        request.headers_mut().insert("webhook-request-origin", origin.parse().unwrap());
        world.send(request).await
    };
    let answered = ask("eventgrid.example").await;
    assert_eq!(answered.status, StatusCode::OK);
    assert_eq!(answered.header("webhook-allowed-origin"), "eventgrid.example");
    assert_eq!(answered.header("webhook-allowed-rate"), "120");
    assert_eq!(ask("<script>").await.code(), "malformed");
    world.did_nothing(&stored).await;
}

#[tokio::test]
async fn an_event_is_a_hint_whichever_schema_it_has_and_wherever_its_key_is() {
    let cloud_event =
        json!({"specversion": "1.0", "type": "Microsoft.Resources.ResourceWriteSuccess", "data": {}});
    for (in_header, body) in [(false, json!([{"eventType": "x"}])), (true, cloud_event)] {
        let world = world().await;
        let key = value(&world, HintSource::EventGrid, "contoso").await;
        let query = if in_header { String::new() } else { format!("?key={key}") };
        let mut request = event_grid("contoso", &query, "Notification", &body);
        if in_header {
            request.headers_mut().insert("x-fairlead-key", key.parse().unwrap());
        }
        assert_eq!(world.send(request).await.status, StatusCode::ACCEPTED);
        assert_eq!(world.queue.take().len(), 1);
        let request = event_grid("contoso", &format!("?key={key}"), "SubscriptionDeletion", &body);
        assert_eq!(world.send(request).await.status, StatusCode::OK);
        let request = plain(Method::POST, &format!("/webhooks/event-grid/contoso?key={key}"), "no event");
        assert_eq!(world.send(request).await.code(), "malformed");
        assert_eq!(world.queue.messages(), []);
    }
}

#[tokio::test]
async fn when_keys_cannot_be_read_azure_is_asked_to_come_again() {
    let world = world().await;
    let key = value(&world, HintSource::EventGrid, "contoso").await;
    world.secrets.broken.store(true, Ordering::SeqCst);
    for request in [
        event_grid("contoso", &format!("?key={key}"), "Notification", &json!([])),
        graph("contoso", &changed("whatever")),
    ] {
        let answered = world.send(request).await;
        assert_eq!(
            (answered.status, answered.code().as_str()),
            (StatusCode::SERVICE_UNAVAILABLE, "unavailable")
        );
    }
    assert_eq!(world.queue.messages(), []);
}
