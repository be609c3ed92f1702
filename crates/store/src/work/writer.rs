//! The thread that commits steps, many in one transaction, in the order they are handed over.

use std::{
    collections::{HashMap, HashSet, hash_map::Entry},
    path::PathBuf,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        mpsc::{Receiver, Sender, channel},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use fairlead_model::{Step, Task, TaskId};
use rusqlite::TransactionBehavior;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{Database, apply, lock};
use crate::{
    StoreError,
    database::{self, Role},
    files::blocking,
};

/// Memory for steps on their way to the file, in KiB. Who hands over more waits.
const BUDGET: u32 = 32 * 1024;
/// A transaction ends after so many records,
const GROUP_RECORDS: usize = 50_000;
/// or when it is so old. A killed process loses at most this much work; a longer wait saves little.
const GROUP_TIME: Duration = Duration::from_millis(100);
/// What a record takes beside its texts, in bytes.
const RECORD_OVERHEAD: usize = 64;

/// Commits steps in the background.
///
/// Dropping it lets what was handed over be written, but nobody learns whether that went well: use
/// [`Writer::close`].
#[derive(Debug)]
pub struct Writer {
    sender: Sender<Commit>,
    thread: JoinHandle<()>,
    budget: Arc<Semaphore>,
    failure: Arc<Mutex<Option<StoreError>>>,
    /// Every task there is, and whether its step was handed over.
    tasks: Mutex<HashMap<TaskId, bool>>,
}

#[derive(Debug)]
struct Commit {
    task: Task,
    step: Step,
    /// Given back once the step is in the database's own memory.
    _memory: OwnedSemaphorePermit,
}

impl Writer {
    pub(super) fn start(
        database: Database,
        path: PathBuf,
        tasks: Vec<apply::KnownTask>,
    ) -> Result<Self, StoreError> {
        let (sender, receiver) = channel();
        let budget = Arc::new(Semaphore::new(BUDGET as usize));
        let failure = Arc::new(Mutex::new(None));
        let thread = {
            let (budget, failure, place) = (budget.clone(), failure.clone(), path.clone());
            let work = move || {
                if let Err(error) = write(&database, &receiver) {
                    *unpoisoned(&failure) = Some(database::failure(Role::Work, &path, &error));
                    // Wakes those who wait for memory that nobody gives back any more.
                    budget.close();
                }
            };
            let spawned = thread::Builder::new().name("store-writer".to_owned()).spawn(work);
            spawned.map_err(|error| StoreError::io(&place, &error))?
        };
        Ok(Self { sender, thread, budget, failure, tasks: Mutex::new(tasks.into_iter().collect()) })
    }

    /// Hands over what a task yielded and gives back those of its follow-up tasks that are new.
    ///
    /// Returns before the step is on the disk (waiting only while too much is on its way). That is safe
    /// to build on: steps are committed in this order, so a later one is never there without this one.
    /// A task whose step was handed over before changes nothing and yields nothing.
    ///
    /// # Errors
    /// `Refused` for columns of unequal length; else what writing an earlier step met.
    pub async fn commit(&self, task: &Task, mut step: Step) -> Result<Vec<Task>, StoreError> {
        step.check().map_err(|problem| {
            StoreError::Refused(format!(
                "the step of task \"{}\" ({}) cannot be stored: {problem}",
                task.kind, task.key
            ))
        })?;
        // The only place to wait, and before anything is noted: a caller who gives up changes nothing.
        let memory = self.memory(size(&step)).await?;
        {
            let mut tasks = unpoisoned(&self.tasks);
            if tasks.insert(task.id(), true) == Some(true) {
                return Ok(Vec::new());
            }
            step.tasks.retain(|follower| match tasks.entry(follower.id()) {
                Entry::Occupied(_) => false,
                Entry::Vacant(place) => {
                    place.insert(false);
                    true
                }
            });
        }
        let followers = step.tasks.clone();
        let commit = Commit { task: task.clone(), step, _memory: memory };
        self.sender.send(commit).map_err(|_| self.failure())?;
        Ok(followers)
    }

    /// How many tasks there would be, finished ones included, with those that follow from `step`.
    pub fn tasks_with(&self, step: &Step) -> u64 {
        let tasks = unpoisoned(&self.tasks);
        let followers: HashSet<TaskId> = step.tasks.iter().map(Task::id).collect();
        let new = followers.iter().filter(|id| !tasks.contains_key(id)).count();
        (tasks.len() + new) as u64
    }

    /// Waits until everything is written.
    ///
    /// # Errors
    /// What writing met. Everything before it is in the file, and nothing after it.
    pub async fn close(self) -> Result<(), StoreError> {
        let Self { sender, thread, failure, .. } = self;
        drop(sender);
        blocking(move || thread.join().map_err(|_| panicked())).await?;
        let failed = unpoisoned(&failure).clone();
        failed.map_or(Ok(()), Err)
    }

    async fn memory(&self, bytes: usize) -> Result<OwnedSemaphorePermit, StoreError> {
        // A step larger than everything takes everything.
        let kib = u32::try_from(bytes / 1024 + 1).unwrap_or(BUDGET).min(BUDGET);
        self.budget.clone().acquire_many_owned(kib).await.map_err(|_| self.failure())
    }

    fn failure(&self) -> StoreError {
        unpoisoned(&self.failure).clone().unwrap_or_else(panicked)
    }
}

fn panicked() -> StoreError {
    StoreError::Defect("the thread that writes the work file panicked".to_owned())
}

fn unpoisoned<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writes until the other end is closed.
fn write(database: &Database, commits: &Receiver<Commit>) -> rusqlite::Result<()> {
    while let Ok(first) = commits.recv() {
        write_group(database, first, commits)?;
    }
    Ok(())
}

/// One transaction: a step and those that follow soon.
fn write_group(database: &Database, first: Commit, commits: &Receiver<Commit>) -> rusqlite::Result<()> {
    let end = Instant::now() + GROUP_TIME;
    let mut connection = lock(database);
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut records = 0;
    let mut next = Some(first);
    while let Some(commit) = next {
        apply::apply(&transaction, &commit.task, &commit.step)?;
        records += commit.step.records();
        drop(commit);
        let time_left = end.saturating_duration_since(Instant::now());
        next = if records < GROUP_RECORDS { commits.recv_timeout(time_left).ok() } else { None };
    }
    transaction.commit()
}

/// Bytes a step holds.
fn size(step: &Step) -> usize {
    let items = step.items.iter().map(|batch| batch.ids.bytes() + batch.names.bytes() + batch.bodies.bytes());
    let links = step.links.iter().map(|batch| {
        let optional = [&batch.labels, &batch.bodies].into_iter().flatten();
        batch.targets.bytes() + optional.map(fairlead_model::Texts::bytes).sum::<usize>()
    });
    let tasks = step.tasks.iter().map(|task| task.kind.len() + task.key.len() + task.payload.len());
    let removed = step.removed.iter().map(|gone| gone.kind.len() + gone.id.len());
    let bookmarks = step.bookmarks.iter().map(|bookmark| bookmark.stream.len() + bookmark.token.len());
    let coverage = step.coverage.iter().map(|note| note.kind.len() + note.scope.len() + note.reason.len());
    let texts = items.chain(links).chain(tasks).chain(removed).chain(bookmarks).chain(coverage);
    let others = step.tasks.len() + step.removed.len() + step.bookmarks.len() + step.coverage.len();
    texts.sum::<usize>() + RECORD_OVERHEAD * (step.records() + others)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Counts, WorkFile};
    use fairlead_model::{FailedTasks, ItemBatch, Outcome, RunId, RunRecord, Statistics};
    use std::path::Path;

    fn work_file(path: &Path) -> WorkFile {
        let record = RunRecord {
            schema: 1,
            id: RunId::now(),
            connection: "contoso".parse().unwrap(),
            connector: String::new(),
            connector_version: String::new(),
            connector_digest: String::new(),
            inputs: String::new(),
            scheduled_for: None,
            started_at: jiff::Timestamp::UNIX_EPOCH,
            ended_at: None,
            outcome: Outcome::Running,
            error: None,
            failure: None,
            failed_tasks: FailedTasks::default(),
            items: std::collections::BTreeMap::new(),
            links: std::collections::BTreeMap::new(),
            coverage: Vec::new(),
            statistics: Statistics::default(),
            checkpoint: None,
            smaller_accepted: false,
            snapshot: None,
            artifacts: Vec::new(),
            files_removed_at: None,
        };
        WorkFile::create(path, &record).unwrap()
    }

    fn page(number: usize) -> Task {
        Task { kind: "users".to_owned(), key: number.to_string(), payload: String::new() }
    }

    fn step(number: usize, bytes: usize) -> Step {
        let batch = ItemBatch {
            kind: "user".to_owned(),
            parent: None,
            ids: [number.to_string()].into_iter().collect(),
            names: [""].into_iter().collect(),
            bodies: ["x".repeat(bytes)].into_iter().collect(),
        };
        Step { items: vec![batch], tasks: vec![page(number + 1)], ..Step::default() }
    }

    #[tokio::test]
    async fn a_full_disk_is_told_and_what_was_written_before_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("work");
        let work = work_file(&path);
        work.plan(&[page(0)]).unwrap();
        work.run(|connection| connection.pragma_update(None, "max_page_count", 1000)).unwrap();
        let writer = work.writer().unwrap();
        let mut met = None;
        for number in 0..1000 {
            if let Err(error) = writer.commit(&page(number), step(number, 100_000)).await {
                met = Some(error);
                break;
            }
        }
        assert!(matches!(met, Some(StoreError::DiskFull { .. })), "{met:?}");
        assert!(matches!(writer.close().await, Err(StoreError::DiskFull { .. })));
        drop(work);

        // With space again, the run goes on with exactly the task after the last one that is in.
        let work = WorkFile::open(&path).unwrap();
        let finished = usize::try_from(work.finished_tasks().unwrap()).unwrap();
        let Counts { items, .. } = work.counts().unwrap();
        assert_eq!(items.get("user").copied().unwrap_or(0), finished as u64);
        assert_eq!(work.pending().unwrap(), [page(finished)]);
    }

    #[tokio::test]
    async fn a_step_larger_than_the_budget_passes() {
        let folder = tempfile::tempdir().unwrap();
        let work = work_file(&folder.path().join("work"));
        let writer = work.writer().unwrap();
        for number in 0..2 {
            writer.commit(&page(number), step(number, BUDGET as usize * 1024 + 1)).await.unwrap();
        }
        writer.close().await.unwrap();
        assert_eq!(work.counts().unwrap().items["user"], 2);
    }

    #[tokio::test]
    async fn steps_handed_over_before_a_drop_are_written() {
        let folder = tempfile::tempdir().unwrap();
        let work = work_file(&folder.path().join("work"));
        let writer = work.writer().unwrap();
        writer.commit(&page(0), step(0, 10)).await.unwrap();
        let Writer { sender, thread, .. } = writer;
        drop(sender);
        thread.join().unwrap();
        assert_eq!(work.finished_tasks().unwrap(), 1);
    }
}
