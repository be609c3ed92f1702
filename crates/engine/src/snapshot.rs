//! Finished snapshots: read back by connectors while they publish, and by people afterwards.

use std::{path::Path, sync::Arc};

use fairlead_host::SnapshotReader;
use fairlead_model::{
    ConnectionId, CoverageNote, Outcome, RunRecord,
    snapshot::{Ends, ItemPage, LinkKey, LinkPage, RunInfo},
};
use fairlead_store::{Snapshot, State, StoreError};

use crate::EngineError;

/// The latest finished snapshot of a connection; one that is stored elsewhere is fetched into `folder`.
///
/// # Errors
/// `NoSnapshot`, or what the store says.
pub async fn latest_snapshot(
    state: &State,
    connection: &ConnectionId,
    folder: &Path,
) -> Result<Snapshot, EngineError> {
    let record = latest_run(state, connection).await?.snapshot;
    let record = record.ok_or_else(|| EngineError::NoSnapshot(connection.clone()))?;
    if let Some(path) = state.local_path(&record) {
        return Ok(Snapshot::open(&path)?);
    }
    let fetched = folder.join(format!("{}.sqlite", record.sha256));
    if !fetched.exists() {
        state.fetch(&record, &fetched).await?;
    }
    Ok(Snapshot::open(&fetched)?)
}

/// The last complete run of a connection. Of one that was removed, what it collected stays readable.
///
/// # Errors
/// `NoSnapshot`, `UnknownConnection`, or what the store says.
pub async fn latest_run(state: &State, connection: &ConnectionId) -> Result<RunRecord, EngineError> {
    if let Some(run) = state.latest(connection).await?
        && let Some(record) = state.run(Some(connection), run).await?
    {
        return Ok(record);
    }
    // A connection that was added later under the same name does not show what the earlier one collected.
    if state.connection(connection).await?.is_some() {
        return Err(EngineError::NoSnapshot(connection.clone()));
    }
    let runs = state.runs(Some(connection), usize::MAX).await?.found;
    let has_files = |run: &RunRecord| {
        run.outcome == Outcome::Complete && run.snapshot.is_some() && run.files_removed_at.is_none()
    };
    let last = runs.into_iter().find(has_files);
    last.ok_or_else(|| StoreError::UnknownConnection(connection.clone()).into())
}

/// A snapshot as a connector sees it.
pub(crate) struct Reader {
    snapshot: Arc<Snapshot>,
    run: RunInfo,
}

impl Reader {
    pub(crate) fn new(snapshot: Arc<Snapshot>, run: &RunRecord) -> Self {
        Self { snapshot, run: RunInfo { id: run.id, started_at: run.started_at } }
    }
}

impl SnapshotReader for Reader {
    fn run(&self) -> RunInfo {
        self.run
    }

    fn count_items(&self, kind: &str) -> Result<u64, String> {
        self.snapshot.count_items(kind).map_err(|error| error.to_string())
    }

    fn count_links(&self, kind: &str, ends: Ends) -> Result<u64, String> {
        self.snapshot.count_links(kind, ends).map_err(|error| error.to_string())
    }

    fn items(&self, kind: &str, after: Option<&str>, max: u32) -> Result<ItemPage, String> {
        self.snapshot.items(kind, after, max).map_err(|error| error.to_string())
    }

    fn links(&self, kind: &str, ends: Ends, after: Option<&LinkKey>, max: u32) -> Result<LinkPage, String> {
        self.snapshot.links(kind, ends, after, max).map_err(|error| error.to_string())
    }

    fn coverage(&self) -> Result<Vec<CoverageNote>, String> {
        self.snapshot.coverage().map_err(|error| error.to_string())
    }
}
