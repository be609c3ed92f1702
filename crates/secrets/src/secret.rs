//! A secret, and the form it is stored in.

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{CertificatePem, Kept, Made, Origin};

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
/// "pem": "…"}`. A client secret that Fairlead had made has a member `made` too, with its [`Origin`]. Members it does
/// not know are left to whoever added them.
///
/// Not a tagged enum, because serde reads those through a buffer of plain strings.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Stored {
    kind: Kind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    value: Option<Zeroizing<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pem: Option<Zeroizing<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    made: Option<Origin>,
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

    /// The secret with what is known of it, unless the member that holds it is missing.
    pub(crate) fn kept(&self) -> Option<Kept> {
        Some(Kept { secret: self.secret()?, origin: self.made.clone() })
    }

    /// The secret, if Fairlead had it made.
    pub(crate) fn made(&self) -> Option<Made> {
        match self.secret()? {
            Secret::ClientSecret(value) => Some(Made { value, origin: self.made.clone()? }),
            Secret::Certificate(_) => None,
        }
    }

    /// What is known of it, if Fairlead had it made.
    pub(crate) fn origin(&self) -> Option<&Origin> {
        self.made.as_ref()
    }

    /// How many bytes its JSON has at most, but for escapes.
    pub(crate) fn size(&self) -> usize {
        let length = |text: &Option<Zeroizing<String>>| text.as_ref().map_or(0, |text| text.len());
        let made = self.made.as_ref().map_or(0, |made| 320 + made.tenant.len() + 39 * made.retired.len());
        // Each line of PEM has an escape.
        64 + made + length(&self.value) + length(&self.pem) * 66 / 64
    }
}

impl From<&Secret> for Stored {
    fn from(secret: &Secret) -> Self {
        let text = |text: &str| Some(Zeroizing::new(text.to_owned()));
        match secret {
            Secret::ClientSecret(value) => {
                Self { kind: Kind::ClientSecret, value: text(value.expose_secret()), pem: None, made: None }
            }
            Secret::Certificate(pem) => {
                let pem = text(pem.expose().expose_secret());
                Self { kind: Kind::Certificate, value: None, pem, made: None }
            }
        }
    }
}

impl From<&Made> for Stored {
    fn from(made: &Made) -> Self {
        Self { made: Some(made.origin.clone()), ..Self::from(&Secret::ClientSecret(made.value.clone())) }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use uuid::Uuid;

    use super::*;
    use crate::RotationToken;

    fn made() -> Made {
        Made {
            value: "hush".into(),
            origin: Origin {
                token: RotationToken::random(),
                key_id: Uuid::from_u128(1),
                client_id: Uuid::from_u128(2),
                tenant: "contoso.example".into(),
                created_at: Timestamp::UNIX_EPOCH,
                not_after: Timestamp::MAX,
                retired: vec![Uuid::from_u128(3)],
            },
        }
    }

    #[test]
    fn what_is_known_of_a_secret_is_written_with_it_and_read_again() {
        let made = made();
        let stored = Stored::from(&made);
        let json = serde_json::to_string(&stored).unwrap();
        assert!(json.len() <= stored.size(), "{} {}", json.len(), stored.size());
        let read: Stored = serde_json::from_str(&json).unwrap();
        assert_eq!(read.origin(), Some(&made.origin));
        assert!(read.secret().unwrap().is(&Secret::ClientSecret("hush".into())));
        for member in ["\"key-id\"", "\"not-after\"", "\"created-at\"", "\"client-id\""] {
            assert!(json.contains(member), "{json}");
        }
    }

    #[test]
    fn a_secret_of_an_older_version_is_read_without_an_origin() {
        let stored: Stored = serde_json::from_str(r#"{"kind":"client-secret","value":"hush"}"#).unwrap();
        let kept = stored.kept().unwrap();
        assert!(kept.origin.is_none() && stored.made().is_none());
    }
}
