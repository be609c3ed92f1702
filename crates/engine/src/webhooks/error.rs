//! What can be wrong with webhooks.

use fairlead_secrets::WebhookKeyError;
use thiserror::Error;
use url::Url;
use uuid::Uuid;

/// Something about webhooks cannot be done. Each message is a sentence and says what to do; none holds a key.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum WebhookError {
    /// A key that cannot be one, or has no place.
    #[error(transparent)]
    Key(#[from] WebhookKeyError),
    /// No such key.
    #[error("there is no webhook key {0}: `fairlead webhooks keys list` shows those there are")]
    UnknownKey(String),
    /// No such endpoint.
    #[error("there is no endpoint {0}: `fairlead webhooks endpoints list` shows those there are")]
    UnknownEndpoint(Uuid),
    /// The endpoint is told nothing.
    #[error("the endpoint {0} is disabled: `fairlead webhooks endpoints enable {0}` has it told again")]
    EndpointDisabled(Uuid),
    /// Somebody else changed the endpoint meanwhile.
    #[error("the endpoint {0} was changed by somebody else meanwhile: look at it and repeat your change")]
    EndpointChanged(Uuid),
    /// No such announcement.
    #[error(
        "there is no announcement {0}: `fairlead webhooks deliveries list` shows those of the last month"
    )]
    UnknownAnnouncement(Uuid),
    /// Nobody listens to it.
    #[error("no endpoint is told of {0}: `fairlead webhooks endpoints list` shows who listens to what")]
    NobodyListens(Uuid),
    /// There is no type of announcements like this.
    #[error("nothing of type \"{given}\" is announced: the types are {}", known.join(", "))]
    UnknownEvent {
        /// What was given.
        given: String,
        /// What there is.
        known: Vec<String>,
    },
    /// An address that is not called.
    #[error("the address at {} cannot be an endpoint: {problem}", .url.host_str().unwrap_or("no host"))]
    Url {
        /// What was given.
        url: Box<Url>,
        /// What is wrong, and what to do.
        problem: &'static str,
    },
    /// The operating system gives no random numbers.
    #[error("the operating system gives no random numbers to make a key from: try again once it does")]
    NoRandomness,
}

impl WebhookError {
    /// Whether the person who asked has to ask differently.
    pub(crate) fn is_usage(&self) -> bool {
        !matches!(self, Self::NoRandomness)
    }
}
