//! What `fairlead serve` answers over HTTP.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{Json, Router, extract::State, http::StatusCode, routing::get};
use serde_json::{Value, json};
use tokio::{net::TcpListener, time::Instant};
use tokio_util::sync::CancellationToken;

use crate::failure::Failed;

/// Looks that may fail in a row before it is told that nothing is planned any more.
const MISSED: u32 = 5;

/// Whether it does its work.
#[derive(Debug, Clone)]
pub(super) struct Health {
    tick: Duration,
    planned: Arc<Mutex<Instant>>,
}

impl Health {
    pub(super) fn new(tick: Duration) -> Self {
        Self { tick, planned: Arc::new(Mutex::new(Instant::now())) }
    }

    /// Notes that what is due was found.
    pub(super) fn planned(&self, at: Instant) {
        *self.planned.lock().unwrap_or_else(PoisonError::into_inner) = at;
    }

    fn is_well(&self) -> bool {
        let planned = *self.planned.lock().unwrap_or_else(PoisonError::into_inner);
        planned.elapsed() <= self.tick * MISSED
    }
}

/// Takes an address.
///
/// # Errors
/// When somebody else has it.
pub(super) async fn bind(address: SocketAddr) -> Result<TcpListener, Failed> {
    TcpListener::bind(address).await.map_err(|error| {
        Failed::usage(format!(
            "cannot listen at {address} ({error}): name another address with --listen, or none"
        ))
    })
}

/// Answers until it is told to stop.
pub(super) async fn serve(
    listener: TcpListener,
    health: Health,
    stop: CancellationToken,
) -> Result<(), Failed> {
    if let Ok(address) = listener.local_addr() {
        tracing::info!(%address, "listening");
    }
    let router = Router::new().route("/healthz", get(healthz)).with_state(health);
    axum::serve(listener, router)
        .with_graceful_shutdown(stop.cancelled_owned())
        .await
        .map_err(|error| Failed::ours(format!("cannot answer over HTTP any more: {error}")))
}

/// For whoever watches over the process.
async fn healthz(State(health): State<Health>) -> (StatusCode, Json<Value>) {
    if health.is_well() {
        (StatusCode::OK, Json(json!({"status": "ok"})))
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, Json(json!({"status": "nothing is planned: see the log"})))
    }
}
