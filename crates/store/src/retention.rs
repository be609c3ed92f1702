//! Which files stay: those of the newest finished runs, and nothing that a killed process left half done.

use std::{
    collections::BTreeMap,
    fs::{self, File, TryLockError},
    num::NonZeroUsize,
};

use fairlead_model::{Outcome, RunId, RunRecord};
use jiff::Timestamp;
use object_store::{Error as ObjectError, ObjectMeta, ObjectStoreExt as _, path::Path as Key};

use crate::{
    Lease, StoreError, chain,
    files::{DRAFT, blocking},
};

/// Files that were removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Removed {
    /// The run whose files they were.
    pub run: RunId,
    /// How many.
    pub files: u64,
    /// Their size in bytes.
    pub bytes: u64,
}

/// What is to become of a run's files.
enum Verdict {
    /// They stay; only what a killed process left half written goes.
    Keep,
    /// They go. The record, if it names them, says so before.
    Remove(Option<Box<RunRecord>>),
}

impl Lease {
    /// Keeps the files of the connection's newest finished runs, `keep` of them, and removes those of all
    /// others, with whatever killed processes left behind. The latest run's files stay in any case, as do
    /// those of a run that can be continued, and of one whose snapshot somebody of this machine has open.
    ///
    /// # Errors
    /// `LeaseLost` when somebody else has taken over; what reading and writing may say.
    pub async fn tidy(&self, keep: NonZeroUsize) -> Result<Vec<Removed>, StoreError> {
        let latest = self.state.latest(self.connection()).await?;
        let mut room = keep.get();
        let mut removed = Vec::new();
        // Ids sort by time: the newest comes first.
        for (run, files) in self.stored().await?.into_iter().rev() {
            let gone = match self.judge(run, latest, &mut room).await? {
                Verdict::Keep => {
                    self.remove(run, files.into_iter().filter(|file| is_draft(&file.location))).await?
                }
                Verdict::Remove(record) => self.remove_all(run, record, files).await?,
            };
            if gone.files > 0 {
                removed.push(gone);
            }
        }
        Ok(removed)
    }

    /// The connection's stored files by run.
    async fn stored(&self) -> Result<BTreeMap<RunId, Vec<ObjectMeta>>, StoreError> {
        let folder = format!("files/{}", self.connection());
        let mut by_run: BTreeMap<RunId, Vec<ObjectMeta>> = BTreeMap::new();
        for file in chain::list(&self.state.store, &Key::from(folder)).await? {
            let run = file.location.parts().nth(2).and_then(|run| run.as_ref().parse().ok());
            // What is not named after a run is not ours to remove.
            if let Some(run) = run {
                by_run.entry(run).or_default().push(file);
            }
        }
        Ok(by_run)
    }

    /// What is to become of the files of a run; one that stays as a finished one takes from the `room`.
    async fn judge(
        &self,
        run: RunId,
        latest: Option<RunId>,
        room: &mut usize,
    ) -> Result<Verdict, StoreError> {
        let record = match self.state.run(Some(self.connection()), run).await {
            Ok(record) => record,
            // Nobody can say what these files are, so nobody should remove them.
            Err(StoreError::DamagedRecord { .. } | StoreError::Newer { .. }) => return Ok(Verdict::Keep),
            Err(error) => return Err(error),
        };
        let Some(record) = record else { return Ok(Verdict::Remove(None)) };
        let stays = match record.outcome {
            Outcome::Running | Outcome::Stopped => true,
            Outcome::Complete if record.files_removed_at.is_none() && *room > 0 => {
                *room -= 1;
                true
            }
            Outcome::Complete | Outcome::Failed => false,
        };
        if stays || latest == Some(run) || self.is_read(&record).await? {
            return Ok(Verdict::Keep);
        }
        Ok(Verdict::Remove(Some(Box::new(record))))
    }

    /// Whether a process of this machine has the run's snapshot open: it holds a lock on the file as long.
    async fn is_read(&self, record: &RunRecord) -> Result<bool, StoreError> {
        let snapshot = record.snapshot.as_ref().and_then(|snapshot| self.state.local_path(snapshot));
        let Some(snapshot) = snapshot else { return Ok(false) };
        blocking(move || {
            let Ok(file) = File::open(snapshot) else { return Ok(false) };
            Ok(matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
        })
        .await
    }

    async fn remove_all(
        &self,
        run: RunId,
        record: Option<Box<RunRecord>>,
        files: Vec<ObjectMeta>,
    ) -> Result<Removed, StoreError> {
        if let Some(mut record) = record
            && record.files_removed_at.is_none()
            && (record.snapshot.is_some() || !record.artifacts.is_empty())
        {
            record.files_removed_at = Some(Timestamp::now());
            self.write_run(&record).await?;
        }
        let removed = self.remove(run, files).await?;
        if let Some(folder) = &self.state.folder {
            let folder = folder.join("files").join(self.connection().as_str()).join(run.to_string());
            // Nothing but empty folders is left, and those do no harm.
            let _ = blocking(move || Ok(fs::remove_dir_all(folder))).await;
        }
        Ok(removed)
    }

    async fn remove(
        &self,
        run: RunId,
        files: impl IntoIterator<Item = ObjectMeta>,
    ) -> Result<Removed, StoreError> {
        let mut removed = Removed { run, files: 0, bytes: 0 };
        for file in files {
            match self.state.store.delete(&file.location).await {
                Ok(()) | Err(ObjectError::NotFound { .. }) => {}
                Err(error) => return Err(StoreError::object(file.location.as_ref(), &error)),
            }
            removed.files += 1;
            removed.bytes += file.size;
        }
        Ok(removed)
    }
}

/// Whether it is a file that was being stored. Nobody is storing any now: the lease is ours.
fn is_draft(key: &Key) -> bool {
    key.filename().is_some_and(|name| name.starts_with(DRAFT))
}
