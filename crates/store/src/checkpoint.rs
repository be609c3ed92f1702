//! Checkpoints: work files of unfinished runs, packed and stored, for whoever continues on another machine.
//!
//! A checkpoint counts from the moment the run's record names it; every one has a name of its own, so that what
//! somebody stores who has lost the lease replaces nothing.

use std::{
    collections::BTreeMap,
    fs::File,
    io,
    path::{Path, PathBuf},
};

use fairlead_model::{ArtifactRecord, RunId, RunRecord};
use object_store::path::Path as Key;
use tempfile::TempPath;

use crate::{Lease, State, StoreError, durable, files::blocking};

/// Zstandard's lowest level: more would take longer than sending what it saves.
const LEVEL: i32 = 1;

impl State {
    /// Packs a work file that is closed or a copy, and stores it. It counts once the run's record names it.
    ///
    /// # Errors
    /// What reading and writing may say.
    pub async fn store_checkpoint(&self, run: &RunRecord, work: &Path) -> Result<ArtifactRecord, StoreError> {
        let from = work.to_owned();
        let packed = blocking(move || pack(&from)).await?;
        let name = uuid::Uuid::now_v7();
        let key = format!("checkpoints/{}/{}/{name}.zst", run.connection, run.id);
        self.put_file(&key, &packed, "application/zstd").await
    }

    /// Fetches a checkpoint and unpacks it to `to`.
    ///
    /// # Errors
    /// `Missing`, `Damaged`, or what reading and writing may say.
    pub async fn fetch_checkpoint(&self, checkpoint: &ArtifactRecord, to: &Path) -> Result<(), StoreError> {
        let packed = draft_beside(to)?;
        self.fetch(checkpoint, &packed).await?;
        let (to, place) = (to.to_owned(), self.place_of(checkpoint));
        blocking(move || unpack(&packed, &to, &place)).await
    }
}

impl Lease {
    /// Removes the connection's checkpoints that no record names: those that were replaced or whose run has ended.
    pub(crate) async fn drop_old_checkpoints(&self) -> Result<(), StoreError> {
        let objects = &self.state.objects;
        let mut by_run: BTreeMap<RunId, Vec<Key>> = BTreeMap::new();
        for object in objects.list(&Key::from(format!("checkpoints/{}", self.connection()))).await? {
            let run = object.location.parts().nth(2).and_then(|run| run.as_ref().parse().ok());
            if let Some(run) = run {
                by_run.entry(run).or_default().push(object.location);
            }
        }
        let mut old = Vec::new();
        for (run, keys) in by_run {
            let named = match self.state.run(Some(self.connection()), run).await {
                Ok(record) => record.and_then(|record| record.checkpoint),
                // Nobody can say which one it needs.
                Err(StoreError::DamagedRecord { .. } | StoreError::Newer { .. }) => continue,
                Err(error) => return Err(error),
            };
            let is_named = |key: &Key| named.as_ref().is_some_and(|named| named.key == key.as_ref());
            old.extend(keys.into_iter().filter(|key| !is_named(key)));
        }
        objects.remove(old).await
    }
}

/// A file beside another one that goes when it is dropped.
fn draft_beside(path: &Path) -> Result<TempPath, StoreError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    durable::create_folder(folder)?;
    let draft = tempfile::Builder::new().prefix(".checkpoint-").tempfile_in(folder);
    Ok(draft.map_err(|error| StoreError::io(folder, &error))?.into_temp_path())
}

fn pack(work: &Path) -> Result<TempPath, StoreError> {
    let packed = draft_beside(work)?;
    let failed = |error: io::Error| StoreError::io(work, &error);
    let mut log = work.as_os_str().to_owned();
    log.push("-wal");
    if Path::new(&log).exists() {
        let reason = "what was written last is not in it yet".to_owned();
        return Err(StoreError::Access { place: work.display().to_string(), reason });
    }
    let mut from = File::open(work).map_err(failed)?;
    let to = File::create(&packed).map_err(failed)?;
    let mut encoder = zstd::Encoder::new(to, LEVEL).map_err(failed)?;
    encoder.include_checksum(true).map_err(failed)?;
    io::copy(&mut from, &mut encoder).and_then(|_| encoder.finish()).map_err(failed)?;
    Ok(packed)
}

fn unpack(packed: &Path, to: &Path, place: &str) -> Result<(), StoreError> {
    let failed = |error: io::Error| StoreError::io(to, &error);
    let draft = draft_beside(to)?;
    let mut from = zstd::Decoder::new(File::open(packed).map_err(failed)?).map_err(failed)?;
    let mut into = File::create(&draft).map_err(failed)?;
    io::copy(&mut from, &mut into).map_err(|error| match StoreError::io(to, &error) {
        full @ StoreError::DiskFull { .. } => full,
        _ => StoreError::Damaged { place: place.to_owned(), reason: error.to_string() },
    })?;
    durable::publish(&draft, to)
}

/// A copy of a work file as it is at a moment. It goes when it is dropped.
#[derive(Debug)]
pub struct WorkCopy(TempPath);

impl WorkCopy {
    /// A place for the copy, beside the work file.
    pub(crate) fn beside(work: &Path) -> Result<Self, StoreError> {
        draft_beside(work).map(Self)
    }

    /// Where it lies.
    pub fn path(&self) -> PathBuf {
        self.0.to_path_buf()
    }
}
