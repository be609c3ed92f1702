//! Memory grows with the page, not with the tenant.

use serde_json::Value;

use crate::world::World;

/// What a sync may hold of a tenant of any size, in bytes.
const MOST: u64 = 600_000_000;

#[test]
fn a_million_users_are_synced_within_bounded_memory() {
    let world =
        World::of(&["--users", "1000000", "--groups", "2000", "--memberships", "1000000", "--no-limits"]);
    world.connect("contoso", "c1", &[]);
    let run: Value = world.run(&["--json", "sync", "contoso"]).succeeded().json();
    assert_eq!(run["items"]["user"], 1_000_000);
    assert_eq!(run["links"]["member"], 1_000_000);
    let peak = run["process"]["peak-memory"].as_u64().expect("this system tells what a process uses");
    assert!(peak < MOST, "{peak} bytes were resident");
}
