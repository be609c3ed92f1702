//! Where work waits: a queue of messages, of this process or of a service.

use std::time::Duration;

use async_trait::async_trait;
use fairlead_model::Message;

use crate::EngineError;

/// A queue that delivers every message at least once, in any order.
#[async_trait]
pub trait Queue: Send + Sync {
    /// Adds messages.
    ///
    /// # Errors
    /// When some may not have been added; adding all of them again does no harm.
    async fn send(&self, messages: &[Message]) -> Result<(), EngineError>;
}

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Handled {
    /// Done, or there was nothing to do: the message goes.
    Done,
    /// Not finished: the same message again, after this time. A sync that ran out of time goes on where it was.
    Later(Duration),
    /// It can never be done; why, as a sentence. The message goes where somebody looks at it.
    Refused(String),
}
