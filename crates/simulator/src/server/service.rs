//! The services behind the one port, and how a request finds its own.

use serde::{Deserialize, Serialize};

use super::call::Request;

/// One of the simulated services.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Service {
    /// Entra ID: discovery and tokens.
    Entra,
    /// Microsoft Graph.
    Graph,
    /// Azure Resource Manager.
    Arm,
}

impl Service {
    /// As the request log names it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Entra => "entra",
            Self::Graph => "graph",
            Self::Arm => "arm",
        }
    }

    /// The service a request is for: by its host name when that is one of Azure's, else by its path.
    pub fn of(request: &Request) -> Self {
        let authority = request.base_url.split_once("://").map_or("", |(_, authority)| authority);
        Self::of_host(authority).unwrap_or_else(|| Self::of_path(request))
    }

    fn of_host(authority: &str) -> Option<Self> {
        let host = authority.split(':').next()?;
        PUBLIC_NAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(host)).map(|(_, service)| *service)
    }

    fn of_path(request: &Request) -> Self {
        let is = |index: usize, names: &[&str]| {
            names.iter().any(|name| request.segment(index).eq_ignore_ascii_case(name))
        };
        if is(0, &["v1.0", "beta"]) {
            return Self::Graph;
        }
        let entra = is(1, &["oauth2", "discovery", ".well-known", "adminconsent"])
            || (is(1, &["v2.0"]) && is(2, &[".well-known", "adminconsent"]));
        if entra { Self::Entra } else { Self::Arm }
    }
}

/// The host names of the real services, for clients that have them built in.
/// Source: Graph national cloud deployments; MSAL's list of known authorities.
pub const PUBLIC_NAMES: &[(&str, Service)] = &[
    ("login.microsoftonline.com", Service::Entra),
    ("login.microsoft.com", Service::Entra),
    ("login.windows.net", Service::Entra),
    ("sts.windows.net", Service::Entra),
    ("login.microsoftonline.us", Service::Entra),
    ("login.chinacloudapi.cn", Service::Entra),
    ("login.partner.microsoftonline.cn", Service::Entra),
    ("graph.microsoft.com", Service::Graph),
    ("graph.microsoft.us", Service::Graph),
    ("dod-graph.microsoft.us", Service::Graph),
    ("microsoftgraph.chinacloudapi.cn", Service::Graph),
    ("management.azure.com", Service::Arm),
    ("management.usgovcloudapi.net", Service::Arm),
    ("management.chinacloudapi.cn", Service::Arm),
];

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{HeaderMap, Method};
    use uuid::Uuid;

    use super::*;

    fn service(base: &str, target: &str) -> Service {
        let request = Request::new(Method::GET, target, HeaderMap::new(), Bytes::new(), base, Uuid::nil());
        Service::of(&request)
    }

    #[test]
    fn one_host_is_told_apart_by_path() {
        let at = |target| service("https://localhost:8443", target);
        assert_eq!(at("/v1.0/users?$top=5"), Service::Graph);
        assert_eq!(at("/BETA/organization"), Service::Graph);
        assert_eq!(at("/contoso.example/oauth2/v2.0/token"), Service::Entra);
        assert_eq!(at("/common/discovery/instance"), Service::Entra);
        assert_eq!(at("/x/v2.0/.well-known/openid-configuration"), Service::Entra);
        assert_eq!(at("/subscriptions?api-version=2022-12-01"), Service::Arm);
        assert_eq!(at("/"), Service::Arm);
    }

    #[test]
    fn azure_host_names_decide_before_the_path() {
        assert_eq!(service("https://graph.microsoft.com", "/nonsense"), Service::Graph);
        assert_eq!(service("https://management.azure.com:443", "/v1.0/x"), Service::Arm);
        assert_eq!(service("https://login.chinacloudapi.cn", "/"), Service::Entra);
    }
}
