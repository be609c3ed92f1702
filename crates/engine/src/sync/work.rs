//! The run to work on: its record and its work file, continued or new.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use fairlead_model::{Connection, Failure, Outcome, RunId, RunRecord, Statistics};
use fairlead_store::{State, WorkFile};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::Syncer;
use crate::EngineError;

/// Continues the connection's unfinished run if it has the same inputs, or starts a new one.
pub(super) async fn open(syncer: &Syncer<'_>, fresh: bool) -> Result<(RunRecord, WorkFile), EngineError> {
    let inputs = inputs(syncer.connector.digest(), syncer.connection);
    if let Some(run) = unfinished(syncer.state, syncer.connection).await? {
        let path = path(syncer.work_folder, run.id);
        if !fresh && run.inputs == inputs && path.exists() {
            return go_on(syncer, run, &path).await;
        }
        let why =
            if fresh { "a fresh start was asked for" } else { "its inputs changed or its file is gone" };
        give_up(syncer.state, run, why).await?;
        WorkFile::remove(&path)?;
    }
    start(syncer, inputs).await
}

async fn go_on(
    syncer: &Syncer<'_>,
    mut record: RunRecord,
    path: &Path,
) -> Result<(RunRecord, WorkFile), EngineError> {
    let file = WorkFile::open(path)?;
    record.outcome = Outcome::Running;
    record.error = None;
    record.statistics.attempts += 1;
    record.statistics.tasks = file.finished_tasks()?;
    syncer.state.save_run(&record).await?;
    Ok((record, file))
}

async fn start(syncer: &Syncer<'_>, inputs: String) -> Result<(RunRecord, WorkFile), EngineError> {
    let record = RunRecord {
        schema: 1,
        id: RunId::now(),
        connection: syncer.connection.id.clone(),
        connector: syncer.connection.connector.clone(),
        connector_version: syncer.connector.description().version.clone(),
        connector_digest: syncer.connector.digest().to_owned(),
        inputs,
        started_at: Timestamp::now(),
        ended_at: None,
        outcome: Outcome::Running,
        error: None,
        items: BTreeMap::new(),
        links: BTreeMap::new(),
        coverage: Vec::new(),
        statistics: Statistics { attempts: 1, ..Statistics::default() },
        snapshot: None,
        artifacts: Vec::new(),
    };
    // The file first: a run whose record says it can be continued always has one.
    let file = WorkFile::create(&path(syncer.work_folder, record.id), &record)?;
    syncer.state.save_run(&record).await?;
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
async fn unfinished(state: &State, connection: &Connection) -> Result<Option<RunRecord>, EngineError> {
    let newest = state.runs(Some(&connection.id), 1).await?.into_iter().next();
    Ok(newest.filter(|run| run.outcome.can_continue()))
}

async fn give_up(state: &State, mut run: RunRecord, why: &str) -> Result<(), EngineError> {
    run.outcome = Outcome::Failed;
    run.error = Some(format!("given up for a new run: {why}"));
    run.ended_at = Some(Timestamp::now());
    Ok(state.save_run(&run).await?)
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
