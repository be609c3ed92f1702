//! The finished collection of one run, read by connectors, by the command and by people's SQL.

mod export;
mod pages;
mod query;
mod value;

use std::{
    collections::BTreeMap,
    fs::File,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use fairlead_model::{
    Bookmark, CoverageNote, RunRecord,
    snapshot::{Ends, RunInfo},
};
use rusqlite::Connection;

pub use self::{
    export::{ItemRow, LinkRow},
    query::{Queried, QueryLimits},
    value::Value,
};
use crate::{
    StoreError,
    database::{self, Format, Role, SCHEMA},
    work::{meta, read_meta},
};

/// Connections kept open for the next reader.
const SPARE: usize = 4;
/// Memory for pages of one connection, in KiB.
const CACHE: i64 = 16 * 1024;

/// How many there are of each kind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Items by kind.
    pub items: BTreeMap<String, u64>,
    /// Links by kind.
    pub links: BTreeMap<String, u64>,
}

/// A finished collection. It never changes; any number of threads may read it.
#[derive(Debug)]
pub struct Snapshot {
    path: PathBuf,
    spare: Mutex<Vec<Connection>>,
    record: RunRecord,
    /// Whether some link leads to an item that was not collected.
    has_missing: bool,
    /// Holds a shared lock, by which others see that the file is being read (see `retention`).
    _reading: Option<File>,
}

impl Snapshot {
    /// Opens a snapshot.
    ///
    /// # Errors
    /// `Missing`, `Damaged`, `Newer`, or what reading may say.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let reading = File::open(path).map_err(|error| StoreError::io(path, &error))?;
        // Not every file system has locks. Without one the worst is that the file goes while it is read, and
        // that takes as many newer runs as are kept.
        let reading = reading.try_lock_shared().is_ok().then_some(reading);
        let failed = |error: rusqlite::Error| database::failure(Role::Snapshot, path, &error);
        let damaged = |reason: &str| database::damaged(Role::Snapshot, path, reason);
        let connection = open(path).map_err(failed)?;
        match database::format(&connection).map_err(failed)? {
            Format::Known => {}
            Format::Other(found) => {
                let place = path.display().to_string();
                return Err(StoreError::Newer { place, found, known: SCHEMA });
            }
            Format::Foreign => return Err(damaged("it is not a snapshot")),
        }
        if read_meta(&connection, meta::FINISHED).map_err(failed)?.is_none() {
            return Err(damaged("its run was not finished"));
        }
        let record = read_meta(&connection, meta::RECORD).map_err(failed)?;
        let record = record.ok_or_else(|| damaged("it names no run"))?;
        let record = serde_json::from_str(&record)
            .map_err(|error| damaged(&format!("the record of its run: {error}")))?;
        let has_missing = connection
            .query_row("SELECT EXISTS (SELECT 1 FROM missing)", [], |row| row.get(0))
            .map_err(failed)?;
        let spare = Mutex::new(vec![connection]);
        Ok(Self { path: path.to_owned(), spare, record, has_missing, _reading: reading })
    }

    /// Where the file lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The run whose collection this is, as it stood when collecting had ended.
    pub fn record(&self) -> &RunRecord {
        &self.record
    }

    /// The run, as a connector is told of it.
    pub fn run_info(&self) -> RunInfo {
        RunInfo { id: self.record.id, started_at: self.record.started_at }
    }

    /// How many items there are of a kind.
    ///
    /// # Errors
    /// What reading may say.
    pub fn count_items(&self, kind: &str) -> Result<u64, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached("SELECT count(*) FROM items WHERE kind = ?1")?;
            statement.query_row([kind], |row| database::count(row, 0))
        })
    }

    /// How many links there are of a kind.
    ///
    /// # Errors
    /// What reading may say.
    pub fn count_links(&self, kind: &str, ends: Ends) -> Result<u64, StoreError> {
        let filter = self.filter(ends);
        self.read(|connection| {
            let sql = format!("SELECT count(*) FROM links WHERE kind = ?1 {filter}");
            connection.prepare_cached(&sql)?.query_row([kind], |row| database::count(row, 0))
        })
    }

    /// How many items and links there are of each kind.
    ///
    /// # Errors
    /// What reading may say.
    pub fn counts(&self) -> Result<Counts, StoreError> {
        self.read(counts)
    }

    /// What was seen, in the order of kinds and scopes.
    ///
    /// # Errors
    /// What reading may say.
    pub fn coverage(&self) -> Result<Vec<CoverageNote>, StoreError> {
        let notes = self.read(|connection| {
            let mut statement = connection
                .prepare_cached("SELECT kind, scope, coverage, reason FROM coverage ORDER BY kind, scope")?;
            let notes = statement
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, String>(2)?, row.get(3)?)))?;
            notes.collect::<rusqlite::Result<Vec<_>>>()
        })?;
        let note = |(kind, scope, word, reason): (_, _, String, _)| {
            let coverage = word.parse().map_err(|problem: String| self.damaged(&problem))?;
            Ok(CoverageNote { kind, scope, coverage, reason })
        };
        notes.into_iter().map(note).collect()
    }

    /// Where an incremental run goes on, in the order of streams.
    ///
    /// # Errors
    /// What reading may say.
    pub fn bookmarks(&self) -> Result<Vec<Bookmark>, StoreError> {
        self.read(|connection| {
            let mut statement =
                connection.prepare_cached("SELECT stream, token FROM bookmarks ORDER BY stream")?;
            let bookmarks =
                statement.query_map([], |row| Ok(Bookmark { stream: row.get(0)?, token: row.get(1)? }))?;
            bookmarks.collect()
        })
    }

    /// The condition that leaves the links a listing holds.
    fn filter(&self, ends: Ends) -> &'static str {
        match ends {
            Ends::Collected if self.has_missing => {
                "AND NOT EXISTS (SELECT 1 FROM missing m WHERE m.kind = origin_kind AND m.id = origin_id)
                 AND NOT EXISTS (SELECT 1 FROM missing m WHERE m.kind = target_kind AND m.id = target_id)"
            }
            Ends::Collected | Ends::All => "",
        }
    }

    /// Lends a connection to a reader; side by side each has its own.
    fn read<T>(&self, read: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        let spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let failed = |error: rusqlite::Error| database::failure(Role::Snapshot, &self.path, &error);
        let connection = spare.map_or_else(|| open(&self.path), Ok).map_err(failed)?;
        let result = read(&connection).map_err(failed);
        let mut spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner);
        if spare.len() < SPARE {
            spare.push(connection);
        }
        result
    }

    fn damaged(&self, reason: &str) -> StoreError {
        database::damaged(Role::Snapshot, &self.path, reason)
    }
}

/// A connection that reads, with bounded memory.
fn open(path: &Path) -> rusqlite::Result<Connection> {
    let connection = database::open_immutable(path)?;
    connection.pragma_update(None, "cache_size", -CACHE)?;
    Ok(connection)
}

/// How many items and links of each kind a file holds.
pub(crate) fn counts(connection: &Connection) -> rusqlite::Result<Counts> {
    let count = |sql: &str| {
        let mut statement = connection.prepare_cached(sql)?;
        let counted = statement.query_map([], |row| Ok((row.get(0)?, database::count(row, 1)?)))?;
        counted.collect::<rusqlite::Result<BTreeMap<String, u64>>>()
    };
    Ok(Counts {
        items: count("SELECT kind, count(*) FROM items GROUP BY kind")?,
        links: count("SELECT kind, count(*) FROM links GROUP BY kind")?,
    })
}
