//! What can go wrong in a use case, and whose turn it is to mend it.

use fairlead_azure::{ConnectError, DiscoverError, SignInError};
use fairlead_host::{CallError, LoadError};
use fairlead_model::{ConnectionId, CredentialKind, RunId};
use fairlead_secrets::SecretError;
use fairlead_store::StoreError;
use thiserror::Error;

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
    /// The secret store.
    #[error(transparent)]
    Secret(#[from] SecretError),
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
    /// A connector failed at what it was asked.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The credential stopped working while the run was under way.
    #[error("{0}; what was collected is kept, and a sync with a credential that works continues")]
    Credential(CallError),
    /// Several tasks of a run failed.
    #[error("{first} ({more} more tasks failed; -v tells each)")]
    Tasks {
        /// The first failure.
        first: Box<EngineError>,
        /// How many others.
        more: u64,
    },
    /// State could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The run was asked to stop; what it has is kept.
    #[error("stopped; what was collected is kept, and the next `fairlead sync {0}` continues")]
    Stopped(ConnectionId),
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
            | Self::Connect(_)
            | Self::Discover(DiscoverError::Setup(_)) => Fault::Usage,
            Self::Store(error) if error.is_usage() => Fault::Usage,
            Self::Secret(error) if error.is_usage() => Fault::Usage,
            Self::SignIn(_) | Self::Credential(_) | Self::Discover(_) => Fault::Tenant,
            Self::Call(error) => fault_of_call(error),
            Self::Tasks { first, .. } => first.fault(),
            Self::Load(_)
            | Self::Store(_)
            | Self::Secret(_)
            | Self::Stopped(_)
            | Self::ValidationStopped(_)
            | Self::Defect(_) => Fault::Ours,
        }
    }
}

fn fault_of_call(error: &CallError) -> Fault {
    use fairlead_model::Failure;
    match error.failure() {
        Some(Failure::Settings(_)) => Fault::Usage,
        Some(Failure::Denied(_) | Failure::RetryLater(_)) => Fault::Tenant,
        Some(Failure::Fatal(_)) | None => Fault::Ours,
    }
}
