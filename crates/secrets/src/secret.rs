//! A secret, and the form it is stored in.

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::CertificatePem;

/// What proves an application to Entra ID. Nothing prints it.
#[derive(Debug, Clone)]
pub enum Secret {
    /// A client secret.
    ClientSecret(SecretString),
    /// A certificate with its private key.
    Certificate(CertificatePem),
}

impl Secret {
    /// Whether this is the same secret.
    pub fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::ClientSecret(one), Self::ClientSecret(two)) => one.expose_secret() == two.expose_secret(),
            (Self::Certificate(one), Self::Certificate(two)) => {
                one.expose().expose_secret() == two.expose().expose_secret()
            }
            (Self::ClientSecret(_), Self::Certificate(_)) | (Self::Certificate(_), Self::ClientSecret(_)) => {
                false
            }
        }
    }
}

/// A secret as the stores write it: `{"kind": "client-secret", "value": "…"}` or `{"kind": "certificate",
/// "pem": "…"}`. Members it does not know are left to whoever added them.
///
/// Not a tagged enum, because serde reads those through a buffer of plain strings.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Stored {
    kind: Kind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    value: Option<Zeroizing<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pem: Option<Zeroizing<String>>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    ClientSecret,
    Certificate,
}

impl Stored {
    /// The secret, unless the member that holds it is missing.
    pub(crate) fn secret(&self) -> Option<Secret> {
        match self.kind {
            Kind::ClientSecret => Some(Secret::ClientSecret(self.value.as_ref()?.as_str().into())),
            Kind::Certificate => {
                Some(Secret::Certificate(CertificatePem::stored(self.pem.as_ref()?.as_str().into())))
            }
        }
    }

    /// How many bytes its JSON has at most, but for escapes.
    pub(crate) fn size(&self) -> usize {
        let length = |text: &Option<Zeroizing<String>>| text.as_ref().map_or(0, |text| text.len());
        // Each line of PEM has an escape.
        64 + length(&self.value) + length(&self.pem) * 66 / 64
    }
}

impl From<&Secret> for Stored {
    fn from(secret: &Secret) -> Self {
        let text = |text: &str| Some(Zeroizing::new(text.to_owned()));
        match secret {
            Secret::ClientSecret(value) => {
                Self { kind: Kind::ClientSecret, value: text(value.expose_secret()), pem: None }
            }
            Secret::Certificate(pem) => {
                Self { kind: Kind::Certificate, value: None, pem: text(pem.expose().expose_secret()) }
            }
        }
    }
}
