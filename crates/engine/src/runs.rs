//! Past runs, for people who ask by a connection's name.

use fairlead_model::{ConnectionId, RunRecord};
use fairlead_store::{Listed, State, StoreError};

use crate::EngineError;

/// The newest runs, newest first: of one connection, also of one that was removed since, or of all.
///
/// # Errors
/// `UnknownConnection` when there is neither a connection of that name nor a run of one; else what the store
/// says.
pub async fn runs(
    state: &State,
    connection: Option<&ConnectionId>,
    limit: usize,
) -> Result<Listed<RunRecord>, EngineError> {
    let listed = state.runs(connection, limit).await?;
    if let Some(id) = connection
        && listed.found.is_empty()
        && listed.unreadable.is_empty()
        && state.connection(id).await?.is_none()
    {
        return Err(StoreError::UnknownConnection(id.clone()).into());
    }
    Ok(listed)
}
