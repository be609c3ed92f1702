//! Where a connector makes its files: a folder of its own, emptied when the run ends.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use fairlead_host::{Artifacts, DatabaseSink, FileSink};
use fairlead_model::{
    Description,
    artifact::{Framing, NamedColumn},
};
use fairlead_store::{DatabaseWriter, FileWriter, StoreError};
use tempfile::TempDir;

use crate::EngineError;

/// A finished file.
#[derive(Debug, Clone)]
pub(super) struct Made {
    pub(super) name: String,
    pub(super) media_type: String,
    pub(super) path: PathBuf,
}

/// Makes the files a connector has declared, and no others.
pub(super) struct Workshop {
    folder: TempDir,
    declared: Vec<String>,
    made: Arc<Mutex<Vec<Made>>>,
}

impl Workshop {
    /// A workshop beside the work file, so that storing is a rename.
    pub(super) fn new(connector: &Description, work_file: &Path) -> Result<Self, EngineError> {
        let beside = work_file.parent().unwrap_or(Path::new("."));
        let folder = TempDir::with_prefix_in("publish-", beside)
            .map_err(|error| StoreError::file(beside, &error))?;
        let declared = connector.artifacts.iter().map(|artifact| artifact.name.clone()).collect();
        Ok(Self { folder, declared, made: Arc::default() })
    }

    /// The files that were finished.
    pub(super) fn made(&self) -> Vec<Made> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn admit(&self, name: &str, media_type: &str) -> Result<Finish, String> {
        if !self.declared.iter().any(|declared| declared == name) {
            return Err(format!("the connector's description declares no file \"{name}\""));
        }
        Ok(Finish { made: self.made.clone(), name: name.to_owned(), media_type: media_type.to_owned() })
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
        let finish = self.admit(name, media_type)?;
        let writer = FileWriter::create(self.folder.path(), name).map_err(|error| error.to_string())?;
        Ok(Box::new(File { writer, finish }))
    }

    fn database(
        &self,
        name: &str,
        media_type: &str,
        framing: Framing,
    ) -> Result<Box<dyn DatabaseSink>, String> {
        let finish = self.admit(name, media_type)?;
        let writer =
            DatabaseWriter::create(self.folder.path(), name, framing).map_err(|error| error.to_string())?;
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
    writer: DatabaseWriter,
    finish: Finish,
}

impl DatabaseSink for Database {
    fn define(&mut self, schema: &str) -> Result<(), String> {
        self.writer.define(schema).map_err(|error| error.to_string())
    }

    fn insert(&mut self, table: &str, rows: u32, columns: Vec<NamedColumn>) -> Result<(), String> {
        self.writer.insert(table, rows, &columns).map_err(|error| error.to_string())
    }

    fn finish(self: Box<Self>) -> Result<(), String> {
        let path = self.writer.finish().map_err(|error| error.to_string())?;
        self.finish.note(path);
        Ok(())
    }
}
