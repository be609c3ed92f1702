//! Publishing: the snapshot read back, and declared files written; nothing else.

use std::sync::{Arc, Mutex, mpsc};

use fairlead_host::{CallError, Cause, Connector, Limit, Limits, Services, SnapshotReader};
use fairlead_model::Failure;

use crate::support::{Collected, Written, connection, hostile};

fn publishing(written: &Written) -> Services {
    let collected: Arc<dyn SnapshotReader> = Arc::new(Collected { users: vec!["1", "2"], gate: None });
    Services { snapshot: Some(collected), artifacts: Some(Arc::new(written.clone())), ..Services::default() }
}

async fn publish(connector: &Connector, what: &str, services: Services) -> Result<(), CallError> {
    let settings = format!(r#"{{"publish":"{what}"}}"#);
    connector.publish(services, &connection(&settings)).await.map(|called| called.value)
}

/// Publishes wrongly, sees that nothing was written, and that publishing as it should be works afterwards.
async fn fails(limits: Limits, what: &str) -> CallError {
    let connector = hostile(limits).await;
    let written = Written::default();
    let error = publish(&connector, what, publishing(&written)).await.expect_err(what);
    assert!(written.files().is_empty(), "{what}: {:?}", written.files());
    publish(&connector, "good", publishing(&written)).await.unwrap();
    assert_eq!(written.files().len(), 2);
    error
}

#[tokio::test]
async fn files_are_written_from_what_was_collected() {
    let connector = hostile(Limits::default()).await;
    let written = Written::default();
    publish(&connector, "good", publishing(&written)).await.unwrap();
    let files = written.files();
    assert_eq!(files["notes.txt"], "3 records in run 0198c0de-0000-7000-8000-000000000001");
    assert_eq!(
        files["rows.db"],
        "MAGIC zstd Some(3) CREATE TABLE rows (id)\
         ; 1 into rows: [NamedColumn { name: \"id\", column: Text([\"1\"]) }]\
         ; 1 into rows: [NamedColumn { name: \"id\", column: Text([\"2\"]) }]"
    );
}

#[tokio::test]
async fn only_declared_files_are_written() {
    for (what, problem) in [
        ("path-traversal", "writes a file \"../notes.txt\", which its description does not declare"),
        ("absolute-path", "writes a file \"/etc/passwd\", which its description does not declare"),
        ("wrong-type", "writes \"notes.txt\" as \"text/html\", and its description says \"text/plain\""),
    ] {
        let error = fails(Limits::default(), what).await;
        assert_eq!(error.cause(), &Cause::Misuse(problem.to_owned()));
        assert!(error.to_string().starts_with("connector hostile, publishing: it writes "), "{error}");
    }
}

#[tokio::test]
async fn publishing_has_its_limits() {
    let tight = Limits { publish_cpu_ms: 150, artifact_mib: 2, handles: 8, ..Limits::default() };
    for (what, limit) in [
        ("loop", Limit::PublishCpu),
        ("handles", Limit::Handles),
        ("endless-file", Limit::Artifacts),
        ("many-rows", Limit::Records),
    ] {
        let error = fails(tight.clone(), what).await;
        assert_eq!(error.limit(), Some(limit), "{error}");
        assert!(error.to_string().contains(limit.name()), "{error}");
    }
}

#[tokio::test]
async fn columns_that_do_not_fit_are_told_to_the_connector() {
    for (what, problem) in [
        ("unequal-rows", "column \"id\" has 2 values for 3 rows"),
        ("bad-column", "column \"id\": a column of 1 bytes has its last end at 2"),
        ("bad-blob", "column \"id\": a column of 1 bytes has its last end at 0"),
        ("sql", "only tables and indexes can be created: DROP TABLE rows"),
    ] {
        let error = fails(Limits::default(), what).await;
        assert_eq!(error.failure(), Some(&Failure::Fatal(problem.to_owned())));
    }
}

#[tokio::test]
async fn azure_is_out_of_reach_while_publishing() {
    let error = fails(Limits::default(), "azure").await.to_string();
    assert!(
        error.contains("refused: not declared: calls to Azure are made by tasks and checks only"),
        "{error}"
    );
}

#[tokio::test]
async fn a_file_that_is_not_finished_does_not_exist() {
    let connector = hostile(Limits::default()).await;
    let written = Written::default();
    publish(&connector, "unfinished", publishing(&written)).await.unwrap();
    assert!(written.files().is_empty());
}

/// A disk that hangs, say.
#[tokio::test]
async fn a_call_ends_even_when_the_host_hangs() {
    let limits = Limits { publish_wall_ms: 50, ..Limits::default() };
    let connector = hostile(limits).await;
    let (release, gate) = mpsc::channel();
    let collected = Collected { users: Vec::new(), gate: Some(Mutex::new(gate)) };
    let services = Services { snapshot: Some(Arc::new(collected)), ..publishing(&Written::default()) };
    let error = publish(&connector, "good", services).await.unwrap_err();
    assert_eq!(error.limit(), Some(Limit::PublishWall));
    drop::<mpsc::Sender<()>>(release);
}

#[tokio::test]
async fn publishing_without_a_snapshot_is_a_misuse() {
    let connector = hostile(Limits::default()).await;
    let error = publish(&connector, "good", Services::default()).await.unwrap_err();
    assert!(matches!(error.cause(), Cause::Misuse(what) if what.contains("snapshot")), "{error}");
}
