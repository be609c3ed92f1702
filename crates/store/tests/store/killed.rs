//! A process that is killed while it collects loses nothing that matters, and leaves nothing wrong.
//!
//! The test starts itself as the process to be killed.

use std::{
    env, fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use fairlead_model::ConnectionId;
use fairlead_store::{Snapshot, State, StoreError, WorkFile};

use crate::support::{collect, plan, record, rows, run, snapshot};

/// Set in the process that is to be killed: the folder it works in.
const FOLDER: &str = "FAIRLEAD_TEST_KILLED_FOLDER";
/// What it writes after a step.
const STEP: &str = "a step";

fn work_path(folder: &Path) -> PathBuf {
    folder.join("work")
}

/// What the killed process does: collect, and say so after each step; then wait for its end.
#[tokio::test]
async fn the_process_that_is_killed() {
    let Some(folder) = env::var_os(FOLDER).map(PathBuf::from) else { return };
    let state = State::folder(&folder.join("state")).unwrap();
    let connection: ConnectionId = "contoso".parse().unwrap();
    let _lease = state.lease(&connection, "the killed one", Duration::from_hours(1)).await.unwrap();
    let path = work_path(&folder);
    let work =
        if path.exists() { WorkFile::open(&path) } else { WorkFile::create(&path, &record()) }.unwrap();
    if !work.is_planned().unwrap() {
        work.plan(&plan()).unwrap();
    }
    let mut ready = work.pending().unwrap();
    let writer = work.writer().unwrap();
    while let Some(next) = ready.pop() {
        ready.extend(writer.commit(&next, run(&next)).await.unwrap());
        println!("\n{STEP}");
        // Steps come as slowly as Azure answers, so that kills hit every part of a transaction.
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    writer.close().await.unwrap();
    work.finish(&record()).unwrap();
    std::future::pending::<()>().await;
}

/// Starts the process, and kills it after so many steps.
fn kill_after(folder: &Path, steps: usize) {
    let mut child: Child = Command::new(env::current_exe().unwrap())
        .args(["--exact", "killed::the_process_that_is_killed", "--nocapture"])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let seen = lines.map_while(Result::ok).filter(|line| line == STEP).take(steps).count();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(seen, steps, "the process ended by itself");
}

#[tokio::test]
async fn a_run_killed_again_and_again_collects_what_an_undisturbed_one_does() {
    let folder = tempfile::tempdir().unwrap();
    let expected = rows(&snapshot(folder.path(), 0).await);
    let state = State::folder(&folder.path().join("state")).unwrap();
    let connection: ConnectionId = "contoso".parse().unwrap();
    for steps in [1, 2, 3, 1, 8, 13, 2, 5] {
        kill_after(folder.path(), steps);
        let lease = state.lease(&connection, "the next one", Duration::from_mins(1)).await.unwrap();
        lease.release().await.unwrap();
    }
    let work = WorkFile::open(&work_path(folder.path())).unwrap();
    collect(&work, 9).await.unwrap();
    let path = work.finish(&record()).unwrap();
    assert_eq!(rows(&Snapshot::open(&path).unwrap()), expected);
}

#[tokio::test]
async fn while_it_lives_its_files_and_its_lease_are_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["--exact", "killed::the_process_that_is_killed", "--nocapture"])
        .env(FOLDER, folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap() == STEP));
    let state = State::folder(&folder.path().join("state")).unwrap();
    let busy = state.lease(&"contoso".parse().unwrap(), "me", Duration::from_mins(1)).await.unwrap_err();
    assert!(matches!(&busy, StoreError::Busy { holder, .. } if holder == "the killed one"), "{busy}");
    child.kill().unwrap();
    child.wait().unwrap();
    state.lease(&"contoso".parse().unwrap(), "me", Duration::from_mins(1)).await.unwrap();
    assert!(fs::metadata(work_path(folder.path())).is_ok());
}
