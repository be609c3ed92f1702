//! Holds a connection's lease for as long as a sync takes.

use std::{sync::Arc, time::Duration};

use fairlead_model::ConnectionId;
use fairlead_store::{Lease, State, StoreError};
use jiff::Timestamp;
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::EngineError;

/// How long a lease outlives a process that cannot be seen to have ended, one on another machine.
const TTL: Duration = Duration::from_mins(5);

/// Often enough that two renewals may fail before the lease is lost.
const RENEW: Duration = Duration::from_secs(90);

/// A lease that renews itself.
pub(super) struct Held {
    lease: Arc<Lease>,
    /// Ends the renewing, also when a sync panics: the lease then expires.
    done: DropGuard,
    renewing: JoinHandle<Result<(), StoreError>>,
}

impl Held {
    /// Claims the connection, up to `ends_at` at most; if the lease is lost later, `stop` is cancelled.
    pub(super) async fn claim(
        state: &State,
        connection: &ConnectionId,
        ends_at: Option<Timestamp>,
        stop: CancellationToken,
    ) -> Result<Self, EngineError> {
        let holder = format!("process {}", std::process::id());
        let lease = Arc::new(state.lease_until(connection, &holder, TTL, ends_at).await?);
        let done = CancellationToken::new();
        let renewing = tokio::spawn(renew(lease.clone(), done.clone(), stop));
        Ok(Self { lease, done: done.drop_guard(), renewing })
    }

    /// The lease, for what only its holder may write.
    pub(super) fn lease(&self) -> &Lease {
        &self.lease
    }

    /// Gives the lease back; says so if it was lost meanwhile.
    pub(super) async fn release(self) -> Result<(), EngineError> {
        drop(self.done);
        match self.renewing.await {
            Ok(renewed) => renewed?,
            Err(panic) => return Err(EngineError::Defect(format!("renewing the lease panicked: {panic}"))),
        }
        Ok(self.lease.release().await?)
    }
}

async fn renew(
    lease: Arc<Lease>,
    done: CancellationToken,
    stop: CancellationToken,
) -> Result<(), StoreError> {
    loop {
        tokio::select! {
            () = done.cancelled() => return Ok(()),
            () = tokio::time::sleep(RENEW) => match lease.renew().await {
                Ok(()) => {}
                Err(lost @ StoreError::LeaseLost { .. }) => {
                    stop.cancel();
                    return Err(lost);
                }
                // The next renewal may succeed, and there is time for it.
                Err(error) => tracing::warn!(%error, "the lease could not be renewed"),
            },
        }
    }
}
