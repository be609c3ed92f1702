//! `SQLite` as this crate uses it: opening, checking, and telling its errors.

use std::{fmt::Write as _, path::Path, time::Duration};

use rusqlite::{Connection, Error, ErrorCode, OpenFlags, Row, config::DbConfig, ffi};

use crate::StoreError;

/// Marks our files among `SQLite` files: "FLED".
pub(crate) const APPLICATION_ID: i32 = 0x464C_4544;
/// The format of work files and snapshots.
pub(crate) const SCHEMA: u32 = 1;

/// How long a file that is just being let go of is waited for.
const BUSY: Duration = Duration::from_millis(500);
/// Statements kept prepared.
const STATEMENTS: usize = 32;

/// Opens a file for writing, creating it when it is missing.
pub(crate) fn open_writable(path: &Path) -> rusqlite::Result<Connection> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    harden(Connection::open_with_flags(path, flags)?)
}

/// Opens a file that nobody writes any more.
pub(crate) fn open_immutable(path: &Path) -> rusqlite::Result<Connection> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    harden(Connection::open_with_flags(immutable_uri(path), flags)?)
}

/// Takes away what no file of ours needs and a damaged or hostile one could misuse.
fn harden(connection: Connection) -> rusqlite::Result<Connection> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    // A misspelt column must be an error, not a string.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
    connection.busy_timeout(BUSY)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(connection)
}

/// A path as a URI that says the file will not change (so no locks, no journal).
fn immutable_uri(path: &Path) -> String {
    let mut uri = String::from("file:");
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => {
                uri.push(char::from(*byte));
            }
            _ => {
                // Writing into a string cannot fail.
                let _ = write!(uri, "%{byte:02X}");
            }
        }
    }
    uri + "?immutable=1"
}

/// A column that counts something.
pub(crate) fn count(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    row.get::<_, i64>(column).map(i64::unsigned_abs)
}

/// What a file says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// Ours, in the format this version writes.
    Known,
    /// Ours, in another format.
    Other(u32),
    /// Not ours, or empty.
    Foreign,
}

/// Reads the marks of a file.
pub(crate) fn format(connection: &Connection) -> rusqlite::Result<Format> {
    let application: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let schema: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    Ok(match (application, schema) {
        (APPLICATION_ID, SCHEMA) => Format::Known,
        (APPLICATION_ID, other) => Format::Other(other),
        _ => Format::Foreign,
    })
}

/// Whose file failed: the next step differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// The file of an unfinished run.
    Work,
    /// A finished collection.
    Snapshot,
    /// A file being made by a connector.
    Artifact,
}

/// What a failure of `SQLite` means for the file at `path`.
pub(crate) fn failure(role: Role, path: &Path, error: &Error) -> StoreError {
    let place = path.display().to_string();
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => StoreError::DiskFull { place },
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::InUse { path: place },
        Some(ErrorCode::PermissionDenied | ErrorCode::ReadOnly) => StoreError::PermissionDenied { place },
        Some(ErrorCode::CannotOpen) => cannot_open(path, error),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => damaged(role, path, &sentence(error)),
        _ if is_truncated(error) => damaged(role, path, &sentence(error)),
        _ => StoreError::Access { place, reason: sentence(error) },
    }
}

/// The file is not what was written.
pub(crate) fn damaged(role: Role, path: &Path, reason: &str) -> StoreError {
    let (place, reason) = (path.display().to_string(), reason.to_owned());
    match role {
        Role::Work => StoreError::DamagedWork { path: place, reason },
        Role::Snapshot | Role::Artifact => StoreError::Damaged { place, reason },
    }
}

/// `SQLite` says only that it cannot open; asking the system again says why.
fn cannot_open(path: &Path, error: &Error) -> StoreError {
    match std::fs::OpenOptions::new().read(true).open(path) {
        Err(cause) => StoreError::io(path, &cause),
        Ok(_) => StoreError::Access { place: path.display().to_string(), reason: sentence(error) },
    }
}

/// A read beyond the end of the file: the file was cut.
fn is_truncated(error: &Error) -> bool {
    error.sqlite_error().is_some_and(|error| error.extended_code == ffi::SQLITE_IOERR_SHORT_READ)
}

/// The message without the statement it came from.
pub(crate) fn sentence(error: &Error) -> String {
    match error {
        Error::SqlInputError { msg, .. } => msg.clone(),
        Error::SqliteFailure(_, Some(message)) => message.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_with_signs_that_mean_something_in_a_uri_is_still_that_path() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("50% off? #1 größe.db");
        open_writable(&path).unwrap().execute_batch("CREATE TABLE t (a); INSERT INTO t VALUES (7)").unwrap();
        let read = open_immutable(&path).unwrap();
        assert_eq!(read.query_row("SELECT a FROM t", [], |row| row.get::<_, i64>(0)).unwrap(), 7);
        assert!(read.execute("INSERT INTO t VALUES (8)", []).is_err());
    }

    #[test]
    fn a_disk_that_is_full_is_told_as_such() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("small.db");
        let connection = open_writable(&path).unwrap();
        connection.pragma_update(None, "max_page_count", 2).unwrap();
        let filled =
            connection.execute_batch("CREATE TABLE t (a); INSERT INTO t VALUES (randomblob(100000))");
        let told = failure(Role::Work, &path, &filled.unwrap_err());
        assert!(matches!(told, StoreError::DiskFull { .. }), "{told}");
    }
}
