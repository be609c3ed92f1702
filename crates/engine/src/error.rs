//! What can go wrong in a use case, and whose turn it is to mend it.

use fairlead_azure::{ConnectError, DiscoverError, SignInError};
use fairlead_host::{CallError, LoadError};
use fairlead_model::{ConnectionId, CredentialKind, Failure, FailureKind, RunId};
use fairlead_secrets::SecretError;
use fairlead_store::StoreError;
use thiserror::Error;

use crate::{rotate::RotateError, webhooks::WebhookError};

/// Who has to act on an error. The command's exit code follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The person at the keyboard: a name, an option or a setting is wrong.
    Usage,
    /// The tenant's side: credential, consent, roles, or Azure itself.
    Tenant,
    /// Fairlead's side: this machine, its files, a connector's defect.
    Ours,
}

/// A use case failed. Each message is a sentence and says what to do next.
#[derive(Debug, Error)]
pub enum EngineError {
    /// No such connector.
    #[error("there is no connector \"{id}\": {known}")]
    UnknownConnector {
        /// What was asked for.
        id: String,
        /// What there is, or where it was looked for.
        known: String,
    },
    /// No such run.
    #[error("there is no run {0}: `fairlead runs` lists them")]
    UnknownRun(RunId),
    /// Nothing was synced yet.
    #[error("\"{0}\" has no snapshot yet: `fairlead sync {0}` makes one")]
    NoSnapshot(ConnectionId),
    /// There is nothing the connector could collect.
    #[error("the connector {0} collects nothing: there is nothing to sync")]
    NothingToCollect(String),
    /// The settings do not fit the connector's schema.
    #[error("the settings do not fit {connector}: {problem}")]
    Settings {
        /// The connector.
        connector: String,
        /// What is wrong and where.
        problem: String,
    },
    /// The connector does not offer the mode.
    #[error("{connector} has no mode \"{mode}\": it offers {offered}")]
    Mode {
        /// The connector.
        connector: String,
        /// What was asked for.
        mode: String,
        /// What there is.
        offered: String,
    },
    /// The connector does not take a second connection like it.
    #[error("{problem}")]
    Duplicate {
        /// Which one there is, and what to do.
        problem: String,
    },
    /// The vendor does not take this kind of credential.
    #[error("{connector} does not take a {given}: give it a {allowed}")]
    CredentialKind {
        /// The connector.
        connector: String,
        /// What was given.
        given: CredentialKind,
        /// What it takes.
        allowed: String,
    },
    /// There is no client secret whose end could be told.
    #[error(
        "\"{0}\" keeps no client secret whose end could be told: a certificate says its own, and anything else comes \
         with each command"
    )]
    NoClientSecret(ConnectionId),
    /// A connection's secret is not where it should be.
    #[error(
        "the secret of \"{0}\" is not in the secret store: give it again with `fairlead connections rotate {0}`"
    )]
    SecretMissing(ConnectionId),
    /// A connection's credential comes with each command, and nobody is there to give it.
    #[error(
        "no credential is kept for \"{0}\", so it cannot be used without a person: give it one with `fairlead connections rotate {0}`"
    )]
    NoCredential(ConnectionId),
    /// What Fairlead itself is told by its configuration file and variables.
    #[error("{0}")]
    Installation(String),
    /// A queue that is a service of its own.
    #[error("{0}")]
    Queue(String),
    /// The secret store.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// A client secret was not rotated.
    #[error(transparent)]
    Rotate(#[from] RotateError),
    /// The tenant could not be found.
    #[error(transparent)]
    Discover(#[from] DiscoverError),
    /// The connection's cloud or credential cannot be used.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// No token could be had.
    #[error(transparent)]
    SignIn(#[from] SignInError),
    /// A connector could not be loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// A connector asks for something under another thing's name.
    #[error("the connector {connector} {problem}: do not use it, and report it to its maker")]
    Requirement {
        /// The connector.
        connector: String,
        /// What it says and what is true, as words that follow its name.
        problem: String,
    },
    /// A connector failed at what it was asked.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The credential stopped working while the run was under way.
    #[error("{0}; what was collected is kept, and a sync with a credential that works continues")]
    Credential(CallError),
    /// Several tasks of a run failed.
    #[error("{first} ({more} more tasks failed)")]
    Tasks {
        /// The first failure.
        first: Box<EngineError>,
        /// How many others.
        more: u64,
    },
    /// Something about webhooks.
    #[error(transparent)]
    Webhook(#[from] WebhookError),
    /// State could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The run was asked to stop; what it has is kept.
    #[error("stopped; what was collected is kept, and the next `fairlead sync {0}` continues")]
    Stopped(ConnectionId),
    /// Again and again the time was over before anything was finished.
    #[error(
        "\"{connection}\" was continued {attempts} times without finishing anything in the time there is: give the function a longer timeout or more memory, or sync it with the command; what was collected is kept"
    )]
    Fruitless {
        /// The connection.
        connection: ConnectionId,
        /// How often.
        attempts: u64,
    },
    /// Everything was collected, and it is far less than before.
    #[error(
        "\"{connection}\" is held: {shrunk}; readers keep that run's snapshot. If the tenant really shrank, `fairlead \
         sync {connection} --accept-smaller` publishes what was collected; if not, see to the tenant and sync again"
    )]
    Held {
        /// The connection.
        connection: ConnectionId,
        /// From what to what.
        shrunk: String,
    },
    /// There is no held run to accept.
    #[error("\"{connection}\" has nothing to accept: {why}; `fairlead sync {connection}` collects anew")]
    NothingHeld {
        /// The connection.
        connection: ConnectionId,
        /// What there is instead.
        why: String,
    },
    /// The validation was asked to stop; it changed nothing.
    #[error("stopped; `fairlead validate {0}` begins anew")]
    ValidationStopped(ConnectionId),
    /// A defect of ours.
    #[error("{0}; this is a defect of Fairlead, please report it")]
    Defect(String),
}

impl EngineError {
    /// Whose turn it is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::UnknownConnector { .. }
            | Self::UnknownRun(_)
            | Self::NoSnapshot(_)
            | Self::NothingToCollect(_)
            | Self::Settings { .. }
            | Self::Mode { .. }
            | Self::Duplicate { .. }
            | Self::CredentialKind { .. }
            | Self::NoClientSecret(_)
            | Self::SecretMissing(_)
            | Self::NoCredential(_)
            | Self::Installation(_)
            | Self::NothingHeld { .. }
            | Self::Fruitless { .. }
            | Self::Connect(_)
            | Self::Discover(DiscoverError::Setup(_)) => Fault::Usage,
            Self::Store(error) if error.is_usage() => Fault::Usage,
            Self::Secret(error) if error.is_usage() => Fault::Usage,
            Self::Webhook(error) if error.is_usage() => Fault::Usage,
            Self::Rotate(error) if error.is_usage() => Fault::Usage,
            Self::Rotate(_)
            | Self::SignIn(_)
            | Self::Credential(_)
            | Self::Held { .. }
            | Self::Discover(_) => Fault::Tenant,
            Self::Call(error) => fault_of_call(error),
            Self::Tasks { first, .. } => first.fault(),
            Self::Load(_)
            | Self::Queue(_)
            | Self::Requirement { .. }
            | Self::Store(_)
            | Self::Secret(_)
            | Self::Webhook(_)
            | Self::Stopped(_)
            | Self::ValidationStopped(_)
            | Self::Defect(_) => Fault::Ours,
        }
    }

    /// What kind of failure it is to a run; none: it was asked to stop, or somebody else is at it.
    pub fn kind(&self) -> Option<FailureKind> {
        Some(match self {
            Self::Stopped(_) | Self::ValidationStopped(_) => return None,
            Self::Store(error) => return kind_of_store(error),
            Self::SignIn(SignInError::Unsupported(_))
            | Self::Load(_)
            | Self::Requirement { .. }
            | Self::Defect(_) => FailureKind::Bug,
            Self::SignIn(error) if error.is_transient() => FailureKind::Retry,
            Self::Rotate(error) if error.is_usage() => FailureKind::Settings,
            Self::SecretMissing(_) | Self::Credential(_) | Self::SignIn(_) | Self::Rotate(_) => FailureKind::Auth,
            Self::Secret(error) if error.is_transient() => FailureKind::Retry,
            Self::Queue(_)
            | Self::Discover(DiscoverError::Unreachable(_) | DiscoverError::Garbled { .. }) => FailureKind::Retry,
            Self::Call(error) => match error.failure() {
                Some(Failure::Settings(_)) => FailureKind::Settings,
                Some(Failure::Denied(_)) => FailureKind::Auth,
                Some(Failure::RetryLater(_)) => FailureKind::Retry,
                Some(Failure::Fatal(_)) | None => FailureKind::Bug,
            },
            Self::Tasks { first, .. } => return first.kind(),
            Self::UnknownConnector { .. }
            | Self::UnknownRun(_)
            | Self::NoSnapshot(_)
            | Self::NothingToCollect(_)
            | Self::Settings { .. }
            | Self::Mode { .. }
            | Self::Duplicate { .. }
            | Self::CredentialKind { .. }
            | Self::NoCredential(_)
            | Self::NoClientSecret(_)
            | Self::Installation(_)
            | Self::Webhook(_)
            // A person has to look whether the tenant really is so much smaller.
            | Self::Held { .. }
            | Self::NothingHeld { .. }
            | Self::Fruitless { .. }
            | Self::Secret(_)
            | Self::Discover(_)
            | Self::Connect(_) => FailureKind::Settings,
        })
    }
}

fn kind_of_store(error: &StoreError) -> Option<FailureKind> {
    match error {
        StoreError::Busy { .. }
        | StoreError::LeaseLost { .. }
        | StoreError::UnknownConnection(_)
        | StoreError::ConnectionChanged(_) => None,
        StoreError::Refused(_) | StoreError::Defect(_) | StoreError::Name(_) => Some(FailureKind::Bug),
        _ => Some(FailureKind::Retry),
    }
}

fn fault_of_call(error: &CallError) -> Fault {
    match error.failure() {
        Some(Failure::Settings(_)) => Fault::Usage,
        Some(Failure::Denied(_) | Failure::RetryLater(_)) => Fault::Tenant,
        Some(Failure::Fatal(_)) | None => Fault::Ours,
    }
}
