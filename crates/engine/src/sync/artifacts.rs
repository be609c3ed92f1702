//! Where a connector makes its files: a folder of its own, emptied when the run ends.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use fairlead_host::{Artifacts, DatabaseSink, FileSink};
use fairlead_model::artifact::{Framing, NamedColumn};
use fairlead_store::{DatabaseThread, FileWriter, StoreError};

use crate::EngineError;

/// A file larger than this, in bytes, is a mistake rather than a tenant.
const LIMIT: u64 = 16 << 30;

/// A finished file.
#[derive(Debug, Clone)]
pub(super) struct Made {
    pub(super) name: String,
    pub(super) media_type: String,
    pub(super) path: PathBuf,
}

/// Makes files; the host lets a connector make those it has declared.
pub(super) struct Workshop {
    folder: PathBuf,
    made: Arc<Mutex<Vec<Made>>>,
}

impl Workshop {
    /// A workshop beside the work file, so that storing is a link, and of one name, so that what a killed
    /// process left in it goes with the next attempt.
    pub(super) fn new(work_file: &Path) -> Result<Self, EngineError> {
        let folder = work_file.with_extension("files");
        match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(StoreError::io(&folder, &error).into());
            }
            _ => {}
        }
        Ok(Self { folder, made: Arc::default() })
    }

    /// The files that were finished.
    pub(super) fn made(&self) -> Vec<Made> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn noting(&self, name: &str, media_type: &str) -> Finish {
        Finish { made: self.made.clone(), name: name.to_owned(), media_type: media_type.to_owned() }
    }
}

impl Drop for Workshop {
    fn drop(&mut self) {
        // What stays is removed by the next attempt; a connector may have made nothing at all.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Notes a file once it is finished.
struct Finish {
    made: Arc<Mutex<Vec<Made>>>,
    name: String,
    media_type: String,
}

impl Finish {
    fn note(self, path: PathBuf) {
        let made = Made { name: self.name, media_type: self.media_type, path };
        let mut all = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|other| other.name != made.name);
        all.push(made);
    }
}

impl Artifacts for Workshop {
    fn file(&self, name: &str, media_type: &str) -> Result<Box<dyn FileSink>, String> {
        let finish = self.noting(name, media_type);
        let writer = FileWriter::create(&self.folder, name, LIMIT).map_err(|error| error.to_string())?;
        Ok(Box::new(File { writer, finish }))
    }

    fn database(
        &self,
        name: &str,
        media_type: &str,
        framing: Framing,
    ) -> Result<Box<dyn DatabaseSink>, String> {
        let finish = self.noting(name, media_type);
        let writer =
            DatabaseThread::create(&self.folder, name, framing, LIMIT).map_err(|error| error.to_string())?;
        Ok(Box::new(Database { writer, finish }))
    }
}

struct File {
    writer: FileWriter,
    finish: Finish,
}

impl FileSink for File {
    fn write(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.writer.write(bytes).map_err(|error| error.to_string())
    }

    fn finish(self: Box<Self>) -> Result<(), String> {
        let path = self.writer.finish().map_err(|error| error.to_string())?;
        self.finish.note(path);
        Ok(())
    }
}

struct Database {
    writer: DatabaseThread,
    finish: Finish,
}

impl DatabaseSink for Database {
    fn define(&mut self, schema: &str) -> Result<(), String> {
        self.writer.define(schema).map_err(|error| error.to_string())
    }

    fn insert(&mut self, table: &str, rows: u32, columns: Vec<NamedColumn>) -> Result<(), String> {
        self.writer.insert(table, rows as usize, columns).map_err(|error| error.to_string())
    }

    fn finish(self: Box<Self>) -> Result<(), String> {
        let path = self.writer.finish().map_err(|error| error.to_string())?;
        self.finish.note(path);
        Ok(())
    }
}
