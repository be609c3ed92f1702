//! The gateway against a server whose every byte is decided here.

mod batches;
mod calls;
mod policy;
mod sign_in;
mod support;
mod tls;
