//! What is remembered of runs, and for how long their files stay.

use std::fs;

use serde_json::Value;

use crate::world::World;

/// Runs that keep their files unless the configuration says otherwise.
const KEPT: usize = 10;

/// A tenant with a connector whose syncs take no time.
fn world() -> World {
    let world = World::new(&[]);
    world.connect("contoso", "hostile", &[]);
    world
}

fn sync(world: &World) -> Value {
    world.run(&["--json", "sync", "contoso"]).succeeded().json()
}

#[test]
fn the_newest_runs_keep_their_files_and_older_ones_say_that_they_lost_them() {
    let world = world();
    let runs: Vec<Value> = (0..KEPT + 2).map(|_| sync(&world)).collect();
    for (number, run) in runs.iter().enumerate() {
        let kept = number >= 2;
        assert_eq!(world.file(&run["snapshot"]).exists(), kept, "the snapshot of run {number}");
        assert_eq!(world.file(&run["artifacts"][0]).exists(), kept, "an artifact of run {number}");
        let id = run["id"].as_str().expect("a run has an id");
        let record: Value = world.run(&["--json", "runs", id]).succeeded().json();
        assert_eq!(record["files-removed-at"].is_string(), !kept, "{record}");
    }
    let told = world.run(&["sync", "contoso"]).succeeded().stderr;
    let oldest = runs[2]["id"].as_str().expect("a run has an id");
    assert!(told.contains(&format!("the files of run {oldest} were removed")), "{told}");
}

#[test]
fn a_sync_clears_away_what_killed_ones_left() {
    let world = world();
    let run = sync(&world);
    let work = world.installation.home.join("work/contoso");
    let stored = world.file(&run["snapshot"]);
    let orphan = "0198c0de-0000-7000-8000-000000000000";
    fs::create_dir_all(work.join(format!("{orphan}.files"))).expect("a folder");
    fs::write(work.join(format!("{orphan}.sqlite")), "x").expect("a work file without a record");
    fs::write(work.join(format!("{orphan}.files/rows.db")), "x").expect("a half-made file");
    fs::write(stored.with_file_name(".keep-1"), "x").expect("a half-stored file");
    sync(&world);
    let left = fs::read_dir(&work).expect("the connection's folder").count();
    assert_eq!(left, 0, "leftovers in {}", work.display());
    assert!(!stored.with_file_name(".keep-1").exists());
    assert!(stored.exists());
}

#[test]
fn the_runs_of_a_removed_connection_are_listed_by_its_name() {
    let world = world();
    let run = sync(&world);
    let _removed = world.run(&["connections", "remove", "contoso", "--yes"]).succeeded();
    let runs: Vec<Value> = world.run(&["--json", "runs", "contoso"]).succeeded().json();
    assert_eq!(runs[0]["id"], run["id"]);
    let ran = world.run(&["runs", "nobody"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stderr.contains("there is no connection \"nobody\""), "{}", ran.stderr);
}

#[test]
fn a_damaged_connection_is_named_and_hides_no_other() {
    let world = world();
    world.connect("fabrikam", "hostile", &[]);
    let record = "connections/fabrikam/00000001.json";
    fs::write(world.installation.home.join("state").join(record), "{").expect("a damaged record");
    let ran = world.run(&["--json", "connections", "list"]).succeeded();
    assert!(ran.stderr.contains(record) && ran.stderr.contains("restore it"), "{}", ran.stderr);
    let listed: Vec<Value> = ran.json();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0]["id"], "contoso");
}

#[test]
fn a_run_names_the_tasks_that_failed() {
    let world = World::new(&[]);
    world.connect("contoso", "hostile", &["--set", r#"tasks=["fail","good","trap"]"#]);
    let ran = world.run(&["sync", "contoso"]);
    assert_ne!(ran.code, Some(0), "{ran:?}");
    let runs: Vec<Value> = world.run(&["--json", "runs", "contoso"]).succeeded().json();
    let failed = &runs[0]["failed-tasks"];
    assert_eq!(failed["count"], 2);
    let mut named: Vec<&str> = failed["first"]
        .as_array()
        .expect("they are named")
        .iter()
        .map(|task| task["kind"].as_str().expect("a kind"))
        .collect();
    named.sort_unstable();
    assert_eq!(named, ["fail", "trap"]);
    let id = runs[0]["id"].as_str().expect("a run has an id");
    let shown = world.run(&["runs", id]).succeeded().stdout;
    assert!(shown.contains("task trap") && shown.contains("the tenant says no"), "{shown}");
}
