//! Which Azure a connection lives in. Addresses of the known clouds are the gateway's knowledge.

use std::{fmt, path::PathBuf};

use serde::{Deserialize, Serialize};
use url::Url;

/// An Azure environment.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cloud {
    /// Azure public, GCC included.
    #[default]
    Public,
    /// Azure US Government (GCC High).
    UsGovernment,
    /// Azure US Government for the Department of Defense.
    UsDod,
    /// Azure China, operated by 21Vianet.
    China,
    /// Addresses given by the operator: the simulator, or a cloud Fairlead does not know.
    Custom(Box<CustomCloud>),
}

impl fmt::Display for Cloud {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Public => "public",
            Self::UsGovernment => "us-government",
            Self::UsDod => "us-dod",
            Self::China => "china",
            Self::Custom(_) => "custom",
        })
    }
}

/// Addresses of a cloud that is not one of the known ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CustomCloud {
    /// Where tokens are issued, without the tenant.
    pub authority: Url,
    /// Microsoft Graph, without a version.
    pub graph: Url,
    /// Azure Resource Manager.
    pub resource_manager: Url,
    /// The Graph resource tokens are asked for; absent: that of the public cloud.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub graph_audience: Option<String>,
    /// The Resource Manager resource tokens are asked for; absent: that of the public cloud.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_manager_audience: Option<String>,
    /// A PEM file of certificate authorities to trust beside the public ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<PathBuf>,
}
