//! Where each cloud is: authority, services, the resources tokens are asked for, portal.

use fairlead_model::{Api, Cloud, CustomCloud};
use url::{Host, Url};

use crate::ConnectError;

/// The addresses of a known cloud. Sources: learn.microsoft.com/graph/deployments and
/// learn.microsoft.com/entra/identity-platform/authentication-national-cloud.
struct Known {
    authority: &'static str,
    graph: &'static str,
    resource_manager: &'static str,
    resource_manager_audience: &'static str,
    entra_portal: &'static str,
    azure_portal: &'static str,
}

const PUBLIC: Known = Known {
    authority: "https://login.microsoftonline.com",
    graph: "https://graph.microsoft.com",
    resource_manager: "https://management.azure.com",
    resource_manager_audience: "https://management.azure.com",
    entra_portal: "https://entra.microsoft.com",
    azure_portal: "https://portal.azure.com",
};

const US_GOVERNMENT: Known = Known {
    authority: "https://login.microsoftonline.us",
    graph: "https://graph.microsoft.us",
    resource_manager: "https://management.usgovcloudapi.net",
    resource_manager_audience: "https://management.core.usgovcloudapi.net",
    entra_portal: "https://entra.microsoft.us",
    azure_portal: "https://portal.azure.us",
};

const US_DOD: Known = Known { graph: "https://dod-graph.microsoft.us", ..US_GOVERNMENT };

const CHINA: Known = Known {
    authority: "https://login.partner.microsoftonline.cn",
    graph: "https://microsoftgraph.chinacloudapi.cn",
    resource_manager: "https://management.chinacloudapi.cn",
    resource_manager_audience: "https://management.core.chinacloudapi.cn",
    entra_portal: "https://entra.microsoftonline.cn",
    azure_portal: "https://portal.azure.cn",
};

/// The addresses of one cloud, checked.
#[derive(Debug, Clone)]
pub(crate) struct Addresses {
    pub(crate) authority: Url,
    pub(crate) graph: Url,
    pub(crate) resource_manager: Url,
    graph_audience: String,
    resource_manager_audience: String,
    pub(crate) entra_portal: &'static str,
    pub(crate) azure_portal: &'static str,
}

impl Addresses {
    /// The addresses of a cloud.
    ///
    /// # Errors
    /// A custom cloud's address that is not usable: not http(s), plain http to another machine, or
    /// carrying a user name, query or fragment.
    pub(crate) fn of(cloud: &Cloud) -> Result<Self, ConnectError> {
        match cloud {
            Cloud::Public => Self::known(&PUBLIC),
            Cloud::UsGovernment => Self::known(&US_GOVERNMENT),
            Cloud::UsDod => Self::known(&US_DOD),
            Cloud::China => Self::known(&CHINA),
            Cloud::Custom(custom) => Self::custom(custom),
        }
    }

    fn known(known: &Known) -> Result<Self, ConnectError> {
        let parse = |what, address| {
            Url::parse(address).map_err(|problem| ConnectError::Address {
                what,
                address: address.to_owned(),
                problem: problem.to_string(),
            })
        };
        Ok(Self {
            authority: parse("authority", known.authority)?,
            graph: parse("graph", known.graph)?,
            resource_manager: parse("resource-manager", known.resource_manager)?,
            graph_audience: known.graph.to_owned(),
            resource_manager_audience: known.resource_manager_audience.to_owned(),
            entra_portal: known.entra_portal,
            azure_portal: known.azure_portal,
        })
    }

    fn custom(custom: &CustomCloud) -> Result<Self, ConnectError> {
        check("authority", &custom.authority)?;
        check("graph", &custom.graph)?;
        check("resource-manager", &custom.resource_manager)?;
        let or_public =
            |given: &Option<String>, public: &str| given.clone().unwrap_or_else(|| public.to_owned());
        Ok(Self {
            authority: custom.authority.clone(),
            graph: custom.graph.clone(),
            resource_manager: custom.resource_manager.clone(),
            graph_audience: or_public(&custom.graph_audience, PUBLIC.graph),
            resource_manager_audience: or_public(
                &custom.resource_manager_audience,
                PUBLIC.resource_manager_audience,
            ),
            entra_portal: PUBLIC.entra_portal,
            azure_portal: PUBLIC.azure_portal,
        })
    }

    /// Where a service is; absent for those without one address for the whole cloud.
    pub(crate) fn base(&self, api: Api) -> Option<&Url> {
        match api {
            Api::Graph => Some(&self.graph),
            Api::ResourceManager => Some(&self.resource_manager),
            Api::Storage | Api::Kubernetes => None,
        }
    }

    /// What a token for the service is asked for. An audience that ends in "/" keeps it, because the
    /// resource's name does: the scope then has two.
    pub(crate) fn scope(&self, api: Api) -> Option<String> {
        match api {
            Api::Graph => Some(format!("{}/.default", self.graph_audience)),
            Api::ResourceManager => Some(format!("{}/.default", self.resource_manager_audience)),
            Api::Storage | Api::Kubernetes => None,
        }
    }

    /// Where the tenant's tokens come from (v2.0 endpoint).
    pub(crate) fn token_endpoint(&self, tenant: &str) -> Url {
        self.of_tenant(tenant, "oauth2/v2.0/token")
    }

    /// Where the tenant is described to anybody (OpenID discovery, v2.0).
    pub(crate) fn discovery_endpoint(&self, tenant: &str) -> Url {
        self.of_tenant(tenant, "v2.0/.well-known/openid-configuration")
    }

    fn of_tenant(&self, tenant: &str, path: &str) -> Url {
        let mut endpoint = self.authority.clone();
        let prefix = endpoint.path().trim_end_matches('/').to_owned();
        endpoint.set_path(&format!("{prefix}/{tenant}/{path}"));
        endpoint
    }

    /// Whether every address is this machine's own.
    pub(crate) fn is_local(&self) -> bool {
        [&self.authority, &self.graph, &self.resource_manager].into_iter().all(is_loopback)
    }
}

/// Where a cloud's tools are to be pointed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoints {
    /// Microsoft Graph, without version or last slash.
    pub graph: String,
    /// What a token for it is asked for, without `/.default`.
    pub graph_audience: String,
    /// Resource Manager, without last slash.
    pub resource_manager: String,
}

impl Endpoints {
    /// The endpoints of a cloud.
    ///
    /// # Errors
    /// A custom cloud's address that is not usable.
    pub fn of(cloud: &Cloud) -> Result<Self, ConnectError> {
        let addresses = Addresses::of(cloud)?;
        let bare = |address: &Url| address.as_str().trim_end_matches('/').to_owned();
        Ok(Self {
            graph: bare(&addresses.graph),
            resource_manager: bare(&addresses.resource_manager),
            graph_audience: addresses.graph_audience,
        })
    }
}

fn check(what: &'static str, address: &Url) -> Result<(), ConnectError> {
    let wrong = |problem: &str| {
        let mut shown = address.clone();
        // Neither can fail on an address with a host, and on one without there is nothing to hide.
        let _ = shown.set_password(None);
        let _ = shown.set_username("");
        Err(ConnectError::Address { what, address: shown.to_string(), problem: problem.to_owned() })
    };
    if !matches!(address.scheme(), "http" | "https") {
        return wrong("it is neither https nor http");
    }
    if !address.username().is_empty() || address.password().is_some() {
        return wrong("it carries a user name or password");
    }
    if address.query().is_some() || address.fragment().is_some() {
        return wrong("it carries a query or a fragment");
    }
    if address.scheme() == "http" && !is_loopback(address) {
        return Err(ConnectError::PlainHttp { what, address: address.to_string() });
    }
    Ok(())
}

fn is_loopback(address: &Url) -> bool {
    match address.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

/// Host and port as people write them.
pub(crate) fn host_of(address: &Url) -> String {
    let host = address.host_str().unwrap_or_default();
    match address.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn custom(authority: &str, graph: &str) -> Result<Addresses, ConnectError> {
        Addresses::of(&Cloud::Custom(Box::new(CustomCloud {
            authority: authority.parse().unwrap(),
            graph: graph.parse().unwrap(),
            resource_manager: "https://localhost:1/arm".parse().unwrap(),
            graph_audience: None,
            resource_manager_audience: Some("https://arm.example/".into()),
            ca_file: None,
        })))
    }

    #[test]
    fn every_known_cloud_has_addresses_and_scopes_of_its_own() {
        for (cloud, scope) in [
            (Cloud::Public, "https://management.azure.com/.default"),
            (Cloud::UsGovernment, "https://management.core.usgovcloudapi.net/.default"),
            (Cloud::UsDod, "https://management.core.usgovcloudapi.net/.default"),
            (Cloud::China, "https://management.core.chinacloudapi.cn/.default"),
        ] {
            let addresses = Addresses::of(&cloud).unwrap();
            assert_eq!(addresses.scope(Api::ResourceManager).as_deref(), Some(scope));
            assert_eq!(addresses.base(Api::Graph).unwrap().scheme(), "https");
            assert!(!addresses.is_local());
        }
        let dod = Addresses::of(&Cloud::UsDod).unwrap();
        assert_eq!(dod.scope(Api::Graph).unwrap(), "https://dod-graph.microsoft.us/.default");
        assert_eq!(Endpoints::of(&Cloud::UsDod).unwrap().graph, "https://dod-graph.microsoft.us");
        assert_eq!(
            dod.token_endpoint("contoso.com").as_str(),
            "https://login.microsoftonline.us/contoso.com/oauth2/v2.0/token"
        );
    }

    #[test]
    fn a_custom_cloud_may_live_below_a_path_and_asks_for_public_resources_unless_told() {
        let addresses = custom("http://127.0.0.1:8080/entra/", "http://[::1]:8080/graph").unwrap();
        assert_eq!(addresses.token_endpoint("t").as_str(), "http://127.0.0.1:8080/entra/t/oauth2/v2.0/token");
        assert_eq!(addresses.scope(Api::Graph).unwrap(), "https://graph.microsoft.com/.default");
        assert_eq!(addresses.scope(Api::ResourceManager).unwrap(), "https://arm.example//.default");
        assert!(addresses.is_local());
    }

    #[test]
    fn plain_http_is_for_this_machine_only() {
        for other in ["http://graph.example", "http://10.0.0.1", "http://localhost.example"] {
            let error = custom("http://localhost:1", other).unwrap_err();
            assert!(matches!(error, ConnectError::PlainHttp { what: "graph", .. }), "{error}");
        }
        assert!(custom("https://login.example", "https://graph.example").is_ok());
    }

    #[test]
    fn an_address_carries_nothing_but_itself_and_a_password_in_it_is_not_repeated() {
        let error = custom("https://me:hunter2@login.example", "https://graph.example").unwrap_err();
        assert!(error.to_string().contains("user name"), "{error}");
        assert!(!error.to_string().contains("hunter2"), "{error}");
        assert!(custom("https://login.example?x=1", "https://graph.example").is_err());
        assert!(custom("ftp://login.example", "https://graph.example").is_err());
    }
}
