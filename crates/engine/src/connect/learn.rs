//! What Fairlead itself learns of a connection's credential. It is no edit: nobody changed anything in the tenant, so
//! `updated_at` stays, and no finding waits for it.

use fairlead_model::{Connection, ConnectionId, CredentialRecord, CredentialSource};
use fairlead_secrets::Origin;
use fairlead_store::{StoreError, Versioned};
use jiff::Timestamp;

use super::{Registry, edit::TRIES};
use crate::EngineError;

impl Registry<'_> {
    /// Remembers when a connection's credential ends, as a validation found it
    /// ([`Validation::credential_ends`](crate::validate::Validation)). Tells whether that was news.
    ///
    /// `validated` is the connection as it was looked at: where another credential has taken the place of its own
    /// since, nothing is remembered.
    ///
    /// # Errors
    /// When the state cannot be read or written.
    pub async fn learn_end(&self, validated: &Connection, ends: Timestamp) -> Result<bool, EngineError> {
        let Some(looked_at) = &validated.credential else { return Ok(false) };
        self.learn(&validated.id, |record| {
            let is_it = record.since() == looked_at.since() && record.fingerprint == looked_at.fingerprint;
            if is_it {
                record.expires_at = Some(ends);
            }
        })
        .await
    }

    /// Remembers that a secret of Fairlead's own making is the one in use.
    pub(crate) async fn learn_rotation(
        &self,
        id: &ConnectionId,
        origin: &Origin,
        fingerprint: &str,
    ) -> Result<bool, EngineError> {
        self.learn(id, |record| {
            if matches!(record.source, CredentialSource::ClientSecret { .. }) {
                record.fingerprint = Some(fingerprint.to_owned());
                record.expires_at = Some(origin.not_after);
                record.rotated_at = Some(origin.created_at);
            }
        })
        .await
    }

    /// Changes what is remembered of a credential, to what is there at that moment. Tells whether anything changed.
    async fn learn(
        &self,
        id: &ConnectionId,
        change: impl Fn(&mut CredentialRecord),
    ) -> Result<bool, EngineError> {
        for _ in 0..TRIES {
            let Versioned { value: before, generation } = self.existing(id).await?;
            let mut after = before.clone();
            let Some(record) = &mut after.credential else { return Ok(false) };
            change(record);
            if after == before {
                return Ok(false);
            }
            match self.state.update_connection(&Versioned { value: after, generation }).await {
                Ok(_) => return Ok(true),
                // Somebody's edit came first: this is added to its result.
                Err(StoreError::ConnectionChanged(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(StoreError::ConnectionChanged(id.clone()).into())
    }
}
