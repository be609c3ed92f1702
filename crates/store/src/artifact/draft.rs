//! A file under way: it lies beside its destination under another name, and goes when dropped.

use std::{
    fs,
    path::{Path, PathBuf},
};

use tempfile::{Builder, NamedTempFile, TempPath};

use crate::{StoreError, durable, names};

/// Where a file will be, once it is finished.
#[derive(Debug)]
pub(super) struct Destination {
    folder: PathBuf,
    name: String,
}

impl Destination {
    pub(super) fn new(folder: &Path, name: &str) -> Result<Self, StoreError> {
        names::check_file_name(name)?;
        durable::create_folder(folder)?;
        Ok(Self { folder: folder.to_owned(), name: name.to_owned() })
    }

    pub(super) fn path(&self) -> PathBuf {
        self.folder.join(&self.name)
    }

    /// A new file beside the destination.
    pub(super) fn draft(&self) -> Result<NamedTempFile, StoreError> {
        Builder::new()
            .prefix(".draft-")
            .tempfile_in(&self.folder)
            .map_err(|error| StoreError::io(&self.folder, &error))
    }

    /// The draft becomes the file, durably.
    pub(super) fn publish(&self, draft: TempPath) -> Result<PathBuf, StoreError> {
        let path = self.path();
        durable::publish(&draft, &path)?;
        // It has its place: there is nothing left to remove.
        let _ = draft.keep();
        Ok(path)
    }

    pub(super) fn too_large(&self, limit: u64) -> StoreError {
        StoreError::Refused(format!("the file \"{}\" would pass its limit of {limit} bytes", self.name))
    }

    pub(super) fn failed(&self, error: &std::io::Error) -> StoreError {
        StoreError::io(&self.path(), error)
    }
}

/// How many bytes lie on the disk.
pub(super) fn size(path: &Path) -> Result<u64, StoreError> {
    fs::metadata(path).map(|metadata| metadata.len()).map_err(|error| StoreError::io(path, &error))
}
