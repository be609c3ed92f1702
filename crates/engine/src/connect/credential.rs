//! A connection's credential: kept in the secret store, proven before it replaces another one.

use async_trait::async_trait;
use fairlead_azure::{Credential, Gateway, GatewayOptions, SigningCertificate};
use fairlead_model::{Api, AssertionSource, Connection, ConnectionId, CredentialRecord, CredentialSource};
use fairlead_secrets::{Ids, Kept, Secret, SecretError, Stage, Version, lint_client_secret};
use fairlead_store::{RegistryLease, StoreError};
use jiff::Timestamp;

use super::{Changes, Connectors, Edited, Registry, Remark, edit::Right, federated, settled};
use crate::{EngineError, validate::Witnesses};

/// A credential as it is given.
#[derive(Debug)]
pub enum NewCredential {
    /// One that is kept in the secret store.
    Kept {
        /// The secret.
        secret: Secret,
        /// When it ends, where whoever gives it knows; a certificate knows by itself.
        expires_at: Option<Timestamp>,
    },
    /// An assertion fetched for each sign-in; nothing is kept.
    Federated(AssertionSource),
}

/// One replacement of a credential, on its way.
#[derive(Clone, Copy)]
struct Rotation<'a> {
    /// The connection as it was when the new one was proven.
    found: &'a Connection,
    new: &'a NewCredential,
    staged: Option<&'a Version>,
    changes: &'a Changes,
}

impl NewCredential {
    /// As the gateway takes it.
    fn credential(&self, of: &Connection) -> Result<Credential, EngineError> {
        match self {
            Self::Kept { secret, .. } => credential_of(secret),
            Self::Federated(assertion) => Ok(federated::credential(assertion, &of.cloud)),
        }
    }

    /// What makes it look like something else than a credential, without asking anybody.
    pub(super) fn doubt(&self, of: &Connection) -> Option<Remark> {
        let Self::Kept { secret: Secret::ClientSecret(secret), .. } = self else { return None };
        let certain = lint_client_secret(secret, ids_of(of)).into_iter().find(|lint| !lint.is_hint())?;
        Some(Remark(certain.to_string()))
    }
}

impl Registry<'_> {
    /// What a connection signs in with; absent when its credential comes with each command.
    ///
    /// # Errors
    /// `SecretMissing` when the secret should be there and is not, or what the secret store says.
    pub async fn credential(&self, connection: &Connection) -> Result<Option<Credential>, EngineError> {
        let Some(record) = &connection.credential else { return Ok(None) };
        if let CredentialSource::Federated { assertion } = &record.source {
            return Ok(Some(federated::credential(assertion, &connection.cloud)));
        }
        let kept = self.secrets.get(&connection.id, Stage::Current).await?;
        let secret = kept.ok_or_else(|| EngineError::SecretMissing(connection.id.clone()))?;
        Ok(Some(credential_of(&secret)?))
    }

    /// Replaces a connection's credential. The old one stays in use until the new one has signed in; with
    /// `unproven` it is not asked to.
    ///
    /// # Errors
    /// `SignIn` when the new one does not work, `ConnectionChanged` when the connection signs in elsewhere by now, a
    /// rule of the connector, or what a store says. Nothing is changed then.
    pub async fn rotate(
        &self,
        connectors: &dyn Connectors,
        id: &ConnectionId,
        new: NewCredential,
        unproven: bool,
    ) -> Result<Edited, EngineError> {
        let found = self.existing(id).await?.value;
        let mut record = self.record(&new).await?;
        if let CredentialSource::ClientSecret { rotates } = &mut record.source {
            // Who gives a secret by hand does not mean to switch anything off.
            *rotates = found.rotates();
        }
        let changes = Changes { credential: Some(record), ..Changes::default() };
        // Refused by a rule, it should not be tried.
        self.change(connectors, id, None, &changes, Right::Asks).await?;
        let staged = self.staged(&found, &new).await?;
        let taken: Result<Edited, EngineError> = async {
            if !unproven {
                prove(&found, new.credential(&found)?).await?;
            }
            let lease = self.claim().await?;
            let rotation = Rotation { found: &found, new: &new, staged: staged.as_ref(), changes: &changes };
            let taken = self.take(&rotation, connectors, &lease).await;
            settled(lease, taken).await
        }
        .await;
        if taken.is_err()
            && let Some(version) = &staged
            && let Err(error) = self.secrets.discard(id, version).await
        {
            tracing::warn!(connection = %id, %error, "a secret that is not used stays beside the current one");
        }
        taken
    }

    /// Goes back to the secret that was current before this one.
    ///
    /// # Errors
    /// Among others, there is none; as [`Registry::rotate`] otherwise.
    pub async fn rotate_back(
        &self,
        connectors: &dyn Connectors,
        id: &ConnectionId,
        unproven: bool,
    ) -> Result<Edited, EngineError> {
        self.existing(id).await?;
        let kept = self.secrets.kept(id, Stage::Previous).await?;
        let Kept { secret, origin } = kept.ok_or_else(|| SecretError::NoPrevious(id.clone()))?;
        let expires_at = origin.map(|origin| origin.not_after);
        self.rotate(connectors, id, NewCredential::Kept { secret, expires_at }, unproven).await
    }

    /// Puts a new secret beside the current one, where there is one.
    async fn staged(&self, of: &Connection, new: &NewCredential) -> Result<Option<Version>, EngineError> {
        let NewCredential::Kept { secret, .. } = new else { return Ok(None) };
        if !keeps_secret(of) || self.secrets.get(&of.id, Stage::Current).await?.is_none() {
            return Ok(None);
        }
        Ok(Some(self.secrets.stage(&of.id, secret).await?))
    }

    /// Has a connection sign in with its new credential from now on.
    async fn take(
        &self,
        rotation: &Rotation<'_>,
        connectors: &dyn Connectors,
        lease: &RegistryLease,
    ) -> Result<Edited, EngineError> {
        let Rotation { found, new, staged, changes } = *rotation;
        let id = &found.id;
        let now = self.existing(id).await?.value;
        let place = |of: &Connection| (of.cloud.clone(), of.tenant.clone(), of.client_id);
        if place(&now) != place(found) || keeps_secret(&now) != keeps_secret(found) {
            return Err(StoreError::ConnectionChanged(id.clone()).into());
        }
        self.change(connectors, id, None, changes, Right::Asks).await?;
        lease.renew().await?;
        match (new, staged) {
            (NewCredential::Kept { .. }, Some(version)) => {
                self.secrets.promote(id, version).await.map_err(|error| match error {
                    // It was there a moment ago: another one was staged over it, and taken back.
                    SecretError::NothingPending(id) => SecretError::Superseded(id),
                    error => error,
                })?;
            }
            (NewCredential::Kept { secret, .. }, None) => self.set_first(id, secret).await?,
            (NewCredential::Federated(_), _) => {}
        }
        let mut edited = self.change(connectors, id, None, changes, Right::Has(lease)).await?;
        // Nothing signs in with it any more. Of a connection that keeps none, nothing may be left either.
        if matches!(new, NewCredential::Federated(_))
            && keeps_secret(&now)
            && let Err(error) = self.secrets.remove(id).await
        {
            let place = self.secrets.place();
            edited.remarks.push(Remark(format!("the secret it had is still in {place}: {error}")));
        }
        Ok(edited)
    }

    /// Keeps the first secret of a connection. What a removal that was broken off left under its name is nobody's.
    pub(super) async fn set_first(&self, id: &ConnectionId, secret: &Secret) -> Result<(), EngineError> {
        self.secrets.remove(id).await?;
        Ok(self.secrets.set(id, secret).await?)
    }

    /// A connection as it is while it signs in with a secret that somebody gives for this once: what is remembered
    /// of its own says nothing of that, unless it is the same one.
    pub async fn borrowed(
        &self,
        connection: &Connection,
        others: &[Connection],
        secret: &Secret,
    ) -> Connection {
        let fingerprint_of = |of: &Connection| of.credential.as_ref()?.fingerprint.clone();
        // A key to compare by is made only where there is something to compare with.
        let given = if std::iter::once(connection).chain(others).any(|it| fingerprint_of(it).is_some()) {
            let told = self.secrets.fingerprint(secret).await;
            told.inspect_err(
                |error| tracing::warn!(%error, "the secret given cannot be compared with others"),
            )
            .ok()
        } else {
            None
        };
        if given.is_some() && given == fingerprint_of(connection) {
            return connection.clone();
        }
        let credential = CredentialRecord {
            source: CredentialSource::ClientSecret { rotates: false },
            fingerprint: given,
            expires_at: None,
            set_at: connection.created_at,
            rotated_at: None,
        };
        Connection { credential: Some(credential), ..connection.clone() }
    }

    /// What is remembered of a credential.
    pub(crate) async fn record(&self, new: &NewCredential) -> Result<CredentialRecord, EngineError> {
        let set_at = Timestamp::now();
        Ok(match new {
            NewCredential::Kept { secret, expires_at } => {
                let fingerprint = Some(self.secrets.fingerprint(secret).await?);
                let (source, ends) = match secret {
                    Secret::ClientSecret(_) => {
                        (CredentialSource::ClientSecret { rotates: false }, *expires_at)
                    }
                    Secret::Certificate(certificate) => {
                        let facts =
                            certificate.facts().map_err(|error| EngineError::Defect(error.to_string()))?;
                        (
                            CredentialSource::Certificate { thumbprint: facts.thumbprint },
                            Some(facts.not_after),
                        )
                    }
                };
                CredentialRecord { source, fingerprint, expires_at: ends, set_at, rotated_at: None }
            }
            NewCredential::Federated(assertion) => CredentialRecord {
                source: CredentialSource::Federated { assertion: assertion.clone() },
                fingerprint: None,
                expires_at: None,
                set_at,
                rotated_at: None,
            },
        })
    }
}

/// A client id that one tenant does not know may be looked up with another connection's credential.
#[async_trait]
impl Witnesses for Registry<'_> {
    async fn credential(&self, of: &Connection) -> Option<Credential> {
        Registry::credential(self, of).await.ok().flatten()
    }
}

/// The ids that may be mistaken for a connection's secret.
pub(crate) fn ids_of(connection: &Connection) -> Ids {
    Ids { tenant: connection.tenant.as_str().parse().ok(), application: Some(connection.client_id) }
}

/// Whether a connection's credential is in the secret store.
fn keeps_secret(connection: &Connection) -> bool {
    let source = connection.credential.as_ref().map(|credential| &credential.source);
    matches!(source, Some(CredentialSource::ClientSecret { .. } | CredentialSource::Certificate { .. }))
}

/// A secret as the gateway takes it.
pub(crate) fn credential_of(secret: &Secret) -> Result<Credential, EngineError> {
    Ok(match secret {
        Secret::ClientSecret(value) => Credential::ClientSecret(value.clone()),
        Secret::Certificate(pem) => Credential::Certificate(SigningCertificate::from_pem(pem.expose())?),
    })
}

async fn prove(connection: &Connection, credential: Credential) -> Result<(), EngineError> {
    let (cloud, tenant) = (connection.cloud.clone(), connection.tenant.clone());
    let options = GatewayOptions::new(cloud, tenant, connection.client_id, credential);
    // Every application gets a token for Microsoft Graph, whatever it may do there.
    Gateway::connect(options)?.sign_in(Api::Graph).await?;
    Ok(())
}
