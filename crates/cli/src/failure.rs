//! Errors as the command ends with them: a sentence and an exit code.

use std::{io, process::ExitCode};

use fairlead_engine::{EngineError, Fault};
use fairlead_secrets::SecretError;
use fairlead_store::StoreError;

/// The command failed.
#[derive(Debug)]
pub(crate) struct Failed {
    pub(crate) message: String,
    pub(crate) kind: Kind,
}

/// Decides the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The command line or a setting: 2.
    Usage,
    /// The tenant, or Azure: 3.
    Tenant,
    /// This machine, or a defect: 4.
    Ours,
    /// Nothing is wrong as far as could be looked: 5.
    Unsettled,
    /// Ctrl-C: 130, as shells expect.
    Interrupted,
    /// Whoever read our output has gone: 0, as is custom.
    PipeClosed,
}

impl Failed {
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self { message: message.into(), kind: Kind::Usage }
    }

    pub(crate) fn ours(message: impl Into<String>) -> Self {
        Self { message: message.into(), kind: Kind::Ours }
    }

    /// For a command whose output said already what is wrong.
    pub(crate) fn silent(kind: Kind) -> Self {
        Self { message: String::new(), kind }
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self.kind {
            Kind::PipeClosed => 0,
            Kind::Usage => 2,
            Kind::Tenant => 3,
            Kind::Ours => 4,
            Kind::Unsettled => 5,
            Kind::Interrupted => 130,
        })
    }

    pub(crate) fn word(&self) -> &'static str {
        match self.kind {
            Kind::Usage => "usage",
            Kind::Tenant => "tenant",
            Kind::Ours | Kind::PipeClosed => "internal",
            Kind::Unsettled => "unsettled",
            Kind::Interrupted => "interrupted",
        }
    }
}

impl From<EngineError> for Failed {
    fn from(error: EngineError) -> Self {
        let kind = match (&error, error.fault()) {
            (EngineError::Stopped(_), _) => Kind::Interrupted,
            (_, Fault::Usage) => Kind::Usage,
            (_, Fault::Tenant) => Kind::Tenant,
            (_, Fault::Ours) => Kind::Ours,
        };
        Self { message: error.to_string(), kind }
    }
}

impl From<SecretError> for Failed {
    fn from(error: SecretError) -> Self {
        EngineError::from(error).into()
    }
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        EngineError::from(error).into()
    }
}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self { message: String::new(), kind: Kind::PipeClosed };
        }
        Self::ours(format!("cannot write the output: {error}"))
    }
}
