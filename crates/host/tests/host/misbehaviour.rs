//! Each misbehaviour costs its call an error that names connector, task and limit, and nothing else.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering::Relaxed},
};

use async_trait::async_trait;
use fairlead_host::{Azure, Cause, Limit, Limits, Services};
use fairlead_model::{Failure, Refusal, Request, Response};

use crate::support::{collecting, connection, fails, hostile, serves, task};

/// Limits that are reached quickly.
fn tight() -> Limits {
    Limits { cpu_ms: 150, memory_mib: 16, requests: 100, ..Limits::default() }
}

#[tokio::test]
async fn a_panic_is_reported_with_its_message() {
    let error = fails(&hostile(tight()).await, "trap").await.to_string();
    assert!(error.starts_with("connector hostile, task trap: it crashed ("), "{error}");
    assert!(error.contains("this was on purpose"), "{error}");
    assert!(error.ends_with("; tell the connector's vendor"), "{error}");
}

#[tokio::test]
async fn a_trap_without_words_is_reported_as_what_it_is() {
    let error = fails(&hostile(tight()).await, "unreachable").await;
    assert_eq!(
        error.to_string(),
        "connector hostile, task unreachable: it crashed (wasm trap: wasm `unreachable` instruction executed); \
         tell the connector's vendor"
    );
}

#[tokio::test]
async fn an_endless_loop_ends_at_the_limit_and_lets_others_work_meanwhile() {
    let connector = hostile(tight()).await;
    let (services, info, looping) = (collecting(), connection("{}"), task("loop"));
    let mut endless = Box::pin(connector.run(services, &info, &looping));
    // One thread: the loop has to give way for this to end first.
    tokio::select! {
        biased;
        ended = &mut endless => panic!("the loop did not let the other task work: {ended:?}"),
        _ = serves(&connector) => {}
    }
    let error = endless.await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "connector hostile, task loop: it went past the limit cpu-ms = 150, which bounds the time one call to \
         plan or to run a task may compute, in milliseconds; waiting does not count; if the connector is sound, \
         raise the limit under [limits] in the configuration"
    );
    serves(&connector).await;
}

/// What is named in the error of each task that goes past a limit.
#[tokio::test]
async fn every_limit_is_named_with_its_value() {
    let connector = hostile(tight()).await;
    for (kind, limit, value) in [
        ("allocate", Limit::Memory, 16),
        ("recursion", Limit::Stack, 1_024),
        ("many-requests", Limit::Requests, 100),
        ("requests-at-once", Limit::Requests, 100),
        ("many-tasks", Limit::Tasks, 10_000),
        ("many-records", Limit::Records, 250_000),
        ("log-flood", Limit::Cpu, 150),
    ] {
        let error = fails(&connector, kind).await;
        let expected = format!(
            "connector hostile, task {kind}: it went past the limit {} = {value}, which bounds {};",
            limit.name(),
            limit.meaning()
        );
        assert!(error.to_string().starts_with(&expected), "{error}");
        assert_eq!(error.limit(), Some(limit));
    }
}

#[tokio::test]
async fn gigabytes_are_not_taken_over() {
    let limits = Limits { message_mib: 4, ..Limits::default() };
    let error = fails(&hostile(limits).await, "gigabytes").await;
    assert_eq!(error.limit(), Some(Limit::Message));
    assert!(error.to_string().contains("task gigabytes: it went past the limit message-mib = 4"), "{error}");
}

#[tokio::test]
async fn what_azure_answers_is_counted() {
    let limits = Limits { received_mib: 1, requests: 1_000_000, ..Limits::default() };
    let connector = hostile(limits).await;
    let services = Services { azure: Some(Arc::new(Large)), ..Services::default() };
    let error = connector.run(services, &connection("{}"), &task("many-requests")).await.unwrap_err();
    assert_eq!(error.limit(), Some(Limit::Received));
    serves(&connector).await;
}

#[tokio::test]
async fn waiting_for_azure_has_a_limit_of_its_own() {
    let limits = Limits { azure_wait_ms: 50, ..Limits::default() };
    let connector = hostile(limits).await;
    let services = Services { azure: Some(Arc::new(Silent)), ..Services::default() };
    let error = connector.run(services, &connection("{}"), &task("users")).await.unwrap_err();
    assert_eq!(error.limit(), Some(Limit::AzureWait));
    serves(&connector).await;
}

#[tokio::test]
async fn waiting_for_azure_is_not_computing() {
    // Each answer takes longer than a tick of the clock, all of them far longer than the limit.
    let limits = Limits { cpu_ms: 500, wall_ms: 1_000, requests: 100, ..Limits::default() };
    let connector = hostile(limits).await;
    let services = Services { azure: Some(Arc::new(Slow)), ..Services::default() };
    let error = connector.run(services, &connection("{}"), &task("many-requests")).await.unwrap_err();
    assert_eq!(error.limit(), Some(Limit::Requests), "{error}");
}

#[tokio::test]
async fn calls_that_are_not_declared_or_lead_elsewhere_are_refused() {
    let connector = hostile(tight()).await;
    for (kind, refusal) in [
        ("undeclared-call", "refused: not declared: hostile does not declare DELETE /v1.0/applications/1"),
        (
            "foreign-host",
            "refused: foreign host: https://collector.example/v1.0/users is not Microsoft Graph",
        ),
    ] {
        let error = fails(&connector, kind).await;
        assert_eq!(error.failure(), Some(&Failure::Fatal(refusal.to_owned())));
        assert_eq!(error.to_string(), format!("connector hostile, task {kind}: {refusal}"));
    }
}

#[tokio::test]
async fn what_is_not_there_for_a_task_ends_it() {
    let connector = hostile(tight()).await;
    let error = fails(&connector, "read-snapshot").await;
    assert_eq!(
        error.cause(),
        &Cause::Misuse("reads the snapshot, which is there while publishing only".to_owned())
    );
    let error = fails(&connector, "random-flood").await.to_string();
    assert!(error.contains("task random-flood: it asked for 4294967295 random bytes at once"), "{error}");
}

#[tokio::test]
async fn a_failure_is_the_connectors_own_words_without_control_characters() {
    let error = fails(&hostile(tight()).await, "fail").await;
    assert_eq!(error.failure(), Some(&Failure::Denied("the tenant says no\\u{1b}[2J".to_owned())));
}

/// Never answers.
struct Silent;

#[async_trait]
impl Azure for Silent {
    async fn send(&self, _: Request) -> Result<Response, Refusal> {
        std::future::pending().await
    }
}

/// Answers with 100 KB.
struct Large;

#[async_trait]
impl Azure for Large {
    async fn send(&self, _: Request) -> Result<Response, Refusal> {
        Ok(Response { status: 200, headers: Vec::new(), body: vec![b' '; 100_000].into() })
    }
}

#[tokio::test]
async fn what_calls_side_by_side_would_bring_beyond_the_limit_is_never_held() {
    let connector = hostile(Limits { received_mib: 1, requests: 10_000, ..Limits::default() }).await;
    let answered = Arc::new(Counting::default());
    let services = Services { azure: Some(answered.clone()), ..collecting() };
    let error = connector.run(services, &connection("{}"), &task("requests-at-once")).await.unwrap_err();
    assert!(error.to_string().contains("received-mib"), "{error}");
    assert_eq!(answered.0.load(Relaxed), 11, "the limit holds ten of them");
    serves(&connector).await;
}

/// Answers with 100 KB, and counts.
#[derive(Default)]
struct Counting(AtomicU32);

#[async_trait]
impl Azure for Counting {
    async fn send(&self, request: Request) -> Result<Response, Refusal> {
        self.0.fetch_add(1, Relaxed);
        Large.send(request).await
    }
}

/// Answers after 30 milliseconds.
struct Slow;

#[async_trait]
impl Azure for Slow {
    async fn send(&self, _: Request) -> Result<Response, Refusal> {
        tokio::time::sleep(std::time::Duration::from_millis(30)).await;
        Err(Refusal::Unavailable("busy".to_owned()))
    }
}
