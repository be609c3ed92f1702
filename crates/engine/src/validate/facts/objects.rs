//! The things Azure tells of, as far as anybody judges them.

use fairlead_azure::rbac::Entry;
use jiff::Timestamp;
use serde::Deserialize;
use uuid::Uuid;

/// A service principal.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ServicePrincipal {
    /// Object id.
    pub id: Uuid,
    /// Name.
    pub display_name: Option<String>,
    /// "Enabled for users to sign-in".
    pub account_enabled: Option<bool>,
    /// The tenant its registration is at home in.
    pub app_owner_organization_id: Option<Uuid>,
    /// Who may use it.
    pub sign_in_audience: Option<String>,
    /// Its own secrets.
    #[serde(deserialize_with = "or_default")]
    pub password_credentials: Vec<PasswordCredential>,
}

/// An app registration.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Application {
    /// Object id, which is not the application (client) id.
    pub id: Uuid,
    /// Application (client) id.
    pub app_id: Uuid,
    /// Name.
    pub display_name: Option<String>,
    /// Who may use it.
    pub sign_in_audience: Option<String>,
    /// Its secrets.
    #[serde(deserialize_with = "or_default")]
    pub password_credentials: Vec<PasswordCredential>,
    /// Permissions it asks for, consented to or not.
    #[serde(deserialize_with = "or_default")]
    pub required_resource_access: Vec<RequiredResource>,
}

/// A client secret, as the directory shows it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PasswordCredential {
    /// Its first three characters.
    pub hint: Option<String>,
    /// From when it works.
    #[serde(deserialize_with = "moment")]
    pub start_date_time: Option<Timestamp>,
    /// Until when it works.
    #[serde(deserialize_with = "moment")]
    pub end_date_time: Option<Timestamp>,
}

/// What an app registration asks of one service.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RequiredResource {
    /// The service's application id.
    pub resource_app_id: Uuid,
    /// What it asks for.
    pub resource_access: Vec<RequiredAccess>,
}

/// One permission an app registration asks for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RequiredAccess {
    /// The permission's id.
    pub id: Uuid,
    /// "Role" for an application's own, "Scope" for a delegated one.
    #[serde(rename = "type")]
    pub kind: String,
}

/// An application permission that is consented to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AppRoleGrant {
    /// The permission's id.
    pub app_role_id: Uuid,
    /// The object id of the service's principal.
    pub resource_id: Uuid,
    /// Since when.
    #[serde(deserialize_with = "moment")]
    pub created_date_time: Option<Timestamp>,
}

/// Delegated permissions that are consented to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DelegatedGrant {
    /// "`AllPrincipals`", or "Principal" where one person consented for themselves.
    pub consent_type: String,
    /// Names, separated by blanks.
    pub scope: String,
}

/// A subscription.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Subscription {
    /// Its id.
    pub subscription_id: Uuid,
    /// Its tenant.
    #[serde(default)]
    pub tenant_id: Option<Uuid>,
    /// Its name.
    #[serde(default)]
    pub display_name: String,
    /// Whether it works.
    #[serde(default)]
    pub state: SubscriptionState,
}

/// Whether a subscription works (learn.microsoft.com/azure/cost-management-billing/manage/subscription-states).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[allow(missing_docs, reason = "Azure's own words")]
pub enum SubscriptionState {
    Enabled,
    Warned,
    PastDue,
    Disabled,
    Deleted,
    #[default]
    #[serde(other)]
    Unknown,
}

/// A role assignment, or an eligible one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// The role definition's id.
    pub role: Uuid,
    /// Who has it: the application's principal, or a group it is in.
    pub principal: Uuid,
    /// Where.
    pub scope: String,
    /// Under which condition.
    pub condition: Option<String>,
    /// Since when.
    pub created: Option<Timestamp>,
}

/// A deny assignment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DenyAssignment {
    /// Its name.
    pub name: String,
    /// Where.
    pub scope: String,
    /// At that scope alone, and at none below it.
    pub here_only: bool,
    /// What is denied.
    pub permissions: Vec<Entry>,
    /// To whom; the nil id is everyone.
    pub principals: Vec<Uuid>,
    /// But not to them.
    pub excluded: Vec<Uuid>,
}

/// A role definition as fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// Its name.
    pub name: String,
    /// What it allows.
    pub permissions: Vec<Entry>,
}

/// A moment. Azure writes the last day of 9999 for "without an end", which is more than a timestamp here holds: it is the
/// last there is. What is no moment at all is as if it were not there, and spoils nothing beside it.
pub(in crate::validate) fn moment<'de, D>(from: D) -> Result<Option<Timestamp>, D::Error>
where
    D: serde::Deserializer<'de>,
{
    let Some(text) = Option::<String>::deserialize(from)? else { return Ok(None) };
    let beyond = text.starts_with("9999-12-3").then_some(Timestamp::MAX);
    Ok(text.parse().ok().or(beyond))
}

/// Azure writes `null` where there is nothing.
fn or_default<'de, D, T>(from: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_secret_without_an_end_hides_none_beside_it() {
        let application: Application = serde_json::from_value(json!({"passwordCredentials": [
            {"hint": "abc", "startDateTime": null, "endDateTime": "9999-12-31T23:59:59.9999999Z"},
            {"hint": "xyz", "endDateTime": "2027-05-01T00:00:00Z"},
            {"hint": "odd", "endDateTime": "some day"},
        ]}))
        .unwrap();
        let ends: Vec<_> = application.password_credentials.iter().map(|one| one.end_date_time).collect();
        assert_eq!(ends, [Some(Timestamp::MAX), Some("2027-05-01T00:00:00Z".parse().unwrap()), None]);
    }
}
