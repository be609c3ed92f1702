//! The run to work on: its record and its work file, continued or new.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use fairlead_model::{Connection, FailedTasks, Failure, Outcome, RunId, RunRecord, Statistics};
use fairlead_store::{Lease, Listed, State, StoreError, WorkFile};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::{SyncOptions, Syncer};
use crate::EngineError;

/// Continues the connection's unfinished run if it has the same inputs, or starts a new one.
pub(super) async fn open(
    syncer: &Syncer<'_>,
    lease: &Lease,
    options: &SyncOptions,
) -> Result<(RunRecord, WorkFile), EngineError> {
    let (fresh, moment) = (options.fresh, options.scheduled_for);
    let inputs = inputs(syncer.connector.digest(), syncer.connection);
    let folder = syncer.work_folder.join(syncer.connection.id.as_str());
    if let Some(run) = unfinished(syncer.state, syncer.connection).await? {
        let path = path(&folder, run.id);
        if !fresh && run.inputs == inputs && path.exists() {
            sweep(&folder, Some(run.id))?;
            return go_on(lease, run, &path, moment).await;
        }
        let why =
            if fresh { "a fresh start was asked for" } else { "its inputs changed or its file is gone" };
        give_up(lease, run, why).await?;
    }
    sweep(&folder, None)?;
    start(syncer, lease, &folder, inputs, moment).await
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
    lease: &Lease,
    mut record: RunRecord,
    path: &Path,
    moment: Option<Timestamp>,
) -> Result<(RunRecord, WorkFile), EngineError> {
    let file = WorkFile::open(path)?;
    record.outcome = Outcome::Running;
    record.error = None;
    record.failure = None;
    record.scheduled_for = record.scheduled_for.max(moment);
    // What failed is tried again.
    record.failed_tasks = FailedTasks::default();
    record.statistics.attempts += 1;
    record.statistics.tasks = file.finished_tasks()?;
    lease.save_run(&record).await?;
    Ok((record, file))
}

async fn start(
    syncer: &Syncer<'_>,
    lease: &Lease,
    folder: &Path,
    inputs: String,
    scheduled_for: Option<Timestamp>,
) -> Result<(RunRecord, WorkFile), EngineError> {
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
        snapshot: None,
        artifacts: Vec::new(),
        files_removed_at: None,
    };
    // The file first: a run whose record says it can be continued always has one.
    let file = WorkFile::create(&path(folder, record.id), &record)?;
    lease.save_run(&record).await?;
    Ok((record, file))
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

/// The connection's newest run, if it can be continued.
pub(super) async fn unfinished(
    state: &State,
    connection: &Connection,
) -> Result<Option<RunRecord>, EngineError> {
    let Listed { found, unreadable } = state.runs(Some(&connection.id), 1).await?;
    if let Some(damaged) = unreadable.into_iter().next() {
        return Err(damaged.into());
    }
    Ok(found.into_iter().next().filter(|run| run.outcome.can_continue()))
}

async fn give_up(lease: &Lease, mut run: RunRecord, why: &str) -> Result<(), EngineError> {
    run.outcome = Outcome::Failed;
    run.error = Some(format!("given up for a new run: {why}"));
    run.ended_at = Some(Timestamp::now());
    Ok(lease.save_run(&run).await?)
}

fn path(folder: &Path, run: RunId) -> PathBuf {
    folder.join(format!("{run}.sqlite"))
}

/// Whether a run that ended so keeps its work file for the next sync.
pub(super) fn can_continue(error: &EngineError) -> bool {
    match error {
        EngineError::Stopped(_)
        | EngineError::SignIn(_)
        | EngineError::Credential(_)
        | EngineError::Store(_) => true,
        EngineError::Call(error) => matches!(error.failure(), Some(Failure::RetryLater(_))),
        EngineError::Tasks { first, .. } => can_continue(first),
        _ => false,
    }
}
