//! What has to hold wherever state is kept: in a folder, in memory, in S3, and in an S3 whose answers get lost.

use std::{collections::BTreeSet, fmt::Write as _, sync::atomic::Ordering, time::Duration};

use fairlead_model::{
    Cloud, Connection, ConnectionId, Mode, Outcome, RunId, RunRecord, Scope, Tags, ValidationRecord,
    ValidationState,
};
use fairlead_store::{State, StoreError};
use futures::{StreamExt as _, future::join_all, stream};
use jiff::Timestamp;
use object_store::{ObjectStoreExt as _, path::Path};
use uuid::{NoContext, Uuid};

use crate::support::{counted, much_later, record, stores, stores_and_objects};

const HOUR: Duration = Duration::from_hours(1);

fn connection(id: &str) -> Connection {
    Connection {
        id: id.parse().unwrap(),
        connector: "example".to_owned(),
        cloud: Cloud::Public,
        tenant: "contoso.example".parse().unwrap(),
        domain: None,
        client_id: Uuid::nil(),
        credential: None,
        mode: Mode::Read,
        scope: Scope::default(),
        description: String::new(),
        tags: Tags::default(),
        enabled: true,
        schedule: None,
        owner: None,
        teams: Vec::new(),
        settings: serde_json::Map::new(),
        created_at: Timestamp::UNIX_EPOCH,
        updated_at: None,
        aimed_at: None,
    }
}

fn contoso() -> ConnectionId {
    "contoso".parse().unwrap()
}

/// The id of a run that started so long ago.
fn days_ago(days: u64) -> RunId {
    let second = u64::try_from(Timestamp::now().as_second()).unwrap() - days * 24 * 60 * 60;
    RunId(Uuid::new_v7(uuid::Timestamp::from_unix(NoContext, second, 0)))
}

/// A complete run that started so long ago.
async fn run_of(state: &State, connection: &ConnectionId, days: u64) -> RunRecord {
    let run = RunRecord {
        id: days_ago(days),
        connection: connection.clone(),
        outcome: Outcome::Complete,
        ..record()
    };
    let lease = state.lease(connection, "me", HOUR).await.unwrap();
    lease.save_run(&run).await.unwrap();
    lease.release().await.unwrap();
    run
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_changes_at_once_each_is_made_once_and_none_is_lost() {
    const WRITERS: usize = 6;
    const CHANGES: usize = 4;
    let folder = tempfile::tempdir().unwrap();
    for state in stores(folder.path()).await {
        state.add_connection(&connection("contoso")).await.unwrap();
        let writing = (0..WRITERS).map(|writer| {
            let state = state.clone();
            tokio::spawn(async move {
                let mut made = 0;
                while made < CHANGES {
                    let mut read = state.connection(&contoso()).await.unwrap().unwrap();
                    write!(read.value.description, "{writer}.{made} ").unwrap();
                    match state.update_connection(&read).await {
                        Ok(_) => made += 1,
                        Err(StoreError::ConnectionChanged(_)) => {}
                        Err(error) => panic!("{state:?}: {error}"),
                    }
                }
            })
        });
        join_all(writing).await.into_iter().for_each(Result::unwrap);
        let read = state.connection(&contoso()).await.unwrap().unwrap();
        assert_eq!(read.generation, (WRITERS * CHANGES) as u64 + 1, "{state:?}");
        let made: Vec<&str> = read.value.description.split_whitespace().collect();
        let different: BTreeSet<&str> = made.iter().copied().collect();
        assert_eq!((made.len(), different.len()), (WRITERS * CHANGES, WRITERS * CHANGES), "{made:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_claim_a_connection_one_holds_it_and_numbers_only_rise() {
    let folder = tempfile::tempdir().unwrap();
    for state in stores(folder.path()).await {
        let mut last = 0;
        for _ in 0..3 {
            let claiming = (0..12).map(|number| {
                let state = state.clone();
                tokio::spawn(async move { state.lease(&contoso(), &format!("{number}"), HOUR).await })
            });
            let claimed: Vec<_> = join_all(claiming).await.into_iter().map(Result::unwrap).collect();
            let held: Vec<_> = claimed.iter().filter_map(|claimed| claimed.as_ref().ok()).collect();
            assert_eq!(held.len(), 1, "{state:?}: {claimed:?}");
            for refused in claimed.iter().filter_map(|claimed| claimed.as_ref().err()) {
                assert!(matches!(refused, StoreError::Busy { .. }), "{state:?}: {refused}");
            }
            assert!(held[0].fence() > last);
            last = held[0].fence();
            held[0].release().await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_lease_that_was_left_is_taken_over_and_whoever_comes_back_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    for state in stores(folder.path()).await {
        let (silent, mut run) = (state.lease(&contoso(), "the silent one", HOUR).await.unwrap(), record());
        silent.save_run(&run).await.unwrap();
        let busy = state.lease(&contoso(), "the next one", HOUR).await.unwrap_err();
        assert!(matches!(busy, StoreError::Busy { .. }), "{busy}");
        let next = much_later(&state).lease(&contoso(), "the next one", HOUR).await.unwrap();
        assert!(next.fence() > silent.fence());
        run.outcome = Outcome::Complete;
        for refused in [
            silent.save_run(&run).await,
            silent.set_latest(run.id).await,
            silent.renew().await,
            silent.confirm().await,
        ] {
            let refused = refused.unwrap_err();
            assert!(
                matches!(&refused, StoreError::LeaseLost { holder, .. } if holder == "the next one"),
                "{refused}"
            );
        }
        next.save_run(&run).await.unwrap();
        next.set_latest(run.id).await.unwrap();
        assert_eq!(state.run(None, run.id).await.unwrap(), Some(run.clone()));
        assert_eq!(state.latest(&contoso()).await.unwrap(), Some(run.id));
    }
}

#[tokio::test]
async fn a_damaged_record_is_named_and_hides_no_other() {
    let folder = tempfile::tempdir().unwrap();
    for (state, objects) in stores_and_objects(folder.path()).await {
        for id in ["contoso", "fabrikam"] {
            state.add_connection(&connection(id)).await.unwrap();
        }
        objects.put(&Path::from("connections/contoso/00000002.json"), "{".into()).await.unwrap();
        let listed = state.connections().await.unwrap();
        assert_eq!(listed.found, [connection("fabrikam")]);
        let told = listed.unreadable[0].to_string();
        assert!(told.contains("connections/contoso/00000002.json is damaged"), "{told}");
        assert!(state.connection(&contoso()).await.is_err());
        // Nobody writes over it unseen, and it can be taken away.
        assert!(state.add_connection(&connection("contoso")).await.is_err());
        objects.delete(&Path::from("connections/contoso/00000002.json")).await.unwrap();
        assert_eq!(state.connection(&contoso()).await.unwrap().unwrap().value, connection("contoso"));
    }
}

#[tokio::test]
async fn the_newest_runs_are_found_however_long_ago_they_were() {
    let folder = tempfile::tempdir().unwrap();
    for state in stores(folder.path()).await {
        let fabrikam: ConnectionId = "fabrikam".parse().unwrap();
        let oldest = run_of(&state, &contoso(), 900).await;
        assert_eq!(state.runs(Some(&contoso()), 1).await.unwrap().found, std::slice::from_ref(&oldest));
        let old = run_of(&state, &contoso(), 30).await;
        assert_eq!(state.runs(Some(&contoso()), 1).await.unwrap().found, std::slice::from_ref(&old));
        let new = run_of(&state, &contoso(), 1).await;
        let theirs = run_of(&state, &fabrikam, 10).await;
        assert_eq!(state.runs(Some(&contoso()), 1).await.unwrap().found, std::slice::from_ref(&new));
        let newest = [new, theirs.clone(), old, oldest];
        assert_eq!(state.runs(None, 9).await.unwrap().found, newest);
        assert_eq!(state.runs(None, 2).await.unwrap().found, newest[..2]);
        assert_eq!(state.run(None, theirs.id).await.unwrap().as_ref(), Some(&theirs));
        assert_eq!(state.run(None, RunId::now()).await.unwrap(), None);
    }
}

/// What a request costs is little; what matters is that it does not grow with the years.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_often_takes_as_many_requests_as_it_says_however_much_there_is() {
    let (state, raw, requests) = counted().await;
    let asked = || requests.swap(0, Ordering::Relaxed);
    for number in 0..20 {
        state.add_connection(&connection(&format!("tenant-{number}"))).await.unwrap();
    }
    state.add_connection(&connection("contoso")).await.unwrap();
    // A year of runs every eight hours, as they would lie there.
    let newest = run_of(&state, &contoso(), 0).await;
    let history = (1..365_u64).flat_map(|day| [days_ago(day), days_ago(day), days_ago(day)]);
    stream::iter(history)
        .for_each_concurrent(16, |run| {
            let (raw, key) = (raw.clone(), format!("runs/contoso/{run}/00000001-00000001.json"));
            async move { raw.put(&Path::from(key), "{}".into()).await.map(drop).unwrap() }
        })
        .await;
    asked();

    assert_eq!(state.runs(Some(&contoso()), 1).await.unwrap().found, std::slice::from_ref(&newest));
    assert_eq!(asked(), 2, "a connection's newest run");
    let mut read = state.connection(&contoso()).await.unwrap().unwrap();
    assert_eq!(asked(), 2, "a connection");
    assert!(state.run(Some(&contoso()), newest.id).await.unwrap().is_some());
    assert_eq!(asked(), 2, "a run");
    assert_eq!(state.connections().await.unwrap().found.len(), 21);
    assert_eq!(asked(), 22, "all connections");
    read.value.description = "changed".to_owned();
    state.update_connection(&read).await.unwrap();
    assert_eq!(asked(), 3, "a change");
    let lease = state.lease(&contoso(), "me", HOUR).await.unwrap();
    assert_eq!(asked(), 4, "a lease");
    lease.set_latest(newest.id).await.unwrap();
    assert_eq!(asked(), 5, "a change under a lease");
    lease.save_run(&newest).await.unwrap();
    assert_eq!(asked(), 12, "a run's record, and how the connection stands");
    assert_eq!(state.latest(&contoso()).await.unwrap(), Some(newest.id));
    assert_eq!(asked(), 2, "which run is the latest");
    lease.tidy(10.try_into().unwrap()).await.unwrap();
    assert_eq!(asked(), 5, "clearing up where there is nothing to clear");
}

#[tokio::test]
async fn records_are_kept_for_more_than_a_year_and_the_latest_ones_for_ever() {
    let folder = tempfile::tempdir().unwrap();
    for state in stores(folder.path()).await {
        let mut runs = Vec::new();
        for days in [900, 800, 401, 399, 1] {
            runs.push(run_of(&state, &contoso(), days).await);
        }
        let lease = state.lease(&contoso(), "me", HOUR).await.unwrap();
        lease.set_latest(runs[1].id).await.unwrap();
        lease.tidy(1.try_into().unwrap()).await.unwrap();
        let left: Vec<RunId> =
            state.runs(Some(&contoso()), 9).await.unwrap().found.iter().map(|run| run.id).collect();
        assert_eq!(left, [runs[4].id, runs[3].id, runs[1].id], "{state:?}");
    }
}

#[tokio::test]
async fn what_passes_is_removed_from_a_folder_once_it_is_old() {
    let folder = tempfile::tempdir().unwrap();
    let state = State::folder(folder.path()).unwrap();
    let of = |id: Uuid| ValidationRecord {
        id,
        connection: contoso(),
        asked_at: Timestamp::now(),
        state: ValidationState::Pending,
    };
    let (old, touched) = (Uuid::now_v7(), Uuid::now_v7());
    for id in [old, touched, touched] {
        state.save_validation(&of(id)).await.unwrap();
    }
    let long_ago = std::time::SystemTime::now() - Duration::from_hours(31 * 24);
    for file in [format!("{old}/00000001.json"), format!("{touched}/00000001.json")] {
        let file = std::fs::File::options().write(true).open(folder.path().join("validations").join(file));
        file.unwrap().set_modified(long_ago).unwrap();
    }
    let lease = state.lease(&contoso(), "me", HOUR).await.unwrap();
    lease.tidy(1.try_into().unwrap()).await.unwrap();
    assert_eq!(state.validation(old).await.unwrap(), None);
    assert!(state.validation(touched).await.unwrap().is_some(), "it was touched a moment ago");
}

#[tokio::test]
async fn a_state_tells_nothing_of_its_credentials() {
    let (state, ..) = counted().await;
    assert!(!format!("{state:?}").contains("canary"));
    let lease = state.lease(&contoso(), "me", HOUR).await.unwrap();
    assert!(!format!("{lease:?}").contains("canary"));
}
