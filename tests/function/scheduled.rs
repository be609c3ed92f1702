//! Ticks, messages, syncs and what they leave in S3.

use std::time::Duration;

use lambda_simulator::InvocationStatus;
use serde_json::{Value, json};

use crate::{aws::CANARY, world::World};

/// One call after the other, so that a small tenant takes long.
#[cfg(feature = "full")]
const SLOWLY: &[(&str, &str)] = &[("FAIRLEAD_PACE_MAX_CONCURRENCY", "1"), ("FAIRLEAD_PACE_BATCH", "false")];

const LONG: Duration = Duration::from_mins(5);

/// What tells one snapshot from another.
const EVERYTHING: &str = "SELECT kind, count(*) AS number, group_concat(id) AS ids FROM (SELECT kind, id FROM items ORDER BY kind, id) GROUP BY kind ORDER BY kind";

fn outcomes(runs: &[Value]) -> Vec<&str> {
    runs.iter().filter_map(|run| run["outcome"].as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tick_asks_for_what_is_due_and_the_worker_does_it_as_the_command_would() {
    let world = World::new(&[]).await;
    for name in ["contoso", "fabrikam"] {
        world.connect(name);
    }
    let worker = world.function("worker", LONG).await;
    let ticked = worker.invoke(json!({"kind": "tick"})).await;
    assert_eq!(ticked.answer["asked"], json!(["contoso", "fabrikam"]), "{ticked:?}");
    let batches = world.aws.batches().await;
    assert_eq!(batches.len(), 2);

    // The second one comes twice, and the first one late.
    for batch in [&batches[1], &batches[1], &batches[0]] {
        let invoked = worker.invoke(batch.clone()).await;
        assert_eq!(invoked.status, InvocationStatus::Success, "{invoked:?}");
        assert_eq!(invoked.answer["batchItemFailures"], json!([]));
    }
    for name in ["contoso", "fabrikam"] {
        assert_eq!(outcomes(&world.runs(name)), ["complete"], "one run, however often it was asked for");
    }
    let again = worker.invoke(json!({"kind": "tick"})).await;
    assert_eq!(again.answer["asked"], json!([]), "nothing is due");

    let by_function = world.query("contoso", EVERYTHING);
    let synced = world.command().args(["sync", "fabrikam"]).output().expect("fairlead starts");
    assert!(synced.status.success(), "{}", String::from_utf8_lossy(&synced.stderr));
    assert_eq!(by_function, world.query("fabrikam", EVERYTHING));

    let logs = world.logs();
    assert!(logs.contains("\"run\":") && logs.contains("RunSeconds"), "runs and metrics are logged");
    for secret in [CANARY, &world.azure.tenant.client_secret] {
        assert!(!logs.contains(secret), "a secret is in the log");
    }
}

#[cfg(feature = "full")]
#[tokio::test(flavor = "multi_thread")]
async fn a_sync_that_is_longer_than_an_invocation_is_finished_by_others() {
    let world = World::new(&["--latency-ms", "200"]).await;
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

    let undisturbed = World::new(&[]).await;
    undisturbed.connect("contoso");
    let synced = undisturbed.command().args(["sync", "contoso"]).output().expect("fairlead starts");
    assert!(synced.status.success(), "{}", String::from_utf8_lossy(&synced.stderr));
    assert_eq!(world.query("contoso", EVERYTHING), undisturbed.query("contoso", EVERYTHING));
}

#[cfg(feature = "full")]
#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_is_killed_leaves_its_connection_to_the_next() {
    let world = World::new(&["--latency-ms", "100"]).await;
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
}
