//! The file of an unfinished run: queue and records in one place, so that one transaction covers both.

mod apply;
mod finish;
mod schema;
mod writer;

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use fairlead_model::{RunRecord, Task};
use rusqlite::{Connection, OptionalExtension as _, backup::Backup, params};

pub use self::writer::Writer;
use crate::{
    Counts, StoreError,
    checkpoint::WorkCopy,
    database::{self, Role},
    durable,
    files::blocking,
    snapshot,
};

/// Keys of the table `meta`.
pub(crate) mod meta {
    /// The run's record as JSON.
    pub(crate) const RECORD: &str = "record";
    /// Set once the first tasks are in.
    pub(super) const PLANNED: &str = "planned";
    /// Set once the file is a snapshot.
    pub(crate) const FINISHED: &str = "finished";
}

/// The file of an unfinished run. One process has it open at a time.
#[derive(Debug)]
pub struct WorkFile {
    path: PathBuf,
    database: Database,
    finished: bool,
}

/// The one connection, shared with the writing thread.
type Database = Arc<Mutex<Connection>>;

impl WorkFile {
    /// Begins a new run, in place of whatever the path held.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn create(path: &Path, record: &RunRecord) -> Result<Self, StoreError> {
        if let Some(folder) = path.parent() {
            durable::create_folder(folder)?;
        }
        Self::remove(path)?;
        let create = || {
            let mut connection = database::open_writable(path)?;
            schema::lock(&connection)?;
            schema::prepare(&connection)?;
            schema::create(&mut connection)?;
            Ok(connection)
        };
        let connection = create().map_err(|error| database::failure(Role::Work, path, &error))?;
        let work = Self::over(path, connection, false);
        work.set_record(record)?;
        Ok(work)
    }

    /// Opens the file of a run that was stopped or killed.
    ///
    /// # Errors
    /// `DamagedWork` or `OtherWork` when it cannot be continued, `InUse` while another process has it
    /// open, `Missing` when there is none.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        schema::check_length(path)?;
        let failed = |error: rusqlite::Error| database::failure(Role::Work, path, &error);
        let connection = database::open_writable(path).map_err(failed)?;
        schema::lock(&connection).map_err(failed)?;
        schema::check(&connection, path)?;
        let finished = read_meta(&connection, meta::FINISHED).map_err(failed)?.is_some();
        if !finished {
            schema::prepare(&connection).map_err(failed)?;
        } else if schema::has_log(&connection).map_err(failed)? {
            // Killed at the very end of finishing. Without a log the file may already be a stored
            // snapshot and is not touched.
            schema::fold(&connection).map_err(failed)?;
        }
        Ok(Self::over(path, connection, finished))
    }

    /// Removes a work file with its log. One that is not there is fine.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn remove(path: &Path) -> Result<(), StoreError> {
        for suffix in ["-wal", "-shm", "-journal", ""] {
            let mut name = path.as_os_str().to_owned();
            name.push(suffix);
            match fs::remove_file(&name) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(StoreError::io(Path::new(&name), &error));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn over(path: &Path, connection: Connection, finished: bool) -> Self {
        Self { path: path.to_owned(), database: Arc::new(Mutex::new(connection)), finished }
    }

    /// Where the file lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether everything is collected and the file is a snapshot already.
    pub fn is_finished(&self) -> bool {
        self.finished
    }

    /// The run's record as it was last written here.
    ///
    /// # Errors
    /// When the file cannot be read, or holds no record.
    pub fn record(&self) -> Result<RunRecord, StoreError> {
        let text = self.run(|connection| read_meta(connection, meta::RECORD))?;
        let text = text.ok_or_else(|| self.damaged("it names no run"))?;
        serde_json::from_str(&text).map_err(|error| self.damaged(&format!("its run's record: {error}")))
    }

    /// Writes the run's record, so that a killed run is continued with its numbers.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn set_record(&self, record: &RunRecord) -> Result<(), StoreError> {
        if self.finished {
            return Ok(());
        }
        let text = record_text(record)?;
        self.run(|connection| write_meta(connection, meta::RECORD, &text))
    }

    /// Whether the first tasks are in.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn is_planned(&self) -> Result<bool, StoreError> {
        self.run(|connection| Ok(read_meta(connection, meta::PLANNED)?.is_some()))
    }

    /// Puts in the first tasks.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn plan(&self, tasks: &[Task]) -> Result<(), StoreError> {
        self.run(|connection| {
            let transaction = connection.transaction()?;
            apply::add_tasks(&transaction, tasks)?;
            write_meta(&transaction, meta::PLANNED, "1")?;
            transaction.commit()
        })
    }

    /// The tasks that are not finished, in the order they came.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn pending(&self) -> Result<Vec<Task>, StoreError> {
        if self.finished {
            return Ok(Vec::new());
        }
        self.run(|connection| {
            let sql = "SELECT kind, key, payload FROM tasks WHERE finished = 0 ORDER BY position";
            let mut statement = connection.prepare(sql)?;
            let tasks = statement.query_map([], |row| {
                Ok(Task { kind: row.get(0)?, key: row.get(1)?, payload: row.get(2)? })
            })?;
            tasks.collect()
        })
    }

    /// How many items and links of each kind are in.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn counts(&self) -> Result<Counts, StoreError> {
        self.run(|connection| snapshot::counts(connection))
    }

    /// How many tasks are finished.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn finished_tasks(&self) -> Result<u64, StoreError> {
        if self.finished {
            return Ok(self.record()?.statistics.tasks);
        }
        self.run(|connection| {
            connection
                .query_row("SELECT count(*) FROM tasks WHERE finished = 1", [], |row| database::count(row, 0))
        })
    }

    /// A copy of the file as it is now, with everything that is committed. Whoever commits waits meanwhile.
    ///
    /// # Errors
    /// When the file cannot be read, or the copy written.
    pub async fn copy(&self) -> Result<WorkCopy, StoreError> {
        let (database, path) = (self.database.clone(), self.path.clone());
        blocking(move || {
            let copy = WorkCopy::beside(&path)?;
            let to = copy.path();
            copy_to(&lock(&database), &to).map_err(|error| database::failure(Role::Work, &to, &error))?;
            Ok(copy)
        })
        .await
    }

    /// Lets go of the file so that all of it lies in one place.
    ///
    /// # Errors
    /// When the log cannot be folded into it; both are kept then.
    pub async fn close(self) -> Result<(), StoreError> {
        blocking(move || {
            if self.finished {
                return Ok(());
            }
            self.run(|connection| schema::fold(connection))
        })
        .await
    }

    /// Starts the thread that commits steps.
    ///
    /// # Errors
    /// When the file cannot be read, or the system gives no thread.
    pub fn writer(&self) -> Result<Writer, StoreError> {
        let tasks = if self.finished { Vec::new() } else { self.run(|connection| apply::known(connection))? };
        Writer::start(self.database.clone(), self.path.clone(), tasks)
    }

    /// Turns the file into a snapshot and gives its path. The queue goes, `record` stays in it.
    ///
    /// # Errors
    /// `Defect` while tasks are pending; what writing may say.
    pub fn finish(self, record: &RunRecord) -> Result<PathBuf, StoreError> {
        if self.finished {
            return Ok(self.path);
        }
        let pending = self.pending()?.len();
        if pending > 0 {
            return Err(StoreError::Defect(format!("a run with {pending} pending tasks was to be finished")));
        }
        let text = record_text(record)?;
        self.run(|connection| finish::finish(connection, &text))?;
        Ok(self.path)
    }

    fn run<T>(&self, work: impl FnOnce(&mut Connection) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        work(&mut lock(&self.database)).map_err(|error| database::failure(Role::Work, &self.path, &error))
    }

    fn damaged(&self, reason: &str) -> StoreError {
        database::damaged(Role::Work, &self.path, reason)
    }
}

/// Through the database itself: to open the file beside it, and to close it again, would let go of its lock.
fn copy_to(source: &Connection, to: &Path) -> rusqlite::Result<()> {
    let mut target = database::open_writable(to)?;
    // Nobody needs it after a power cut.
    target.pragma_update(None, "synchronous", "OFF")?;
    Backup::new(source, &mut target)?.step(-1)?;
    // It takes over the mark that there is a log beside it; there is none.
    target.pragma_update(None, "journal_mode", "DELETE")?;
    target.close().map_err(|(_, error)| error)
}

/// A panic while the lock was held has rolled its transaction back, so the connection is sound.
fn lock(database: &Database) -> MutexGuard<'_, Connection> {
    database.lock().unwrap_or_else(PoisonError::into_inner)
}

fn record_text(record: &RunRecord) -> Result<String, StoreError> {
    serde_json::to_string(record)
        .map_err(|error| StoreError::Defect(format!("a run's record cannot be written as JSON ({error})")))
}

/// Reads one value of the table `meta`.
pub(crate) fn read_meta(connection: &Connection, key: &str) -> rusqlite::Result<Option<String>> {
    connection.query_row("SELECT value FROM meta WHERE key = ?1", [key], |row| row.get(0)).optional()
}

fn write_meta(connection: &Connection, key: &str, value: &str) -> rusqlite::Result<()> {
    connection
        .execute("INSERT INTO meta VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = ?2", params![key, value])
        .map(|_| ())
}
