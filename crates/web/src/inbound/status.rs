//! `GET /validations/{id}`: a validation as it stands, for whoever asked for it.
//!
//! A report says much about a tenant, and an id in an address ends up in logs: knowing it is not enough. The request
//! is signed like the message that asked for the validation, with the same `webhook-id` and an empty body; since the
//! validation's id follows from sender and `webhook-id`, that proves who asks, and nothing has to be looked up.

use std::sync::Arc;

use axum::{
    extract::{Path, RawQuery, State, rejection::PathRejection},
    response::Response,
};
use fairlead_engine::webhooks::validation_of;
use http::{HeaderMap, StatusCode};
use uuid::Uuid;

use super::validate::{answer, signed, wait};
use crate::{problem::Problem, router::Shared};

pub(crate) async fn asked(
    State(shared): State<Arc<Shared>>,
    path: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let now = (shared.service.clock)();
    let (sender, message) = signed(&shared, &headers, b"", now).await?;
    let id: Uuid = path.ok().and_then(|Path(id)| id.parse().ok()).ok_or_else(Problem::unknown_validation)?;
    if validation_of(&sender, &message) != id {
        return Err(Problem::unknown_validation());
    }
    answer(&shared, id, wait(query.as_deref())?, StatusCode::OK).await
}
