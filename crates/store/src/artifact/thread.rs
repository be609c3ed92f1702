//! A database built on a thread of its own, so that whoever computes the rows need not wait for them.

use std::{
    path::{Path, PathBuf},
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread::{self, JoinHandle},
};

use fairlead_model::artifact::{Framing, NamedColumn};

use super::DatabaseWriter;
use crate::StoreError;

/// Calls on their way at a time. Who is further ahead waits, so memory stays within some batches of rows.
const AHEAD: usize = 2;

/// Builds one database in the background. Dropped, it leaves nothing.
#[derive(Debug)]
pub struct DatabaseThread {
    /// Absent once no more calls are to come.
    calls: Option<SyncSender<Call>>,
    /// Absent once it was waited for.
    thread: Option<JoinHandle<Result<Option<PathBuf>, StoreError>>>,
    /// What ended the thread early.
    failure: Option<StoreError>,
    path: PathBuf,
}

enum Call {
    Define { schema: String, done: SyncSender<()> },
    Insert { table: String, rows: usize, columns: Vec<NamedColumn> },
    Finish,
}

impl DatabaseThread {
    /// As [`DatabaseWriter::create`].
    ///
    /// # Errors
    /// The same, and when the system gives no thread.
    pub fn create(folder: &Path, name: &str, framing: Framing, limit: u64) -> Result<Self, StoreError> {
        let writer = DatabaseWriter::create(folder, name, framing, limit)?;
        let path = folder.join(name);
        let (sender, receiver) = sync_channel(AHEAD);
        let thread = thread::Builder::new()
            .name("store-artifact".to_owned())
            .spawn(move || work(writer, &receiver))
            .map_err(|error| StoreError::io(&path, &error))?;
        Ok(Self { calls: Some(sender), thread: Some(thread), failure: None, path })
    }

    /// As [`DatabaseWriter::define`]; waits until all before it is done.
    ///
    /// # Errors
    /// The same, and what an earlier call met. Nothing more can be done with the database then.
    pub fn define(&mut self, schema: &str) -> Result<(), StoreError> {
        let (done, waiting) = sync_channel(1);
        self.send(Call::Define { schema: schema.to_owned(), done })?;
        // Hung up on: the thread has ended, and its end says why.
        waiting.recv().or_else(|_| self.end().map(drop))
    }

    /// As [`DatabaseWriter::insert`], but returns before it is done.
    ///
    /// # Errors
    /// What an earlier call met. Nothing more can be done with the database then.
    pub fn insert(&mut self, table: &str, rows: usize, columns: Vec<NamedColumn>) -> Result<(), StoreError> {
        self.send(Call::Insert { table: table.to_owned(), rows, columns })
    }

    /// As [`DatabaseWriter::finish`].
    ///
    /// # Errors
    /// The same, and what an earlier call met.
    pub fn finish(mut self) -> Result<PathBuf, StoreError> {
        self.send(Call::Finish)?;
        self.end()?.ok_or_else(|| self.defect("ended early"))
    }

    fn send(&mut self, call: Call) -> Result<(), StoreError> {
        let sent = self.calls.as_ref().is_some_and(|calls| calls.send(call).is_ok());
        if sent { Ok(()) } else { self.end().and_then(|_| Err(self.defect("ended early"))) }
    }

    /// Lets the thread come to its end, and says what that was.
    fn end(&mut self) -> Result<Option<PathBuf>, StoreError> {
        self.calls = None;
        let ended = match self.thread.take().map(JoinHandle::join) {
            Some(Ok(ended)) => ended,
            Some(Err(_)) => Err(self.defect("panicked")),
            None => Err(self.failure.clone().unwrap_or_else(|| self.defect("ended early"))),
        };
        self.failure = ended.as_ref().err().cloned();
        ended
    }

    fn defect(&self, what: &str) -> StoreError {
        StoreError::Defect(format!("the thread that builds {} {what}", self.path.display()))
    }
}

impl Drop for DatabaseThread {
    fn drop(&mut self) {
        // Whoever clears the folder next finds nobody writing into it. Nothing is left to be told.
        let _ = self.end();
    }
}

/// Does what is called for until the first failure, or until nobody can call any more.
fn work(mut writer: DatabaseWriter, calls: &Receiver<Call>) -> Result<Option<PathBuf>, StoreError> {
    for call in calls {
        match call {
            Call::Define { schema, done } => {
                writer.define(&schema)?;
                // Nobody waits any more: nothing is lost.
                let _ = done.send(());
            }
            Call::Insert { table, rows, columns } => writer.insert(&table, rows, &columns)?,
            Call::Finish => return writer.finish().map(Some),
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use fairlead_model::artifact::Column;

    use super::*;

    fn thread(folder: &Path) -> DatabaseThread {
        DatabaseThread::create(folder, "rows.db", Framing::default(), 1 << 30).unwrap()
    }

    fn rows(texts: &[&str]) -> Vec<NamedColumn> {
        vec![NamedColumn { name: "a".to_owned(), column: Column::Text(texts.iter().collect()) }]
    }

    fn files(folder: &Path) -> usize {
        std::fs::read_dir(folder).unwrap().count()
    }

    #[test]
    fn what_was_handed_over_is_in_the_file_in_its_order() {
        let folder = tempfile::tempdir().unwrap();
        let mut thread = thread(folder.path());
        thread.define("create table t (a text); create unique index u on t (a)").unwrap();
        for batch in [["1", "2"], ["3", "4"], ["5", "6"], ["7", "8"]] {
            thread.insert("t", 2, rows(&batch)).unwrap();
        }
        let path = thread.finish().unwrap();
        let database = rusqlite::Connection::open(path).unwrap();
        let all: String =
            database.query_row("SELECT group_concat(a, '') FROM t", [], |row| row.get(0)).unwrap();
        assert_eq!(all, "12345678");
    }

    #[test]
    fn a_failure_is_told_by_a_later_call_and_by_every_one_after_it() {
        let folder = tempfile::tempdir().unwrap();
        let mut thread = thread(folder.path());
        thread.define("create table t (a text)").unwrap();
        thread.insert("nowhere", 1, rows(&["1"])).unwrap();
        let told = thread.define("create table u (a text)").unwrap_err();
        assert!(told.to_string().contains("nowhere"), "{told}");
        assert_eq!(thread.insert("t", 1, rows(&["1"])).unwrap_err().to_string(), told.to_string());
        assert_eq!(thread.finish().unwrap_err().to_string(), told.to_string());
        assert_eq!(files(folder.path()), 0);
    }

    #[test]
    fn an_index_that_cannot_be_is_told_when_the_file_is_finished() {
        let folder = tempfile::tempdir().unwrap();
        let mut thread = thread(folder.path());
        thread.define("create table t (a text); create unique index u on t (a)").unwrap();
        thread.insert("t", 2, rows(&["1", "1"])).unwrap();
        assert!(matches!(thread.finish(), Err(StoreError::Refused(_))));
        assert_eq!(files(folder.path()), 0);
    }

    #[test]
    fn dropped_it_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let mut thread = thread(folder.path());
        thread.define("create table t (a text)").unwrap();
        thread.insert("t", 1, rows(&["1"])).unwrap();
        drop(thread);
        assert_eq!(files(folder.path()), 0);
    }
}
