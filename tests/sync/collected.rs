//! What a sync collects is what the tenant holds, and the connector's file says the same to a reader that
//! shares no code with it.

use std::process::Command;

use serde_json::Value;

use crate::world::World;

#[test]
fn the_connectors_file_holds_every_generated_thing_for_an_independent_reader() {
    let world = World::connected(&[]);
    let run: Value = world.run(&["--json", "sync", "contoso"]).succeeded().json();
    let file = world.file(&run["artifacts"][0]);
    let expected = world.folder.path().join("expected.ndjson");
    std::fs::write(&expected, world.expected()).expect("a file");
    let python = std::env::var_os("FAIRLEAD_PYTHON").expect("`cargo xtask test sync` sets FAIRLEAD_PYTHON");
    let status = Command::new(python)
        .args(["-m", "pytest", "-q", concat!(env!("CARGO_MANIFEST_DIR"), "/c1")])
        .env("FAIRLEAD_C1Z", file)
        .env("FAIRLEAD_EXPECTED", expected)
        .status()
        .expect("Python starts");
    assert!(status.success(), "the reader found a difference: {status}");
}

#[test]
fn a_snapshot_can_be_shown_exported_and_asked() {
    let world = World::connected(&[]);
    let run: Value = world.run(&["--json", "sync", "contoso"]).succeeded().json();
    let users = run["items"]["user"].as_u64().expect("users were collected");

    let shown: Value = world.run(&["--json", "show", "contoso"]).succeeded().json();
    assert_eq!(shown["id"], run["id"]);

    let exported = world.run(&["export", "contoso", "--items", "user"]).succeeded();
    assert_eq!(exported.stdout.lines().count() as u64, users);
    let first: Value = serde_json::from_str(exported.stdout.lines().next().expect("a line")).expect("JSON");
    assert_eq!(first["kind"], "user");
    assert!(first["body"]["userPrincipalName"].is_string(), "{first}");

    let members = world.run(&["export", "contoso", "--links", "member", "--format", "csv"]).succeeded();
    assert!(members.stdout.starts_with("kind,origin_kind,origin_id,target_kind,target_id,label,body"));

    let counted =
        world.run(&["--json", "query", "contoso", "select count(*) as n from items where kind = 'user'"]);
    let counted: Value = counted.succeeded().json();
    assert_eq!(counted[0]["n"].as_u64(), Some(users));

    let changing = world.run(&["query", "contoso", "delete from items"]);
    assert_eq!(changing.code, Some(2), "{changing:?}");

    let runs: Vec<Value> = world.run(&["--json", "runs", "contoso"]).succeeded().json();
    assert_eq!(runs.len(), 1);
}

#[test]
fn a_second_sync_moves_the_latest_and_keeps_the_first() {
    let world = World::connected(&[]);
    let first: Value = world.run(&["--json", "sync", "contoso"]).succeeded().json();
    let second: Value = world.run(&["--json", "sync", "contoso"]).succeeded().json();
    assert_ne!(first["id"], second["id"]);
    let shown: Value = world.run(&["--json", "show", "contoso"]).succeeded().json();
    assert_eq!(shown["id"], second["id"]);
    assert!(world.file(&first["snapshot"]).exists());
    let work = std::fs::read_dir(world.installation.home.join("work/contoso")).expect("its work folder");
    assert_eq!(work.count(), 0, "nothing is left to continue");
}
