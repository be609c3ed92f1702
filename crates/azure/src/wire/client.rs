//! The one HTTP client: TLS, HTTP/2 where offered, gzip, kept-alive connections, no redirects.

use std::{path::Path, time::Duration};

use reqwest::{Certificate, Client, redirect};

use crate::{ConnectError, cloud::Addresses};

/// How long connecting may take. Azure answers in well under a second from anywhere.
const CONNECT: Duration = Duration::from_secs(10);
/// How long the service may send nothing. Graph itself gives up after about 60 seconds.
const SILENCE: Duration = Duration::from_secs(75);

/// Makes the client for a cloud. Proxies are taken from the environment (`HTTPS_PROXY`, `NO_PROXY`), except
/// for addresses of this machine, which no proxy could reach.
///
/// # Errors
/// A CA file that cannot be read or holds no certificate; no usable TLS.
pub(crate) fn client(addresses: &Addresses, ca_file: Option<&Path>) -> Result<Client, ConnectError> {
    let mut builder = Client::builder()
        .user_agent(concat!("fairlead/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT)
        .read_timeout(SILENCE)
        .tcp_nodelay(true)
        .tcp_keepalive(Duration::from_secs(30))
        .http2_keep_alive_interval(Duration::from_secs(30))
        .http2_adaptive_window(true)
        .pool_idle_timeout(Duration::from_mins(1))
        // A token must not follow a redirect; links to elsewhere are the connector's to judge.
        .redirect(redirect::Policy::none());
    if addresses.is_local() {
        builder = builder.no_proxy();
    }
    if let Some(path) = ca_file {
        builder = builder.tls_certs_merge(certificates(path)?);
    }
    builder.build().map_err(|error| ConnectError::Client(error.to_string()))
}

fn certificates(path: &Path) -> Result<Vec<Certificate>, ConnectError> {
    let wrong = |problem: String| ConnectError::CaFile { path: path.to_owned(), problem };
    let pem = std::fs::read(path).map_err(|error| wrong(error.to_string()))?;
    let certificates = Certificate::from_pem_bundle(&pem).map_err(|error| wrong(error.to_string()))?;
    if certificates.is_empty() {
        return Err(wrong("it holds no certificate in PEM form".to_owned()));
    }
    Ok(certificates)
}
