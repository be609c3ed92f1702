//! What is due is synced; a process that ends in between costs nothing.

use serde_json::Value;

use crate::world::{World, says};

#[test]
fn what_is_due_is_synced_and_what_is_disabled_or_not_scheduled_is_left_out() {
    let world = World::new();
    world.connect("first", &["--every", "1h"]);
    world.connect("second", &["--every", "1d"]);
    world.connect("disabled", &["--every", "1h", "--disabled"]);
    world.connect("by-hand", &[]);
    let server = world.serve(&["--listen", "127.0.0.1:0"]);
    let start = server.until(|line| says(line, "fairlead serves"));
    assert_eq!((&start["connections"], &start["scheduled"]), (&4.into(), &2.into()));
    let listening = server.until(|line| says(line, "listening"));
    let health = format!("http://{}/healthz", listening["address"].as_str().expect("an address"));
    let mut complete = Vec::new();
    while complete.len() < 2 {
        let line = server.until(|line| says(line, "the run is complete"));
        assert!(line["run"].is_string() && line["timestamp"].is_string(), "{line}");
        complete.push(line["connection"].as_str().expect("a connection").to_owned());
    }
    complete.sort();
    assert_eq!(complete, ["first", "second"]);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let answered = runtime.block_on(async { reqwest::get(health).await.expect("an answer").status() });
    assert_eq!(answered, 200);
    let (code, _) = server.terminate();
    assert_eq!(code, Some(0));

    for name in ["first", "second"] {
        let runs = world.runs(name);
        assert_eq!(runs.len(), 1, "once for one moment");
        assert_eq!(runs[0]["outcome"], "complete");
        assert!(runs[0]["scheduled-for"].is_string(), "{}", runs[0]);
    }
    assert!(world.runs("disabled").is_empty() && world.runs("by-hand").is_empty());
    let schedule: Vec<Value> = world.run(&["--json", "schedule"]).succeeded().json();
    let due: Vec<_> = schedule.iter().map(|one| one["due"].as_str().expect("when")).collect();
    assert_eq!(due, ["at", "at"], "{schedule:?}");
    let again = world.run(&["serve", "--once"]).succeeded();
    assert!(again.stderr.contains("0 of 2 connections were due"), "{}", again.stderr);
}

#[test]
fn a_killed_server_continues_its_run_when_it_starts_again() {
    let world = World::new();
    world.connect("first", &["--every", "1h"]);
    let server = world.serve(&["-v"]);
    let mut tasks = 0;
    let line = server.until(|line| {
        tasks += usize::from(says(line, "task done"));
        tasks == 20
    });
    assert!(line["task"].is_string() && line["connection"] == "first" && line["run"].is_string(), "{line}");
    server.kill();
    assert_eq!(world.runs("first")[0]["outcome"], "running");

    let server = world.serve(&[]);
    let continued = server.until(|line| says(line, "the run is continued"));
    assert_eq!(continued["run"], line["run"]);
    server.until(|line| says(line, "the run is complete"));
    let (code, _) = server.terminate();
    assert_eq!(code, Some(0));
    let runs = world.runs("first");
    assert_eq!((runs.len(), &runs[0]["outcome"]), (1, &"complete".into()));
    assert_eq!(runs[0]["statistics"]["attempts"], 2);
}

#[test]
fn told_to_stop_it_keeps_what_it_has_and_the_next_one_goes_on() {
    let world = World::new();
    world.connect("first", &["--every", "1h"]);
    let server = world.serve(&["-v"]);
    let mut tasks = 0;
    server.until(|line| {
        tasks += usize::from(says(line, "task done"));
        tasks == 20
    });
    let (code, said) = server.terminate();
    assert_eq!(code, Some(0), "{said:?}");
    assert!(said.iter().any(|line| line["message"].as_str().is_some_and(|it| it.starts_with("stopped;"))));
    let stopped = &world.runs("first")[0];
    assert_eq!((&stopped["outcome"], &stopped["failure"]), (&"stopped".into(), &Value::Null));

    let _once = world.run(&["serve", "--once"]).succeeded();
    let runs = world.runs("first");
    assert_eq!((runs.len(), &runs[0]["outcome"]), (1, &"complete".into()));
}

#[test]
fn a_sync_that_fails_is_on_record_and_left_alone_until_somebody_mends_it() {
    let world = World::new();
    world.connect("first", &["--every", "1d", "--no-credential"]);
    let _once = world.run(&["serve", "--once"]).succeeded();
    let _again = world.run(&["serve", "--once"]).succeeded();
    let runs = world.runs("first");
    assert_eq!(runs.len(), 1, "it is not tried again at once");
    assert_eq!((&runs[0]["outcome"], &runs[0]["failure"]), (&"failed".into(), &"settings".into()));
    assert!(runs[0]["error"].as_str().is_some_and(|error| error.contains("connections rotate first")));
}
