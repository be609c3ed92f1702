//! How a connection signs in, as far as it is no secret. Secrets themselves are in the secret store, under the
//! connection's name.

use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::CredentialKind;

/// What is remembered of a connection's credential.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct CredentialRecord {
    /// What proves the application.
    #[serde(flatten)]
    pub source: CredentialSource,
    /// A keyed hash of the secret, by which two connections with the same one are found; absent where there is
    /// none to keep.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
    /// When it ends, as far as known: told by whoever set it, read from the certificate, or found by validation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// When it was set.
    pub set_at: Timestamp,
}

/// What proves the application to Entra ID.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "kebab-case")]
pub enum CredentialSource {
    /// A client secret, in the secret store.
    ClientSecret,
    /// A certificate with its private key, in the secret store.
    Certificate {
        /// SHA-1 of the certificate, in upper-case hex, as the portal shows it.
        thumbprint: String,
    },
    /// An assertion fetched anew for each sign-in: there is no secret.
    Federated {
        /// Where it comes from.
        assertion: AssertionSource,
    },
}

impl CredentialSource {
    /// Its kind.
    pub fn kind(&self) -> CredentialKind {
        match self {
            Self::ClientSecret => CredentialKind::ClientSecret,
            Self::Certificate { .. } => CredentialKind::Certificate,
            Self::Federated { .. } => CredentialKind::Federated,
        }
    }
}

impl CredentialRecord {
    /// As it may be shown: of a command the program alone, since nobody knows what its arguments hold.
    #[must_use]
    pub fn shown(mut self) -> Self {
        if let CredentialSource::Federated { assertion: AssertionSource::Command(words) } = &mut self.source {
            words.truncate(1);
        }
        self
    }
}

/// Where a federated assertion comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AssertionSource {
    /// A file that somebody else keeps fresh, such as a Kubernetes service-account token.
    File(PathBuf),
    /// A program and its arguments, which print it. No shell is involved.
    Command(Vec<String>),
}
