//! Why a secret could not be had or kept.

use fairlead_model::ConnectionId;
use thiserror::Error;

use crate::{FileError, ManagedError, RotationToken};

/// A secret could not be had or kept. Each message is a sentence and says what to do; none holds a secret.
#[derive(Debug, Error)]
pub enum SecretError {
    /// A rotation needs something to rotate.
    #[error("connection {0} has no secret yet, so there is none to replace: set one")]
    NoCurrent(ConnectionId),
    /// There is nothing to promote.
    #[error("connection {0} has no secret that waits to be used: give the new one first")]
    NothingPending(ConnectionId),
    /// A rotation has made its secret already.
    #[error(
        "the rotation {token} of {connection} has kept another secret already: somebody else works on the same rotation"
    )]
    Taken {
        /// The connection.
        connection: ConnectionId,
        /// The rotation.
        token: RotationToken,
    },
    /// The secret file.
    #[error(transparent)]
    File(#[from] FileError),
    /// AWS Secrets Manager.
    #[error(transparent)]
    Managed(#[from] ManagedError),
}

impl SecretError {
    /// Whether the same might work later without anybody changing anything.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::NoCurrent(_) | Self::NothingPending(_) | Self::Taken { .. } => false,
            Self::File(error) => matches!(error, FileError::Locked { .. }),
            Self::Managed(error) => error.is_transient(),
        }
    }
}
