//! The run to work on: its record and its work file, continued or new.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use fairlead_model::{
    ArtifactRecord, Connection, FailedTasks, Failure, Outcome, RunId, RunRecord, Statistics,
};
use fairlead_store::{Lease, Listed, State, StoreError, WorkFile};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::{SyncOptions, Syncer, checkpoint};
use crate::EngineError;

/// A run and its file.
pub(super) struct Work {
    pub(super) record: RunRecord,
    pub(super) file: WorkFile,
}

/// Continues the connection's unfinished run if it has the same inputs, or starts a new one.
pub(super) async fn open(
    syncer: &Syncer<'_>,
    lease: &Lease,
    options: &SyncOptions,
) -> Result<Work, EngineError> {
    let inputs = inputs(syncer.connector.digest(), syncer.connection);
    let folder = folder(syncer);
    for (age, run) in pending(syncer.state, syncer.connection).await?.into_iter().enumerate() {
        if age == 0 && run.outcome.can_continue() && !options.fresh && run.inputs == inputs {
            sweep(&folder, Some(run.id))?;
            if let Some(file) = find(syncer, &folder, &run).await? {
                return go_on(syncer, lease, run, file, options.scheduled_for).await;
            }
        }
        let why = match run.outcome {
            Outcome::Held => "it was held, and nobody accepted it",
            _ if options.fresh => "a fresh start was asked for",
            _ => "its inputs changed or its file is gone",
        };
        give_up(syncer, lease, run, why).await?;
    }
    sweep(&folder, None)?;
    start(syncer, lease, &folder, inputs, options.scheduled_for).await
}

/// Goes on with the connection's held run, to publish it as it is.
pub(super) async fn accept(syncer: &Syncer<'_>, lease: &Lease) -> Result<Work, EngineError> {
    let nothing = |why: &str| EngineError::NothingHeld {
        connection: syncer.connection.id.clone(),
        why: why.to_owned(),
    };
    let held = pending(syncer.state, syncer.connection).await?.into_iter().next();
    let held = held.filter(|run| run.outcome == Outcome::Held);
    let mut run = held.ok_or_else(|| nothing("no run since the last complete one is held"))?;
    if run.inputs != inputs(syncer.connector.digest(), syncer.connection) {
        return Err(nothing("its settings or its connector changed since it was held"));
    }
    let file = find(syncer, &folder(syncer), &run).await?;
    let file = file.ok_or_else(|| nothing("what was collected is gone"))?;
    run.smaller_accepted = true;
    run.ended_at = None;
    go_on(syncer, lease, run, file, None).await
}

/// Where the files of the connection's unfinished run are.
fn folder(syncer: &Syncer<'_>) -> PathBuf {
    syncer.work_folder.join(syncer.connection.id.as_str())
}

/// The file of an unfinished run: as it was left here, or out of the run's checkpoint. None: neither is there, or
/// can be used.
async fn find(syncer: &Syncer<'_>, folder: &Path, run: &RunRecord) -> Result<Option<WorkFile>, EngineError> {
    let path = path(folder, run.id);
    if syncer.state.is_local() {
        return if path.exists() { Ok(Some(WorkFile::open(&path)?)) } else { Ok(None) };
    }
    // Another machine may have gone on since; then this file is of no use.
    if is_newest(&path, run)
        && let Some(file) = usable(WorkFile::open(&path))?
    {
        return Ok(Some(file));
    }
    WorkFile::remove(&path)?;
    let Some(checkpoint) = &run.checkpoint else { return Ok(None) };
    match usable(syncer.state.fetch_checkpoint(checkpoint, &path).await)? {
        Some(()) => usable(WorkFile::open(&path)),
        None => Ok(None),
    }
}

/// Nobody may be there to throw away what is damaged, so it counts as not there.
fn usable<T>(found: Result<T, StoreError>) -> Result<Option<T>, EngineError> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(
            error @ (StoreError::Damaged { .. }
            | StoreError::DamagedWork { .. }
            | StoreError::OtherWork { .. }
            | StoreError::Missing { .. }),
        ) => {
            tracing::warn!(%error, "the unfinished run cannot be continued from this");
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

/// Beside a work file: the attempt that wrote it last, for when several machines have one of the run.
fn attempt_of(path: &Path) -> PathBuf {
    path.with_extension("attempt")
}

fn is_newest(path: &Path, run: &RunRecord) -> bool {
    fs::read_to_string(attempt_of(path)).is_ok_and(|attempt| attempt == run.statistics.attempts.to_string())
}

/// Writes down that from now on the newest of the run's work files is this one.
fn note_attempt(syncer: &Syncer<'_>, path: &Path, run: &RunRecord) -> Result<(), EngineError> {
    if syncer.state.is_local() {
        return Ok(());
    }
    let note = attempt_of(path);
    let noted = fs::write(&note, run.statistics.attempts.to_string());
    Ok(noted.map_err(|error| StoreError::io(&note, &error))?)
}

/// Removes the file of a run that has ended.
pub(super) fn remove(path: &Path) -> Result<(), EngineError> {
    WorkFile::remove(path)?;
    match fs::remove_file(attempt_of(path)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(StoreError::io(&attempt_of(path), &error).into())
        }
        _ => Ok(()),
    }
}

/// Removes everything from a connection's folder but what belongs to a run that goes on: files of runs that
/// were given up, of one that was killed before it was on record, and half-made files of connectors. The lease
/// is held, so nobody works on them.
fn sweep(folder: &Path, but: Option<RunId>) -> Result<(), EngineError> {
    let failed = |error: io::Error| StoreError::io(folder, &error);
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed(error).into()),
    };
    let kept = but.map(|run| run.to_string());
    for entry in entries {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name();
        if kept.as_ref().is_some_and(|run| name.to_string_lossy().starts_with(run.as_str())) {
            continue;
        }
        let is_folder = entry.file_type().map_err(failed)?.is_dir();
        let removed =
            if is_folder { fs::remove_dir_all(entry.path()) } else { fs::remove_file(entry.path()) };
        removed.map_err(|error| StoreError::io(&entry.path(), &error))?;
        tracing::info!(path = %entry.path().display(), "a leftover of an earlier run was removed");
    }
    Ok(())
}

async fn go_on(
    syncer: &Syncer<'_>,
    lease: &Lease,
    mut record: RunRecord,
    file: WorkFile,
    moment: Option<Timestamp>,
) -> Result<Work, EngineError> {
    record.outcome = Outcome::Running;
    record.error = None;
    record.failure = None;
    record.scheduled_for = record.scheduled_for.max(moment);
    // What failed is tried again.
    record.failed_tasks = FailedTasks::default();
    record.statistics.attempts += 1;
    record.statistics.tasks = file.finished_tasks()?;
    lease.save_run(&record).await?;
    note_attempt(syncer, file.path(), &record)?;
    Ok(Work { record, file })
}

async fn start(
    syncer: &Syncer<'_>,
    lease: &Lease,
    folder: &Path,
    inputs: String,
    scheduled_for: Option<Timestamp>,
) -> Result<Work, EngineError> {
    let record = RunRecord {
        schema: 1,
        id: RunId::now(),
        connection: syncer.connection.id.clone(),
        connector: syncer.connection.connector.clone(),
        connector_version: syncer.connector.description().version.clone(),
        connector_digest: syncer.connector.digest().to_owned(),
        inputs,
        scheduled_for,
        started_at: Timestamp::now(),
        ended_at: None,
        outcome: Outcome::Running,
        error: None,
        failure: None,
        failed_tasks: FailedTasks::default(),
        items: BTreeMap::new(),
        links: BTreeMap::new(),
        coverage: Vec::new(),
        statistics: Statistics { attempts: 1, ..Statistics::default() },
        checkpoint: None,
        smaller_accepted: false,
        snapshot: None,
        artifacts: Vec::new(),
        files_removed_at: None,
    };
    // The file first: a run whose record says it can be continued always has one.
    let file = WorkFile::create(&path(folder, record.id), &record)?;
    lease.save_run(&record).await?;
    note_attempt(syncer, file.path(), &record)?;
    Ok(Work { record, file })
}

/// What decides the result of a sync, as a digest.
fn inputs(connector: &str, connection: &Connection) -> String {
    let decides = serde_json::json!({
        "connector": connector,
        "cloud": connection.cloud,
        "tenant": connection.tenant,
        "client-id": connection.client_id,
        "mode": connection.mode,
        "scope": connection.scope,
        "settings": connection.settings,
    });
    hex::encode(Sha256::digest(decides.to_string()))
}

/// Runs since the latest complete one, at most, that are looked through for one that waits.
const LOOKED_THROUGH: usize = 10;

/// The runs since the last complete one that can be continued or accepted, newest first. Usually none or one;
/// in front of it there may be some that failed before they had begun.
pub(super) async fn pending(state: &State, connection: &Connection) -> Result<Vec<RunRecord>, EngineError> {
    let Listed { found: newest, unreadable } = state.runs(Some(&connection.id), 1).await?;
    if let Some(damaged) = unreadable.into_iter().next() {
        return Err(damaged.into());
    }
    if newest.first().is_none_or(|run| run.outcome == Outcome::Complete) {
        return Ok(Vec::new());
    }
    let since = state.runs(Some(&connection.id), LOOKED_THROUGH).await?.found.into_iter();
    let since = since.take_while(|run| run.outcome != Outcome::Complete);
    Ok(since.filter(|run| run.outcome.can_continue() || run.outcome == Outcome::Held).collect())
}

async fn give_up(
    syncer: &Syncer<'_>,
    lease: &Lease,
    mut run: RunRecord,
    why: &str,
) -> Result<(), EngineError> {
    run.outcome = Outcome::Failed;
    run.error = Some(format!("given up for a new run: {why}"));
    run.ended_at = Some(Timestamp::now());
    let checkpoint: Option<ArtifactRecord> = run.checkpoint.take();
    lease.save_run(&run).await?;
    checkpoint::forget(syncer, checkpoint).await;
    Ok(())
}

fn path(folder: &Path, run: RunId) -> PathBuf {
    folder.join(format!("{run}.sqlite"))
}

/// Whether a run that ended so keeps its work file for the next sync.
pub(super) fn can_continue(error: &EngineError) -> bool {
    match error {
        EngineError::Stopped(_)
        | EngineError::Fruitless { .. }
        | EngineError::SignIn(_)
        | EngineError::Credential(_)
        | EngineError::Store(_) => true,
        EngineError::Call(error) => matches!(error.failure(), Some(Failure::RetryLater(_))),
        EngineError::Tasks { first, .. } => can_continue(first),
        _ => false,
    }
}
