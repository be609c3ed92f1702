//! The four steps.

use fairlead_model::{Connection, ConnectionId};
use fairlead_secrets::{Kept, Made, Origin, RotationToken, Secret, SecretError, Stage};
use jiff::Timestamp;
use secrecy::SecretString;

use super::{
    RotateError, Rotator,
    passwords::{Name, Ours},
    registration::{Added, Registration},
};
use crate::{EngineError, likeness::Likeness};

/// How often the registration is looked at for a secret that was just made, which may not be everywhere yet.
const LOOKS: u32 = 5;

impl Rotator<'_> {
    /// Has Entra ID make a secret, and keeps it. In between, its text is nowhere but here: what a process that ended
    /// there left behind is removed first.
    pub(super) async fn create(
        &self,
        connection: &Connection,
        token: &RotationToken,
    ) -> Result<(), EngineError> {
        let (id, client_id) = (&connection.id, connection.client_id);
        let secrets = self.registry.secrets;
        if secrets.made(id, token).await?.is_some() {
            return Ok(());
        }
        let (current, secret) = self.current(connection).await?;
        let previous = secrets.kept(id, Stage::Previous).await?;
        let fingerprint = secrets.fingerprint(&current.secret).await?;
        if let Some(origin) = &current.origin {
            // Where the rotation before was broken off at its very end.
            self.registry.learn_rotation(id, origin, &fingerprint).await?;
        }
        self.check_alone(connection, &fingerprint).await?;
        let name = Name::new(token, id, &fingerprint);
        let ours = Ours::of(client_id, &current, previous.as_ref());
        let registration = Registration::of(connection, &secret)?;
        for key_id in ours.superfluous(&registration.passwords().await?, &name) {
            registration.remove(key_id).await?;
            tracing::info!(connection = %id, %key_id, "removed a client secret that is not in use any more");
        }
        let created_at = Timestamp::now();
        let added = registration.add(&name.text(), created_at + self.options.lifetime).await?;
        let key_id = added.key_id;
        match secrets.keep(id, &made(connection, token, added, created_at, ours.to_retire())).await {
            // The same step was taken by somebody else at the same time: theirs is kept, ours is one too many.
            Err(SecretError::Taken { .. }) => Ok(registration.remove(key_id).await?),
            kept => Ok(kept?),
        }
    }

    /// A secret that serves two connections is not replaced for one: it would be removed one day, and the other ends.
    async fn check_alone(&self, connection: &Connection, fingerprint: &str) -> Result<(), EngineError> {
        let ours = Likeness { connection, tenant_id: None, fingerprint: Some(fingerprint) };
        let listed = self.registry.state.connections().await?;
        match listed.found.into_iter().find(|other| ours.has_secret_of(other)) {
            Some(other) => {
                Err(RotateError::Shared { connection: connection.id.clone(), other: other.id }.into())
            }
            None => Ok(()),
        }
    }

    /// Sees that the registration has the secret.
    pub(super) async fn set(
        &self,
        connection: &Connection,
        token: &RotationToken,
    ) -> Result<(), EngineError> {
        let made = self.pending(connection, token).await?;
        let (_, secret) = self.current(connection).await?;
        let registration = Registration::of(connection, &secret)?;
        let Origin { key_id, client_id, .. } = made.origin;
        for look in 1..=LOOKS {
            if registration.passwords().await?.iter().any(|one| one.key_id == key_id) {
                return Ok(());
            }
            if look < LOOKS {
                tokio::time::sleep(self.options.between).await;
            }
        }
        Err(RotateError::Lost { key_id, client_id }.into())
    }

    /// Signs in with the secret until that works steadily.
    pub(super) async fn test(
        &self,
        connection: &Connection,
        token: &RotationToken,
    ) -> Result<(), EngineError> {
        let made = self.pending(connection, token).await?;
        self.options.try_out(connection, &made.value, self.options.successes).await
    }

    /// Makes the secret the current one. The one before stays valid: whoever read it a moment ago uses it still.
    pub(super) async fn finish(
        &self,
        connection: &Connection,
        token: &RotationToken,
    ) -> Result<(), EngineError> {
        let made = self.pending(connection, token).await?;
        // Whatever came before this step: what does not sign in is not put to use.
        self.options.try_out(connection, &made.value, 1).await?;
        self.registry.secrets.finish(&connection.id, token).await?;
        self.remember(&connection.id).await
    }

    /// Notes with the connection what is current now.
    pub(super) async fn remember(&self, id: &ConnectionId) -> Result<(), EngineError> {
        let secrets = self.registry.secrets;
        let current = secrets.kept(id, Stage::Current).await?;
        if let Some(Kept { secret, origin: Some(origin) }) = current {
            self.registry.learn_rotation(id, &origin, &secrets.fingerprint(&secret).await?).await?;
        }
        Ok(())
    }

    /// The current client secret.
    async fn current(&self, connection: &Connection) -> Result<(Kept, SecretString), EngineError> {
        let found = connection.credential.as_ref().map(|record| record.source.kind());
        let no_secret = || RotateError::NoSecret { connection: connection.id.clone(), found };
        if found != Some(fairlead_model::CredentialKind::ClientSecret) {
            return Err(no_secret().into());
        }
        let current = self.registry.secrets.kept(&connection.id, Stage::Current).await?;
        let current = current.ok_or_else(|| EngineError::SecretMissing(connection.id.clone()))?;
        match &current.secret {
            Secret::ClientSecret(value) => {
                let value = value.clone();
                Ok((current, value))
            }
            Secret::Certificate(_) => Err(no_secret().into()),
        }
    }

    /// What the rotation made.
    async fn pending(&self, connection: &Connection, token: &RotationToken) -> Result<Made, EngineError> {
        let made = self.registry.secrets.made(&connection.id, token).await?;
        made.ok_or_else(|| RotateError::nothing_made(&connection.id, token).into())
    }
}

fn made(
    connection: &Connection,
    token: &RotationToken,
    added: Added,
    created_at: Timestamp,
    retired: Vec<uuid::Uuid>,
) -> Made {
    let Added { key_id, secret_text, end_date_time } = added;
    let origin = Origin {
        token: token.clone(),
        key_id,
        client_id: connection.client_id,
        tenant: connection.tenant.to_string(),
        created_at,
        not_after: end_date_time,
        retired,
    };
    Made { value: secret_text, origin }
}
