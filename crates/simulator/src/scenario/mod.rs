//! placeholder

/// Placeholder until the format is written.
pub struct Scenario;
