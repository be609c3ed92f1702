//! A connection's credential: kept in the secret store, proven before it replaces another one.

use async_trait::async_trait;
use fairlead_azure::{Credential, Gateway, GatewayOptions, SigningCertificate};
use fairlead_host::Connector;
use fairlead_model::{Api, AssertionSource, Connection, ConnectionId, CredentialRecord, CredentialSource};
use fairlead_secrets::{Ids, Secret, Stage, lint_client_secret};
use jiff::Timestamp;

use super::{Changes, Edited, Registry, Remark, federated};
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

impl NewCredential {
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
    /// `SignIn` when the new one does not work (nothing is changed then), a rule of the connector, or what a
    /// store says.
    pub async fn rotate(
        &self,
        connector: &Connector,
        id: &ConnectionId,
        new: NewCredential,
        unproven: bool,
    ) -> Result<Edited, EngineError> {
        let found = self.existing(id).await?;
        let mut record = self.record(&new).await?;
        if let CredentialSource::ClientSecret { rotates } = &mut record.source {
            // Who gives a secret by hand does not mean to switch anything off.
            *rotates = found.value.rotates();
        }
        let changes = Changes { credential: Some(record), ..Changes::default() };
        // Refused by a rule, it should not be tried.
        self.edit(connector, id, None, &changes, true).await?;
        match &new {
            NewCredential::Kept { secret, .. } => self.replace(&found.value, secret, unproven).await?,
            NewCredential::Federated(_) if unproven => {}
            NewCredential::Federated(assertion) => {
                prove(&found.value, federated::credential(assertion, &found.value.cloud)).await?;
            }
        }
        self.edit(connector, id, None, &changes, false).await
    }

    /// Puts a secret in place of the current one, which stays beside it until the new one has signed in.
    async fn replace(
        &self,
        connection: &Connection,
        secret: &Secret,
        unproven: bool,
    ) -> Result<(), EngineError> {
        let id = &connection.id;
        let credential = credential_of(secret)?;
        if self.secrets.get(id, Stage::Current).await?.is_none() {
            if !unproven {
                prove(connection, credential).await?;
            }
            return Ok(self.secrets.set(id, secret).await?);
        }
        self.secrets.stage(id, secret).await?;
        if !unproven && let Err(refused) = prove(connection, credential).await {
            self.secrets.discard(id).await?;
            return Err(refused);
        }
        Ok(self.secrets.promote(id).await?)
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
