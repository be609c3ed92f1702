//! Registrations: everything an onboarding can get wrong about one.

use std::path::PathBuf;

use secrecy::SecretString;
use serde::Deserialize;
use uuid::Uuid;

use super::{Moment, root};

/// `[tenant.reader]` and `[[tenant.app]]`: a registration with its service principal, credentials and grants.
/// Everything an onboarding can get wrong about it can be said here.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct AppPlan {
    /// Display name.
    pub name: Option<String>,
    /// Client id; absent: from the seed.
    pub client_id: Option<Uuid>,
    /// Object id of the registration; absent: from the seed.
    pub object_id: Option<Uuid>,
    /// Object id of the service principal; absent: from the seed.
    pub principal_id: Option<Uuid>,
    /// Name or id of the tenant that the registration is in; absent: this one. In another tenant of the scenario it
    /// needs an entry of its own, with the secret; the id of no tenant of the scenario stands for one elsewhere.
    pub registered_in: Option<String>,

    /// Client secret; absent: from the seed.
    pub secret: Option<SecretString>,
    /// `keyId` of the secret; absent: from the seed.
    pub secret_id: Option<Uuid>,
    /// When the secret ends; absent: at least half a year from the start.
    pub secret_expires: Option<Moment>,
    /// When the secret was made: it does not work before it has propagated. Absent: long ago.
    pub secret_created: Option<Moment>,
    /// There is no secret, whatever `secret` says.
    pub without_secret: bool,
    /// More secrets.
    pub secrets: Vec<SecretPlan>,
    /// A DER or PEM certificate to sign in with.
    pub certificate: Option<PathBuf>,
    /// Federated credentials.
    pub federated: Vec<FederatedPlan>,

    /// The application permissions of Microsoft Graph that an administrator consented to. Absent: all that a
    /// directory sync uses for the reader, none for other apps.
    pub granted: Option<Vec<String>>,
    /// When consent was given: tokens do not show it before it has propagated. Absent: long ago.
    pub granted_at: Option<Moment>,
    /// Permissions consented to on the retired Azure AD Graph by mistake: they have no effect.
    pub granted_on_azure_ad_graph: Vec<String>,
    /// The delegated permissions of Microsoft Graph that an administrator consented to for everybody.
    pub delegated: Vec<String>,
    /// Delegated permissions of the retired Azure AD Graph, likewise.
    pub delegated_on_azure_ad_graph: Vec<String>,
    /// Delegated permissions that single users consented to for themselves.
    pub delegated_by_users: Vec<GrantByUserPlan>,
    /// The application permissions of Microsoft Graph that the registration asks for. Absent: those granted.
    pub requested: Option<Vec<String>>,
    /// The delegated permissions of Microsoft Graph that it asks for. Absent: those granted.
    pub requested_delegated: Option<Vec<String>>,
    /// The application permissions of Azure AD Graph that it asks for. Absent: those granted.
    pub requested_on_azure_ad_graph: Option<Vec<String>>,
    /// The delegated permissions of Azure AD Graph that it asks for. Absent: those granted.
    pub requested_delegated_on_azure_ad_graph: Option<Vec<String>>,

    /// Azure roles. Absent: Reader and Storage Blob Data Reader at the root management group for the reader,
    /// none for other apps.
    pub roles: Option<Vec<RolePlan>>,
    /// Names or ids of Entra directory roles that the service principal holds.
    pub directory_roles: Vec<String>,

    /// The service principal's `accountEnabled` is false.
    pub disabled: bool,
    /// Microsoft disabled the application.
    pub disabled_by_microsoft: bool,
    /// There is a registration but no service principal.
    pub without_principal: bool,
    /// The service principal's `appRoleAssignmentRequired` is true.
    pub assignment_required: bool,
    /// It is a public client, which must not send a secret.
    pub public_client: bool,
    /// Other tenants may consent to it.
    pub multi_tenant: bool,
    /// Its service principal is an owner of the registration: with `Application.ReadWrite.OwnedBy` it may change its
    /// own secrets.
    pub owns_itself: bool,
    /// A Conditional Access policy for workload identities blocks it.
    pub blocked_by_conditional_access: bool,
    /// Every token request is answered with this AADSTS code.
    pub token_error: Option<u32>,
    /// Every token request is answered 429 with this `Retry-After`, in seconds.
    pub token_throttled_s: Option<u32>,
    /// An Exchange application access policy keeps it out of every mailbox.
    pub mailboxes_denied: bool,
}

/// A further secret of a registration.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SecretPlan {
    /// The value.
    pub value: SecretString,
    /// `keyId`; absent: from the seed.
    pub id: Option<Uuid>,
    /// `displayName`
    pub name: Option<String>,
    /// When it ends; absent: at least half a year from the start.
    pub expires: Option<Moment>,
    /// When it was made; absent: long ago.
    pub created: Option<Moment>,
}

/// Delegated permissions that one user consented to.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct GrantByUserPlan {
    /// Id or userPrincipalName.
    pub user: String,
    /// Delegated permissions of Microsoft Graph.
    pub permissions: Vec<String>,
}

/// An Azure role at a scope.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RolePlan {
    /// Name or id of a role definition.
    pub role: String,
    /// A scope such as `/subscriptions/{id}`; `root` stands for the root management group.
    #[serde(default = "root")]
    pub scope: String,
    /// `condition`
    pub condition: Option<String>,
    /// When it was assigned: it is listed at once and takes effect when it has propagated. Absent: long ago.
    pub assigned: Option<Moment>,
    /// The role can be activated and is not assigned (PIM).
    #[serde(default)]
    pub eligible: bool,
}

impl RolePlan {
    /// A role at the root management group, assigned long ago.
    pub fn at_root(role: &str) -> Self {
        Self { role: role.to_owned(), scope: root(), condition: None, assigned: None, eligible: false }
    }
}

/// A federated credential.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct FederatedPlan {
    /// `issuer`
    pub issuer: String,
    /// `subject`
    pub subject: String,
    /// `audiences`
    #[serde(default = "token_exchange")]
    pub audience: String,
}

fn token_exchange() -> String {
    "api://AzureADTokenExchange".to_owned()
}
