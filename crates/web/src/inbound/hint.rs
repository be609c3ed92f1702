//! What the two kinds of hints have in common.

use axum::extract::{Path, rejection::PathRejection};
use fairlead_engine::webhooks::{HintSource, hint, is_hint_value};
use fairlead_model::ConnectionId;
use fairlead_secrets::KeysOf;
use http::StatusCode;
use jiff::Timestamp;

use crate::{problem::Problem, router::Shared};

/// The connection a hint is about, if one of the values it gives is the connection's. Whether there is such a
/// connection is looked up later, by those who know its value.
///
/// # Errors
/// `unauthorized`; `unavailable` when the key cannot be read, since Azure drops what it is told 401 for.
pub(super) async fn known(
    shared: &Shared,
    source: HintSource,
    path: Result<Path<String>, PathRejection>,
    given: impl Iterator<Item = &str>,
    now: Timestamp,
) -> Result<ConnectionId, Problem> {
    let keys = shared.keys.keys(KeysOf::Hints, now).await?;
    let name = path.map_or_else(|_| String::new(), |Path(name)| name);
    let known = given.fold(false, |known, value| known | is_hint_value(&keys, source, &name, value));
    let connection = name.parse::<ConnectionId>().ok().filter(|_| known);
    if connection.is_none() {
        tracing::warn!(%source, refused = "unauthorized", "a hint did not know the value of its connection");
    }
    connection.ok_or_else(Problem::not_subscribed)
}

/// Asks for a sync.
pub(super) async fn ask(
    shared: &Shared,
    source: HintSource,
    connection: &ConnectionId,
    now: Timestamp,
) -> Result<StatusCode, Problem> {
    let hinted = hint(&shared.service.state, &*shared.service.queue, connection, now).await?;
    tracing::info!(%source, %connection, ?hinted, "Azure says that something has changed");
    Ok(StatusCode::ACCEPTED)
}
