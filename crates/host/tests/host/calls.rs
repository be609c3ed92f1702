//! Calls as a sync makes them: planning, many at once, cancelled.

use std::sync::Arc;

use async_trait::async_trait;
use fairlead_host::{Allocation, Azure, Host, HostOptions, Limits, Services};
use fairlead_model::{Failure, Refusal, Request, Response};
use tokio::{sync::Barrier, task::JoinSet};

use crate::support::{collecting, component, connection, hostile, options, serves, task};

#[tokio::test]
async fn a_plan_follows_the_settings() {
    let connector = hostile(Limits::default()).await;
    let settings = connection(r#"{"tasks":["good","trap"]}"#);
    let planned = connector.plan(Services::default(), &settings, &[]).await.unwrap();
    let kinds: Vec<_> = planned.value.iter().map(|task| task.kind.as_str()).collect();
    assert_eq!(kinds, ["good", "trap"]);
}

#[tokio::test]
async fn wrong_settings_are_the_connectors_failure_not_a_crash() {
    let connector = hostile(Limits::default()).await;
    let error = connector.plan(Services::default(), &connection(r#"{"tasks":1}"#), &[]).await.unwrap_err();
    assert!(matches!(error.failure(), Some(Failure::Settings(_))), "{error}");
    assert!(error.to_string().starts_with("connector hostile, planning: "), "{error}");
}

#[tokio::test]
async fn a_call_says_what_it_took() {
    let connector = hostile(Limits::default()).await;
    let called = connector.run(collecting(), &connection("{}"), &task("users")).await.unwrap();
    let usage = called.usage;
    assert_eq!((usage.requests, usage.received, usage.written), (1, 33, 0));
    assert!(usage.memory_peak >= 64 << 10, "{usage:?}");
    assert!(usage.guest + usage.azure <= usage.wall, "{usage:?}");
    let body = called.value.items[0].bodies.get(0).unwrap();
    assert!(body.contains(r#"\"value\""#) && body.contains("request-id: r-1"), "{body}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_dozen_calls_are_under_way_at_once() {
    let connector = hostile(Limits::default()).await;
    let meeting = Arc::new(Meeting(Barrier::new(24)));
    let mut calls = JoinSet::new();
    for _ in 0..24 {
        let services = Services { azure: Some(meeting.clone()), ..Services::default() };
        let connector = connector.clone();
        calls.spawn(async move { connector.run(services, &connection("{}"), &task("users")).await });
    }
    let answers = calls.join_all().await;
    assert!(answers.iter().all(|called| called.as_ref().is_ok_and(|called| called.value.records() == 1)));
}

#[tokio::test]
async fn a_pool_serves_more_calls_than_it_has_places() {
    let allocation = Allocation::Pooled { calls: 2 };
    let host = Host::new(HostOptions { allocation, ..options(Limits::default()) }).unwrap();
    let connector = host.load(&component()).await.unwrap();
    let mut calls = JoinSet::new();
    for _ in 0..8 {
        let connector = connector.clone();
        calls.spawn(async move { serves(&connector).await });
    }
    assert_eq!(calls.join_all().await.len(), 8);
}

#[tokio::test]
async fn a_call_that_is_dropped_leaves_the_host_working() {
    let connector = hostile(Limits::default()).await;
    let meeting = Arc::new(Meeting(Barrier::new(2)));
    let services = Services { azure: Some(meeting.clone()), ..Services::default() };
    let (info, users) = (connection("{}"), task("users"));
    {
        let mut call = Box::pin(connector.run(services, &info, &users));
        // Polled until it waits for Azure, then thrown away.
        assert!(poll_once(&mut call).await.is_none());
    }
    serves(&connector).await;
}

/// Polls once.
async fn poll_once<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
    std::future::poll_fn(|context| {
        std::task::Poll::Ready(match std::pin::Pin::new(&mut *future).poll(context) {
            std::task::Poll::Ready(value) => Some(value),
            std::task::Poll::Pending => None,
        })
    })
    .await
}

/// Answers once as many calls as it waits for are there.
struct Meeting(Barrier);

#[async_trait]
impl Azure for Meeting {
    async fn send(&self, _: Request) -> Result<Response, Refusal> {
        self.0.wait().await;
        Ok(Response { status: 200, headers: Vec::new(), body: "{}".into() })
    }
}
