//! What a token says of itself. Read, never verified: it was just received from its issuer, and nothing
//! is decided by it but what to tell people.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize;

/// Claims of an access token for Graph or Resource Manager
/// (learn.microsoft.com/entra/identity-platform/access-token-claims-reference). A token is opaque to its
/// client by contract, so each may be absent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Claims {
    /// The tenant's id, also when the tenant was named by a domain.
    pub tid: Option<String>,
    /// The application (client) id, in tokens of version 1.0.
    pub appid: Option<String>,
    /// The application's display name.
    pub app_displayname: Option<String>,
    /// The object id of the application's service principal in the tenant.
    pub oid: Option<String>,
    /// "app" when an application signed in by itself.
    pub idtyp: Option<String>,
    /// How the application proved itself: "1" a secret, "2" a certificate or an assertion.
    pub appidacr: Option<String>,
    /// Application permissions that are granted on the service; empty where there are none.
    pub roles: Vec<String>,
    /// Templates of the directory roles the service principal holds.
    pub wids: Vec<String>,
}

impl Claims {
    /// Reads the claims; of a token that is not a JWT there are none.
    pub(crate) fn of(token: &str) -> Self {
        Self::read(token).unwrap_or_default()
    }

    fn read(token: &str) -> Option<Self> {
        let payload = token.split('.').nth(1)?;
        let json = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
        serde_json::from_slice(&json).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_are_read_from_the_payload() {
        let payload = URL_SAFE_NO_PAD
            .encode(r#"{"aud":"x","tid":"t","roles":["User.Read.All"],"exp":1,"appidacr":"1"}"#);
        let claims = Claims::of(&format!("e30.{payload}.c2ln"));
        assert_eq!(claims.tid.as_deref(), Some("t"));
        assert_eq!(claims.roles, ["User.Read.All"]);
        assert_eq!(claims.oid, None);
    }

    #[test]
    fn an_opaque_token_has_no_claims() {
        for token in ["", "opaque", "a.b.c", "..", "a.!!!.c"] {
            assert_eq!(Claims::of(token), Claims::default(), "{token}");
        }
    }
}
