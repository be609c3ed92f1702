//! What is told of a connection that could not even be looked at.

use fairlead_model::{Connection, Report};
use jiff::Timestamp;

use super::{judge, report};

/// A report on a connection that its own side kept from being validated: its connector, its secret, its record. Of
/// many that are looked at, one hides none of the others; and of its tenant nothing is known.
pub fn unlooked(connection: &Connection, why: &str) -> Report {
    let now = Timestamp::now();
    Report {
        connection: connection.id.clone(),
        connector: connection.connector.clone(),
        mode: connection.mode,
        purpose: String::new(),
        started_at: now,
        finished_at: now,
        requests: 0,
        retry_after_seconds: None,
        findings: report::explained(vec![judge::unknown("connection.unusable", why).into()]),
    }
}
