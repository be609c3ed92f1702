//! Files that were cut, overwritten, or never ours are told apart from files that are whole.

use std::{
    fs::{self, OpenOptions},
    path::{Path, PathBuf},
};

use fairlead_store::{Snapshot, StoreError, WorkFile};

use crate::support::{collect, record, snapshot};

async fn stopped(folder: &Path) -> PathBuf {
    let path = folder.join("work");
    let work = WorkFile::create(&path, &record()).unwrap();
    collect(&work, 1).await.unwrap();
    path
}

fn refused(path: &Path) {
    let error = WorkFile::open(path).expect_err("the damage was not seen");
    assert!(matches!(error, StoreError::DamagedWork { .. }), "{error:?}");
    assert!(error.to_string().ends_with("run the sync again with --fresh"), "{error}");
}

#[tokio::test]
async fn a_work_file_that_was_cut_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = stopped(folder.path()).await;
    let whole = fs::metadata(&path).unwrap().len();
    for length in [whole - 1, whole / 2 / 4096 * 4096, 4096, 100, 0] {
        OpenOptions::new().write(true).open(&path).unwrap().set_len(length).unwrap();
        refused(&path);
    }
}

#[tokio::test]
async fn a_work_file_with_overwritten_pages_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = stopped(folder.path()).await;
    let whole = fs::read(&path).unwrap();
    for page in 0..whole.len() / 4096 {
        let mut damaged = whole.clone();
        damaged[page * 4096..][..64].fill(0xa5);
        fs::write(&path, damaged).unwrap();
        refused(&path);
    }
}

#[tokio::test]
async fn what_is_no_work_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("work");
    fs::write(&path, "a letter, say").unwrap();
    refused(&path);
    fs::remove_file(&path).unwrap();
    rusqlite::Connection::open(&path).unwrap().execute_batch("CREATE TABLE mine (a)").unwrap();
    refused(&path);
    assert!(matches!(WorkFile::open(&folder.path().join("none")), Err(StoreError::Missing { .. })));
}

#[tokio::test]
async fn another_format_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = stopped(folder.path()).await;
    rusqlite::Connection::open(&path).unwrap().pragma_update(None, "user_version", 2).unwrap();
    let error = WorkFile::open(&path).unwrap_err();
    assert!(matches!(error, StoreError::OtherWork { found: 2, known: 1, .. }), "{error}");
    let error = Snapshot::open(&path).unwrap_err();
    assert!(matches!(error, StoreError::Newer { found: 2, known: 1, .. }), "{error}");
}

#[tokio::test]
async fn a_snapshot_that_is_none_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = stopped(folder.path()).await;
    let unfinished = Snapshot::open(&path).unwrap_err();
    assert!(unfinished.to_string().contains("its run was not finished"), "{unfinished}");
    let path = snapshot(folder.path(), 2).await.path().to_owned();
    fs::write(&path, vec![7; 10_000]).unwrap();
    let overwritten = Snapshot::open(&path).unwrap_err();
    assert!(matches!(overwritten, StoreError::Damaged { .. }), "{overwritten}");
    assert!(overwritten.to_string().ends_with("sync again to make a new one"), "{overwritten}");
}
