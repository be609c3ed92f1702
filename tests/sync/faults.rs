//! What an unhappy Azure does to a sync: nothing but time.

use serde_json::Value;

use crate::world::{World, rows};

#[test]
fn throttling_outages_resets_and_truncated_bodies_change_nothing_but_the_statistics() {
    let world = World::connected(&[]);
    let _quiet = world.run(&["sync", "contoso"]).succeeded();
    let undisturbed = rows(&world.snapshot());
    let faults = World::connected(&[
        "--fault-throttled",
        "0.05",
        "--fault-unavailable",
        "0.02",
        "--fault-reset",
        "0.01",
        "--fault-truncated",
        "0.01",
    ]);
    let ran = faults.run(&["--json", "sync", "contoso"]).succeeded();
    let run: Value = ran.json();
    assert_eq!(rows(&faults.snapshot()), undisturbed);
    assert!(run["statistics"]["retries"].as_u64() > Some(0), "{run}");
    assert!(run["statistics"]["throttled"].as_u64() > Some(0), "{run}");
    assert!(!ran.stderr.contains("error"), "{}", ran.stderr);
}
