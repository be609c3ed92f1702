//! Calls to Azure: what collectors are written against, and how a call is put together.

use std::fmt::Write as _;

use serde::Serialize;

use crate::{Api, Failure, Header, Method, Refusal, Request, Response, bindings::fairlead::connector::azure};

/// The way to Azure. Collectors take it as a parameter, so that they run inside a host and natively alike.
pub trait Azure {
    /// Sends one request.
    ///
    /// # Errors
    /// Why it was not sent, or was given up. An error that Azure answers is a response.
    fn send(&self, request: Request) -> Result<Response, Refusal>;

    /// Sends requests side by side and answers in the order asked.
    fn send_all(&self, requests: Vec<Request>) -> Vec<Result<Response, Refusal>> {
        requests.into_iter().map(|request| self.send(request)).collect()
    }
}

impl<A: Azure + ?Sized> Azure for &A {
    fn send(&self, request: Request) -> Result<Response, Refusal> {
        (**self).send(request)
    }

    fn send_all(&self, requests: Vec<Request>) -> Vec<Result<Response, Refusal>> {
        (**self).send_all(requests)
    }
}

/// The host's way to Azure: it adds tokens, paces, retries and batches. Only inside a host.
#[derive(Debug, Clone, Copy, Default)]
pub struct HostAzure;

impl Azure for HostAzure {
    fn send(&self, request: Request) -> Result<Response, Refusal> {
        azure::send(&request)
    }

    fn send_all(&self, requests: Vec<Request>) -> Vec<Result<Response, Refusal>> {
        azure::send_all(&requests)
    }
}

impl Request {
    /// A GET of a path with its query, or of a next link exactly as the service returned it.
    pub fn get(api: Api, path: impl Into<String>) -> Self {
        Self { api, method: Method::Get, path: path.into(), headers: Vec::new(), body: None }
    }

    /// A POST without a body.
    pub fn post(api: Api, path: impl Into<String>) -> Self {
        Self { method: Method::Post, ..Self::get(api, path) }
    }

    /// With a header. The host lets pass those that concern a connector.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push(Header { name: name.to_owned(), value: value.to_owned() });
        self
    }

    /// With a JSON body.
    ///
    /// # Errors
    /// `Fatal` when the value cannot be JSON, such as a map whose keys are not strings.
    pub fn json(mut self, body: &impl Serialize) -> Result<Self, Failure> {
        let body = serde_json::to_vec(body).map_err(|error| {
            Failure::Fatal(format!("a request's body cannot be written as JSON: {error}"))
        })?;
        self.body = Some(body);
        Ok(self)
    }
}

/// A value as it may stand in a path segment or a query: everything but letters, digits and `-._~` is
/// percent-encoded.
pub fn encode(value: &str) -> String {
    let mut encoded = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

impl From<Refusal> for Failure {
    /// What a task that cannot do without the call ends with.
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotDeclared(why) | Refusal::ForeignHost(why) | Refusal::ReadOnly(why) => {
                Self::Fatal(why)
            }
            Refusal::NotApproved(why) | Refusal::Credential(why) => Self::Denied(why),
            Refusal::Unavailable(why) => Self::RetryLater(why),
            Refusal::Stopping => Self::RetryLater("the run is being stopped".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_put_together_from_its_parts() {
        let request = Request::post(Api::Graph, "/v1.0/x").header("Prefer", "a").json(&["b"]).unwrap();
        assert_eq!(request.method, Method::Post);
        assert_eq!(request.headers, [Header { name: "Prefer".into(), value: "a".into() }]);
        assert_eq!(request.body.as_deref(), Some(&br#"["b"]"#[..]));
    }

    #[test]
    fn what_could_be_syntax_is_encoded() {
        assert_eq!(encode("Az-09._~"), "Az-09._~");
        assert_eq!(encode("a/b?c=d e'ü"), "a%2Fb%3Fc%3Dd%20e%27%C3%BC");
    }

    #[test]
    fn only_what_may_be_different_later_is_tried_later() {
        let why = || "why".to_owned();
        assert_eq!(Failure::from(Refusal::Unavailable(why())), Failure::RetryLater(why()));
        assert!(matches!(Failure::from(Refusal::Stopping), Failure::RetryLater(_)));
        assert_eq!(Failure::from(Refusal::Credential(why())), Failure::Denied(why()));
        assert_eq!(Failure::from(Refusal::NotDeclared(why())), Failure::Fatal(why()));
    }
}
