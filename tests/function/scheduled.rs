//! Ticks, messages, syncs and what they leave in S3.

use std::time::Duration;

use futures::future::join_all;
use lambda_simulator::InvocationStatus;
use serde_json::{Value, json};

use crate::{
    aws::CANARY,
    world::{Size, World},
};

/// One call after the other, so that a small tenant takes long.
#[cfg(feature = "full")]
const SLOWLY: &[(&str, &str)] = &[("FAIRLEAD_PACE_MAX_CONCURRENCY", "1")];

const LONG: Duration = Duration::from_mins(5);
const CONNECTIONS: usize = 50;
const WORKERS: usize = 3;

/// What tells one snapshot from another.
const EVERYTHING: &str = "SELECT kind, count(*) AS number, group_concat(id) AS ids FROM (SELECT kind, id FROM items ORDER BY kind, id) GROUP BY kind ORDER BY kind";

fn outcomes(runs: &[Value]) -> Vec<&str> {
    runs.iter().filter_map(|run| run["outcome"].as_str()).collect()
}

/// Messages as queues bring them: in another order than they were sent, and some of them twice.
fn disordered(batches: Vec<Value>) -> Vec<Value> {
    let twice: Vec<Value> = batches.iter().step_by(7).cloned().collect();
    twice.into_iter().chain(batches.into_iter().rev()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tick_asks_for_what_is_due_and_workers_do_it_as_the_command_would() {
    let world = World::new(Size::Small, &[]).await;
    let names: Vec<String> = (1..=CONNECTIONS).map(|number| format!("contoso-{number:02}")).collect();
    world.connect_all(&names);
    let workers = join_all((0..WORKERS).map(|_| world.function("worker", LONG))).await;
    let ticked = workers[0].invoke(json!({"kind": "tick"})).await;
    assert_eq!(ticked.answer["asked"], json!(names), "{ticked:?}");

    let batches = disordered(world.aws.batches().await);
    assert!(batches.len() > CONNECTIONS, "some come twice");
    let work = workers.iter().enumerate().map(async |(first, worker)| {
        for batch in batches.iter().skip(first).step_by(WORKERS) {
            let invoked = worker.invoke(batch.clone()).await;
            assert_eq!(invoked.status, InvocationStatus::Success, "{invoked:?}");
            assert_eq!(invoked.answer["batchItemFailures"], json!([]));
        }
    });
    join_all(work).await;
    for name in &names {
        assert_eq!(
            outcomes(&world.runs(name)),
            ["complete"],
            "one run of {name}, however often it was asked for"
        );
    }
    let again = workers[0].invoke(json!({"kind": "tick"})).await;
    assert_eq!(again.answer["asked"], json!([]), "nothing is due");

    let [first, last] = [&names[0], &names[CONNECTIONS - 1]];
    let by_function = world.query(first, EVERYTHING);
    let synced = world.command().args(["sync", last]).output().expect("fairlead starts");
    assert!(synced.status.success(), "{}", String::from_utf8_lossy(&synced.stderr));
    assert_eq!(by_function, world.query(last, EVERYTHING));

    let logs = world.logs();
    assert!(logs.contains("\"run\":") && logs.contains("RunSeconds"), "runs and metrics are logged");
    assert!(!logs.contains("compiling a connector"), "the package holds connectors compiled");
    for secret in [CANARY, &world.azure.tenant.client_secret] {
        assert!(!logs.contains(secret), "a secret is in the log");
    }
}

#[cfg(feature = "full")]
#[tokio::test(flavor = "multi_thread")]
async fn a_sync_that_is_longer_than_an_invocation_is_finished_by_others() {
    let world = World::new(Size::Large, &["--latency-ms", "1000"]).await;
    world.connect("contoso");
    let mut invocations = 0;
    loop {
        // Each on a machine that has seen nothing yet.
        let worker = world.function_with("worker", Duration::from_secs(12), SLOWLY).await;
        let ticked = worker.invoke(json!({"kind": "tick"})).await;
        if ticked.answer["asked"] == json!([]) {
            break;
        }
        for batch in world.aws.batches().await {
            invocations += 1;
            let invoked = worker.invoke(batch).await;
            assert_eq!(invoked.status, InvocationStatus::Success, "{invoked:?}");
        }
        assert!(invocations < 60, "{:?}", world.runs("contoso"));
    }
    assert!(invocations >= 5, "{invocations} invocations: the tenant is too small for this test");
    let runs = world.runs("contoso");
    assert_eq!(outcomes(&runs), ["complete"], "one run over all of them");

    let undisturbed = World::new(Size::Large, &[]).await;
    undisturbed.connect("contoso");
    let synced = undisturbed.command().args(["sync", "contoso"]).output().expect("fairlead starts");
    assert!(synced.status.success(), "{}", String::from_utf8_lossy(&synced.stderr));
    assert_eq!(world.query("contoso", EVERYTHING), undisturbed.query("contoso", EVERYTHING));
}

#[cfg(feature = "full")]
#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_is_killed_leaves_its_connection_to_the_next() {
    let world = World::new(Size::Large, &["--latency-ms", "300"]).await;
    world.connect("contoso");
    let ticker = world.function("worker", LONG).await;
    ticker.invoke(json!({"kind": "tick"})).await;
    let [batch] = world.aws.batches().await.try_into().expect("one message");

    let running = async || world.runs("contoso").iter().any(|run| run["outcome"] == "running");
    let killed = world.function_with("worker", Duration::from_secs(20), SLOWLY).await;
    killed.invoke_and_kill(batch.clone(), running).await;

    // Its lease ends with the invocation it had; until then nobody else works on the connection.
    let next = world.function("worker", LONG).await;
    let mut tries = 0;
    while outcomes(&world.runs("contoso")).first() != Some(&"complete") {
        tries += 1;
        assert!(tries < 2_000, "{:?}", world.runs("contoso"));
        let invoked = next.invoke(batch.clone()).await;
        assert_eq!(invoked.status, InvocationStatus::Success, "{invoked:?}");
    }
    let continued = world.query("contoso", EVERYTHING);
    let synced = world.command().args(["sync", "contoso"]).output().expect("fairlead starts");
    assert!(synced.status.success(), "{}", String::from_utf8_lossy(&synced.stderr));
    assert_eq!(continued, world.query("contoso", EVERYTHING));
}
