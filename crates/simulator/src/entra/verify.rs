//! Bearer tokens at Graph and Resource Manager: signature, audience, lifetime.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use super::caller::Caller;
use super::keys::{Jwt, SigningKey};
use crate::world::permissions::{ARM_APP_ID, GRAPH_APP_ID};

/// The service that a token must be for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Audience {
    /// Microsoft Graph.
    Graph,
    /// Azure Resource Manager.
    Arm,
}

/// Why a token is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Invalid {
    /// It is no JWT, or not one of an application.
    Malformed,
    /// Another key signed it.
    Signature,
    /// It is for another service.
    Audience,
    /// It has expired, or does not hold yet.
    Lifetime,
}

/// Tokens whose signature was verified before: clients send the same one thousands of times.
#[derive(Debug, Default)]
pub(super) struct Verified(Mutex<HashMap<String, Known>>);

#[derive(Clone, Debug)]
struct Known {
    caller: Caller,
    audience: String,
    not_before: Timestamp,
}

/// When more tokens than this are known, all are forgotten and verified anew.
const MOST: usize = 4_096;

impl Verified {
    pub(super) fn check(
        &self,
        key: &SigningKey,
        token: &str,
        audience: Audience,
        base_url: &str,
        now: Timestamp,
    ) -> Result<Caller, Invalid> {
        let known = self.known(key, token)?;
        if !is_for(audience, &known.audience, base_url) {
            return Err(Invalid::Audience);
        }
        if now < known.not_before || known.caller.expires <= now {
            return Err(Invalid::Lifetime);
        }
        Ok(known.caller)
    }

    fn known(&self, key: &SigningKey, token: &str) -> Result<Known, Invalid> {
        if let Some(known) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(token) {
            return Ok(known.clone());
        }
        let parsed = Jwt::parse(token).ok_or(Invalid::Malformed)?;
        if key.verify(token).is_none() {
            return Err(Invalid::Signature);
        }
        let known = read(&parsed).ok_or(Invalid::Malformed)?;
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST {
            all.clear();
        }
        all.insert(token.to_owned(), known.clone());
        Ok(known)
    }
}

fn read(token: &Jwt<'_>) -> Option<Known> {
    let id = |claim: &str| Uuid::try_parse(token.text(claim)?).ok();
    let moment = |claim: &str| Timestamp::from_second(token.seconds(claim)?).ok();
    let roles: Arc<[String]> = match token.claims.get("roles") {
        Some(Value::Array(roles)) => roles.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Arc::new([]),
    };
    Some(Known {
        caller: Caller {
            tenant: id("tid")?,
            app_id: id("appid").or_else(|| id("azp"))?,
            principal: id("oid")?,
            roles,
            expires: moment("exp")?,
        },
        audience: token.text("aud")?.trim_end_matches('/').to_ascii_lowercase(),
        not_before: moment("nbf")?,
    })
}

fn is_for(service: Audience, audience: &str, base_url: &str) -> bool {
    let (id, names): (_, &[&str]) = match service {
        Audience::Graph => (
            GRAPH_APP_ID,
            &[
                "https://graph.microsoft.com",
                "https://graph.microsoft.us",
                "https://dod-graph.microsoft.us",
                "https://microsoftgraph.chinacloudapi.cn",
            ],
        ),
        Audience::Arm => (
            ARM_APP_ID,
            &[
                "https://management.azure.com",
                "https://management.core.windows.net",
                "https://management.usgovcloudapi.net",
                "https://management.core.usgovcloudapi.net",
                "https://management.chinacloudapi.cn",
                "https://management.core.chinacloudapi.cn",
            ],
        ),
    };
    names.contains(&audience)
        || audience == id.to_string()
        || (service == Audience::Graph && audience.eq_ignore_ascii_case(base_url))
}
