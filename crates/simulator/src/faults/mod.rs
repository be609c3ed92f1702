//! The physics of the service: latency, limits, faults, propagation delay.

use crate::server::call::{Call, Request, Response};

/// Limits, faults and delays of a running simulator.
#[derive(Debug, Default)]
pub struct Physics {}

impl Physics {
    /// Admits one item of a batch on its own account: throttled, broken, or answered by `handle`.
    pub fn item(&self, call: &Call<'_>, request: &Request, handle: fn(&Call<'_>) -> Response) -> Response {
        handle(&Call { request, ..*call })
    }
}
