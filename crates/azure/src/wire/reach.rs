//! Why a host was not reached, as a sentence a person can act on.

use std::{error::Error, io};

use url::Url;

use crate::cloud::host_of;

/// A request that got no whole answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Breakdown {
    /// It never reached the service: sending it again cannot do anything twice.
    NotSent(String),
    /// It may have been carried out, but the answer is missing or cut.
    Broken(String),
}

impl Breakdown {
    /// Reads a failed request or a failed answer.
    pub(crate) fn of(error: &reqwest::Error, url: &Url) -> Self {
        let host = host_of(url);
        if error.is_connect() {
            return Self::NotSent(unreachable(error, &host));
        }
        Self::Broken(match cause(error) {
            _ if error.is_timeout() => format!("{host} stopped answering"),
            Some(io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe) => {
                format!("{host} closed the connection in the middle")
            }
            _ if error.is_body() || error.is_decode() => format!("the answer of {host} was cut short"),
            _ => format!("the connection to {host} broke ({})", innermost(error)),
        })
    }

    /// The sentence, without a full stop.
    pub(crate) fn sentence(&self) -> &str {
        match self {
            Self::NotSent(sentence) | Self::Broken(sentence) => sentence,
        }
    }
}

fn unreachable(error: &reqwest::Error, host: &str) -> String {
    let told = innermost(error);
    if error.is_timeout() {
        return format!(
            "{host} does not answer: check that this machine may reach it, and the proxy settings"
        );
    }
    if error.is_dns() {
        return format!(
            "the host {host} cannot be found: check the connection's cloud, and this machine's network and \
             DNS"
        );
    }
    if told.to_ascii_lowercase().contains("certificate") {
        return format!(
            "the certificate of {host} is not trusted ({told}): if a proxy or a simulator signs it, name \
             its authority as the cloud's ca-file"
        );
    }
    match cause(error) {
        Some(io::ErrorKind::ConnectionRefused) => format!(
            "{host} refuses connections: check that it is running and that the connection's cloud names \
             the right address"
        ),
        _ => format!("{host} cannot be reached ({told}): check this machine's network and proxy settings"),
    }
}

fn chain<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error: &&'e (dyn Error + 'static)| (*error).source())
}

fn cause(error: &reqwest::Error) -> Option<io::ErrorKind> {
    chain(error).filter_map(|error| error.downcast_ref::<io::Error>()).map(io::Error::kind).last()
}

/// The last error of the chain: the one that knows. Those before it only say where.
fn innermost(error: &reqwest::Error) -> String {
    chain(error).last().map(ToString::to_string).unwrap_or_default()
}
