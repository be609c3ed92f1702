//! What stays: the files of the newest finished runs, records for a good year, and nothing that a killed process
//! left half done.

use std::{collections::BTreeMap, fs, num::NonZeroUsize};

use fairlead_model::{Outcome, RunId, RunRecord};
use jiff::{SignedDuration, Timestamp};
use object_store::{ObjectMeta, path::Path as Key};

use crate::{
    Lease, StoreError,
    files::{DRAFT, blocking, is_open},
    state::first_id_of,
};

/// Days for which the record of a run is kept: those of the same month a year ago can still be looked at.
const RECORD_DAYS: i64 = 400;

/// Days for which messages, validations and announcements are kept: longer than any sender repeats what it sends.
const PASSING_DAYS: i64 = 30;

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
        self.drop_old_checkpoints().await?;
        self.drop_old_records(latest).await?;
        if self.state.is_local() {
            // A bucket has rules for that (docs/architecture.md).
            self.state.forget_before(days_ago(PASSING_DAYS)).await?;
        }
        Ok(removed)
    }

    /// Removes the records of runs that nobody looks at any more, but for the latest one's.
    async fn drop_old_records(&self, latest: Option<RunId>) -> Result<(), StoreError> {
        let prefix = Key::from(format!("runs/{}", self.connection()));
        let end = prefix.clone().join(first_id_of(days_ago(RECORD_DAYS)).to_string());
        let listed = self.state.objects.list_before(&prefix, &end).await?;
        let old = listed.into_iter().map(|object| object.location).filter(|key| {
            let run: Option<RunId> = key.parts().nth(2).and_then(|run| run.as_ref().parse().ok());
            run.is_some() && run != latest
        });
        self.state.objects.remove(old.collect()).await
    }

    /// The connection's stored files by run.
    async fn stored(&self) -> Result<BTreeMap<RunId, Vec<ObjectMeta>>, StoreError> {
        let folder = format!("files/{}", self.connection());
        let mut by_run: BTreeMap<RunId, Vec<ObjectMeta>> = BTreeMap::new();
        for file in self.state.objects.list(&Key::from(folder)).await? {
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
            Outcome::Running | Outcome::Stopped | Outcome::Held => true,
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
        blocking(move || Ok(is_open(&snapshot))).await
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
        let mut keys = Vec::new();
        for file in files {
            removed.files += 1;
            removed.bytes += file.size;
            keys.push(file.location);
        }
        self.state.objects.remove(keys).await?;
        Ok(removed)
    }
}

fn days_ago(days: i64) -> Timestamp {
    Timestamp::now().saturating_sub(SignedDuration::from_hours(days * 24)).unwrap_or(Timestamp::MIN)
}

/// Whether it is a file that was being stored. Nobody is storing any now: the lease is ours.
fn is_draft(key: &Key) -> bool {
    key.filename().is_some_and(|name| name.starts_with(DRAFT))
}
