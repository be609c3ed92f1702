//! The listener: TLS, routing by path and host name, headers, compression.

pub mod call;
pub(crate) mod errors;
pub mod running;
pub mod service;
