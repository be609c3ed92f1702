//! Failures that come before there is a run: they are put on record like those of a run, so that the schedule
//! knows of them and nobody has to look for them in a log.

use std::{collections::BTreeMap, time::Duration};

use fairlead_model::{Connection, FailedTasks, Outcome, RunId, RunRecord, Statistics};
use fairlead_store::{Lease, State};
use jiff::Timestamp;

use super::work;
use crate::EngineError;

/// Far longer than writing a record takes.
const NOTING: Duration = Duration::from_mins(1);

/// Puts on record that a sync begun at `since` failed, unless its run says so already; gives back that record.
/// A run that can be continued stays one.
///
/// # Errors
/// What the store says; `Busy` when somebody else works on the connection by now.
pub(crate) async fn note_failure(
    state: &State,
    connection: &Connection,
    scheduled_for: Option<Timestamp>,
    since: Timestamp,
    error: &EngineError,
) -> Result<Option<RunRecord>, EngineError> {
    let id = &connection.id;
    let Some(kind) = error.kind() else { return Ok(None) };
    if let Some(standing) = state.standing(id).await?
        && standing.failure.is_some()
        && standing.at >= since
    {
        return Ok(state.run(Some(id), standing.run).await?);
    }
    let lease = state.lease(id, &format!("process {}", std::process::id()), NOTING).await?;
    let noted: Result<_, EngineError> = async {
        let now = Timestamp::now();
        let unfinished =
            work::pending(state, connection).await?.into_iter().find(|run| run.outcome.can_continue());
        let mut record = match unfinished {
            Some(run) => RunRecord { outcome: Outcome::Stopped, ..run },
            None => RunRecord { ended_at: Some(now), ..never_started(connection, now) },
        };
        record.scheduled_for = record.scheduled_for.max(scheduled_for);
        record.error = Some(error.to_string());
        record.failure = Some(kind);
        save(&lease, &record).await?;
        Ok(Some(record))
    }
    .await;
    let released = lease.release().await;
    let noted = noted?;
    released?;
    Ok(noted)
}

async fn save(lease: &Lease, record: &RunRecord) -> Result<(), EngineError> {
    Ok(lease.save_run(record).await?)
}

fn never_started(connection: &Connection, now: Timestamp) -> RunRecord {
    RunRecord {
        schema: 1,
        id: RunId::now(),
        connection: connection.id.clone(),
        connector: connection.connector.clone(),
        connector_version: String::new(),
        connector_digest: String::new(),
        inputs: String::new(),
        scheduled_for: None,
        started_at: now,
        ended_at: None,
        outcome: Outcome::Failed,
        error: None,
        failure: None,
        failed_tasks: FailedTasks::default(),
        items: BTreeMap::new(),
        links: BTreeMap::new(),
        coverage: Vec::new(),
        statistics: Statistics::default(),
        checkpoint: None,
        smaller_accepted: false,
        snapshot: None,
        artifacts: Vec::new(),
        files_removed_at: None,
    }
}
