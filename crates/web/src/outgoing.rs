//! Bringing messages to endpoints.

use std::{error::Error, net::SocketAddr, sync::Arc, time::Duration};

use async_trait::async_trait;
use fairlead_engine::webhooks::{Answer, Courier, check_url, is_public};
use fairlead_model::Endpoint;
use fairlead_secrets::WebhookKeys;
use http::{HeaderMap, header};
use jiff::{SignedDuration, Timestamp, fmt::rfc2822};
use reqwest::{
    Client,
    dns::{Addrs, Name, Resolve, Resolving},
    redirect,
};
use thiserror::Error;
use uuid::Uuid;

use crate::standard;

/// How long an endpoint may take (Standard Webhooks 1.0.0 suggests 15 to 30 s).
const TIMEOUT: Duration = Duration::from_secs(15);

/// No client for HTTP can be made.
#[derive(Debug, Error)]
#[error("no HTTP client can be made ({0}): see that this machine has certificate authorities")]
pub struct CourierError(String);

/// Brings messages to endpoints by HTTP. It follows no redirects and uses no proxy, since only so it knows where a
/// message goes: host names that lead into private networks are refused, and what was looked at is what is connected
/// to.
#[derive(Debug, Clone)]
pub struct HttpCourier {
    public: Client,
    anywhere: Client,
}

impl HttpCourier {
    /// Makes one.
    ///
    /// # Errors
    /// This machine has no usable TLS.
    pub fn new() -> Result<Self, CourierError> {
        let client = || {
            Client::builder()
                .user_agent(concat!("fairlead/", env!("CARGO_PKG_VERSION")))
                .timeout(TIMEOUT)
                .redirect(redirect::Policy::none())
                .no_proxy()
        };
        let failed = |error: reqwest::Error| CourierError(cause(&error));
        Ok(Self {
            public: client().dns_resolver(Arc::new(PublicOnly)).build().map_err(failed)?,
            anywhere: client().build().map_err(failed)?,
        })
    }
}

#[async_trait]
impl Courier for HttpCourier {
    async fn send(
        &self,
        endpoint: &Endpoint,
        keys: &WebhookKeys,
        id: Uuid,
        body: Vec<u8>,
        now: Timestamp,
    ) -> Answer {
        // Addresses that are no names are not resolved, so they are looked at here.
        if let Err(refused) = check_url(&endpoint.url, endpoint.allow_private) {
            return Answer::none(refused.to_string());
        }
        let client = if endpoint.allow_private { &self.anywhere } else { &self.public };
        let id = id.to_string();
        let request = client
            .post(endpoint.url.clone())
            .header(header::CONTENT_TYPE, "application/json")
            .header(standard::ID, &id)
            .header(standard::TIMESTAMP, now.as_second())
            .header(standard::SIGNATURE, standard::signatures(keys, &id, now, &body))
            .body(body);
        match request.send().await {
            // What it says beside its status is not asked for.
            Ok(response) => Answer {
                status: Some(response.status().as_u16()),
                retry_after: retry_after(response.headers(), now),
                problem: None,
            },
            Err(error) if error.is_timeout() => Answer::none("it did not answer within 15 s"),
            Err(error) => Answer::none(format!("it cannot be reached: {}", cause(&error.without_url()))),
        }
    }
}

/// How long an answer asks to be left alone: seconds, or a date (RFC 9110, 10.2.3).
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<SignedDuration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u32>() {
        return Some(SignedDuration::from_secs(seconds.into()));
    }
    let at = rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
    Some(at.duration_since(now).max(SignedDuration::ZERO))
}

/// The innermost reason: the outer ones say that a request failed.
fn cause(error: &dyn Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

/// Looks names up, and gives back what belongs to the public internet.
#[derive(Debug)]
struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found.filter(|address| is_public(address.ip())).collect();
            if public.is_empty() {
                return Err("its name leads into a private network, or to this machine".into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_asked_for_in_seconds_or_until_a_date() {
        let now: Timestamp = "2015-10-21T07:27:00Z".parse().unwrap();
        let asked = |text: &str| {
            let headers = HeaderMap::from_iter([(header::RETRY_AFTER, text.parse().unwrap())]);
            retry_after(&headers, now).map(|pause| pause.as_secs())
        };
        assert_eq!(asked("120"), Some(120));
        assert_eq!(asked("Wed, 21 Oct 2015 07:28:00 GMT"), Some(60));
        assert_eq!(asked("Wed, 21 Oct 2015 07:00:00 GMT"), Some(0));
        for odd in ["", "-1", "soon", "99999999999999"] {
            assert_eq!(asked(odd), None, "{odd}");
        }
        assert_eq!(retry_after(&HeaderMap::new(), now), None);
    }

    #[tokio::test]
    async fn a_name_that_leads_to_this_machine_is_not_followed() {
        let found = PublicOnly.resolve("localhost".parse().unwrap()).await;
        assert!(found.is_err_and(|error| error.to_string().contains("private network")));
    }
}
