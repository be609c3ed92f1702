//! Finished snapshots: read back by connectors while they publish, and by people afterwards.

mod ahead;

use std::{path::Path, sync::Arc};

use fairlead_host::SnapshotReader;
use fairlead_model::{
    ConnectionId, CoverageNote, Outcome, RunRecord,
    snapshot::{Ends, ItemPage, LinkKey, LinkPage, RunInfo},
};
use fairlead_store::{Snapshot, State, StoreError};

use self::ahead::Ahead;
use crate::EngineError;

/// The latest finished snapshot of a connection; one that is stored elsewhere is fetched into `folder`, where the
/// newest copy of each connection stays for the next reader.
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
    let folder = folder.join(connection.as_str());
    match Snapshot::open(&state.local_copy(&record, &folder).await?) {
        // Somebody who fetched a newer one has removed this copy before it was open.
        Err(StoreError::Missing { .. }) if !state.is_local() => {
            Ok(Snapshot::open(&state.local_copy(&record, &folder).await?)?)
        }
        opened => Ok(opened?),
    }
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
    items: Ahead<ItemsKey, Result<ItemPage, String>>,
    links: Ahead<LinksKey, Result<LinkPage, String>>,
}

/// Which page of a kind's items: the kind, the id it goes on after, and how many.
type ItemsKey = (String, Option<String>, u32);
/// Which page of a kind's links.
type LinksKey = (String, Ends, Option<LinkKey>, u32);

impl Reader {
    pub(crate) fn new(snapshot: Arc<Snapshot>, run: &RunRecord) -> Self {
        let run = RunInfo { id: run.id, started_at: run.started_at };
        Self { snapshot, run, items: Ahead::default(), links: Ahead::default() }
    }

    fn read_items(&self, (kind, after, max): ItemsKey) -> impl FnOnce() -> Result<ItemPage, String> + use<> {
        let snapshot = self.snapshot.clone();
        move || snapshot.items(&kind, after.as_deref(), max).map_err(|error| error.to_string())
    }

    fn read_links(
        &self,
        (kind, ends, after, max): LinksKey,
    ) -> impl FnOnce() -> Result<LinkPage, String> + use<> {
        let snapshot = self.snapshot.clone();
        move || snapshot.links(&kind, ends, after.as_ref(), max).map_err(|error| error.to_string())
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
        let key = (kind.to_owned(), after.map(str::to_owned), max);
        let page = self.items.take(&key).unwrap_or_else(|| self.read_items(key)())?;
        if let Some(last) = page.ids.last() {
            let next = (kind.to_owned(), Some(last.to_owned()), max);
            self.items.begin(next.clone(), self.read_items(next));
        }
        Ok(page)
    }

    fn links(&self, kind: &str, ends: Ends, after: Option<&LinkKey>, max: u32) -> Result<LinkPage, String> {
        let key = (kind.to_owned(), ends, after.cloned(), max);
        let page = self.links.take(&key).unwrap_or_else(|| self.read_links(key)())?;
        if let Some(last) = page.last_key() {
            let next = (kind.to_owned(), ends, Some(last), max);
            self.links.begin(next.clone(), self.read_links(next));
        }
        Ok(page)
    }

    fn coverage(&self) -> Result<Vec<CoverageNote>, String> {
        self.snapshot.coverage().map_err(|error| error.to_string())
    }
}
