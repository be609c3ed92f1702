//! One exchange with a service: a request out, the whole answer back, or why not.

mod client;
mod counters;
mod reach;

use std::{sync::Arc, time::Duration};

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header::CONTENT_LENGTH};
use url::Url;

pub(crate) use client::client;
pub(crate) use counters::Counters;
pub(crate) use reach::Breakdown;

use crate::cloud::host_of;

/// The largest answer taken. Azure's pages are a few megabytes; this is against a peer gone mad.
const LARGEST_BODY: usize = 256 << 20;

/// The longest an answer may take from beginning to end, however it drips.
const WHOLE: Duration = Duration::from_mins(5);

/// What is sent.
#[derive(Debug, Clone)]
pub(crate) struct Outgoing {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Option<Bytes>,
}

/// A whole answer.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// The way out: the client, and who counts what passes.
#[derive(Debug, Clone)]
pub(crate) struct Wire {
    pub(crate) http: reqwest::Client,
    pub(crate) counters: Arc<Counters>,
}

impl Wire {
    /// Sends a request once and reads the whole answer.
    pub(crate) async fn exchange(&self, outgoing: Outgoing) -> Result<Answer, Breakdown> {
        let host = host_of(&outgoing.url);
        tokio::time::timeout(WHOLE, self.exchange_unbounded(outgoing)).await.unwrap_or_else(|_| {
            let seconds = WHOLE.as_secs();
            Err(Breakdown::Broken(format!("{host} did not finish its answer within {seconds} s")))
        })
    }

    async fn exchange_unbounded(&self, outgoing: Outgoing) -> Result<Answer, Breakdown> {
        let Outgoing { method, url, headers, body } = outgoing;
        self.counters.request();
        let mut request = reqwest::Request::new(method, url.clone());
        *request.headers_mut() = headers;
        // A change without a body says so: Azure's front ends answer 411 to one that leaves it open.
        if body.is_none() && matches!(*request.method(), Method::POST | Method::PUT | Method::PATCH) {
            request.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        *request.body_mut() = body.map(Into::into);
        let broken = |error: &reqwest::Error| Breakdown::of(error, &url);
        let mut response = self.http.execute(request).await.map_err(|error| broken(&error))?;
        let status = response.status();
        let headers = std::mem::take(response.headers_mut());
        let body = whole_body(&mut response).await.map_err(|unread| match unread {
            Unread::Cut(error) => broken(&error),
            Unread::TooLarge => {
                Breakdown::Broken(format!("{} sent more than {LARGEST_BODY} bytes", host_of(&url)))
            }
        })?;
        self.counters.received(body.len());
        if status.is_success() && is_cut(&body) {
            return Err(Breakdown::Broken(format!("the answer of {} was cut short", host_of(&url))));
        }
        Ok(Answer { status, headers, body })
    }
}

enum Unread {
    Cut(reqwest::Error),
    TooLarge,
}

/// Reads the body. One that comes in one piece, as small ones do, is not copied.
async fn whole_body(response: &mut reqwest::Response) -> Result<Bytes, Unread> {
    let Some(first) = response.chunk().await.map_err(Unread::Cut)? else { return Ok(Bytes::new()) };
    let Some(second) = response.chunk().await.map_err(Unread::Cut)? else { return Ok(first) };
    let mut body = BytesMut::with_capacity((first.len() + second.len()) * 4);
    body.extend_from_slice(&first);
    body.extend_from_slice(&second);
    while let Some(chunk) = response.chunk().await.map_err(Unread::Cut)? {
        if body.len() + chunk.len() > LARGEST_BODY {
            return Err(Unread::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// Whether a JSON object lacks its end. Lengths and chunk ends are checked below this; what is left are
/// answers that end with the connection (HTTP/1.0, some proxies).
fn is_cut(body: &[u8]) -> bool {
    let body = body.trim_ascii();
    match (body.first(), body.last()) {
        (Some(b'{'), last) => last != Some(&b'}'),
        (Some(b'['), last) => last != Some(&b']'),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_without_its_end_is_cut() {
        for (body, cut) in [
            ("{\"value\":[]}", false),
            ("{\"value\":[]} \r\n", false),
            ("{\"value\":[", true),
            ("{", true),
            ("[1]", false),
            ("[1", true),
            ("", false),
            ("plain", false),
            ("<xml>", false),
        ] {
            assert_eq!(is_cut(body.as_bytes()), cut, "{body}");
        }
    }
}
