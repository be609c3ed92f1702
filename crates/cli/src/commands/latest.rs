//! What a connection collected last, for the commands that read it. It can be read when the connection is removed.

use fairlead_engine::{Connectors as _, EngineError, latest_run, latest_snapshot};
use fairlead_model::{ConnectionId, RunRecord};
use fairlead_store::{Snapshot, State, StoreError};

use crate::{context::Context, failure::Failed};

/// The last complete run, and the state it is in.
pub(crate) async fn run(id: &ConnectionId, context: &Context) -> Result<(State, RunRecord), Failed> {
    let state = state(id, context)?;
    match latest_run(&state, id).await {
        Ok(run) => Ok((state, run)),
        Err(error) => Err(explained(error, id, context).await.into()),
    }
}

/// The latest finished snapshot.
pub(crate) async fn snapshot(id: &ConnectionId, context: &Context) -> Result<Snapshot, Failed> {
    match latest_snapshot(&state(id, context)?, id, &context.work_folder()).await {
        Ok(snapshot) => Ok(snapshot),
        Err(error) => Err(explained(error, id, context).await.into()),
    }
}

fn state(id: &ConnectionId, context: &Context) -> Result<State, Failed> {
    context.existing_state()?.ok_or_else(|| StoreError::UnknownConnection(id.clone()).into())
}

/// Nobody is sent to sync what cannot be synced.
async fn explained(error: EngineError, id: &ConnectionId, context: &Context) -> EngineError {
    if !matches!(error, EngineError::NoSnapshot(_)) {
        return error;
    }
    let Ok(connection) = context.connection(id).await else { return error };
    match context.connector(&connection.connector).await {
        Ok(connector) if !connector.description().collects() => {
            EngineError::NothingToCollect(connection.connector)
        }
        _ => error,
    }
}
