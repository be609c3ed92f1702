//! Carries `azure_identity`'s token request over our client, and keeps what came back.
//!
//! `azure_identity` gives the AADSTS code of a refusal only while the description needs no JSON escape, and
//! drops the body of anything that is not its JSON. The transport keeps the raw answer, so the caller can
//! read it whatever `azure_identity` makes of it. It also decides the address: `azure_identity` takes neither
//! plain http (a simulator on this machine) nor an authority below a path.

use std::{
    fmt,
    sync::{Mutex, PoisonError},
};

use async_trait::async_trait;
use azure_core::{
    error::{Error, ErrorKind},
    http::{AsyncRawResponse, Body, HttpClient, Request, headers::Headers},
};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use crate::wire::{Answer, Breakdown, Outgoing, Wire};

/// The longest a token is believed to hold, in seconds. Entra ID's own go up to 28 hours
/// (learn.microsoft.com/entra/identity/conditional-access/concept-continuous-access-evaluation).
const LONGEST_LIFE: i64 = 48 * 60 * 60;

/// Sends one token request.
pub(super) struct TokenTransport {
    wire: Wire,
    endpoint: Url,
    seen: Mutex<Option<Result<Answer, Breakdown>>>,
}

impl TokenTransport {
    pub(super) fn new(wire: Wire, endpoint: Url) -> Self {
        Self { wire, endpoint, seen: Mutex::new(None) }
    }

    /// What came back, once something did.
    pub(super) fn seen(&self) -> Option<Result<Answer, Breakdown>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

// The request it is printed with holds the secret.
impl fmt::Debug for TokenTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenTransport").field("endpoint", &self.endpoint.as_str()).finish_non_exhaustive()
    }
}

#[async_trait]
impl HttpClient for TokenTransport {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let body = match request.body() {
            Body::Bytes(bytes) => bytes.clone(),
            Body::SeekableStream(_) => {
                return Err(Error::with_message(ErrorKind::Other, "a token request is never streamed"));
            }
        };
        let outgoing = Outgoing {
            method: Method::POST,
            url: self.endpoint.clone(),
            headers: headers(request),
            body: Some(body),
        };
        let seen = self.wire.exchange(outgoing).await;
        let response = match &seen {
            Ok(answer) => Ok(AsyncRawResponse::from_bytes(
                answer.status.as_u16().into(),
                Headers::new(),
                believable(&answer.body),
            )),
            Err(breakdown) => Err(Error::with_message(ErrorKind::Io, breakdown.sentence().to_owned())),
        };
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(seen);
        response
    }
}

/// An answer whose token ends within reason: `azure_identity` adds its life to the present, and a sum beyond the
/// calendar ends the process.
fn believable(body: &Bytes) -> Bytes {
    #[derive(Deserialize)]
    struct Life {
        expires_in: i64,
    }
    let told = match serde_json::from_slice::<Life>(body) {
        Ok(told) if !(0..=LONGEST_LIFE).contains(&told.expires_in) => told,
        _ => return body.clone(),
    };
    let Ok(Value::Object(mut answer)) = serde_json::from_slice(body) else { return body.clone() };
    answer.insert("expires_in".to_owned(), told.expires_in.clamp(0, LONGEST_LIFE).into());
    serde_json::to_vec(&answer).map_or_else(|_| body.clone(), Bytes::from)
}

fn headers(request: &Request) -> HeaderMap {
    request
        .headers()
        .iter()
        .filter_map(|(name, value)| {
            Some((HeaderName::try_from(name.as_str()).ok()?, HeaderValue::try_from(value.as_str()).ok()?))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_s_life_is_cut_to_what_the_calendar_bears_and_nothing_else_is_touched() {
        for (given, taken) in [
            ("3599", "3599"),
            ("0", "0"),
            ("253402300799", "172800"),
            ("9223372036854775807", "172800"),
            ("-9223372036854775808", "0"),
            ("-5", "0"),
            // What is no whole number is left to whoever refuses it.
            ("1e3", "1e3"),
            ("\"3599\"", "\"3599\""),
            ("99999999999999999999", "99999999999999999999"),
        ] {
            let answer =
                |life: &str| format!(r#"{{"access_token":"x","expires_in":{life},"token_type":"Bearer"}}"#);
            assert_eq!(believable(&Bytes::from(answer(given))), answer(taken), "{given}");
        }
        assert_eq!(believable(&Bytes::from_static(b"<html>")), "<html>");
    }
}
