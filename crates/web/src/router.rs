//! Which address is answered by whom, and what holds for all of them.

use std::{fmt, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request},
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use fairlead_engine::{
    Queue,
    webhooks::{Clock, Keyring},
};
use fairlead_secrets::SecretStore;
use fairlead_store::State;
use http::{HeaderValue, header};
use tokio::sync::Semaphore;

use crate::{
    inbound::{event_grid, graph, status, validate},
    problem::Problem,
    rate::Rate,
};

/// The longest body of a message of ours, in bytes. A proposal with a thousand subscriptions has 40 KiB.
pub(crate) const LONGEST_MESSAGE: usize = 256 * 1024;
/// The longest body of a hint, in bytes: Event Grid's batches have up to 1 MiB.
pub(crate) const LONGEST_HINT: usize = 1024 * 1024;
/// How long anything may take, waiting for a report included.
const LONGEST: Duration = Duration::from_secs(30);
/// What the addresses work on.
#[derive(Clone)]
pub struct Service {
    /// Connections, validations, and what was taken.
    pub state: State,
    /// Keys, and the secrets of proposed connections.
    pub secrets: Arc<dyn SecretStore>,
    /// Where work goes.
    pub queue: Arc<dyn Queue>,
    /// What counts as the present.
    pub clock: Clock,
    /// Requests that may wait for a report at one time; more are answered at once. Where each takes up a process of
    /// its own, as in a function, it is to be 0.
    pub waiters: usize,
}

/// What all requests share.
pub(crate) struct Shared {
    pub(crate) service: Service,
    pub(crate) keys: Keyring,
    pub(crate) rate: Rate,
    pub(crate) waiting: Semaphore,
}

/// The addresses, as docs/webhooks.md tells them.
pub fn router(service: Service) -> Router {
    let keys = Keyring::new(service.secrets.clone());
    let (rate, waiting) = (Rate::default(), Semaphore::new(service.waiters));
    let shared = Arc::new(Shared { service, keys, rate, waiting });
    let hints = Router::new()
        .route("/webhooks/graph/{connection}", post(graph::notified))
        .route("/webhooks/event-grid/{connection}", post(event_grid::notified).options(event_grid::consented))
        .layer(DefaultBodyLimit::max(LONGEST_HINT));
    Router::new()
        .route("/healthz", get(async || "ok"))
        .route("/webhooks/validate", post(validate::asked))
        .route("/validations/{id}", get(status::asked))
        .layer(DefaultBodyLimit::max(LONGEST_MESSAGE))
        .merge(hints)
        .fallback(async || Problem::not_found())
        .method_not_allowed_fallback(async || Problem::method())
        .layer(middleware::from_fn(guarded))
        .with_state(shared)
}

/// Nothing takes for ever, nothing is cached, and no browser makes of an answer what it is not.
async fn guarded(request: Request, next: Next) -> Response {
    let answered = tokio::time::timeout(LONGEST, next.run(request)).await;
    let mut response = answered.unwrap_or_else(|_| Problem::slow().into_response());
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { state, secrets, .. } = self;
        f.debug_struct("Service").field("state", state).field("secrets", secrets).finish_non_exhaustive()
    }
}
