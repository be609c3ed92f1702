//! Why an invocation failed, as alarms and people read it.

use fairlead_engine::EngineError;
use lambda_runtime::Diagnostic;
use thiserror::Error;

/// Why an invocation failed. The word before the sentence is stable: alarms are set on it.
#[derive(Debug, Error)]
pub(crate) enum FunctionError {
    /// The event has a shape that nobody sends.
    #[error("this is no event of Fairlead's: {0}")]
    UnknownEvent(String),
    /// The event is for one of the other functions.
    #[error("{event} is not for the {role} function: check what invokes it")]
    NotMine {
        /// What it is.
        event: &'static str,
        /// What this function is.
        role: &'static str,
    },
    /// The event comes from somewhere else than the template connects.
    #[error("{0}")]
    Foreign(String),
    /// What the function is told by its environment.
    #[error("{0}")]
    Settings(String),
    /// The engine.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// An answer that cannot be written.
    #[error("the answer cannot be written: {0}")]
    Answer(#[from] serde_json::Error),
}

impl FunctionError {
    fn word(&self) -> &'static str {
        match self {
            Self::UnknownEvent(_) => "UnknownEvent",
            Self::NotMine { .. } => "NotMine",
            Self::Foreign(_) => "Foreign",
            Self::Settings(_) => "Settings",
            Self::Engine(_) => "Engine",
            Self::Answer(_) => "Answer",
        }
    }
}

impl From<FunctionError> for Diagnostic {
    fn from(error: FunctionError) -> Self {
        Self { error_type: format!("Fairlead.{}", error.word()), error_message: error.to_string() }
    }
}
