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
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use url::Url;

use crate::wire::{Answer, Breakdown, Outgoing, Wire};

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
                answer.body.clone(),
            )),
            Err(breakdown) => Err(Error::with_message(ErrorKind::Io, breakdown.sentence().to_owned())),
        };
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(seen);
        response
    }
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
