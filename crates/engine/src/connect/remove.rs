//! Removing a connection.

use std::time::Duration;

use fairlead_model::ConnectionId;

use super::Registry;
use crate::EngineError;

/// Far longer than changing a connection takes.
pub(super) const CHANGING: Duration = Duration::from_mins(1);

impl Registry<'_> {
    /// Removes a connection and its secret, unless a sync is working on it. Its runs and snapshots stay; with
    /// `purge` they go too.
    ///
    /// # Errors
    /// `Busy` while it is being synced, or what a store says.
    pub async fn remove(&self, id: &ConnectionId, purge: bool) -> Result<(), EngineError> {
        let lease = self.state.lease(id, &format!("process {}", std::process::id()), CHANGING).await?;
        let removed: Result<(), EngineError> = async {
            // Interrupted in between, a connection without a secret is better than a secret without one.
            self.secrets.remove(id).await?;
            lease.remove_connection().await?;
            if purge {
                lease.purge().await?;
            }
            Ok(())
        }
        .await;
        let released = lease.release().await;
        removed?;
        Ok(released?)
    }
}
