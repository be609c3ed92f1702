//! What came in and was taken, so that the same again is told from something new.

use fairlead_model::{ConnectionId, Sender};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{State, StoreError, chain::Chain};

/// A message that was taken, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Hook {
    /// SHA-256 of its body, in hex: another body under the same id is another message.
    pub body: String,
    /// The validation it asked for.
    pub validation: Uuid,
}

impl State {
    /// What came of a sender's message before.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub async fn hook(&self, sender: &Sender, id: &str) -> Result<Option<Hook>, StoreError> {
        Ok(self.hook_chain(sender, id).newest().await?.map(|newest| newest.value))
    }

    /// Remembers what came of a sender's message, unless that is known already.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub async fn save_hook(&self, sender: &Sender, id: &str, hook: &Hook) -> Result<(), StoreError> {
        self.hook_chain(sender, id).create(1, hook).await.map(|_| ())
    }

    /// Whether Azure has asked for a sync of this connection in this window before.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub async fn was_hinted(&self, connection: &ConnectionId, window: i64) -> Result<bool, StoreError> {
        Ok(self.hint_chain(connection, window).highest().await?.is_some())
    }

    /// Remembers that it has.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub async fn save_hint(&self, connection: &ConnectionId, window: i64) -> Result<(), StoreError> {
        self.hint_chain(connection, window).create(1, &()).await.map(|_| ())
    }

    /// An id is whatever its sender likes; its hash names a file anywhere.
    fn hook_chain(&self, sender: &Sender, id: &str) -> Chain {
        use sha2::{Digest as _, Sha256};
        self.chain("hooks", &format!("{sender}/{}", hex::encode(Sha256::digest(id))))
    }

    fn hint_chain(&self, connection: &ConnectionId, window: i64) -> Chain {
        self.chain("hints", &format!("{connection}/{window}"))
    }
}
