//! What is answered over HTTP, and what others are told.

mod addresses;
mod documented;
mod hints;
mod outgoing;
mod support;
mod validate;
