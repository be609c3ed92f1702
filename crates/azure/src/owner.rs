//! Whose a subscription is: Resource Manager tells anybody who asks for it without a token which tenant to sign in
//! to.

use std::time::Duration;

use fairlead_model::{Api, Cloud, Evidence};
use http::{HeaderMap, StatusCode, header::WWW_AUTHENTICATE};
use jiff::Timestamp;
use url::Url;
use uuid::Uuid;

use crate::{
    cloud::{Addresses, host_of},
    wire::{Breakdown, client},
};

/// The answer is a header: who has not sent it by then will not.
const LONGEST: Duration = Duration::from_secs(20);

/// The tenant of a subscription; `None` where there is no such subscription. No credential is needed.
///
/// # Errors
/// A sentence: Resource Manager was not reached, or did not tell.
pub async fn tenant_of_subscription(
    cloud: &Cloud,
    subscription: Uuid,
) -> (Result<Option<Uuid>, String>, Evidence) {
    let mut evidence = Evidence {
        request: format!("GET /subscriptions/{subscription}?api-version=2022-12-01"),
        api: Some(Api::ResourceManager),
        status: None,
        code: None,
        request_id: None,
        at: Timestamp::now(),
    };
    let told = match tokio::time::timeout(LONGEST, ask(cloud, subscription, &mut evidence)).await {
        Ok(told) => told,
        Err(_) => Err(format!("Azure Resource Manager did not answer within {} s", LONGEST.as_secs())),
    };
    evidence.at = Timestamp::now();
    (told, evidence)
}

async fn ask(cloud: &Cloud, subscription: Uuid, evidence: &mut Evidence) -> Result<Option<Uuid>, String> {
    let addresses = Addresses::of(cloud).map_err(|error| error.to_string())?;
    let ca_file = match cloud {
        Cloud::Custom(custom) => custom.ca_file.as_deref(),
        Cloud::Public | Cloud::UsGovernment | Cloud::UsDod | Cloud::China => None,
    };
    let http = client(&addresses, ca_file).map_err(|error| error.to_string())?;
    let mut url = addresses.resource_manager.clone();
    let prefix = url.path().trim_end_matches('/').to_owned();
    url.set_path(&format!("{prefix}/subscriptions/{subscription}"));
    url.set_query(Some("api-version=2022-12-01"));
    let response = http
        .get(url.clone())
        .send()
        .await
        .map_err(|error| Breakdown::of(&error, &url).sentence().to_owned())?;
    evidence.status = Some(response.status().as_u16());
    evidence.request_id =
        response.headers().get("x-ms-request-id").and_then(|id| id.to_str().ok()).map(str::to_owned);
    match response.status() {
        StatusCode::NOT_FOUND => Ok(None),
        StatusCode::UNAUTHORIZED => tenant_in(response.headers()).map(Some).ok_or_else(|| {
            format!("{} does not tell which tenant the subscription {subscription} is of", host_of(&url))
        }),
        status => Err(format!("{} answered HTTP {}: try again later", host_of(&url), status.as_u16())),
    }
}

/// `Bearer authorization_uri="https://login.windows.net/{tenant}", error="invalid_token", …`.
fn tenant_in(headers: &HeaderMap) -> Option<Uuid> {
    let challenge = headers.get(WWW_AUTHENTICATE)?.to_str().ok()?;
    let (_, after) = challenge.split_once("authorization_uri=\"")?;
    let (address, _) = after.split_once('"')?;
    Url::parse(address).ok()?.path_segments()?.find_map(|part| Uuid::try_parse(part).ok())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn the_challenge_names_the_tenant() {
        let tenant = "11111111-2222-3333-4444-555555555555";
        for (challenge, expected) in [
            (
                format!(
                    "Bearer authorization_uri=\"https://login.windows.net/{tenant}\", error=\"invalid_token\""
                ),
                Some(tenant),
            ),
            ("Bearer authorization_uri=\"https://login.windows.net/common\"".to_owned(), None),
            ("Bearer".to_owned(), None),
        ] {
            let headers =
                HeaderMap::from_iter([(WWW_AUTHENTICATE, HeaderValue::from_str(&challenge).unwrap())]);
            assert_eq!(tenant_in(&headers).map(|id| id.to_string()).as_deref(), expected, "{challenge}");
        }
    }
}
