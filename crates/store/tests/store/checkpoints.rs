//! An unfinished run goes on where nothing is known of it but the state.

use std::{fs, path::Path, time::Duration};

use fairlead_model::{ConnectionId, RunRecord};
use fairlead_store::{Lease, Snapshot, State, StoreError, WorkFile};

use crate::support::{collect, plan, record, rows, run, snapshot, stores};

fn contoso() -> ConnectionId {
    "contoso".parse().unwrap()
}

async fn lease_of(state: &State) -> Lease {
    state.lease(&contoso(), "me", Duration::from_hours(1)).await.unwrap()
}

/// Collects some steps and leaves the rest.
async fn begin(path: &Path, steps: usize) -> WorkFile {
    let work = WorkFile::create(path, &record()).unwrap();
    work.plan(&plan()).unwrap();
    let writer = work.writer().unwrap();
    let mut ready = work.pending().unwrap();
    for _ in 0..steps {
        let next = ready.pop().unwrap();
        ready.extend(writer.commit(&next, run(&next)).await.unwrap());
    }
    writer.close().await.unwrap();
    work
}

#[tokio::test]
async fn a_run_goes_on_elsewhere_from_what_was_stored_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let expected = rows(&snapshot(folder.path(), 0).await);
    for state in stores(&folder.path().join("state")).await {
        let here = tempfile::tempdir().unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        let run = record();
        let work = begin(&here.path().join("work"), 20).await;
        let finished = work.finished_tasks().unwrap();
        work.close().await.unwrap();
        let stored = state.store_checkpoint(&run, &here.path().join("work")).await.unwrap();
        assert!(stored.key.starts_with(&format!("checkpoints/contoso/{}/", run.id)), "{}", stored.key);

        let there = elsewhere.path().join("a/work");
        state.fetch_checkpoint(&stored, &there).await.unwrap();
        let work = WorkFile::open(&there).unwrap();
        assert_eq!(work.finished_tasks().unwrap(), finished);
        collect(&work, 3).await.unwrap();
        assert_eq!(rows(&Snapshot::open(&work.finish(&run).unwrap()).unwrap()), expected);
        for folder in [here.path(), there.parent().unwrap()] {
            let left = fs::read_dir(folder).unwrap().count();
            assert_eq!(left, 1, "drafts were left in {}", folder.display());
        }
    }
}

#[tokio::test]
async fn a_copy_made_while_steps_are_written_is_whole_and_the_run_goes_on_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let expected = rows(&snapshot(folder.path(), 0).await);
    let work = begin(&folder.path().join("work"), 2).await;
    let writer = work.writer().unwrap();
    let mut ready = work.pending().unwrap();
    let mut copies = Vec::new();
    while let Some(next) = ready.pop() {
        ready.extend(writer.commit(&next, run(&next)).await.unwrap());
        if ready.len() % 10 == 0 {
            copies.push(work.copy().await.unwrap());
        }
    }
    writer.close().await.unwrap();
    let path = work.finish(&record()).unwrap();
    assert_eq!(rows(&Snapshot::open(&path).unwrap()), expected);
    assert!(copies.len() >= 5, "{}", copies.len());
    for (number, copy) in copies.iter().enumerate() {
        let path = folder.path().join(format!("{number}.copy"));
        fs::copy(copy.path(), &path).unwrap();
        let work = WorkFile::open(&path).unwrap();
        collect(&work, number as u64).await.unwrap();
        assert_eq!(rows(&Snapshot::open(&work.finish(&record()).unwrap()).unwrap()), expected, "{number}");
    }
    let places: Vec<_> = copies.iter().map(fairlead_store::WorkCopy::path).collect();
    drop(copies);
    assert!(places.iter().all(|copy| !copy.exists()), "copies stay");
}

#[tokio::test]
async fn a_file_whose_log_is_not_in_it_is_not_stored_for_the_whole() {
    let folder = tempfile::tempdir().unwrap();
    let state = State::folder(&folder.path().join("state")).unwrap();
    let path = folder.path().join("work");
    let work = begin(&path, 5).await;
    let refused = state.store_checkpoint(&record(), &path).await.unwrap_err();
    assert!(refused.to_string().contains("is not in it yet"), "{refused}");
    work.close().await.unwrap();
    state.store_checkpoint(&record(), &path).await.unwrap();
}

#[tokio::test]
async fn what_was_changed_on_its_way_is_not_taken_for_a_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    for state in stores(&folder.path().join("state")).await {
        let path = folder.path().join("work");
        begin(&path, 5).await.close().await.unwrap();
        let stored = state.store_checkpoint(&record(), &path).await.unwrap();
        let other = folder.path().join("other");
        fs::write(&other, "no work file").unwrap();
        state.put_file(&stored.key, &other, "application/zstd").await.unwrap();
        let to = folder.path().join("fetched");
        let damaged = state.fetch_checkpoint(&stored, &to).await.unwrap_err();
        assert!(matches!(damaged, StoreError::Damaged { .. }), "{damaged}");
        let nonsense =
            state.put_file("checkpoints/contoso/x/y.zst", &other, "application/zstd").await.unwrap();
        let damaged = state.fetch_checkpoint(&nonsense, &to).await.unwrap_err();
        assert!(matches!(damaged, StoreError::Damaged { .. }), "{damaged}");
        state.remove_file(&stored).await.unwrap();
        let missing = state.fetch_checkpoint(&stored, &to).await.unwrap_err();
        assert!(matches!(missing, StoreError::Missing { .. }), "{missing}");
        assert!(!to.exists());
    }
}

#[tokio::test]
async fn only_what_a_record_names_stays() {
    let folder = tempfile::tempdir().unwrap();
    for state in stores(&folder.path().join("state")).await {
        let path = folder.path().join("work");
        begin(&path, 5).await.close().await.unwrap();
        let lease = lease_of(&state).await;
        let (mut goes_on, ended, unknown) = (record(), record(), record());
        let store = async |run: &RunRecord| state.store_checkpoint(run, &path).await.unwrap();
        let replaced = store(&goes_on).await;
        let named = store(&goes_on).await;
        let of_ended = store(&ended).await;
        let of_unknown = store(&unknown).await;
        goes_on.checkpoint = Some(named.clone());
        lease.save_run(&goes_on).await.unwrap();
        lease.save_run(&ended).await.unwrap();
        lease.tidy(3.try_into().unwrap()).await.unwrap();
        let to = folder.path().join("fetched");
        for gone in [replaced, of_ended, of_unknown] {
            assert!(state.fetch_checkpoint(&gone, &to).await.is_err(), "{state:?}");
        }
        state.fetch_checkpoint(&named, &to).await.unwrap();
        lease.purge(&[]).await.unwrap();
        assert!(state.fetch_checkpoint(&named, &to).await.is_err());
    }
}

#[tokio::test]
async fn a_stored_file_is_fetched_once_and_the_copy_of_another_one_goes() {
    let folder = tempfile::tempdir().unwrap();
    for state in stores(&folder.path().join("state")).await {
        let copies = tempfile::tempdir().unwrap();
        let mut found = Vec::new();
        for (number, content) in ["first", "second"].into_iter().enumerate() {
            let file = folder.path().join("made");
            fs::write(&file, content).unwrap();
            let key = format!("files/contoso/{number}/snapshot.sqlite");
            let stored = state.put_file(&key, &file, "x/y").await.unwrap();
            fs::remove_file(file).unwrap();
            let copy = state.local_copy(&stored, copies.path()).await.unwrap();
            assert_eq!(fs::read_to_string(&copy).unwrap(), content);
            if !state.is_local() {
                state.remove_file(&stored).await.unwrap();
            }
            assert_eq!(state.local_copy(&stored, copies.path()).await.unwrap(), copy, "fetched once");
            found.push(copy);
        }
        assert_eq!(found[0].exists(), state.is_local());
    }
}
