//! The tables of a work file.
//!
//! The content is the same row for row in whatever order tasks end: a record's key decides its place,
//! and of several tasks that found one record the one with the lowest number is kept.

use std::{fs, path::Path};

use rusqlite::Connection;

use crate::{
    StoreError,
    database::{self, APPLICATION_ID, Format, Role, SCHEMA},
};

/// The tables that become the snapshot.
///
/// Items lie in the order they came, with an index by key: a body of a kilobyte does not fit into a
/// node of a tree. Links are small and lie in the order of their keys, once instead of twice.
const RECORDS: &str = "
    CREATE TABLE items (
        kind TEXT NOT NULL,
        id TEXT NOT NULL,
        name TEXT NOT NULL,
        parent_kind TEXT,
        parent_id TEXT,
        body TEXT NOT NULL,
        task INTEGER NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX items_by_key ON items (kind, id);
    CREATE TABLE links (
        kind TEXT NOT NULL,
        origin_kind TEXT NOT NULL,
        origin_id TEXT NOT NULL,
        target_kind TEXT NOT NULL,
        target_id TEXT NOT NULL,
        label TEXT NOT NULL,
        body TEXT NOT NULL,
        task INTEGER NOT NULL,
        PRIMARY KEY (kind, origin_kind, origin_id, target_kind, target_id, label)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE coverage (
        kind TEXT NOT NULL,
        scope TEXT NOT NULL,
        coverage TEXT NOT NULL,
        reason TEXT NOT NULL,
        severity INTEGER NOT NULL,
        task INTEGER NOT NULL,
        PRIMARY KEY (kind, scope)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE bookmarks (
        stream TEXT PRIMARY KEY,
        token TEXT NOT NULL,
        task INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
";

/// The tables that only an unfinished run needs.
const QUEUE: &str = "
    CREATE TABLE tasks (
        position INTEGER PRIMARY KEY,
        id INTEGER NOT NULL UNIQUE,
        kind TEXT NOT NULL,
        key TEXT NOT NULL,
        payload TEXT NOT NULL,
        finished INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE removed (
        kind TEXT NOT NULL,
        id TEXT NOT NULL,
        PRIMARY KEY (kind, id)
    ) STRICT, WITHOUT ROWID;
";

/// Bytes a page holds.
const PAGE: u32 = 4096;
/// Memory for pages, in KiB; the rest is the operating system's cache.
const CACHE: i64 = 64 * 1024;
/// Pages in the log before they are moved into the file. Few, because the last of them are moved when nothing
/// is left to wait for but them; while collecting it is done beside waiting for Azure.
const LOG_PAGES: u32 = 2_048;

/// Keeps other processes out. Before the log is first used: then its index lives in memory.
pub(super) fn lock(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "locking_mode", "EXCLUSIVE")
}

/// Leaves the log: everything is in the file itself afterwards, flushed to the disk.
pub(super) fn fold(connection: &Connection) -> rusqlite::Result<()> {
    connection.flush_prepared_statement_cache();
    connection.pragma_update(None, "journal_mode", "DELETE")
}

/// Whether there is a log.
pub(super) fn has_log(connection: &Connection) -> rusqlite::Result<bool> {
    let mode: String = connection.pragma_query_value(None, "journal_mode", |row| row.get(0))?;
    Ok(mode == "wal")
}

/// Sets up how the connection works. A killed process loses nothing that was committed; a power cut
/// may lose the last commits, never the file.
pub(super) fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "page_size", PAGE)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "wal_autocheckpoint", LOG_PAGES)?;
    connection.pragma_update(None, "cache_size", -CACHE)?;
    connection.pragma_update(None, "mmap_size", 0)?;
    connection.pragma_update(None, "temp_store", "FILE")
}

/// Makes the tables of a new file, with everything else that marks it as ours.
pub(super) fn create(connection: &mut Connection) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    transaction.execute_batch(RECORDS)?;
    transaction.execute_batch(QUEUE)?;
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", SCHEMA)?;
    transaction.commit()
}

/// Checks that a file ends with a whole page, which the database itself does not look at.
pub(super) fn check_length(path: &Path) -> Result<(), StoreError> {
    let length = fs::metadata(path).map_err(|error| StoreError::io(path, &error))?.len();
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    // With a log the end may be half written; the log has it whole.
    let has_log = fs::metadata(log).is_ok_and(|log| log.len() > 0);
    if !has_log && length % u64::from(PAGE) != 0 {
        return Err(database::damaged(Role::Work, path, "it was cut"));
    }
    Ok(())
}

/// Checks that a file is one of ours and whole.
pub(super) fn check(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let failed = |error: rusqlite::Error| database::failure(Role::Work, path, &error);
    match database::format(connection).map_err(failed)? {
        Format::Known => {}
        Format::Other(found) => {
            return Err(StoreError::OtherWork { path: path.display().to_string(), found, known: SCHEMA });
        }
        Format::Foreign => return Err(database::damaged(Role::Work, path, "it is not a work file")),
    }
    let found: String =
        connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(failed)?;
    if found == "ok" { Ok(()) } else { Err(database::damaged(Role::Work, path, &found)) }
}
