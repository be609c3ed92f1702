//! Rotation: versions of a secret by the token of the rotation that made them.

use std::{fmt, str::FromStr};

use async_trait::async_trait;
use fairlead_model::ConnectionId;
use jiff::Timestamp;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use uuid::Uuid;

use crate::{Secret, SecretError, Stage};

/// Tells one rotation of a secret from another: AWS's `ClientRequestToken`, which is the id of the version it makes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RotationToken(String);

/// A text cannot be a rotation's token.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "{0:?} cannot be the token of a rotation: Secrets Manager's have 32 to 64 letters, digits and hyphens"
)]
pub struct InvalidToken(String);

impl RotationToken {
    /// A token of nobody else.
    pub fn random() -> Self {
        Self(Uuid::new_v4().to_string())
    }

    /// As AWS writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RotationToken {
    type Err = InvalidToken;

    fn from_str(text: &str) -> Result<Self, InvalidToken> {
        let fits = (32..=64).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if fits { Ok(Self(text.to_owned())) } else { Err(InvalidToken(text.to_owned())) }
    }
}

impl TryFrom<String> for RotationToken {
    type Error = InvalidToken;

    fn try_from(text: String) -> Result<Self, InvalidToken> {
        text.parse()
    }
}

impl From<RotationToken> for String {
    fn from(token: RotationToken) -> Self {
        token.0
    }
}

impl fmt::Display for RotationToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is known of a client secret that Fairlead had Entra ID make. None of it is secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Origin {
    /// The rotation that made it.
    pub token: RotationToken,
    /// The directory's id of it (`keyId`), by which alone it is ever removed.
    pub key_id: Uuid,
    /// The application (client) it is of.
    pub client_id: Uuid,
    /// The application's tenant, as the connection names it.
    pub tenant: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub not_after: Timestamp,
    /// Ids of older ones of Fairlead's that may still be on the application.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub retired: Vec<Uuid>,
}

/// A client secret that Fairlead had Entra ID make.
#[derive(Debug, Clone)]
pub struct Made {
    /// The secret.
    pub value: SecretString,
    /// What is known of it.
    pub origin: Origin,
}

/// A secret as it is kept.
#[derive(Debug, Clone)]
pub struct Kept {
    /// The secret.
    pub secret: Secret,
    /// What is known of it, where Fairlead had it made; absent: a person gave it.
    pub origin: Option<Origin>,
}

/// How a rotation stands in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Whether the store itself rotates the secret on a schedule.
    pub scheduled: bool,
    /// What became of the rotation's version.
    pub version: VersionStanding,
}

/// What became of a rotation's version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VersionStanding {
    /// There is none.
    Unknown,
    /// It is announced or kept, and pending.
    Pending,
    /// It is the one that is used.
    Current,
    /// Another rotation or person came in between.
    Superseded,
}

/// What rotations ask of a store. Nothing here is answered from what was read before.
#[async_trait]
pub trait RotationStore: fmt::Debug + Send + Sync {
    /// The connection whose secret the store itself calls so, as it does when it asks for a rotation; none where it is
    /// no connection's of this store.
    fn connection_of(&self, secret: &str) -> Option<ConnectionId>;

    /// How a rotation stands.
    async fn standing(&self, of: &ConnectionId, token: &RotationToken) -> Result<Standing, SecretError>;

    /// The rotation that is not finished, if what it made is kept already.
    async fn unfinished(&self, of: &ConnectionId) -> Result<Option<RotationToken>, SecretError>;

    /// The secret at a stage, with what is known of it.
    async fn kept(&self, of: &ConnectionId, stage: Stage) -> Result<Option<Kept>, SecretError>;

    /// What a rotation that is not finished made; none before it was kept.
    async fn made(&self, of: &ConnectionId, token: &RotationToken) -> Result<Option<Made>, SecretError>;

    /// Keeps what a rotation made, as pending. The same again changes nothing.
    ///
    /// # Errors
    /// Among others, the rotation has kept another one already (`Taken`): a rotation makes one.
    async fn keep(&self, of: &ConnectionId, made: &Made) -> Result<(), SecretError>;

    /// Makes what a rotation made the current one, and the current one the previous. Where it is current already,
    /// nothing changes.
    ///
    /// # Errors
    /// Among others, it is not pending.
    async fn finish(&self, of: &ConnectionId, token: &RotationToken) -> Result<(), SecretError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_as_long_as_aws_takes_it() {
        assert!(RotationToken::random().as_str().parse::<RotationToken>().is_ok());
        for bad in ["", "short", &"a".repeat(65), &format!("{}/", "a".repeat(40))] {
            assert!(bad.parse::<RotationToken>().is_err(), "{bad}");
        }
    }
}
