//! Applications, service principals, their credentials, and what is granted to whom.

use jiff::Timestamp;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::ObjectRef;
use super::objects::Entity;

/// A client secret as the directory keeps it: a hash, never the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordCredential {
    /// `keyId`
    pub key_id: Uuid,
    /// `displayName`
    pub display_name: Option<String>,
    /// The first three characters of the value.
    pub hint: String,
    /// SHA-256 of the value.
    pub hash: [u8; 32],
    /// `startDateTime`
    pub start: Timestamp,
    /// `endDateTime`
    pub end: Timestamp,
    /// When it was added: it does not work before it has propagated.
    pub created: Timestamp,
}

impl PasswordCredential {
    /// Whether this is the value.
    pub fn matches(&self, value: &str) -> bool {
        self.hash == Self::hash_of(value)
    }

    /// The hash that is kept of a value.
    pub fn hash_of(value: &str) -> [u8; 32] {
        Sha256::digest(value.as_bytes()).into()
    }

    /// The hint that is kept of a value.
    pub fn hint_of(value: &str) -> String {
        value.chars().take(3).collect()
    }
}

/// A certificate of an application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyCredential {
    /// `keyId`
    pub key_id: Uuid,
    /// `displayName`
    pub display_name: Option<String>,
    /// The DER certificate.
    pub certificate: Vec<u8>,
    /// SHA-1 of the certificate, as `x5t` and `customKeyIdentifier` carry it.
    pub thumbprint: Vec<u8>,
    /// `startDateTime`
    pub start: Timestamp,
    /// `endDateTime`
    pub end: Timestamp,
}

/// A trust in another issuer: `federatedIdentityCredential`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FederatedCredential {
    /// `id`
    pub id: Uuid,
    /// `name`
    pub name: String,
    /// `issuer`, compared exactly
    pub issuer: String,
    /// `subject`, compared exactly
    pub subject: String,
    /// `audiences`: one
    pub audience: String,
    /// `description`
    pub description: Option<String>,
    /// When it was added: 70021 until it has propagated.
    pub created: Timestamp,
}

/// `signInAudience`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInAudience {
    /// This tenant only.
    SingleTenant,
    /// Any tenant.
    MultiTenant,
    /// Any tenant and personal accounts.
    MultiTenantAndPersonal,
}

impl SignInAudience {
    /// Reads what Graph writes, in any letter case. An audience of personal accounts only is none here.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::SingleTenant, Self::MultiTenant, Self::MultiTenantAndPersonal]
            .into_iter()
            .find(|it| it.as_str().eq_ignore_ascii_case(text))
    }

    /// As Graph writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SingleTenant => "AzureADMyOrg",
            Self::MultiTenant => "AzureADMultipleOrgs",
            Self::MultiTenantAndPersonal => "AzureADandPersonalMicrosoftAccount",
        }
    }
}

/// An app role that a resource offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppRole {
    /// `id`
    pub id: Uuid,
    /// `value`
    pub value: Option<String>,
    /// `displayName`
    pub display_name: String,
    /// `description`
    pub description: String,
    /// `allowedMemberTypes` contains `User`
    pub for_users: bool,
    /// `allowedMemberTypes` contains `Application`
    pub for_applications: bool,
    /// `isEnabled`
    pub enabled: bool,
}

/// A delegated permission that a resource offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PermissionScope {
    /// `id`
    pub id: Uuid,
    /// `value`
    pub value: String,
    /// `type` is `Admin` rather than `User`
    pub admin_consent: bool,
    /// `isEnabled`
    pub enabled: bool,
}

/// One entry of `requiredResourceAccess`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequiredResourceAccess {
    /// `resourceAppId`
    pub resource_app_id: Uuid,
    /// `resourceAccess`: id, and whether it is a role (else a scope)
    pub access: Vec<(Uuid, bool)>,
}

/// An application object: the registration in its home tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are Graph's own property names in snake case")]
pub struct Application {
    pub id: Uuid,
    pub app_id: Uuid,
    pub display_name: String,
    pub sign_in_audience: SignInAudience,
    pub created: Timestamp,
    pub publisher_domain: Option<String>,
    pub identifier_uris: Vec<String>,
    pub redirect_uris: Vec<String>,
    pub required_resource_access: Vec<RequiredResourceAccess>,
    pub password_credentials: Vec<PasswordCredential>,
    pub key_credentials: Vec<KeyCredential>,
    pub federated_credentials: Vec<FederatedCredential>,
    pub app_roles: Vec<AppRole>,
    pub oauth2_permission_scopes: Vec<PermissionScope>,
    /// A public client: it must not send a credential.
    pub public_client: bool,
    /// `isDisabled`
    pub disabled: bool,
    /// Words it is found by.
    pub tags: Vec<String>,
    pub owners: Vec<ObjectRef>,
}

impl Entity for Application {
    fn id(&self) -> Uuid {
        self.id
    }
}

/// `servicePrincipalType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServicePrincipalType {
    /// An application.
    Application,
    /// A managed identity.
    ManagedIdentity,
    /// From before app registrations.
    Legacy,
}

impl ServicePrincipalType {
    /// As Graph writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Application => "Application",
            Self::ManagedIdentity => "ManagedIdentity",
            Self::Legacy => "Legacy",
        }
    }
}

/// A service principal: an application's presence in a tenant, or a managed identity.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are Graph's own property names in snake case")]
pub struct ServicePrincipal {
    pub id: Uuid,
    pub app_id: Uuid,
    pub display_name: String,
    pub description: Option<String>,
    pub service_principal_type: ServicePrincipalType,
    pub account_enabled: bool,
    /// `disabledByMicrosoftStatus` is set.
    pub disabled_by_microsoft: bool,
    /// None for managed identities.
    pub app_owner_organization_id: Option<Uuid>,
    pub sign_in_audience: Option<SignInAudience>,
    pub app_role_assignment_required: bool,
    pub homepage: Option<String>,
    pub service_principal_names: Vec<String>,
    pub app_roles: Vec<AppRole>,
    pub oauth2_permission_scopes: Vec<PermissionScope>,
    pub password_credentials: Vec<PasswordCredential>,
    pub key_credentials: Vec<KeyCredential>,
    pub tags: Vec<String>,
    /// ARM id of a managed identity, after `isExplicit=True` for a user-assigned one.
    pub alternative_names: Vec<String>,
    pub verified_publisher: Option<String>,
    pub created: Timestamp,
    pub owners: Vec<ObjectRef>,
}

impl Entity for ServicePrincipal {
    fn id(&self) -> Uuid {
        self.id
    }
}

/// An app role granted to a user, group or service principal (`appRoleAssignment`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppRoleAssignment {
    /// A number of its own; Graph shows an opaque string instead.
    pub id: Uuid,
    /// `appRoleId`; nil means default access.
    pub app_role_id: Uuid,
    /// `principalId`
    pub principal: Uuid,
    /// `principalType`: what the principal is (or was, when deleted).
    pub principal_kind: super::ObjectKind,
    /// `principalDisplayName` as of the grant.
    pub principal_display_name: String,
    /// `resourceId`: object id of the service principal that offers the role.
    pub resource: Uuid,
    /// `createdDateTime`; token issuance sees it after propagation.
    pub created: Timestamp,
}

impl Entity for AppRoleAssignment {
    fn id(&self) -> Uuid {
        self.id
    }
}

/// Delegated consent (`oauth2PermissionGrant`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PermissionGrant {
    /// `id`; Graph shows an opaque string instead.
    pub id: Uuid,
    /// `clientId`: object id of the client's service principal.
    pub client: Uuid,
    /// `principalId`; none means `AllPrincipals`.
    pub principal: Option<Uuid>,
    /// `resourceId`
    pub resource: Uuid,
    /// `scope`: blank-separated.
    pub scope: String,
}

impl Entity for PermissionGrant {
    fn id(&self) -> Uuid {
        self.id
    }
}
