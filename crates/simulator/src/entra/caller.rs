//! Who asks: what a verified access token says.

use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

/// An app-only caller, from the claims of a verified token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// `tid`
    pub tenant: Uuid,
    /// `appid`
    pub app_id: Uuid,
    /// `oid`: object id of the service principal.
    pub principal: Uuid,
    /// `roles`: granted application permissions of the token's resource.
    pub roles: Arc<[String]>,
    /// `exp`
    pub expires: Timestamp,
}

impl Caller {
    /// Whether the token carries this application permission.
    pub fn has(&self, role: &str) -> bool {
        self.roles.iter().any(|it| it == role)
    }

    /// Whether the token carries one of these application permissions.
    pub fn has_any(&self, roles: &[&str]) -> bool {
        roles.iter().any(|role| self.has(role))
    }
}
