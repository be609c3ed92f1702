//! What an endpoint is given and what it gives back.

use std::fmt::Write as _;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{HeaderMap, Method, StatusCode};
use uuid::Uuid;

use crate::clock::Clock;
use crate::entra::caller::Caller;
use crate::faults::Physics;
use crate::world::WorldHandle;

/// A parsed request, free of its transport.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// Path segments, percent-decoded, empty ones left out; for Graph the first is the version.
    pub segments: Vec<String>,
    /// Query options, decoded, in order.
    pub query: Vec<(String, String)>,
    /// Path and query as they came.
    pub target: String,
    /// Headers.
    pub headers: HeaderMap,
    /// The body; empty when there is none.
    pub body: Bytes,
    /// Scheme and authority that the client used, without a trailing slash: links begin with it.
    pub base_url: String,
    /// The id of the request: `request-id` of Graph, `x-ms-request-id` of Resource Manager.
    pub id: Uuid,
}

impl Request {
    /// A request for a target (path and query) under a base address.
    pub fn new(
        method: Method,
        target: &str,
        headers: HeaderMap,
        body: Bytes,
        base_url: &str,
        id: Uuid,
    ) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        Self {
            method,
            segments: path.split('/').filter(|segment| !segment.is_empty()).map(decode_path).collect(),
            query: url::form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
            target: target.to_owned(),
            headers,
            body,
            base_url: base_url.to_owned(),
            id,
        }
    }

    /// The segment at an index, or nothing.
    pub fn segment(&self, index: usize) -> &str {
        self.segments.get(index).map_or("", String::as_str)
    }

    /// A query option by name, in any letter case.
    pub fn option(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// A header's text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The path as it came, without the query.
    pub fn path(&self) -> &str {
        self.target.split_once('?').map_or(self.target.as_str(), |(path, _)| path)
    }

    /// The full address that asks the same with options changed: `None` takes one out.
    pub fn link(&self, changes: &[(&str, Option<&str>)]) -> String {
        let mut link = String::with_capacity(self.base_url.len() + self.target.len() + 64);
        link.push_str(&self.base_url);
        link.push_str(self.path());
        let mut separator = '?';
        let kept = self
            .query
            .iter()
            .filter(|(key, _)| !changes.iter().any(|(name, _)| key.eq_ignore_ascii_case(name)))
            .map(|(key, value)| (key.as_str(), value.as_str()));
        let added = changes.iter().filter_map(|(name, value)| Some((*name, (*value)?)));
        for (key, value) in kept.chain(added) {
            link.push(separator);
            separator = '&';
            push_encoded(&mut link, key);
            link.push('=');
            push_encoded(&mut link, value);
        }
        link
    }
}

/// Percent-encodes all but unreserved characters and `$`, which stays readable in option names.
fn push_encoded(link: &mut String, text: &str) {
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z'
            | b'a'..=b'z'
            | b'0'..=b'9'
            | b'-'
            | b'.'
            | b'_'
            | b'~'
            | b'$'
            | b','
            | b'('
            | b')' => {
                link.push(char::from(byte));
            }
            _ => {
                let _ = write!(link, "%{byte:02X}");
            }
        }
    }
}

fn decode_path(segment: &str) -> String {
    if !segment.contains('%') {
        return segment.to_owned();
    }
    let bytes = segment.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut index = 0;
    while index < bytes.len() {
        let hex = bytes.get(index + 1..index + 3).and_then(|pair| std::str::from_utf8(pair).ok());
        match (bytes[index], hex.and_then(|pair| u8::from_str_radix(pair, 16).ok())) {
            (b'%', Some(byte)) => {
                decoded.push(byte);
                index += 3;
            }
            (byte, _) => {
                decoded.push(byte);
                index += 1;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

/// What an endpoint answers. The server adds request ids, dates and compression.
#[derive(Clone, Debug)]
pub struct Response {
    /// The status.
    pub status: StatusCode,
    /// Headers of this answer.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// Whether something in the world changed: such requests go to the write log.
    pub changed: bool,
}

impl Response {
    /// A status without a body.
    pub fn status(status: StatusCode) -> Self {
        Self { status, headers: HeaderMap::new(), body: Bytes::new(), changed: false }
    }

    /// A body of JSON. Graph's longer content type is set by the server.
    pub fn json(status: StatusCode, body: impl Into<Bytes>) -> Self {
        Self::status(status)
            .with(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"))
            .body(body)
    }

    /// A body of plain text.
    pub fn text(status: StatusCode, body: impl Into<Bytes>) -> Self {
        Self::status(status)
            .with(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"))
            .body(body)
    }

    /// Adds or replaces a header.
    #[must_use]
    pub fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Adds or replaces a header by text; a value that is no header value is left out.
    #[must_use]
    pub fn with_text(mut self, name: &'static str, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(HeaderName::from_static(name), value);
        }
        self
    }

    /// Sets the body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// Says that the request changed something.
    #[must_use]
    pub fn changed(mut self) -> Self {
        self.changed = true;
        self
    }
}

/// What a request does, as far as limits go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RouteKind {
    /// Reads.
    Read,
    /// Reads a collection: may be answered with an empty page and a link.
    List,
    /// Changes something.
    Write,
    /// Deletes something.
    Delete,
}

impl RouteKind {
    /// Whether it asks for a change.
    pub const fn writes(self) -> bool {
        matches!(self, Self::Write | Self::Delete)
    }
}

/// The limit that a request draws on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Quota {
    /// Graph's Resource Units of the app in the tenant.
    Directory,
    /// Graph reports: 5 requests in 10 seconds.
    Reports,
    /// Users with `signInActivity`: 10 requests a minute.
    SignInActivity,
    /// Resource Manager, of one subscription.
    Subscription(Uuid),
    /// Resource Manager, of the tenant.
    Tenant,
    /// None: the outer request of a batch, documents, unknown paths.
    None,
}

/// What is known of a request before it is admitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The path with placeholders, such as `/users/{id}/manager`; counts go by it.
    pub template: &'static str,
    /// Resource Units (Graph); 1 for Resource Manager.
    pub cost: u32,
    /// What it does.
    pub kind: RouteKind,
    /// The limit it draws on.
    pub quota: Quota,
}

impl Route {
    /// A path that no service knows.
    pub fn unknown(request: &Request) -> Self {
        // Asking what one may do is a read, whether or not it is served.
        let asks = request.segments.last().is_some_and(|last| last.eq_ignore_ascii_case("checkAccess"));
        let kind = match request.method {
            Method::GET | Method::HEAD => RouteKind::Read,
            Method::POST if asks => RouteKind::Read,
            Method::DELETE => RouteKind::Delete,
            _ => RouteKind::Write,
        };
        Self { template: "(unknown)", cost: 1, kind, quota: Quota::None }
    }
}

/// An authenticated request on its way to an endpoint, with all the endpoint may use.
pub struct Call<'a> {
    /// The world.
    pub world: &'a WorldHandle,
    /// Who asks.
    pub caller: &'a Caller,
    /// What is asked.
    pub request: &'a Request,
    /// What time it is.
    pub clock: &'a Clock,
    /// Limits, faults and delays.
    pub physics: &'a Physics,
}
