//! How to reach a running simulator: what the connection file and the cloud file say.

use std::path::PathBuf;

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Serialize, Serializer};
use uuid::Uuid;

/// The addresses of the simulated cloud, in the words of Fairlead's custom cloud.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct CloudAddresses {
    /// Where tokens are issued, without the tenant.
    pub authority: String,
    /// Microsoft Graph, without a version.
    pub graph: String,
    /// Azure Resource Manager.
    pub resource_manager: String,
    /// A PEM file of the certificate authority to trust; none without TLS, or when it was not asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<PathBuf>,
}

/// How to sign in to the first tenant as its reader.
#[derive(Clone, Debug, Serialize)]
pub struct Connection {
    /// The tenant.
    pub tenant_id: Uuid,
    /// The tenant's default domain.
    pub domain: String,
    /// The client id of the reader.
    pub client_id: Uuid,
    /// The client secret of the reader. Written out: it opens nothing but this simulator.
    #[serde(serialize_with = "expose")]
    pub client_secret: SecretString,
    /// Scheme and authority of the one address that serves everything.
    pub base_url: String,
    /// Where tokens are issued.
    pub authority: String,
    /// Microsoft Graph, without a version.
    pub graph: String,
    /// Azure Resource Manager.
    pub resource_manager: String,
    /// The admin API.
    pub admin: String,
    /// A PEM file of the certificate authority to trust.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<PathBuf>,
    /// The seed that everything generated follows from.
    pub seed: u64,
    /// The readers of all tenants, the first one's among them.
    pub tenants: Vec<TenantConnection>,
}

/// How to sign in to a tenant as its reader.
#[derive(Clone, Debug, Serialize)]
pub struct TenantConnection {
    /// The tenant.
    pub tenant_id: Uuid,
    /// The tenant's default domain.
    pub domain: String,
    /// The client id of the reader.
    pub client_id: Uuid,
    /// The client secret of the reader.
    #[serde(serialize_with = "expose")]
    pub client_secret: SecretString,
}

impl Connection {
    /// The addresses of the simulated cloud.
    pub fn cloud(&self) -> CloudAddresses {
        CloudAddresses {
            authority: self.authority.clone(),
            graph: self.graph.clone(),
            resource_manager: self.resource_manager.clone(),
            ca_file: self.ca_file.clone(),
        }
    }
}

fn expose<S: Serializer>(secret: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose_secret())
}
