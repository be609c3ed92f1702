//! What a tenant tells anybody: its id, and the cloud it lives in. No credential is needed.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use fairlead_model::{Cloud, Evidence, TenantId};
use futures::future::join_all;
use http::StatusCode;
use jiff::Timestamp;
use serde::Deserialize;
use thiserror::Error;
use url::Url;
use uuid::Uuid;

use crate::{
    ConnectError,
    cloud::{Addresses, host_of},
    wire::{Breakdown, client},
};

/// The document is two kilobytes.
const LARGEST: usize = 64 << 10;
/// It is a static page: who has not sent it by then will not.
const LONGEST: Duration = Duration::from_secs(20);

/// What a tenant's OpenID discovery document says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discovery {
    /// The tenant's id, from the issuer.
    pub tenant: Uuid,
    /// The cloud instance that is its home, such as `microsoftonline.us`; empty where it does not say.
    pub instance: String,
    /// The region its data is kept in, such as `EU` or `NA`.
    pub region: Option<String>,
    /// The cloud that instance belongs to, where it is a known one. It can be another than the one asked:
    /// Entra ID answers for tenants of its other clouds too.
    pub cloud: Option<Cloud>,
    /// The request.
    pub evidence: Evidence,
}

/// Why nothing is known of a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DiscoverError {
    /// There is no such tenant in this cloud.
    #[error(
        "there is no tenant {tenant} in this cloud: copy \"Directory (tenant) ID\" from the app registration's overview page, and check the connection's cloud"
    )]
    Unknown {
        /// As it was asked for.
        tenant: TenantId,
        /// The request.
        evidence: Box<Evidence>,
    },
    /// Entra ID takes it for neither an id nor a domain.
    #[error(
        "\"{tenant}\" is not a tenant's id or domain: copy \"Directory (tenant) ID\" from the app registration's overview page"
    )]
    Malformed {
        /// As it was asked for.
        tenant: TenantId,
        /// The request.
        evidence: Box<Evidence>,
    },
    /// Entra ID was not reached, or has trouble.
    #[error("{0}")]
    Unreachable(String),
    /// Who answered is not Entra ID.
    #[error(
        "{host} answered HTTP {status} with something that is not from Entra ID; check the connection's cloud and whether a proxy stands in between"
    )]
    Garbled {
        /// Who answered.
        host: String,
        /// With which status.
        status: u16,
    },
    /// The cloud's addresses or its CA file cannot be used.
    #[error(transparent)]
    Setup(#[from] ConnectError),
}

#[derive(Deserialize)]
struct Document {
    issuer: String,
    #[serde(default)]
    cloud_instance_name: String,
    tenant_region_scope: Option<String>,
    tenant_region_sub_scope: Option<String>,
}

#[derive(Deserialize)]
struct Problem {
    error: String,
    #[serde(default)]
    error_description: String,
    #[serde(default)]
    error_codes: Vec<u32>,
    trace_id: Option<String>,
}

/// Asks a cloud what it knows of a tenant.
///
/// # Errors
/// It knows none of this name; or it could not be asked.
pub async fn discover(cloud: &Cloud, tenant: &TenantId) -> Result<Discovery, DiscoverError> {
    let addresses = Addresses::of(cloud)?;
    let ca_file = match cloud {
        Cloud::Custom(custom) => custom.ca_file.as_deref(),
        Cloud::Public | Cloud::UsGovernment | Cloud::UsDod | Cloud::China => None,
    };
    let http = client(&addresses, ca_file)?;
    let url = addresses.discovery_endpoint(tenant.as_str());
    let answer = tokio::time::timeout(LONGEST, get(&http, &url))
        .await
        .unwrap_or_else(|_| Err(format!("{} did not answer within {} s", host_of(&url), LONGEST.as_secs())));
    read(&answer.map_err(DiscoverError::Unreachable)?, tenant, &url)
}

/// Asks the known clouds other than this one whether the tenant lives there, side by side. Nobody is asked about a
/// tenant of a custom cloud: it is no business of Microsoft's.
pub async fn home_cloud(not: &Cloud, tenant: &TenantId) -> Option<Cloud> {
    // Both US clouds have one authority, which says of a tenant in which of the two it is.
    let others: &[Cloud] = match not {
        Cloud::Public => &[Cloud::UsGovernment, Cloud::China],
        Cloud::UsGovernment | Cloud::UsDod => &[Cloud::Public, Cloud::China],
        Cloud::China => &[Cloud::Public, Cloud::UsGovernment],
        Cloud::Custom(_) => &[],
    };
    let asked = others.iter().cloned().map(|cloud| async move {
        let found = discover(&cloud, tenant).await.ok()?;
        Some(found.cloud.unwrap_or(cloud))
    });
    join_all(asked).await.into_iter().flatten().find(|found| found != not)
}

struct Answer {
    status: StatusCode,
    request_id: Option<String>,
    body: Bytes,
}

async fn get(http: &reqwest::Client, url: &Url) -> Result<Answer, String> {
    let broken = |error: reqwest::Error| Breakdown::of(&error, url).sentence().to_owned();
    let mut response = http.get(url.clone()).send().await.map_err(broken)?;
    let status = response.status();
    let request_id =
        response.headers().get("x-ms-request-id").and_then(|id| id.to_str().ok()).map(str::to_owned);
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(broken)? {
        if body.len() + chunk.len() > LARGEST {
            return Err(format!("{} sent more than {LARGEST} bytes", host_of(url)));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer { status, request_id, body: body.freeze() })
}

fn read(answer: &Answer, tenant: &TenantId, url: &Url) -> Result<Discovery, DiscoverError> {
    let garbled = || DiscoverError::Garbled { host: host_of(url), status: answer.status.as_u16() };
    let evidence = |code: Option<String>, trace: Option<String>| Evidence {
        request: format!("GET {}", url.path()),
        api: None,
        status: Some(answer.status.as_u16()),
        code,
        request_id: answer.request_id.clone().or(trace),
        at: Timestamp::now(),
    };
    if answer.status.is_success() {
        let document: Document = serde_json::from_slice(&answer.body).map_err(|_| garbled())?;
        let cloud = cloud_of(&document);
        return Ok(Discovery {
            tenant: tenant_in(&document.issuer).ok_or_else(garbled)?,
            instance: document.cloud_instance_name,
            region: document.tenant_region_scope,
            cloud,
            evidence: evidence(None, None),
        });
    }
    if answer.status == StatusCode::TOO_MANY_REQUESTS || answer.status.is_server_error() {
        let (host, status) = (host_of(url), answer.status.as_u16());
        return Err(DiscoverError::Unreachable(format!(
            "{host} has trouble or is overloaded (HTTP {status}): try again in a few minutes"
        )));
    }
    let problem: Problem = serde_json::from_slice(&answer.body).map_err(|_| garbled())?;
    let code = problem.error_codes.first().copied().or_else(|| aadsts(&problem.error_description));
    let evidence = Box::new(evidence(code.map(|code| format!("AADSTS{code}")), problem.trace_id));
    let tenant = tenant.clone();
    match (code, problem.error.as_str()) {
        (Some(900_023), _) => Err(DiscoverError::Malformed { tenant, evidence }),
        (Some(90_002), _) | (_, "invalid_tenant") => Err(DiscoverError::Unknown { tenant, evidence }),
        _ => Err(garbled()),
    }
}

fn aadsts(description: &str) -> Option<u32> {
    let digits = description.strip_prefix("AADSTS")?;
    digits.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// The first part of the issuer's path: `https://…/{tenant}/v2.0`.
fn tenant_in(issuer: &str) -> Option<Uuid> {
    Url::parse(issuer).ok()?.path_segments()?.find_map(|part| Uuid::try_parse(part).ok())
}

/// Tenants of GCC live in the public cloud; those of GCC High say `DODCON`, those of the DoD `DOD`.
fn cloud_of(document: &Document) -> Option<Cloud> {
    match document.cloud_instance_name.as_str() {
        "microsoftonline.com" => Some(Cloud::Public),
        "microsoftonline.us" if document.tenant_region_sub_scope.as_deref() == Some("DOD") => {
            Some(Cloud::UsDod)
        }
        "microsoftonline.us" => Some(Cloud::UsGovernment),
        "partner.microsoftonline.cn" => Some(Cloud::China),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const TENANT: &str = "11111111-2222-3333-4444-555555555555";

    fn reading(status: u16, body: &str) -> Result<Discovery, DiscoverError> {
        let answer = Answer {
            status: StatusCode::from_u16(status).unwrap(),
            request_id: Some("r1".into()),
            body: Bytes::copy_from_slice(body.as_bytes()),
        };
        let url = Url::parse("https://login.example/contoso.example/v2.0/.well-known/openid-configuration")
            .unwrap();
        read(&answer, &"contoso.example".parse().unwrap(), &url)
    }

    fn document(instance: &str, sub_scope: Option<&str>) -> Discovery {
        let document = json!({
            "issuer": format!("https://login.microsoftonline.com/{TENANT}/v2.0"),
            "cloud_instance_name": instance,
            "tenant_region_scope": "EU",
            "tenant_region_sub_scope": sub_scope,
        });
        reading(200, &document.to_string()).unwrap()
    }

    #[test]
    fn a_domain_becomes_the_tenant_s_id() {
        let found = document("microsoftonline.com", None);
        assert_eq!(found.tenant.to_string(), TENANT);
        assert_eq!(found.region.as_deref(), Some("EU"));
        assert_eq!(found.evidence.request, "GET /contoso.example/v2.0/.well-known/openid-configuration");
        assert_eq!((found.evidence.status, found.evidence.request_id.as_deref()), (Some(200), Some("r1")));
    }

    #[test]
    fn the_document_tells_which_cloud_the_tenant_lives_in() {
        for (instance, sub_scope, cloud) in [
            ("microsoftonline.com", Some("GCC"), Some(Cloud::Public)),
            ("microsoftonline.us", Some("DODCON"), Some(Cloud::UsGovernment)),
            ("microsoftonline.us", Some("DOD"), Some(Cloud::UsDod)),
            ("partner.microsoftonline.cn", None, Some(Cloud::China)),
            ("sovcloud-identity.fr", None, None),
        ] {
            assert_eq!(document(instance, sub_scope).cloud, cloud, "{instance}");
        }
    }

    #[test]
    fn a_tenant_that_is_not_there_is_told_from_one_that_cannot_be() {
        let refusal = |code: u32, error: &str| {
            let body = json!({"error": error, "error_description": format!("AADSTS{code}: No.\r\nTrace ID: t"), "error_codes": [code]});
            reading(400, &body.to_string()).unwrap_err()
        };
        let DiscoverError::Unknown { evidence, .. } = refusal(90_002, "invalid_tenant") else { panic!() };
        assert_eq!(evidence.code.as_deref(), Some("AADSTS90002"));
        assert!(matches!(refusal(900_023, "invalid_request"), DiscoverError::Malformed { .. }));
        let words = json!({"error": "invalid_tenant", "error_description": "AADSTS90002: Tenant not found."});
        assert!(matches!(reading(400, &words.to_string()).unwrap_err(), DiscoverError::Unknown { .. }));
    }

    #[test]
    fn trouble_and_strangers_say_nothing_about_the_tenant() {
        for status in [429, 500, 503] {
            assert!(matches!(reading(status, "Too Many Requests"), Err(DiscoverError::Unreachable(_))));
        }
        for (status, body) in [
            (200, "<html>"),
            (200, "{}"),
            (200, r#"{"issuer":"https://login.example/common/v2.0"}"#),
            (302, ""),
            (404, "not here"),
            (400, r#"{"error":"odd"}"#),
        ] {
            let error = reading(status, body).unwrap_err();
            assert!(matches!(error, DiscoverError::Garbled { .. }), "{status} {body}: {error}");
        }
    }
}
