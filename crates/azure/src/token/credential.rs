//! How the application proves itself to Entra ID, and the proof each request carries.

use std::sync::Arc;

use secrecy::{ExposeSecret as _, SecretString};
use url::Url;
use uuid::Uuid;

use super::{
    assertion::{AssertionError, AssertionProvider, AssertionTold},
    certificate::SigningCertificate,
};
use crate::ConnectError;

/// How the application proves itself to Entra ID.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Credential {
    /// A client secret.
    ClientSecret(SecretString),
    /// A certificate: each request carries an assertion signed with its key.
    Certificate(SigningCertificate),
    /// An assertion of somebody the application trusts, fetched anew for each request.
    Assertion(Arc<dyn AssertionProvider>),
}

impl Credential {
    /// Checks what can be checked without asking anybody.
    ///
    /// # Errors
    /// `EmptySecret`.
    pub(crate) fn check(&self) -> Result<(), ConnectError> {
        match self {
            Self::ClientSecret(secret) if secret.expose_secret().is_empty() => Err(ConnectError::EmptySecret),
            Self::ClientSecret(_) | Self::Certificate(_) | Self::Assertion(_) => Ok(()),
        }
    }

    /// What one request to the token endpoint proves the application with.
    ///
    /// # Errors
    /// There is no assertion to be had.
    pub(super) async fn prove(&self, endpoint: &Url, client_id: Uuid) -> Result<Proof, AssertionError> {
        Ok(match self {
            Self::ClientSecret(secret) => Proof::Secret(secret.clone()),
            Self::Certificate(certificate) => Proof::Certificate {
                assertion: certificate.assert(endpoint, client_id)?,
                thumbprint: certificate.thumbprint().to_owned(),
            },
            Self::Assertion(provider) => {
                let assertion = provider.assertion().await?;
                Proof::Federated { told: AssertionTold::of(&assertion), assertion }
            }
        })
    }
}

/// What one request proves the application with, and what may be told of it.
#[derive(Debug)]
pub(super) enum Proof {
    /// The client secret.
    Secret(SecretString),
    /// An assertion signed with the certificate of this SHA-1 thumbprint.
    Certificate { assertion: SecretString, thumbprint: String },
    /// An assertion of somebody else, and whose it says it is.
    Federated { assertion: SecretString, told: AssertionTold },
}

impl Proof {
    /// The text that nothing repeats.
    pub(super) fn hidden(&self) -> &str {
        match self {
            Self::Secret(secret) => secret.expose_secret(),
            Self::Certificate { assertion, .. } | Self::Federated { assertion, .. } => {
                assertion.expose_secret()
            }
        }
    }
}
