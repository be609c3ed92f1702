//! Every scenario comes to exactly the findings its row says, with few requests, and changes nothing.

use std::{collections::BTreeMap, fmt::Write as _};

use fairlead_engine::Catalogue;
use fairlead_host::{Connector, Host, HostOptions};
use fairlead_model::{FindingOutcome, Report};
use fairlead_test_support::folder_from;

use crate::{
    rows::{self, Row},
    world::World,
};

/// Requests a validation may take with one subscription.
const WITHOUT_GRAPH: u64 = 12;
const WITH_GRAPH: u64 = 20;
/// Requests that may have to wait for one another.
const ROUND_TRIPS: u32 = 6;

#[tokio::test(flavor = "multi_thread")]
async fn a_correct_tenant_is_all_green() {
    hold(rows::correct()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_keeps_an_application_from_signing_in_is_told() {
    hold(rows::signing_in()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_in_the_directory_is_told() {
    hold(rows::directory()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_roles_and_subscriptions_is_told() {
    hold(rows::resources()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_connected_twice_is_told() {
    hold(rows::twice()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_validation_takes_few_round_trips() {
    let rows = rows::correct();
    let connectors = connectors(&rows).await;
    for row in rows {
        // With it, what is asked side by side is in flight together.
        let world = World::with(row.scenario, &["--latency-ms", "200"]);
        world.validate(&row, &connectors[row.connector]).await;
        let round_trips = world.counted().await.round_trips;
        assert!(round_trips <= ROUND_TRIPS, "{} ({}): {round_trips}", row.scenario, row.connector);
    }
}

/// Holds every row and tells all that do not hold.
async fn hold(rows: Vec<Row>) {
    let connectors = connectors(&rows).await;
    let mut wrong = String::new();
    for row in rows {
        let problems = problems(&row, &connectors[row.connector]).await;
        if !problems.is_empty() {
            let _ = writeln!(wrong, "{} ({}, {}):\n{problems}", row.scenario, row.connector, row.mode);
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

async fn problems(row: &Row, connector: &Connector) -> String {
    let world = World::of(row.scenario);
    let before = world.counted().await.total;
    let report = world.validate(row, connector).await.report;
    let counted = world.counted().await;
    let mut problems = differences(row, &report);
    let asked = counted.total - before;
    if asked != report.requests {
        let _ = writeln!(problems, "  {asked} requests were made, and {} reported", report.requests);
    }
    let most = if ["cado", "cloudcraft"].contains(&row.connector) { WITHOUT_GRAPH } else { WITH_GRAPH };
    if !row.rough && row.others.is_empty() && row.subscriptions.len() < 2 && asked > most {
        let _ = writeln!(problems, "  {asked} requests were made, {most} would do");
    }
    if !counted.writes.is_empty() || counted.changes > 0 {
        let _ = writeln!(problems, "  it asked for changes: {:?}", counted.writes);
    }
    problems
}

/// Findings that should not be there, and those that should.
fn differences(row: &Row, report: &Report) -> String {
    let mut problems = String::new();
    let mut expected = row.wrong.clone();
    for finding in report.findings.iter().filter(|finding| finding.outcome != FindingOutcome::Pass) {
        let told = (finding.id.as_str(), finding.subject.as_str(), finding.outcome);
        match expected.iter().position(|one| *one == told) {
            Some(place) => drop(expected.remove(place)),
            None => {
                let _ = writeln!(problems, "  not expected: {told:?}: {}", finding.sentence);
            }
        }
    }
    for missing in expected {
        let _ = writeln!(problems, "  not told: {missing:?}");
    }
    problems
}

pub(crate) async fn connectors(rows: &[Row]) -> BTreeMap<&'static str, Connector> {
    let host = Host::new(HostOptions {
        // Compiling takes longer than all the rest: once for all tests.
        cache_dir: env!("CARGO_TARGET_TMPDIR").into(),
        ..HostOptions::default()
    });
    let host = host.expect("a host");
    let catalogue = Catalogue::new(vec![folder_from("FAIRLEAD_PLUGINS", "plugins")]);
    let mut connectors = BTreeMap::new();
    for row in rows {
        if !connectors.contains_key(row.connector) {
            let connector = catalogue.load(&host, row.connector).await.expect("a connector");
            connectors.insert(row.connector, connector);
        }
    }
    connectors
}
