//! Those who count: what happened, with its numbers.

use fairlead_model::{Report, RunRecord};
use jiff::Timestamp;

/// Is shown what happened. What it makes of it is its own business, and takes no time.
pub trait Observer: Send + Sync {
    /// A run ended, or was held or stopped.
    fn run_ended(&self, record: &RunRecord);
    /// A connection was validated.
    fn validated(&self, report: &Report);
    /// A connection's credential ends at a moment that is known.
    fn credential_ends(&self, connection: &str, at: Timestamp);
}

/// Nobody counts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Uncounted;

impl Observer for Uncounted {
    fn run_ended(&self, _: &RunRecord) {}
    fn validated(&self, _: &Report) {}
    fn credential_ends(&self, _: &str, _: Timestamp) {}
}
