//! Starting and stopping a simulator from Rust.

/// Placeholder until the listener is written.
pub struct Simulator;
/// Placeholder until the listener is written.
pub struct Builder;
/// Placeholder until the listener is written.
pub struct Running;
