//! Removing a connection.

use std::path::PathBuf;

use fairlead_model::ConnectionId;
use fairlead_secrets::Stage;
use fairlead_store::{Lease, StoreError};

use super::{CHANGING, Registry, edit::TRIES, holder, settled};
use crate::EngineError;

/// What becomes of what a connection has collected once it is removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Collected<'a> {
    /// It stays: runs, snapshots and files.
    Stays,
    /// It goes, and so does what is kept on this machine of unfinished runs and as copies.
    Goes {
        /// Folders that have one for each connection.
        folders: &'a [PathBuf],
    },
}

/// What was removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gone {
    /// There was a connection; absent where only something was left of an earlier one.
    pub connection: bool,
    /// It had a secret in the secret store.
    pub secret: bool,
    /// It had collected something, and that went too.
    pub collected: bool,
}

impl Registry<'_> {
    /// Removes a connection and its secret, unless a sync is working on it. Of one that was removed before, what is
    /// left goes: a removal that was broken off is finished, and what was collected can still be removed.
    ///
    /// # Errors
    /// `Busy` while it is being synced, `UnknownConnection` when there is nothing to remove, or what a store says.
    pub async fn remove(&self, id: &ConnectionId, collected: Collected<'_>) -> Result<Gone, EngineError> {
        if !self.is_anything_left(id, collected).await? {
            return Err(StoreError::UnknownConnection(id.clone()).into());
        }
        let lease = self.state.lease(id, &holder(), CHANGING).await?;
        let removed = self.under_lease(&lease, collected).await;
        // What is gone is gone; a lease that cannot be given back ends by itself.
        if let Err(error) = lease.release().await {
            tracing::warn!(connection = %id, %error, "the lease was not given back");
        }
        removed
    }

    async fn is_anything_left(
        &self,
        id: &ConnectionId,
        collected: Collected<'_>,
    ) -> Result<bool, EngineError> {
        if self.state.connection(id).await?.is_some() || self.secrets.get(id, Stage::Current).await?.is_some()
        {
            return Ok(true);
        }
        let Collected::Goes { folders } = collected else { return Ok(false) };
        let runs = self.state.runs(Some(id), 1).await?;
        let any = !runs.found.is_empty() || !runs.unreadable.is_empty();
        Ok(any || folders.iter().any(|folder| folder.join(id.as_str()).exists()))
    }

    /// The connection goes first: whoever changes it at the same time is refused then, and finds no connection whose
    /// secret is gone.
    async fn under_lease(&self, lease: &Lease, collected: Collected<'_>) -> Result<Gone, EngineError> {
        let registry = self.claim().await?;
        let removed: Result<(bool, bool), EngineError> = async {
            let connection = tombstone(lease).await?;
            // Nobody who gives it a new secret does so meanwhile.
            Ok((connection, self.secrets.remove(lease.connection()).await?))
        }
        .await;
        let (connection, secret) = settled(registry, removed).await?;
        let collected = match collected {
            Collected::Stays => false,
            Collected::Goes { folders } => lease.purge(folders).await?,
        };
        Ok(Gone { connection, secret, collected })
    }
}

/// Marks the connection as removed, whatever somebody else changes of it meanwhile.
async fn tombstone(lease: &Lease) -> Result<bool, StoreError> {
    let mut tries = 1;
    loop {
        match lease.remove_connection().await {
            Err(StoreError::ConnectionChanged(_)) if tries < TRIES => tries += 1,
            removed => return removed,
        }
    }
}
