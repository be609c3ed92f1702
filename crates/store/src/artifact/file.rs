//! A file of plain bytes.

use std::{
    io::{BufWriter, Write as _},
    path::{Path, PathBuf},
};

use tempfile::NamedTempFile;

use super::draft::Destination;
use crate::{StoreError, durable::CHUNK};

/// Writes one file piece by piece.
#[derive(Debug)]
pub struct FileWriter {
    destination: Destination,
    draft: BufWriter<NamedTempFile>,
    written: u64,
    limit: u64,
}

impl FileWriter {
    /// Begins the file `name` in `folder`, of at most `limit` bytes.
    ///
    /// # Errors
    /// `Name` for a name that is no plain file name; what the system may say.
    pub fn create(folder: &Path, name: &str, limit: u64) -> Result<Self, StoreError> {
        let destination = Destination::new(folder, name)?;
        let draft = BufWriter::with_capacity(CHUNK, destination.draft()?);
        Ok(Self { destination, draft, written: 0, limit })
    }

    /// Appends bytes.
    ///
    /// # Errors
    /// `Refused` past the limit; what the system may say.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        self.written = self.written.saturating_add(bytes.len() as u64);
        if self.written > self.limit {
            return Err(self.destination.too_large(self.limit));
        }
        self.draft.write_all(bytes).map_err(|error| self.destination.failed(&error))
    }

    /// Puts the file in its place and says where that is.
    ///
    /// # Errors
    /// What the system may say; then there is no file.
    pub fn finish(self) -> Result<PathBuf, StoreError> {
        let Self { destination, draft, .. } = self;
        let draft = draft.into_inner().map_err(|error| destination.failed(error.error()))?;
        destination.publish(draft.into_temp_path())
    }
}
