//! Runs as they are remembered: written by the holder of the lease, listed for everybody.

use std::{fs, time::Duration};

use fairlead_model::{ConnectionId, Outcome, RunId, RunRecord};
use fairlead_store::{Lease, State, StoreError};

use crate::support::{much_later, record, stores};

const HOUR: Duration = Duration::from_hours(1);

fn contoso() -> ConnectionId {
    "contoso".parse().unwrap()
}

async fn lease_of(state: &State, connection: &ConnectionId) -> Lease {
    state.lease(connection, "me", HOUR).await.unwrap()
}

/// A lease whose holder was silent for so long that it has expired.
async fn expired_lease(state: &State) -> Lease {
    state.lease(&contoso(), "the silent one", Duration::ZERO).await.unwrap()
}

fn ended(run: &RunRecord, outcome: Outcome) -> RunRecord {
    RunRecord { outcome, ..run.clone() }
}

#[tokio::test]
async fn runs_are_listed_newest_first_as_they_last_stood() {
    let folder = tempfile::tempdir().unwrap();
    for state in stores(folder.path()).await {
        let mut runs = [record(), record(), record()];
        runs[1].connection = "another".parse().unwrap();
        for run in &mut runs {
            let lease = lease_of(&state, &run.connection).await;
            lease.save_run(run).await.unwrap();
            run.outcome = Outcome::Complete;
            lease.save_run(run).await.unwrap();
            lease.release().await.unwrap();
        }
        let [oldest, middle, newest] = &runs;
        assert_eq!(state.runs(None, 2).await.unwrap().found, [newest.clone(), middle.clone()]);
        let of_contoso = state.runs(Some(&contoso()), 10).await.unwrap().found;
        assert_eq!(of_contoso, [newest.clone(), oldest.clone()]);
        assert_eq!(state.run(None, middle.id).await.unwrap().as_ref(), Some(middle));
        assert_eq!(state.run(Some(&contoso()), oldest.id).await.unwrap().as_ref(), Some(oldest));
        assert_eq!(state.run(Some(&contoso()), middle.id).await.unwrap(), None);

        assert_eq!(state.latest(&contoso()).await.unwrap(), None);
        let lease = lease_of(&state, &contoso()).await;
        lease.set_latest(oldest.id).await.unwrap();
        lease.set_latest(newest.id).await.unwrap();
        assert_eq!(state.latest(&contoso()).await.unwrap(), Some(newest.id));
    }
}

#[tokio::test]
async fn runs_are_found_by_the_name_of_a_connection_that_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    for state in stores(folder.path()).await {
        let lease = lease_of(&state, &contoso()).await;
        let run = record();
        lease.save_run(&run).await.unwrap();
        lease.remove_connection().await.unwrap();
        assert_eq!(state.connection(&contoso()).await.unwrap(), None);
        assert_eq!(state.runs(Some(&contoso()), 10).await.unwrap().found, [run]);
    }
}

#[tokio::test]
async fn a_damaged_run_is_named_and_hides_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let state = State::folder(folder.path()).unwrap();
    let lease = lease_of(&state, &contoso()).await;
    let (sound, damaged) = (record(), record());
    lease.save_run(&sound).await.unwrap();
    lease.save_run(&damaged).await.unwrap();
    let chain = folder.path().join("runs/contoso").join(damaged.id.to_string());
    for file in fs::read_dir(chain).unwrap() {
        fs::write(file.unwrap().path(), "").unwrap();
    }
    let listed = state.runs(Some(&contoso()), 10).await.unwrap();
    assert_eq!(listed.found, [sound]);
    assert!(listed.unreadable[0].to_string().contains(&damaged.id.to_string()), "{:?}", listed.unreadable);
}

#[tokio::test]
async fn whoever_has_lost_the_lease_can_neither_write_a_run_nor_move_the_latest_one() {
    let folder = tempfile::tempdir().unwrap();
    for state in stores(folder.path()).await {
        let run = record();
        let silent = expired_lease(&state).await;
        silent.save_run(&run).await.unwrap();
        let next = lease_of(&much_later(&state), &contoso()).await;
        assert!(next.fence() > silent.fence());

        // Already before the next holder has written anything.
        let refused = silent.save_run(&ended(&run, Outcome::Complete)).await.unwrap_err();
        assert!(matches!(&refused, StoreError::LeaseLost { holder, .. } if holder == "me"), "{refused}");
        let given_up = ended(&run, Outcome::Failed);
        next.save_run(&given_up).await.unwrap();
        let refused = silent.save_run(&ended(&run, Outcome::Complete)).await.unwrap_err();
        assert!(matches!(refused, StoreError::LeaseLost { .. }), "{refused}");
        assert_eq!(state.run(None, run.id).await.unwrap(), Some(given_up));

        let theirs = RunId::now();
        next.set_latest(theirs).await.unwrap();
        for refused in [silent.set_latest(run.id).await, silent.remove_connection().await.map(|_| ())] {
            // There is no connection to remove; had there been one, it would have been refused as well.
            assert!(matches!(refused, Ok(()) | Err(StoreError::LeaseLost { .. })), "{refused:?}");
        }
        assert_eq!(state.latest(&contoso()).await.unwrap(), Some(theirs));
    }
}

#[tokio::test]
async fn what_an_earlier_holder_writes_between_looking_and_writing_is_ignored_by_readers() {
    let folder = tempfile::tempdir().unwrap();
    let state = State::folder(folder.path()).unwrap();
    let run = record();
    let silent = expired_lease(&state).await;
    silent.save_run(&run).await.unwrap();
    let chain = folder.path().join("runs/contoso").join(run.id.to_string());
    let first = fs::read_dir(&chain).unwrap().next().unwrap().unwrap().path();
    let next = lease_of(&state, &contoso()).await;
    let given_up = ended(&run, Outcome::Failed);
    next.save_run(&given_up).await.unwrap();
    // As if it had been suspended right before the write, and woke up now.
    let late = format!("{:08}-{:08}.json", silent.fence(), 99);
    fs::copy(first, chain.join(late)).unwrap();
    assert_eq!(state.run(None, run.id).await.unwrap(), Some(given_up.clone()));
    assert_eq!(state.runs(None, 10).await.unwrap().found, [given_up]);
}

#[tokio::test]
async fn a_lease_is_for_the_runs_of_its_connection_and_until_it_is_given_back() {
    let folder = tempfile::tempdir().unwrap();
    let state = State::folder(folder.path()).unwrap();
    let lease = lease_of(&state, &"another".parse().unwrap()).await;
    let error = lease.save_run(&record()).await.unwrap_err();
    assert!(matches!(error, StoreError::Defect(_)), "{error}");
    lease.release().await.unwrap();
    let error = lease.set_latest(RunId::now()).await.unwrap_err();
    assert!(matches!(error, StoreError::Defect(_)), "{error}");
}

#[tokio::test]
async fn a_renewed_lease_writes_under_its_first_number() {
    let folder = tempfile::tempdir().unwrap();
    for state in stores(folder.path()).await {
        let lease = lease_of(&state, &contoso()).await;
        let fence = lease.fence();
        let run = record();
        lease.save_run(&run).await.unwrap();
        lease.renew().await.unwrap();
        let complete = ended(&run, Outcome::Complete);
        lease.save_run(&complete).await.unwrap();
        assert_eq!(lease.fence(), fence);
        assert_eq!(state.run(None, run.id).await.unwrap(), Some(complete));
    }
}
