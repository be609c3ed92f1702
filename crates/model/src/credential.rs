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
    /// When somebody set it.
    pub set_at: Timestamp,
    /// When Fairlead last put a new one in its place by itself; absent: never since it was set. Nobody changed
    /// anything in the tenant for it, so unlike `set_at` it makes nothing wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotated_at: Option<Timestamp>,
}

impl CredentialRecord {
    /// Since when the one that is used now is used.
    pub fn since(&self) -> Timestamp {
        self.rotated_at.unwrap_or(self.set_at)
    }

    /// Whether Fairlead rotates it by itself.
    pub fn rotates(&self) -> bool {
        matches!(self.source, CredentialSource::ClientSecret { rotates: true })
    }
}

/// What proves the application to Entra ID.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "kebab-case")]
pub enum CredentialSource {
    /// A client secret, in the secret store.
    ClientSecret {
        /// Whether Fairlead may have the application make new ones and take away its own old ones. That needs a
        /// permission to write, so it is off unless somebody switches it on.
        #[serde(default, skip_serializing_if = "is_off")]
        rotates: bool,
    },
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
            Self::ClientSecret { .. } => CredentialKind::ClientSecret,
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
    /// AWS STS, which vouches for the role this process runs as.
    AwsSts {
        /// The region whose STS is asked; absent: the one AWS's own tools use.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        region: Option<String>,
    },
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_off(switch: &bool) -> bool {
    !switch
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_record_of_an_older_version_does_not_rotate_and_is_written_as_it_was() {
        let old = json!({ "kind": "client-secret", "set-at": "2026-01-01T00:00:00Z" });
        let mut record: CredentialRecord = serde_json::from_value(old.clone()).unwrap();
        assert!(!record.rotates());
        assert_eq!(record.since(), record.set_at);
        assert_eq!(serde_json::to_value(&record).unwrap(), old);
        record.source = CredentialSource::ClientSecret { rotates: true };
        let again: CredentialRecord = serde_json::from_value(serde_json::to_value(&record).unwrap()).unwrap();
        assert!(again.rotates());
    }

    #[test]
    fn aws_is_a_source_of_assertions() {
        let source: AssertionSource = serde_json::from_value(json!({ "aws-sts": {} })).unwrap();
        assert_eq!(source, AssertionSource::AwsSts { region: None });
    }
}
