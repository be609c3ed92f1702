//! Webhooks: what others may ask of an installation, and what it tells those who listen.
//!
//! Coming in, a signed message asks for a validation ([`Asked`]), and Azure hints that something in a tenant has
//! changed ([`hint`]). Going out, what happened is told to endpoints ([`Endpoints`], [`Teller`]). How that is said
//! in HTTP is not this module's business.

use std::sync::Arc;

use jiff::Timestamp;

mod address;
mod ask;
mod deliver;
mod endpoints;
mod error;
mod hint;
mod keys;
mod proposal;
mod retry;

pub use address::{check_url, is_public};
pub use ask::{AskError, Asked, Wanted, ask_validation, validation_of};
pub use deliver::{Courier, Overdue, Teller, redeliver, test_endpoint};
pub use endpoints::Endpoints;
pub use error::WebhookError;
pub use hint::{HintSource, Hinted, hint, hint_value, is_hint_value};
pub use keys::{Keyring, add_sender_key, remove_sender_key};
pub use proposal::Proposal;
pub(crate) use proposal::is_known_cloud;
pub use retry::Answer;

/// What counts as the present.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;
