//! Fairlead's side of every interface a connector may import.

pub(crate) mod artifact;
mod azure;
mod plain;
mod snapshot;

use std::sync::Arc;

use crate::{
    bindings::fairlead::connector::types,
    error::Stop,
    guest::{Guest, stop},
    meter::{Away, Meter},
};

impl types::Host for Guest {}

/// Runs what may block on a thread that is meant for it, with the guest's clock stopped.
///
/// A round trip takes 7 to 15 µs (measured by the example `allocation` on two busy processors), little against
/// reading a page. Blocking in place might save that, but works on one of tokio's two runtimes only.
async fn blocking<T: Send + 'static>(
    meter: &Arc<Meter>,
    work: impl FnOnce() -> T + Send + 'static,
) -> wasmtime::Result<T> {
    let _away = meter.away(Away::Host);
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| stop(Stop::Host(format!("Fairlead's own part of the call failed: {error}"))))
}
