//! The state store, in a folder and as objects.

use std::{fs, path::Path, time::Duration};

use fairlead_model::{Cloud, Connection, ConnectionId, Mode, RunId, Scope, Tags};
use fairlead_store::{State, StoreError};
use futures::future::join_all;
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use crate::support::stores;

fn connection(id: &str) -> Connection {
    Connection {
        id: id.parse().unwrap(),
        connector: "example".to_owned(),
        cloud: Cloud::Public,
        tenant: "contoso.example".parse().unwrap(),
        domain: None,
        client_id: uuid::Uuid::nil(),
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

#[tokio::test]
async fn a_connection_can_be_added_changed_removed_and_added_again() {
    let folder = tempfile::tempdir().unwrap();
    for state in stores(folder.path()).await {
        assert_eq!(state.connections().await.unwrap().found, []);
        assert_eq!(state.connection(&contoso()).await.unwrap(), None);
        let lease = state.lease(&contoso(), "me", Duration::from_mins(1)).await.unwrap();
        assert!(!lease.remove_connection().await.unwrap());

        state.add_connection(&connection("contoso")).await.unwrap();
        state.add_connection(&connection("another")).await.unwrap();
        let exists = state.add_connection(&connection("contoso")).await.unwrap_err();
        assert_eq!(exists, StoreError::ConnectionExists(contoso()));
        let listed = state.connections().await.unwrap();
        assert_eq!(listed.unreadable, []);
        let names: Vec<_> = listed.found.into_iter().map(|found| found.id).collect();
        assert_eq!(names.iter().map(ConnectionId::as_str).collect::<Vec<_>>(), ["another", "contoso"]);

        let mut read = state.connection(&contoso()).await.unwrap().unwrap();
        let stale = read.clone();
        read.value.description = "changed".to_owned();
        let changed = state.update_connection(&read).await.unwrap();
        assert_eq!(state.connection(&contoso()).await.unwrap(), Some(changed));
        let late = state.update_connection(&stale).await.unwrap_err();
        assert_eq!(late, StoreError::ConnectionChanged(contoso()));

        lease.set_latest(RunId::now()).await.unwrap();
        assert!(lease.remove_connection().await.unwrap());
        assert_eq!(state.connection(&contoso()).await.unwrap(), None);
        state.add_connection(&connection("contoso")).await.unwrap();
        assert_eq!(state.connection(&contoso()).await.unwrap().unwrap().value, connection("contoso"));
        assert_eq!(state.latest(&contoso()).await.unwrap(), None, "the snapshot of the one before");
    }
}

#[tokio::test]
async fn looking_for_state_makes_none_and_a_place_that_cannot_be_is_told_as_such() {
    let folder = tempfile::tempdir().unwrap();
    let absent = folder.path().join("mistyped/state");
    assert!(State::existing(&absent).unwrap().is_none());
    assert!(!absent.parent().unwrap().exists());
    let _made = State::folder(&absent).unwrap();
    assert!(State::existing(&absent).unwrap().is_some());
    if cfg!(target_os = "linux") {
        let error = State::folder(Path::new("/proc/nope/state")).unwrap_err();
        assert!(matches!(error, StoreError::Access { .. }), "{error}");
    }
}

#[tokio::test]
async fn purging_takes_what_an_unfinished_run_has_collected_and_nobody_elses() {
    let (folder, work) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for state in stores(folder.path()).await {
        for name in ["contoso", "contoso-london"] {
            fs::create_dir_all(work.path().join(name)).unwrap();
            fs::write(work.path().join(name).join("run.sqlite"), "a tenant's directory").unwrap();
        }
        let lease = state.lease(&contoso(), "me", Duration::from_mins(1)).await.unwrap();
        let folders = [work.path().to_owned(), work.path().join("none")];
        assert!(lease.purge(&folders).await.unwrap());
        assert!(!lease.purge(&folders).await.unwrap(), "there is nothing left");
        lease.release().await.unwrap();
        assert!(!work.path().join("contoso").exists());
        assert!(work.path().join("contoso-london/run.sqlite").exists());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_add_one_connection_one_wins() {
    let folder = tempfile::tempdir().unwrap();
    for state in stores(folder.path()).await {
        let adding = (0..32).map(|number| {
            let (state, mut connection) = (state.clone(), connection("contoso"));
            connection.description = number.to_string();
            tokio::spawn(async move { state.add_connection(&connection).await.map(|()| connection) })
        });
        let added: Vec<_> = join_all(adding).await.into_iter().map(Result::unwrap).collect();
        let won: Vec<_> = added.iter().filter_map(|added| added.as_ref().ok()).collect();
        assert_eq!(won.len(), 1);
        assert_eq!(&state.connection(&contoso()).await.unwrap().unwrap().value, won[0]);
    }
}

#[tokio::test]
async fn nothing_written_is_ever_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let state = State::folder(folder.path()).unwrap();
    state.add_connection(&connection("contoso")).await.unwrap();
    let first = folder.path().join("connections/contoso/00000001.json");
    let before = fs::read(&first).unwrap();
    let read = state.connection(&contoso()).await.unwrap().unwrap();
    state.update_connection(&read).await.unwrap();
    let lease = state.lease(&contoso(), "me", Duration::from_mins(1)).await.unwrap();
    lease.remove_connection().await.unwrap();
    assert_eq!(fs::read(&first).unwrap(), before);
    assert!(folder.path().join("connections/contoso/00000003.json").is_file());
}

#[tokio::test]
async fn a_damaged_record_is_named_and_hides_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let state = State::folder(folder.path()).unwrap();
    for id in ["contoso", "fabrikam", "newer", "tailspin"] {
        state.add_connection(&connection(id)).await.unwrap();
    }
    fs::write(folder.path().join("connections/fabrikam/00000002.json"), "{\"schema\": 1,").unwrap();
    let newer = r#"{"schema": 9, "writer": "00000000-0000-0000-0000-000000000000", "value": 1}"#;
    fs::write(folder.path().join("connections/newer/00000002.json"), newer).unwrap();
    let listed = state.connections().await.unwrap();
    let names: Vec<_> = listed.found.iter().map(|found| found.id.as_str()).collect();
    assert_eq!(names, ["contoso", "tailspin"]);
    let told: Vec<_> = listed.unreadable.iter().map(ToString::to_string).collect();
    assert!(told[0].starts_with("the record connections/fabrikam/00000002.json is damaged"), "{told:?}");
    assert!(told[0].ends_with("restore it from a backup, or remove that file"), "{told:?}");
    assert!(told[1].ends_with("update Fairlead"), "{told:?}");
    assert_eq!(told.len(), 2);
}

#[tokio::test]
async fn a_large_file_is_stored_and_fetched_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let bytes: Vec<u8> = (0..20_000_003_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    for state in stores(&folder.path().join("state")).await {
        let file = folder.path().join("made");
        fs::write(&file, &bytes).unwrap();
        let stored =
            state.put_file("artifacts/contoso/1/big file.bin", &file, "application/x").await.unwrap();
        assert_eq!((stored.name.as_str(), stored.bytes), ("big file.bin", bytes.len() as u64));
        assert_eq!(stored.sha256, hex::encode(Sha256::digest(&bytes)));
        let again = state.put_file(&stored.key, &file, "application/x").await.unwrap();
        assert_eq!(again, stored);
        if let Some(local) = state.local_path(&stored) {
            let beside = fs::read_dir(local.parent().unwrap()).unwrap().count();
            assert_eq!(beside, 1, "drafts were left");
        }
        fs::remove_file(&file).unwrap();

        let copy = folder.path().join("a/copy");
        state.fetch(&stored, &copy).await.unwrap();
        assert!(fs::read(&copy).unwrap() == bytes, "the copy differs");
        if let Some(local) = state.local_path(&stored) {
            assert!(fs::read(local).unwrap() == bytes, "the stored file differs");
        }

        fs::write(&file, "another").unwrap();
        let again = state.put_file(&stored.key, &file, "application/x").await.unwrap();
        assert_eq!(again.bytes, 7);
        let changed = state.fetch(&stored, &copy).await.unwrap_err();
        assert!(matches!(changed, StoreError::Damaged { .. }), "{changed}");
        assert!(fs::read(&copy).unwrap() == bytes, "a damaged file was put in place");

        state.remove_file(&again).await.unwrap();
        state.remove_file(&again).await.unwrap();
        assert_eq!(state.local_path(&again), None);
        assert!(matches!(state.fetch(&again, &copy).await, Err(StoreError::Missing { .. })));
    }
}

#[tokio::test]
async fn a_key_that_climbs_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("made");
    fs::write(&file, "x").unwrap();
    for state in stores(&folder.path().join("state")).await {
        for key in ["../made", "/etc/passwd", "a/../../made", "a//b", ""] {
            let error = state.put_file(key, &file, "text/plain").await.unwrap_err();
            assert!(matches!(error, StoreError::Name(_)), "{key}: {error}");
        }
    }
}

#[tokio::test]
async fn a_lease_holds_across_handles_to_one_folder() {
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (State::folder(folder.path()).unwrap(), State::folder(folder.path()).unwrap());
    let lease = one.lease(&contoso(), "one", Duration::from_mins(1)).await.unwrap();
    let busy = other.lease(&contoso(), "other", Duration::from_mins(1)).await.unwrap_err();
    assert!(matches!(busy, StoreError::Busy { .. }), "{busy}");
    lease.release().await.unwrap();
    other.lease(&contoso(), "other", Duration::from_mins(1)).await.unwrap();
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let error = State::folder(&file.join("state")).unwrap_err();
    assert!(error.to_string().contains("file/state"), "{error}");
}
