//! Latency, limits and faults as clients meet them, and the log that counts them.

use std::time::{Duration, Instant};

use fairlead_simulator::Service;
use fairlead_simulator::faults::{PhysicsSettings, TokenBucket};
use reqwest::StatusCode;
use secrecy::ExposeSecret as _;

use crate::support::{self, ARM, Cloud, GRAPH, header, json};

const USERS: &str = "/v1.0/users?$top=50&$select=id,displayName";
const SUBSCRIPTIONS: &str = "/subscriptions?api-version=2022-12-01";

fn set(cloud: &Cloud, change: impl FnOnce(&mut PhysicsSettings)) {
    let mut settings = (*cloud.running.physics().settings()).clone();
    change(&mut settings);
    cloud.running.physics().set(settings).unwrap();
}

/// Statuses of so many requests one after the other; 0 for one whose connection broke.
async fn statuses(cloud: &Cloud, path: &str, token: &str, times: usize) -> Vec<u16> {
    let mut statuses = Vec::new();
    for _ in 0..times {
        statuses.push(match cloud.get(path, token).send().await {
            Ok(response) => response.status().as_u16(),
            Err(_) => 0,
        });
    }
    statuses
}

fn count(statuses: &[u16], wanted: u16) -> usize {
    statuses.iter().filter(|status| **status == wanted).count()
}

#[tokio::test]
async fn faults_come_as_often_as_set_and_the_log_agrees() {
    let cloud = Cloud::with(|it| it.physics.limits.enabled = false).await;
    let token = cloud.token(ARM).await;
    set(&cloud, |it| {
        it.faults.throttled = 0.2;
        it.faults.unavailable = 0.1;
        it.faults.internal = 0.1;
    });
    cloud.running.log().reset();
    let statuses = statuses(&cloud, SUBSCRIPTIONS, &token, 600).await;
    for (status, range) in [(429, 90..150), (503, 35..85), (500, 35..85), (200, 300..420)] {
        assert!(range.contains(&count(&statuses, status)), "{status}: {}", count(&statuses, status));
        let logged = cloud.running.log().summary(0).answered(Service::Arm, status);
        assert_eq!(logged, count(&statuses, status) as u64);
    }
}

#[tokio::test]
async fn injected_throttling_says_when_to_come_back() {
    let cloud = Cloud::with(|_| ()).await;
    let (graph, arm) = (cloud.token(GRAPH).await, cloud.token(ARM).await);
    set(&cloud, |it| {
        it.faults.throttled = 1.0;
        it.faults.retry_after_s = 7;
    });
    for (path, token, code) in [(USERS, graph, "TooManyRequests"), (SUBSCRIPTIONS, arm, "TooManyRequests")] {
        let response = cloud.get(path, &token).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(header(&response, "retry-after"), "7");
        assert_eq!(json(response).await["error"]["code"], code);
    }
}

#[tokio::test]
async fn a_reset_breaks_the_connection_and_not_the_simulator() {
    let cloud = Cloud::with(|_| ()).await;
    let token = cloud.token(ARM).await;
    set(&cloud, |it| it.faults.reset = 1.0);
    assert!(cloud.get(SUBSCRIPTIONS, &token).send().await.is_err());
    assert_eq!(cloud.running.log().summary(1).recent[0].status, 0);
    set(&cloud, |it| it.faults.reset = 0.0);
    assert_eq!(cloud.get(SUBSCRIPTIONS, &token).send().await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn a_truncated_body_cannot_be_taken_for_a_whole_one() {
    let cloud = Cloud::with(|_| ()).await;
    let token = cloud.token(GRAPH).await;
    set(&cloud, |it| it.faults.truncated = 1.0);
    // Whether the connection breaks or the gzip stream in it is cut: reading to the end fails.
    for _ in 0..8 {
        let response = cloud.get("/v1.0/users?$top=100", &token).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert!(response.bytes().await.is_err());
    }
}

#[tokio::test]
async fn latency_is_the_least_an_answer_takes_and_does_not_queue() {
    let cloud = Cloud::with(|it| it.physics.limits.enabled = false).await;
    let token = cloud.token(ARM).await;
    set(&cloud, |it| it.latency_ms = 50);
    cloud.running.log().reset();
    let start = Instant::now();
    let requests = (0..20).map(|_| cloud.get(SUBSCRIPTIONS, &token).send());
    let answers = futures::future::join_all(requests).await;
    assert!(answers.into_iter().all(|it| it.is_ok_and(|it| it.status() == StatusCode::OK)));
    assert!(start.elapsed() >= Duration::from_millis(50));
    // All were under way at the same time, however long the machine took for them.
    assert!(cloud.running.log().summary(0).max_concurrent > 1);
}

#[tokio::test]
async fn graph_spends_resource_units_and_refuses_when_they_are_gone() {
    let cloud = Cloud::with(|it| it.physics.limits.graph_units = Some(20)).await;
    let token = cloud.token(GRAPH).await;
    let first = cloud.get(USERS, &token).send().await.unwrap();
    assert_eq!(first.status(), StatusCode::OK);
    let units: usize = header(&first, "x-ms-resource-unit").parse().unwrap();
    let statuses = statuses(&cloud, USERS, &token, 40).await;
    assert!(count(&statuses, 200) < 40 && count(&statuses, 200) >= 20 / units - 1);
    let refused = cloud.get(USERS, &token).send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(header(&refused, "retry-after").parse::<u32>().unwrap() >= 1);
    assert_eq!(header(&refused, "x-ms-throttle-information"), "ResourceUnitLimitExceeded");
    assert!(header(&refused, "x-ms-throttle-scope").starts_with("Tenant_Application/"));
}

#[tokio::test]
async fn resource_manager_counts_down_its_reads() {
    let bucket = TokenBucket { capacity: 5, per_second: 0.01 };
    let cloud = Cloud::with(|it| it.physics.limits.arm_reads = bucket).await;
    let token = cloud.token(ARM).await;
    let left = |response: &reqwest::Response| {
        response
            .headers()
            .iter()
            .find(|(name, _)| name.as_str().starts_with("x-ms-ratelimit-remaining-"))
            .and_then(|(_, value)| value.to_str().ok()?.parse::<u32>().ok())
    };
    for expected in (0..5).rev() {
        let response = cloud.get(SUBSCRIPTIONS, &token).send().await.unwrap();
        assert_eq!((response.status(), left(&response)), (StatusCode::OK, Some(expected)));
    }
    let refused = cloud.get(SUBSCRIPTIONS, &token).send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(header(&refused, "retry-after").parse::<u32>().unwrap() > 1);
}

#[tokio::test]
async fn the_token_endpoint_is_spared_unless_it_is_named() {
    let cloud = Cloud::with(|it| it.physics.faults.throttled = 1.0).await;
    cloud.token(GRAPH).await;
    set(&cloud, |it| it.faults.services.push(Service::Entra));
    let tenant = cloud.running.connection().tenant_id;
    let response =
        cloud.client.post(cloud.url(&format!("/{tenant}/oauth2/v2.0/token"))).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(response.text().await.unwrap(), "Too Many Requests");
}

#[tokio::test]
async fn no_secret_and_no_token_is_in_the_log() {
    let cloud = Cloud::with(|_| ()).await;
    let token = cloud.token(GRAPH).await;
    cloud.get(USERS, &token).send().await.unwrap();
    let text = cloud.admin("requests?recent=1000").await.to_string();
    assert!(text.contains("/v1.0/users"));
    assert!(!text.contains(&token) && !text.contains(token.rsplit('.').next().unwrap()));
    assert!(!text.contains(cloud.running.connection().client_secret.expose_secret()));
    assert!(
        !format!("{:?}", cloud.running).contains(cloud.running.connection().client_secret.expose_secret())
    );
}

#[tokio::test]
async fn the_rough_scenario_still_lets_a_patient_client_through() {
    let cloud = Cloud::of(support::scenario("rough-weather.toml")).await;
    let token = cloud.token(GRAPH).await;
    let mut seen = 0;
    let mut next = Some(cloud.url("/v1.0/users?$top=200&$select=id"));
    while let Some(url) = next.clone() {
        let Ok(response) = cloud.client.get(&url).bearer_auth(&token).send().await else { continue };
        if response.status() != StatusCode::OK {
            continue;
        }
        let Ok(body) = response.bytes().await else { continue };
        let page: serde_json::Value = serde_json::from_slice(&body).unwrap();
        seen += page["value"].as_array().unwrap().len();
        next = page["@odata.nextLink"].as_str().map(str::to_owned);
    }
    assert_eq!(seen, 1_500);
}
