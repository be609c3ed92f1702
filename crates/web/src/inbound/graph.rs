//! `POST /webhooks/graph/{connection}`: change notifications of Microsoft Graph
//! (learn.microsoft.com/graph/change-notifications-delivery-webhooks).
//!
//! They are not signed; all that tells them from others is `clientState`, which Graph repeats. So they are a hint to
//! sync, and what they say is not read.

use std::sync::Arc;

use axum::{
    extract::{Path, RawQuery, State, rejection::PathRejection},
    response::{IntoResponse as _, Response},
};
use fairlead_engine::webhooks::HintSource;
use http::header;
use serde::Deserialize;

use super::{Body, hint, parameter, raw};
use crate::{
    problem::Problem,
    router::{LONGEST_HINT, Shared},
};

/// The longest token Graph asks to have repeated, in bytes. Its own have about 150.
const LONGEST_TOKEN: usize = 2048;
/// Notifications looked at in one delivery.
const MOST: usize = 1000;

#[derive(Deserialize)]
struct Notifications {
    value: Vec<Notification>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Notification {
    #[serde(default)]
    client_state: Option<String>,
    #[serde(default)]
    lifecycle_event: Option<Lifecycle>,
}

/// What Graph says of the subscription itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Lifecycle {
    ReauthorizationRequired,
    SubscriptionRemoved,
    Missed,
    #[serde(other)]
    Unknown,
}

pub(crate) async fn notified(
    State(shared): State<Arc<Shared>>,
    path: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
    body: Body,
) -> Result<Response, Problem> {
    let body = raw(body, LONGEST_HINT)?;
    if let Some(token) = parameter(query.as_deref(), "validationToken") {
        return handshake(&token);
    }
    let wrong =
        || Problem::malformed("the body is no change notification: {\"value\": [{\"clientState\": …}]}");
    let notifications: Notifications = serde_json::from_slice(&body).map_err(|_| wrong())?;
    let now = (shared.service.clock)();
    let value = &notifications.value[..notifications.value.len().min(MOST)];
    let given = value.iter().filter_map(|one| one.client_state.as_deref());
    let connection = hint::known(&shared, HintSource::Graph, path, given, now).await?;
    for event in value.iter().filter_map(|one| one.lifecycle_event) {
        tracing::warn!(%connection, ?event, advice = event.advice(), "Graph says something of a subscription");
    }
    // Whatever it was, notifications may have been lost: a sync finds what they would have told.
    Ok(hint::ask(&shared, HintSource::Graph, &connection, now).await?.into_response())
}

/// Graph asks whether somebody is there who wants its notifications: the token, as text. Nothing else is done, and
/// nothing is revealed, so anybody may ask; what could be a page in a browser is made harmless.
fn handshake(token: &str) -> Result<Response, Problem> {
    if token.is_empty() || token.len() > LONGEST_TOKEN || token.chars().any(char::is_control) {
        return Err(Problem::malformed("validationToken is none that Microsoft Graph sends"));
    }
    let mut text = String::with_capacity(token.len());
    for character in token.chars() {
        match character {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '"' => text.push_str("&quot;"),
            '\'' => text.push_str("&#39;"),
            character => text.push(character),
        }
    }
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response())
}

impl Lifecycle {
    fn advice(self) -> &'static str {
        match self {
            Self::ReauthorizationRequired => "renew or reauthorize the subscription, or it ends",
            Self::SubscriptionRemoved => "the subscription is gone: make it again",
            Self::Missed => {
                "notifications were lost: the sync that was asked for finds what they would have told"
            }
            Self::Unknown => "see what Microsoft Graph's documentation says of it",
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_lifecycle_event_is_known_by_its_name_and_a_new_one_breaks_nothing() {
        for (name, expected) in [
            ("reauthorizationRequired", Lifecycle::ReauthorizationRequired),
            ("subscriptionRemoved", Lifecycle::SubscriptionRemoved),
            ("missed", Lifecycle::Missed),
            ("somethingNew", Lifecycle::Unknown),
        ] {
            assert_eq!(serde_json::from_str::<Lifecycle>(&format!("\"{name}\"")).unwrap(), expected);
            assert!(!expected.advice().is_empty());
        }
    }

    proptest! {
        #[test]
        fn whatever_is_to_be_repeated_is_no_page(token in any::<String>()) {
            let _ = handshake(&token);
            let _ = serde_json::from_str::<Notifications>(&token);
        }
    }
}
