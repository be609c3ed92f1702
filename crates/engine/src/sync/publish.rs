//! Publishing: the work file becomes the snapshot, the connector makes its files of it, all are stored.

use std::sync::Arc;

use fairlead_host::Services;
use fairlead_model::{ArtifactRecord, RunRecord};
use fairlead_store::{Snapshot, WorkFile};

use super::{
    HoldBelow, Syncer,
    artifacts::{Made, Workshop},
    guard,
};
use crate::{EngineError, Event, Phase, snapshot::Reader};

/// Snapshots are SQLite databases (registered with IANA).
const SNAPSHOT: &str = "application/vnd.sqlite3";

/// Fills in the record what was collected and made.
pub(super) async fn publish(
    syncer: &Syncer<'_>,
    record: &mut RunRecord,
    file: WorkFile,
    hold_below: HoldBelow,
) -> Result<(), EngineError> {
    syncer.tell(Event::Phase(Phase::Publishing));
    let path = finish(file, record).await?;
    let snapshot = Arc::new(Snapshot::open(&path)?);
    record.coverage = snapshot.coverage()?;
    guard::check(syncer.state, record, hold_below).await?;
    let workshop = Arc::new(Workshop::new(&path)?);
    let folder = format!("files/{}/{}", record.connection, record.id);
    let key = format!("{folder}/snapshot.sqlite");
    // The snapshot changes no more, so it is stored while the connector works on it.
    let (made, kept) = tokio::join!(
        make(syncer, record, snapshot, workshop.clone()),
        syncer.state.put_file(&key, &path, SNAPSHOT)
    );
    if let Err(error) = made {
        discard(syncer, kept.ok()).await;
        return Err(error);
    }
    record.snapshot = Some(kept?);
    syncer.tell(Event::Phase(Phase::Storing));
    record.artifacts = store(syncer, &folder, &workshop.made()).await?;
    Ok(())
}

/// Lets the connector make its files.
async fn make(
    syncer: &Syncer<'_>,
    record: &RunRecord,
    snapshot: Arc<Snapshot>,
    workshop: Arc<Workshop>,
) -> Result<(), EngineError> {
    let services = Services {
        snapshot: Some(Arc::new(Reader::new(snapshot, record))),
        artifacts: Some(workshop),
        run: Some(record.id),
        ..Services::default()
    };
    let info = syncer.info();
    tokio::select! {
        biased;
        () = syncer.stop.cancelled() => Err(EngineError::Stopped(syncer.connection.id.clone())),
        making = syncer.connector.publish(services, &info) => Ok(making.map(drop)?),
    }
}

/// Takes back a snapshot that no record will name.
async fn discard(syncer: &Syncer<'_>, kept: Option<ArtifactRecord>) {
    let Some(kept) = kept else { return };
    if let Err(error) = syncer.state.remove_file(&kept).await {
        // What made publishing fail is what people need to hear; this only takes space.
        tracing::debug!(key = kept.key, %error, "a snapshot could not be taken back");
    }
}

/// Finishing builds indexes over everything, which takes a while and no waiting.
async fn finish(file: WorkFile, record: &mut RunRecord) -> Result<std::path::PathBuf, EngineError> {
    let counts = file.counts()?;
    record.items = counts.items;
    record.links = counts.links;
    // What it was continued from is no part of what was collected.
    let kept = RunRecord { checkpoint: None, ..record.clone() };
    let finished = tokio::task::spawn_blocking(move || file.finish(&kept)).await;
    let finished = finished.map_err(|panic| EngineError::Defect(format!("finishing panicked: {panic}")))?;
    Ok(finished?)
}

/// Stores what was made in a folder of its own, so that no name a connector chooses is one of ours.
async fn store(syncer: &Syncer<'_>, folder: &str, made: &[Made]) -> Result<Vec<ArtifactRecord>, EngineError> {
    let put = async |made: &Made| {
        let key = format!("{folder}/artifacts/{}", made.name);
        Ok(syncer.state.put_file(&key, &made.path, &made.media_type).await?)
    };
    futures::future::try_join_all(made.iter().map(put)).await
}
