//! A call to Azure as a connector asks for it: service, method, path; no host and no token.

use std::fmt;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The service a request is for. Its address depends on the connection's cloud.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Api {
    /// Microsoft Graph.
    Graph,
    /// Azure Resource Manager.
    ResourceManager,
    /// Azure Storage's data plane.
    Storage,
    /// The API server of a Kubernetes cluster.
    Kubernetes,
}

impl fmt::Display for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Graph => "Microsoft Graph",
            Self::ResourceManager => "Azure Resource Manager",
            Self::Storage => "Azure Storage",
            Self::Kubernetes => "Kubernetes",
        })
    }
}

/// An HTTP method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Method {
    Get,
    Head,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    /// The method as it stands in a request line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One HTTP header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Its name, in any case.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// A call to Azure without address and token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The service.
    pub api: Api,
    /// The method.
    pub method: Method,
    /// Path and query from "/", or a next link exactly as the service returned it.
    pub path: String,
    /// Headers beyond those the gateway sets.
    pub headers: Vec<Header>,
    /// The body, if any.
    pub body: Option<Bytes>,
}

impl Request {
    /// A GET without headers of its own.
    pub fn get(api: Api, path: impl Into<String>) -> Self {
        Self { api, method: Method::Get, path: path.into(), headers: Vec::new(), body: None }
    }
}

/// The service's answer, whatever its status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// Headers that may concern a connector.
    pub headers: Vec<Header>,
    /// The whole body, decompressed.
    pub body: Bytes,
}

/// Why a call was not made, or was given up. Each text is a sentence for a person.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The connector's description does not declare this call.
    #[error("{0}")]
    NotDeclared(String),
    /// The operator did not approve what the description declares.
    #[error("{0}")]
    NotApproved(String),
    /// The connection is read-only and the call would change something.
    #[error("{0}")]
    ReadOnly(String),
    /// A link that leads to a host which is not the service's own.
    #[error("{0}")]
    ForeignHost(String),
    /// There is no token for this connection.
    #[error("{0}")]
    Credential(String),
    /// Tried, retried, and given up.
    #[error("{0}")]
    Unavailable(String),
    /// The run is being stopped; nothing is wrong.
    #[error("the run is being stopped")]
    Stopping,
}
