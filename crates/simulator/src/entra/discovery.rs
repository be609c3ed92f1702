//! The documents by which clients find endpoints and keys: OpenID discovery, instance discovery, cloud metadata.

use serde_json::{Value, json};

use super::grant::instance_name;
use crate::server::service::{PUBLIC_NAMES, Service};
use crate::world::{Cloud, Tenant};

/// The OpenID document of a tenant: of the second version, or of the first.
pub(super) fn openid(base: &str, tenant: &Tenant, v2: bool) -> Value {
    let id = tenant.id;
    let (oauth, issuer, keys) = if v2 {
        ("oauth2/v2.0", format!("{base}/{id}/v2.0"), "discovery/v2.0/keys")
    } else {
        ("oauth2", format!("https://sts.windows.net/{id}/"), "discovery/keys")
    };
    let (region, graph) = match tenant.cloud {
        Cloud::Public => ("EU", "graph.microsoft.com"),
        Cloud::UsGovernment => ("USGov", "graph.microsoft.us"),
        Cloud::China => ("AS", "microsoftgraph.chinacloudapi.cn"),
    };
    json!({
        "token_endpoint": format!("{base}/{id}/{oauth}/token"),
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
        "jwks_uri": format!("{base}/{id}/{keys}"),
        "response_modes_supported": ["query", "fragment", "form_post"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "issuer": issuer,
        "request_uri_parameter_supported": false,
        "userinfo_endpoint": format!("{base}/oidc/userinfo"),
        "authorization_endpoint": format!("{base}/{id}/{oauth}/authorize"),
        "device_authorization_endpoint": format!("{base}/{id}/{oauth}/devicecode"),
        "http_logout_supported": true,
        "frontchannel_logout_supported": true,
        "end_session_endpoint": format!("{base}/{id}/{oauth}/logout"),
        "claims_supported": ["sub", "iss", "aud", "exp", "iat", "tid", "ver", "oid", "roles"],
        "kerberos_endpoint": format!("{base}/{id}/kerberos"),
        "tenant_region_scope": region,
        "cloud_instance_name": instance_name(tenant.cloud),
        "cloud_graph_host_name": "graph.windows.net",
        "msgraph_host": graph,
        "rbac_url": "https://pas.windows.net",
    })
}

/// The instance document: hosts that issue the same tokens. None for a host that is not known here.
pub(super) fn instance(base: &str, authorization_endpoint: &str) -> Option<Value> {
    let address = url::Url::parse(authorization_endpoint).ok()?;
    let host = match (address.host_str()?, address.port()) {
        (host, Some(port)) => format!("{host}:{port}"),
        (host, None) => host.to_owned(),
    };
    let own = base.split_once("://").map_or("", |(_, authority)| authority);
    let known = PUBLIC_NAMES.iter().any(|(name, service)| *service == Service::Entra && *name == host);
    if !known && !host.eq_ignore_ascii_case(own) {
        return None;
    }
    let tenant = address.path_segments()?.next().filter(|it| !it.is_empty()).unwrap_or("common").to_owned();
    let entry = |network: &str, aliases: &[&str]| json!({ "preferred_network": network, "preferred_cache": aliases.last(), "aliases": aliases });
    let mut metadata = vec![
        entry(
            "login.microsoftonline.com",
            &["login.microsoftonline.com", "login.windows.net", "login.microsoft.com", "sts.windows.net"],
        ),
        entry(
            "login.partner.microsoftonline.cn",
            &["login.partner.microsoftonline.cn", "login.chinacloudapi.cn"],
        ),
        entry("login.microsoftonline.us", &["login.microsoftonline.us", "login.usgovcloudapi.net"]),
    ];
    if !known {
        metadata.push(entry(own, &[own]));
    }
    Some(json!({
        "tenant_discovery_endpoint": format!("{base}/{tenant}/v2.0/.well-known/openid-configuration"),
        "api-version": "1.1",
        "metadata": metadata,
    }))
}

/// The cloud's description at Resource Manager's `/metadata/endpoints`, as `az cloud register` reads it.
pub(crate) fn cloud_metadata(base: &str, api_version: &str) -> Value {
    let cloud = json!({
        "name": "Fairlead simulator",
        "authentication": {
            "loginEndpoint": base,
            "audiences": ["https://management.core.windows.net/", "https://management.azure.com/"],
            "tenant": "common",
            "identityProvider": "AAD",
        },
        "suffixes": {
            "storage": "core.windows.net",
            "keyVaultDns": "vault.azure.net",
            "acrLoginServer": "azurecr.io",
        },
        "graph": "https://graph.windows.net/",
        "graphAudience": "https://graph.windows.net/",
        "microsoftGraphResourceId": format!("{base}/"),
        "resourceManager": format!("{base}/"),
        "portal": "https://portal.azure.com",
    });
    // Older versions answer a list of clouds, newer ones the one that was asked.
    if api_version < "2022-09-01" { json!([cloud]) } else { cloud }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instances_are_known_by_azure_s_names_and_by_our_own_address() {
        let at = |endpoint: &str| instance("https://localhost:8443", endpoint);
        let own = at("https://localhost:8443/contoso.example/oauth2/v2.0/authorize").unwrap();
        assert_eq!(
            own["tenant_discovery_endpoint"],
            "https://localhost:8443/contoso.example/v2.0/.well-known/openid-configuration"
        );
        assert!(at("https://login.microsoftonline.us/x/oauth2/v2.0/authorize").is_some());
        assert!(at("https://login.evil.example/x/oauth2/v2.0/authorize").is_none());
        assert!(at("nonsense").is_none());
    }
}
