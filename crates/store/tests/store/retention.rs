//! Which files stay: those of the newest finished runs, and nothing that nobody can use.

use std::{
    fs,
    num::NonZeroUsize,
    path::{Path, PathBuf},
    time::Duration,
};

use fairlead_model::{ConnectionId, Outcome, RunId, RunRecord};
use fairlead_store::{Lease, Snapshot, State};

use crate::support::{record, snapshot, stores};

/// Bytes of a file of these tests.
const SIZE: usize = 1000;

fn contoso() -> ConnectionId {
    "contoso".parse().unwrap()
}

fn keep(runs: usize) -> NonZeroUsize {
    NonZeroUsize::new(runs).unwrap()
}

async fn lease_of(state: &State) -> Lease {
    state.lease(&contoso(), "me", Duration::from_hours(1)).await.unwrap()
}

/// A run that ended so, with a snapshot and an artifact stored.
async fn run(lease: &Lease, state: &State, folder: &Path, outcome: Outcome) -> RunRecord {
    let file = folder.join("made");
    fs::write(&file, vec![7; SIZE]).unwrap();
    let mut run = RunRecord { outcome, ..record() };
    let key = format!("files/contoso/{}", run.id);
    let put = async |name: &str| state.put_file(&format!("{key}/{name}"), &file, "x/y").await.unwrap();
    run.snapshot = Some(put("snapshot.sqlite").await);
    run.artifacts = vec![put("artifacts/report.csv").await];
    fs::remove_file(file).unwrap();
    lease.save_run(&run).await.unwrap();
    run
}

/// Whether a run's files are there; never only some of them.
async fn has_files(state: &State, folder: &Path, run: &RunRecord) -> bool {
    let copy = folder.join("copy");
    let mut there = Vec::new();
    for file in run.artifacts.iter().chain(&run.snapshot) {
        there.push(state.fetch(file, &copy).await.is_ok());
    }
    assert!(there.iter().all(|is| *is == there[0]), "some are there: {there:?}");
    there[0]
}

#[tokio::test]
async fn the_newest_finished_runs_keep_their_files_and_the_others_say_when_they_lost_them() {
    let folder = tempfile::tempdir().unwrap();
    for state in stores(&folder.path().join("state")).await {
        let lease = lease_of(&state).await;
        let mut runs = Vec::new();
        for _ in 0..5 {
            runs.push(run(&lease, &state, folder.path(), Outcome::Complete).await);
        }
        lease.set_latest(runs[4].id).await.unwrap();
        let mut removed = lease.tidy(keep(3)).await.unwrap();
        removed.sort_by_key(|removed| removed.run);
        let ids: Vec<RunId> = removed.iter().map(|removed| removed.run).collect();
        assert_eq!(ids, [runs[0].id, runs[1].id]);
        assert_eq!((removed[0].files, removed[0].bytes), (2, 2 * SIZE as u64));
        for (number, run) in runs.iter().enumerate() {
            assert_eq!(has_files(&state, folder.path(), run).await, number >= 2, "run {number}");
            let record = state.run(None, run.id).await.unwrap().unwrap();
            assert_eq!(record.files_removed_at.is_some(), number < 2, "run {number}");
            assert_eq!(record.snapshot, run.snapshot, "what there was stays on record");
        }
        assert_eq!(lease.tidy(keep(3)).await.unwrap(), [], "there is nothing left to remove");
    }
    let stored = folder.path().join("state/files/contoso");
    assert_eq!(fs::read_dir(stored).unwrap().count(), 3, "no empty folders stay");
}

#[tokio::test]
async fn the_latest_run_keeps_its_files_whatever_is_newer() {
    let folder = tempfile::tempdir().unwrap();
    for state in stores(&folder.path().join("state")).await {
        let lease = lease_of(&state).await;
        let latest = run(&lease, &state, folder.path(), Outcome::Complete).await;
        lease.set_latest(latest.id).await.unwrap();
        let newer = run(&lease, &state, folder.path(), Outcome::Complete).await;
        lease.tidy(keep(1)).await.unwrap();
        assert!(has_files(&state, folder.path(), &latest).await);
        assert!(has_files(&state, folder.path(), &newer).await);
    }
}

#[tokio::test]
async fn files_of_runs_that_failed_or_that_nobody_knows_go_and_those_of_one_that_goes_on_stay() {
    let folder = tempfile::tempdir().unwrap();
    for state in stores(&folder.path().join("state")).await {
        let lease = lease_of(&state).await;
        let failed = run(&lease, &state, folder.path(), Outcome::Failed).await;
        let stopped = run(&lease, &state, folder.path(), Outcome::Stopped).await;
        let complete = run(&lease, &state, folder.path(), Outcome::Complete).await;
        let file = folder.path().join("made");
        fs::write(&file, "x").unwrap();
        let unknown = RunId::now();
        let key = format!("files/contoso/{unknown}/snapshot.sqlite");
        let orphan = state.put_file(&key, &file, "x/y").await.unwrap();
        let mut removed: Vec<RunId> =
            lease.tidy(keep(1)).await.unwrap().into_iter().map(|removed| removed.run).collect();
        removed.sort();
        assert_eq!(removed, [failed.id, unknown]);
        assert!(!has_files(&state, folder.path(), &failed).await);
        assert!(state.fetch(&orphan, &folder.path().join("copy")).await.is_err());
        assert!(has_files(&state, folder.path(), &stopped).await);
        assert!(has_files(&state, folder.path(), &complete).await, "a stopped one takes no room from others");
    }
}

#[tokio::test]
async fn other_connections_are_none_of_this_ones_business() {
    let folder = tempfile::tempdir().unwrap();
    for state in stores(&folder.path().join("state")).await {
        let file = folder.path().join("made");
        fs::write(&file, "x").unwrap();
        let key = format!("files/contoso-2/{}/snapshot.sqlite", RunId::now());
        let theirs = state.put_file(&key, &file, "x/y").await.unwrap();
        lease_of(&state).await.tidy(keep(1)).await.unwrap();
        state.fetch(&theirs, &folder.path().join("copy")).await.unwrap();
    }
}

#[tokio::test]
async fn a_snapshot_that_is_being_read_stays_until_it_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    let state = State::folder(&folder.path().join("state")).unwrap();
    let lease = lease_of(&state).await;
    let mut read = run(&lease, &state, folder.path(), Outcome::Complete).await;
    let collected = snapshot(folder.path(), 1).await.path().to_owned();
    let key = format!("files/contoso/{}/snapshot.sqlite", read.id);
    read.snapshot = Some(state.put_file(&key, &collected, "x/y").await.unwrap());
    lease.save_run(&read).await.unwrap();
    let path: PathBuf = state.local_path(read.snapshot.as_ref().unwrap()).unwrap();
    let newest = run(&lease, &state, folder.path(), Outcome::Complete).await;
    lease.set_latest(newest.id).await.unwrap();

    let reader = Snapshot::open(&path).unwrap();
    let second = Snapshot::open(&path).unwrap();
    assert_eq!(lease.tidy(keep(1)).await.unwrap(), []);
    drop(reader);
    assert_eq!(lease.tidy(keep(1)).await.unwrap(), []);
    drop(second);
    assert_eq!(lease.tidy(keep(1)).await.unwrap()[0].run, read.id);
    assert!(!path.exists());
}

#[tokio::test]
async fn what_a_killed_process_was_just_storing_goes_and_the_stored_file_stays() {
    let folder = tempfile::tempdir().unwrap();
    let state = State::folder(&folder.path().join("state")).unwrap();
    let lease = lease_of(&state).await;
    let complete = run(&lease, &state, folder.path(), Outcome::Complete).await;
    lease.set_latest(complete.id).await.unwrap();
    let snapshot = state.local_path(complete.snapshot.as_ref().unwrap()).unwrap();
    let draft = snapshot.with_file_name(".keep-0b1f8c3e-6d1c-4d55-9f6e-3f2a6d1b7a10");
    fs::write(&draft, vec![0; SIZE]).unwrap();
    let removed = lease.tidy(keep(1)).await.unwrap();
    assert_eq!((removed[0].run, removed[0].files, removed[0].bytes), (complete.id, 1, SIZE as u64));
    assert!(!draft.exists());
    assert!(has_files(&state, folder.path(), &complete).await);
}

#[tokio::test]
async fn files_whose_record_cannot_be_read_stay() {
    let folder = tempfile::tempdir().unwrap();
    let state = State::folder(&folder.path().join("state")).unwrap();
    let lease = lease_of(&state).await;
    let damaged = run(&lease, &state, folder.path(), Outcome::Complete).await;
    let chain = folder.path().join("state/runs/contoso").join(damaged.id.to_string());
    for file in fs::read_dir(chain).unwrap() {
        fs::write(file.unwrap().path(), "{").unwrap();
    }
    let newest = run(&lease, &state, folder.path(), Outcome::Complete).await;
    lease.set_latest(newest.id).await.unwrap();
    assert_eq!(lease.tidy(keep(1)).await.unwrap(), []);
    assert!(has_files(&state, folder.path(), &damaged).await);
}
