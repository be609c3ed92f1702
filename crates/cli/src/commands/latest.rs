//! What a connection collected last, for the commands that read it. It can be read when the connection is removed.

use fairlead_engine::{EngineError, Installation, latest_run};
use fairlead_model::{ConnectionId, RunRecord};
use fairlead_store::{Snapshot, State, StoreError};

use crate::failure::Failed;

/// The last complete run, and the state it is in.
pub(crate) async fn run<'a>(
    id: &ConnectionId,
    installation: &'a Installation,
) -> Result<(&'a State, RunRecord), Failed> {
    let state = installation.existing_state()?.ok_or_else(|| StoreError::UnknownConnection(id.clone()))?;
    match latest_run(state, id).await {
        Ok(run) => Ok((state, run)),
        Err(error) => Err(explained(error, id, installation).await.into()),
    }
}

/// The latest finished snapshot.
pub(crate) async fn snapshot(id: &ConnectionId, installation: &Installation) -> Result<Snapshot, Failed> {
    match installation.snapshot(id).await {
        Ok(snapshot) => Ok(snapshot),
        Err(error) => Err(explained(error, id, installation).await.into()),
    }
}

/// Nobody is sent to sync what cannot be synced.
async fn explained(error: EngineError, id: &ConnectionId, installation: &Installation) -> EngineError {
    if !matches!(error, EngineError::NoSnapshot(_)) {
        return error;
    }
    let Ok(connection) = installation.connection(id).await else { return error };
    match installation.connector(&connection.connector).await {
        Ok(connector) if !connector.description().collects() => {
            EngineError::NothingToCollect(connection.connector)
        }
        _ => error,
    }
}
