//! Publishing: the work file becomes the snapshot, the connector makes its files of it, all are stored.

use std::{path::Path, sync::Arc};

use fairlead_host::Services;
use fairlead_model::{ArtifactRecord, RunRecord};
use fairlead_store::{Snapshot, WorkFile};

use super::{
    Syncer,
    artifacts::{Made, Workshop},
};
use crate::{EngineError, Event, Phase, snapshot::Reader};

/// Snapshots are SQLite databases (registered with IANA).
const SNAPSHOT: &str = "application/vnd.sqlite3";

/// Fills in the record what was collected and made.
pub(super) async fn publish(
    syncer: &Syncer<'_>,
    record: &mut RunRecord,
    file: WorkFile,
) -> Result<(), EngineError> {
    syncer.tell(Event::Phase(Phase::Publishing));
    let path = finish(file, record).await?;
    let snapshot = Arc::new(Snapshot::open(&path)?);
    record.coverage = snapshot.coverage()?;
    let workshop = Arc::new(Workshop::new(&path)?);
    let services = Services {
        snapshot: Some(Arc::new(Reader::new(snapshot, record))),
        artifacts: Some(workshop.clone()),
        run: Some(record.id),
        ..Services::default()
    };
    let info = syncer.info();
    let making = tokio::select! {
        biased;
        () = syncer.stop.cancelled() => return Err(EngineError::Stopped(syncer.connection.id.clone())),
        making = syncer.connector.publish(services, &info) => making,
    };
    making?;
    syncer.tell(Event::Phase(Phase::Storing));
    store(syncer, record, &path, &workshop.made()).await
}

/// Finishing builds indexes over everything, which takes a while and no waiting.
async fn finish(file: WorkFile, record: &mut RunRecord) -> Result<std::path::PathBuf, EngineError> {
    let counts = file.counts()?;
    record.items = counts.items;
    record.links = counts.links;
    let kept = record.clone();
    let finished = tokio::task::spawn_blocking(move || file.finish(&kept)).await;
    let finished = finished.map_err(|panic| EngineError::Defect(format!("finishing panicked: {panic}")))?;
    Ok(finished?)
}

async fn store(
    syncer: &Syncer<'_>,
    record: &mut RunRecord,
    snapshot: &Path,
    made: &[Made],
) -> Result<(), EngineError> {
    let folder = format!("files/{}/{}", record.connection, record.id);
    let put = async |name: &str, path: &Path, media_type: &str| -> Result<ArtifactRecord, EngineError> {
        Ok(syncer.state.put_file(&format!("{folder}/{name}"), path, media_type).await?)
    };
    let artifacts = made.iter().map(|made| put(&made.name, &made.path, &made.media_type));
    let (snapshot, artifacts) = futures::try_join!(
        put("snapshot.sqlite", snapshot, SNAPSHOT),
        futures::future::try_join_all(artifacts)
    )?;
    record.snapshot = Some(snapshot);
    record.artifacts = artifacts;
    Ok(())
}
