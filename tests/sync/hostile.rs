//! A connector that misbehaves costs its task a clear error, and nothing else.

use std::fs;

use serde_json::Value;

use crate::world::World;

/// What the hostile connector can be told to do, and a word of the error it must earn.
const MISBEHAVIOURS: &[(&str, &str)] = &[
    ("trap", "trap"),
    ("loop", "cpu-ms"),
    ("allocate", "memory"),
    ("gigabytes", "MiB"),
    ("undeclared-call", "declare"),
];

#[test]
fn every_misbehaviour_is_named_with_connector_and_task_while_the_others_go_on() {
    let world = World::new(&[]);
    let tasks: Vec<&str> = MISBEHAVIOURS.iter().map(|(task, _)| *task).chain(["good"]).collect();
    let setting = format!("tasks={}", serde_json::to_string(&tasks).expect("JSON"));
    world.connect("contoso", "hostile", &["--set", &setting]);
    let ran = world.run(&["sync", "contoso"]);
    assert_eq!(ran.code, Some(4), "{ran:?}");
    for (task, word) in MISBEHAVIOURS {
        let told = ran.stderr.lines().find(|line| line.starts_with(task));
        let told = told.unwrap_or_else(|| panic!("nothing is said of {task}: {}", ran.stderr));
        assert!(told.contains("hostile") && told.contains(word), "{told}");
    }
    let runs: Vec<Value> = world.run(&["--json", "runs", "contoso"]).succeeded().json();
    assert_eq!(runs[0]["outcome"], "failed");
    assert!(runs[0]["statistics"]["tasks"].as_u64() >= Some(1), "the good task was done: {}", runs[0]);
}

#[test]
fn tasks_without_an_end_are_ended() {
    let world = World::new(&[]);
    for (name, kind) in [("chain", "endless"), ("flood", "endless-flood")] {
        world.connect(name, "hostile", &["--set", &format!(r#"tasks=["{kind}","good"]"#)]);
        let file = world.folder.path().join("fairlead.toml");
        fs::write(&file, "[limits]\nrun-tasks = 50\n").expect("a file");
        let ran = world.run(&["--quiet", "--config", &file.to_string_lossy(), "sync", name]);
        assert_eq!(ran.code, Some(4), "{ran:?}");
        for word in ["connector hostile", &format!("task {kind}"), "run-tasks = 50", "raise the limit"] {
            assert!(ran.stderr.contains(word), "\"{word}\" is missing in: {}", ran.stderr);
        }
        let runs: Vec<Value> = world.run(&["--json", "runs", name]).succeeded().json();
        assert_eq!(runs[0]["outcome"], "failed");
        assert!(runs[0]["statistics"]["tasks"].as_u64() <= Some(50), "{}", runs[0]);
    }
}

#[test]
fn what_is_expanded_has_to_be_declared() {
    let world = World::new(&[]);
    world.connect("contoso", "hostile", &["--set", r#"tasks=["undeclared-expand"]"#]);
    let ran = world.run(&["sync", "contoso"]);
    assert_eq!(ran.code, Some(4), "{ran:?}");
    assert!(ran.stderr.contains("does not declare GET /v1.0/users/*/manager"), "{}", ran.stderr);
}

#[test]
fn no_secret_and_no_token_can_be_found_in_a_guests_memory() {
    let world = World::new(&[]);
    world.connect("contoso", "hostile", &["--set", r#"tasks=["memory-dump"]"#]);
    let _synced = world.run(&["sync", "contoso"]).succeeded();
    let dumped = world.run(&["export", "contoso", "--items", "memory"]).succeeded();
    assert!(dumped.stdout.len() > 1000, "the dump is hardly one: {}", dumped.stdout);
    assert!(dumped.stdout.contains("contoso"), "the dump reaches what the guest was given");
    assert!(!dumped.stdout.contains(&world.simulator.tenant.client_secret), "the client secret is in it");
    assert!(!dumped.stdout.contains("eyJ"), "a token is in it");
}
