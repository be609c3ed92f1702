//! The admin API: ground truth, physics, clock, requests.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{ARM, Cloud, GRAPH, header, json as body_of, scenario};

async fn send(cloud: &Cloud, method: Method, path: &str, body: &Value) -> (StatusCode, Value) {
    let url = cloud.url(&format!("/_simulator/{path}"));
    let response = cloud.client.request(method, url).body(body.to_string()).send().await.unwrap();
    let status = response.status();
    let body = response.bytes().await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
}

async fn expected(cloud: &Cloud, kinds: &str) -> Vec<Value> {
    let url = cloud.url(&format!("/_simulator/expected?kind={kinds}"));
    let text = cloud.client.get(url).send().await.unwrap().text().await.unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn the_ground_truth_of_the_small_tenant_is_what_its_file_says() {
    let cloud = Cloud::of(scenario("small.toml")).await;
    let names = |lines: Vec<Value>, field: &str| -> Vec<String> {
        lines.iter().map(|line| line[field].as_str().unwrap().to_owned()).collect()
    };
    let users = names(expected(&cloud, "user").await, "userPrincipalName");
    assert_eq!(users, ["ada@harbour.example", "grace@harbour.example", "former@harbour.example"]);
    assert_eq!(names(expected(&cloud, "group").await, "displayName"), ["Crew", "Officers", "Passengers"]);
    assert_eq!(names(expected(&cloud, "container").await, "name"), ["logs", "charts"]);
    assert_eq!(expected(&cloud, "member").await.len(), 5);
    assert_eq!(expected(&cloud, "manager,owner").await.len(), 3);
    let assignments = expected(&cloud, "role-assignment").await;
    let kinds: Vec<_> = assignments.iter().map(|it| it["scopeKind"].as_str().unwrap()).collect();
    assert_eq!(
        kinds,
        ["management-group", "management-group", "management-group", "resource", "subscription"]
    );
    assert_eq!(assignments[4]["principalType"], "Unknown");
}

#[tokio::test]
async fn physics_are_replaced_by_put_and_changed_by_patch() {
    let cloud = Cloud::with(|_| ()).await;
    let (status, now) =
        send(&cloud, Method::PATCH, "physics", &json!({ "latency-ms": 3, "faults": { "reset": 0.5 } })).await;
    assert_eq!((status, &now["latency-ms"]), (StatusCode::OK, &json!(3)));
    let (_, now) = send(&cloud, Method::PATCH, "physics", &json!({ "faults": { "throttled": 0.25 } })).await;
    assert_eq!((&now["latency-ms"], &now["faults"]["reset"]), (&json!(3), &json!(0.5)));
    let (_, now) = send(&cloud, Method::PUT, "physics", &json!({ "jitter-ms": 1 })).await;
    assert_eq!((&now["latency-ms"], &now["faults"]["reset"]), (&json!(0), &json!(0.0)));
    assert_eq!(cloud.admin("physics").await["jitter-ms"], 1);
}

#[tokio::test]
async fn physics_that_make_no_sense_are_refused_and_change_nothing() {
    let cloud = Cloud::with(|_| ()).await;
    for (body, part) in [
        (json!({ "latncy-ms": 3 }), "latncy-ms"),
        (json!({ "faults": { "reset": 3.0 } }), "`reset`"),
        (json!({ "faults": { "throttled": 0.9, "reset": 0.9 } }), "add up"),
    ] {
        let (status, answer) = send(&cloud, Method::PUT, "physics", &body).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert!(answer["error"].as_str().unwrap().contains(part), "{answer}");
    }
    assert_eq!(cloud.admin("physics").await["faults"]["reset"], 0.0);
}

#[tokio::test]
async fn the_clock_can_be_stopped_and_moved_and_tokens_age_with_it() {
    let cloud = Cloud::with(|_| ()).await;
    let token = cloud.token(ARM).await;
    let path = "/subscriptions?api-version=2022-12-01";
    assert_eq!(cloud.get(path, &token).send().await.unwrap().status(), StatusCode::OK);
    send(&cloud, Method::PUT, "clock", &json!({ "advance-s": 7_200 })).await;
    let aged = cloud.get(path, &token).send().await.unwrap();
    assert_eq!(aged.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(body_of(aged).await["error"]["code"], "ExpiredAuthenticationToken");
    let (_, now) = send(&cloud, Method::PUT, "clock", &json!({ "frozen": "2027-01-01T00:00:00Z" })).await;
    assert_eq!(now["now"], "2027-01-01T00:00:00Z");
    assert_eq!(cloud.admin("clock").await["now"], "2027-01-01T00:00:00Z");
    let (status, _) = send(&cloud, Method::PUT, "clock", &json!({ "forward": 1 })).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn requests_are_counted_until_they_are_forgotten() {
    let cloud = Cloud::with(|_| ()).await;
    let token = cloud.token(GRAPH).await;
    for _ in 0..3 {
        cloud.get("/v1.0/organization", &token).send().await.unwrap();
    }
    let log = cloud.admin("requests?recent=2").await;
    assert_eq!((&log["total"], log["recent"].as_array().unwrap().len()), (&json!(4), 2));
    assert_eq!(log["recent"][1]["client"], cloud.running.connection().client_id.to_string());
    let (status, _) = send(&cloud, Method::DELETE, "requests", &Value::Null).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert_eq!(cloud.admin("requests").await["total"], 0);
}

#[tokio::test]
async fn what_the_admin_api_does_not_have_is_told_in_a_sentence() {
    let cloud = Cloud::with(|_| ()).await;
    let (status, body) = send(&cloud, Method::GET, "nothing", &Value::Null).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(body["error"].as_str().unwrap().contains("/_simulator"));
    let url = cloud.url("/_simulator/physics");
    let response = cloud.client.delete(url).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(header(&response, "allow"), "GET, PUT, PATCH");
}

#[tokio::test]
async fn faults_never_hit_the_admin_api() {
    let cloud = Cloud::with(|it| it.physics.faults.reset = 1.0).await;
    for _ in 0..20 {
        assert!(cloud.admin("clock").await["now"].is_string());
    }
}
