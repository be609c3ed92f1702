//! The listener: TLS, routing by path and host name, headers, compression.

pub mod call;
pub mod running;
