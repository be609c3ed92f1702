//! Why a client secret was not rotated.

use fairlead_model::{ConnectionId, CredentialKind};
use fairlead_secrets::RotationToken;
use thiserror::Error;
use uuid::Uuid;

/// A client secret was not rotated. Each message is a sentence and says what to do; the current secret stays in use.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RotateError {
    /// Nobody switched it on.
    #[error("rotation is not switched on for \"{0}\": `fairlead connections edit {0} --rotate on`")]
    Off(ConnectionId),
    /// There is no client secret.
    #[error("\"{connection}\" signs in with {}, and only a client secret can be rotated", kind(*.found))]
    NoSecret {
        /// The connection.
        connection: ConnectionId,
        /// What it signs in with; absent: its credential comes with each command.
        found: Option<CredentialKind>,
    },
    /// Another connection signs in with the same secret.
    #[error(
        "\"{other}\" signs in with the same secret as \"{connection}\", and would be without one some day: give one of them a secret of its own (`fairlead connections rotate {other}`)"
    )]
    Shared {
        /// The connection.
        connection: ConnectionId,
        /// The other one.
        other: ConnectionId,
    },
    /// The store does not rotate this secret.
    #[error(
        "the secret of \"{0}\" is not one that is rotated in the secret store: switch its rotation on there (aws \
         secretsmanager rotate-secret), or rotate it with `fairlead connections rotate {0} --new`"
    )]
    NotScheduled(ConnectionId),
    /// The store knows no such rotation.
    #[error(
        "the secret store knows no rotation {token} of \"{connection}\": start one there, and let it call"
    )]
    Unknown {
        /// The connection.
        connection: ConnectionId,
        /// The rotation.
        token: RotationToken,
    },
    /// Another one came in between.
    #[error(
        "the rotation {token} of \"{connection}\" is over: another one, or somebody by hand, set a secret since; start \
         a new one"
    )]
    Superseded {
        /// The connection.
        connection: ConnectionId,
        /// The rotation.
        token: RotationToken,
    },
    /// The first step has not been taken.
    #[error(
        "the rotation {token} of \"{connection}\" has made no secret yet: its step createSecret comes first"
    )]
    NothingMade {
        /// The connection.
        connection: ConnectionId,
        /// The rotation.
        token: RotationToken,
    },
    /// Somebody removed the secret that was to be used next.
    #[error(
        "the new secret {key_id} is not on application {client_id} any more: cancel this rotation (aws secretsmanager \
         cancel-rotate-secret), take AWSPENDING from its version, and start a new one"
    )]
    Lost {
        /// The secret's `keyId`.
        key_id: Uuid,
        /// The application.
        client_id: Uuid,
    },
    /// The application may not change its own secrets.
    #[error(
        "application {client_id} may not make client secrets for itself ({code}): give it the application permission \
         Application.ReadWrite.OwnedBy with admin consent, and make it an owner of itself (az ad app owner add --id \
         {client_id} --owner-object-id $(az ad sp show --id {client_id} --query id --output tsv)), or switch rotation \
         off"
    )]
    Denied {
        /// The application.
        client_id: Uuid,
        /// What Graph says.
        code: String,
    },
    /// A policy of the tenant forbids client secrets.
    #[error(
        "the tenant's app management policy forbids client secrets ({code}): have an administrator exempt application \
         {client_id} from its restriction passwordAddition, or use a certificate or a federated credential"
    )]
    Forbidden {
        /// The application.
        client_id: Uuid,
        /// What Graph says.
        code: String,
    },
    /// A policy of the tenant forbids client secrets that live so long.
    #[error(
        "the tenant's app management policy forbids client secrets of {days} days ({code}): make shorter-lived ones \
         (--days with `fairlead connections rotate`), or have an administrator exempt application {client_id} from its \
         restriction passwordLifetime"
    )]
    TooLong {
        /// The application.
        client_id: Uuid,
        /// How long it was to live.
        days: i64,
        /// What Graph says.
        code: String,
    },
    /// The registration is in another tenant.
    #[error(
        "application {client_id} is registered in another tenant, so it cannot make client secrets here: rotate them \
         where it is registered"
    )]
    Elsewhere {
        /// The application.
        client_id: Uuid,
    },
    /// Graph was not reached, or refuses for another reason.
    #[error("the secret was not rotated: {0}")]
    Graph(String),
    /// The new secret does not work, or not steadily.
    #[error(
        "the new client secret of application {client_id} did not work {successes} times in a row within {} s: {last}; \
         the one before stays in use, and this step can be repeated",
        .within.as_secs()
    )]
    Unproven {
        /// The application.
        client_id: Uuid,
        /// How often in a row it was to work.
        successes: u32,
        /// For how long it was tried.
        within: std::time::Duration,
        /// What was said last.
        last: String,
    },
}

impl RotateError {
    pub(super) fn unknown(connection: &ConnectionId, token: &RotationToken) -> Self {
        Self::Unknown { connection: connection.clone(), token: token.clone() }
    }

    pub(super) fn superseded(connection: &ConnectionId, token: &RotationToken) -> Self {
        Self::Superseded { connection: connection.clone(), token: token.clone() }
    }

    pub(super) fn nothing_made(connection: &ConnectionId, token: &RotationToken) -> Self {
        Self::NothingMade { connection: connection.clone(), token: token.clone() }
    }

    /// Whether it is about what somebody asked for, and not about the tenant.
    pub(crate) fn is_usage(&self) -> bool {
        matches!(
            self,
            Self::Off(_)
                | Self::Shared { .. }
                | Self::NoSecret { .. }
                | Self::NotScheduled(_)
                | Self::Unknown { .. }
                | Self::Superseded { .. }
                | Self::NothingMade { .. }
        )
    }
}

fn kind(found: Option<CredentialKind>) -> String {
    match found {
        Some(kind) => format!("a {kind}"),
        None => "what comes with each command".to_owned(),
    }
}
