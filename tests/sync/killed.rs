//! `kill -9` at any moment of a sync costs nothing: the next sync continues, and ends in the same snapshot.

use std::{
    io::{BufRead as _, BufReader},
    process::Stdio,
};

use serde_json::Value;

use crate::world::{World, rows};

/// Ten moments, spread over a sync by the golden ratio: never twice the same, the same in every test run.
fn moments(of: usize) -> impl Iterator<Item = usize> {
    (1..=10).map(move |n| 1 + n * 618 % 1000 * of / 1000)
}

#[test]
fn ten_kills_and_the_snapshot_is_that_of_an_undisturbed_run() {
    let world = World::connected(&[]);
    let undisturbed = {
        let lines = verbose_sync(&world, usize::MAX);
        (rows(&world.snapshot()), lines)
    };
    let mut killed = 0;
    for moment in moments(undisturbed.1) {
        let reached = verbose_sync(&world, moment);
        killed += usize::from(reached == moment);
        // Half of the runs are killed a second time before they may end.
        if moment % 2 == 0 {
            verbose_sync(&world, moment / 2);
        }
        let run: Value = world.run(&["--json", "sync", "contoso"]).succeeded().json();
        assert_eq!(run["outcome"], "complete");
        let again = rows(&world.snapshot());
        let lost = undisturbed.0.difference(&again).count();
        let added = again.difference(&undisturbed.0).count();
        assert_eq!((lost, added), (0, 0), "killed at line {moment}: rows lost and added");
    }
    assert!(killed >= 8, "only {killed} of 10 kills came before the end");
}

/// Syncs and kills the process once it has said `moment` lines; returns how many lines came.
fn verbose_sync(world: &World, moment: usize) -> usize {
    let mut child = world
        .installation
        .command_as(&world.simulator)
        .args(["--json", "-v", "sync", "contoso"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("fairlead starts");
    let stderr = BufReader::new(child.stderr.take().expect("a pipe"));
    let mut lines = 0;
    for line in stderr.lines() {
        line.expect("a line");
        lines += 1;
        if lines == moment {
            child.kill().expect("it can be killed");
            break;
        }
    }
    child.wait().expect("it ends");
    lines
}
