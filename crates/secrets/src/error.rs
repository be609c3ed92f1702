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
    /// There is nothing to go back to.
    #[error("connection {0} has no earlier secret to go back to: give one that works")]
    NoPrevious(ConnectionId),
    /// Somebody else's is pending.
    #[error(
        "another new secret was given for connection {0} at the same time, and this one is not used: see which of the \
         two it is to be, and give that one"
    )]
    Superseded(ConnectionId),
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
    /// Whether the person who asked has to ask differently.
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::NoPrevious(_) | Self::Superseded(_))
    }

    /// Whether the same might work later without anybody changing anything.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::NoCurrent(_)
            | Self::NothingPending(_)
            | Self::NoPrevious(_)
            | Self::Superseded(_)
            | Self::Taken { .. } => false,
            Self::File(error) => matches!(error, FileError::Locked { .. }),
            Self::Managed(error) => error.is_transient(),
        }
    }
}
