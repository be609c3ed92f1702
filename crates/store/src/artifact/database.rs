//! A `SQLite` database built from typed columns, framed and compressed as a connector asks.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    time::Instant,
};

use fairlead_model::artifact::{Column, Framing, NamedColumn};
use rusqlite::{CachedStatement, Connection, ErrorCode, config::DbConfig};
use tempfile::TempPath;

use super::{
    define::Watch,
    draft::{self, Destination},
};
use crate::{
    StoreError,
    database::{self, Role},
    durable::CHUNK,
};

/// Bytes a page holds. Four times what `SQLite` uses unless told otherwise: a row of half a kilobyte wastes
/// less of a page, and a quarter of the calls to the system remain. Every reader takes any size.
const PAGE: u32 = 16_384;
/// Memory for pages, in KiB. Rows are appended, so a larger one would only hold what nobody reads again.
const CACHE: i64 = 16 * 1024;

/// Builds one database.
#[derive(Debug)]
pub struct DatabaseWriter {
    // Closed before the draft goes.
    connection: Connection,
    draft: TempPath,
    destination: Destination,
    framing: Framing,
    watch: Watch,
    indexes: Vec<String>,
    limit: u64,
}

impl DatabaseWriter {
    /// Begins the database `name` in `folder`, of at most `limit` bytes before it is compressed.
    ///
    /// # Errors
    /// `Name` for a name that is no plain file name; `Refused` for a level Zstandard does not know; what
    /// the system may say.
    pub fn create(folder: &Path, name: &str, framing: Framing, limit: u64) -> Result<Self, StoreError> {
        let destination = Destination::new(folder, name)?;
        check_level(framing.zstd_level)?;
        let draft = destination.draft()?.into_temp_path();
        let open = || {
            let mut connection = database::open_writable(&draft)?;
            prepare(&connection, limit)?;
            let watch = Watch::over(&mut connection)?;
            Ok((connection, watch))
        };
        let (connection, watch) =
            open().map_err(|error| database::failure(Role::Artifact, &draft, &error))?;
        Ok(Self { connection, draft, destination, framing, watch, indexes: Vec::new(), limit })
    }

    /// Creates tables and indexes. May be called again for more.
    ///
    /// # Errors
    /// `Refused`, for a mistake and for anything else than creating tables and indexes.
    pub fn define(&mut self, schema: &str) -> Result<(), StoreError> {
        let indexes = self.watch.define(&self.connection, schema, &self.destination.path())?;
        self.indexes.extend(indexes);
        Ok(())
    }

    /// Appends `rows` rows to a table; every column has that many values.
    ///
    /// # Errors
    /// `Refused` for what does not fit the table or passes the limit; what the system may say.
    pub fn insert(&mut self, table: &str, rows: usize, columns: &[NamedColumn]) -> Result<(), StoreError> {
        let refused = |problem| StoreError::Refused(format!("rows of the table \"{table}\": {problem}"));
        if columns.is_empty() {
            return Err(refused("there are no columns".to_owned()));
        }
        columns.iter().try_for_each(|column| column.check(rows)).map_err(refused)?;
        insert(&self.connection, table, rows, columns).map_err(|error| self.failed(table, &error))
    }

    /// Makes the indexes, frames and compresses the database, puts it in its place and says where that is.
    ///
    /// # Errors
    /// `Refused` when an index cannot be made; what the system may say; then there is no file.
    pub fn finish(mut self) -> Result<PathBuf, StoreError> {
        let started = Instant::now();
        for index in &self.indexes {
            self.connection.execute_batch(index).map_err(|error| self.failed("an index", &error))?;
        }
        let ended = Watch::end(&mut self.connection).and_then(|()| self.connection.execute_batch("COMMIT"));
        ended.map_err(|error| self.failed("the end", &error))?;
        let Self { connection, draft, destination, framing, .. } = self;
        connection.close().map_err(|(_, error)| database::failure(Role::Artifact, &draft, &error))?;
        tracing::debug!(path = %destination.path().display(), took = ?started.elapsed(), "indexes are made");
        if framing == Framing::default() {
            return destination.publish(draft);
        }
        let started = Instant::now();
        let framed = destination.draft()?;
        frame(&draft, &framing, framed.as_file()).map_err(|error| destination.failed(&error))?;
        tracing::debug!(path = %destination.path().display(), took = ?started.elapsed(), "a database is framed");
        destination.publish(framed.into_temp_path())
    }

    /// Tells a connector's mistake from a failure of this machine.
    fn failed(&self, place: &str, error: &rusqlite::Error) -> StoreError {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) if self.is_at_limit() => self.destination.too_large(self.limit),
            Some(
                ErrorCode::ConstraintViolation
                | ErrorCode::TypeMismatch
                | ErrorCode::Unknown
                | ErrorCode::TooBig
                | ErrorCode::AuthorizationForStatementDenied,
            ) => StoreError::Refused(format!("\"{place}\" cannot be stored: {}", database::sentence(error))),
            _ => database::failure(Role::Artifact, &self.destination.path(), error),
        }
    }

    /// Whether the file, and not the disk, is full.
    fn is_at_limit(&self) -> bool {
        let free = self.limit.saturating_sub(draft::size(&self.draft).unwrap_or(0));
        // Pages in memory are not on the disk yet.
        free <= CACHE.unsigned_abs() * 1024 + u64::from(PAGE)
    }
}

/// Nobody reads a draft, and a broken one is thrown away: no journal, no flushing, one transaction.
fn prepare(connection: &Connection, limit: u64) -> rusqlite::Result<()> {
    connection.pragma_update(None, "page_size", PAGE)?;
    connection.pragma_update(
        None,
        "max_page_count",
        i64::try_from(limit / u64::from(PAGE)).unwrap_or(i64::MAX).max(1),
    )?;
    connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    // Defended, a connection keeps its journal whatever it is told.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, false)?;
    connection.pragma_update(None, "journal_mode", "OFF")?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.pragma_update(None, "synchronous", "OFF")?;
    connection.pragma_update(None, "cache_size", -CACHE)?;
    // Sorting for an index goes to a file when there is much to sort.
    connection.pragma_update(None, "temp_store", "FILE")?;
    connection.execute_batch("BEGIN")
}

fn check_level(level: Option<i32>) -> Result<(), StoreError> {
    let known = zstd::compression_level_range();
    match level {
        Some(level) if !known.contains(&level) => Err(StoreError::Refused(format!(
            "{level} is no level of Zstandard: use {} to {}",
            known.start(),
            known.end()
        ))),
        _ => Ok(()),
    }
}

fn insert(
    connection: &Connection,
    table: &str,
    rows: usize,
    columns: &[NamedColumn],
) -> rusqlite::Result<()> {
    let names: Vec<String> = columns.iter().map(|column| quoted(&column.name)).collect();
    let marks = vec!["?"; columns.len()].join(", ");
    let sql = format!("INSERT INTO {} ({}) VALUES ({marks})", quoted(table), names.join(", "));
    let mut statement = connection.prepare_cached(&sql)?;
    // What is the same in every row stays bound.
    for (index, named) in columns.iter().enumerate() {
        match &named.column {
            Column::EveryText(text) => statement.raw_bind_parameter(index + 1, text)?,
            Column::EveryInteger(integer) => statement.raw_bind_parameter(index + 1, integer)?,
            Column::EveryNull => statement.raw_bind_parameter(index + 1, rusqlite::types::Null)?,
            Column::Text(_) | Column::Blob(_) | Column::Integer(_) => {}
        }
    }
    for row in 0..rows {
        for (index, named) in columns.iter().enumerate() {
            bind(&mut statement, index + 1, &named.column, row)?;
        }
        statement.raw_execute()?;
    }
    Ok(())
}

fn bind(
    statement: &mut CachedStatement<'_>,
    parameter: usize,
    column: &Column,
    row: usize,
) -> rusqlite::Result<()> {
    match column {
        Column::Text(texts) => statement.raw_bind_parameter(parameter, texts.get(row)),
        Column::Blob(blobs) => statement.raw_bind_parameter(parameter, blobs.get(row)),
        Column::Integer(integers) => statement.raw_bind_parameter(parameter, integers.get(row)),
        Column::EveryText(_) | Column::EveryInteger(_) | Column::EveryNull => Ok(()),
    }
}

/// A name that can hold anything, as SQL writes it.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Writes prefix and database, compressed if asked for, without ever holding either.
///
/// In this thread: measured on two processors, others that help with this and with sorting for the indexes made
/// publishing slower by a fifth, and took 14 MB.
fn frame(database: &Path, framing: &Framing, to: &File) -> io::Result<()> {
    let mut from = File::open(database)?;
    let size = from.metadata()?.len();
    let mut to = BufWriter::with_capacity(CHUNK, to);
    to.write_all(&framing.prefix)?;
    if let Some(level) = framing.zstd_level {
        let mut encoder = zstd::Encoder::new(&mut to, level)?;
        encoder.set_pledged_src_size(Some(size))?;
        encoder.include_contentsize(true)?;
        encoder.include_checksum(true)?;
        copy(&mut from, &mut encoder)?;
        encoder.finish()?;
    } else {
        copy(&mut from, &mut to)?;
    }
    to.flush()
}

fn copy(from: &mut File, to: &mut impl Write) -> io::Result<()> {
    let mut from = io::BufReader::with_capacity(CHUNK, from);
    io::copy(&mut from, to).map(|_| ())
}
