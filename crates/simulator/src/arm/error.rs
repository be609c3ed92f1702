//! What Resource Manager refuses, in the codes and messages that clients match on.

use http::StatusCode;
use uuid::Uuid;

use crate::server::call::Response;
use crate::server::errors;
use crate::world::arm::Scope;

/// A refusal; its text is the `message` of the error document.
/// Source: azure-docs articles/azure-resource-manager/troubleshooting and role-based-access-control/troubleshooting.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum ArmError {
    #[error("The api-version query parameter (?api-version=) is required for all requests.")]
    MissingApiVersion,

    #[error("The api-version '{version}' is invalid. The supported versions are '{supported}'.")]
    InvalidApiVersion { version: String, supported: String },

    #[error(
        "No registered resource provider found for location '' and API version '{version}' for type \
         '{resource_type}'. The supported api-versions are '{supported}'. The supported locations are ''."
    )]
    NoRegisteredProvider { version: String, resource_type: &'static str, supported: String },

    #[error("The request did not have a subscription or a valid tenant level resource provider.")]
    MissingSubscription,

    #[error("The provided subscription identifier '{0}' is malformed or invalid.")]
    InvalidSubscriptionId(String),

    #[error("The resource namespace '{0}' is invalid.")]
    InvalidResourceNamespace(String),

    #[error(
        "The resource type '{resource_type}' could not be found in the namespace '{namespace}' for api \
         version '{version}'."
    )]
    InvalidResourceType { namespace: String, resource_type: String, version: String },

    #[error("The requested resource does not support http method '{0}'.")]
    MethodNotAllowed(String),

    #[error("The tenant '{0}' of the access token is not known here.")]
    UnknownTenant(Uuid),

    #[error(
        "The access token is from the wrong issuer 'https://sts.windows.net/{actual}/'. It must match the \
         tenant 'https://sts.windows.net/{expected}/' associated with this subscription. Please use the \
         authority (URL) 'https://login.windows.net/{expected}' to get the token."
    )]
    WrongTenant { actual: Uuid, expected: Uuid },

    #[error(
        "The client '{client}' with object id '{principal}' does not have authorization to perform action \
         '{action}' over scope '{scope}' or the scope is invalid. If access was recently granted, please \
         refresh your credentials."
    )]
    AuthorizationFailed { client: Uuid, principal: Uuid, action: &'static str, scope: String },

    #[error(
        "The client '{client}' with object id '{principal}' has permission to perform action '{action}' on \
         scope '{scope}'; however, the access is denied because of the deny assignment with name '{}' \
         and Id '{}' at scope '{}'.",
        denial.name,
        denial.id,
        denial.scope
    )]
    DeniedByAssignment {
        client: Uuid,
        principal: Uuid,
        action: &'static str,
        scope: String,
        denial: Box<Denial>,
    },

    #[error(
        "The subscription '{0}' is disabled and therefore marked as read only. You cannot perform any write \
         actions on this subscription until it is re-enabled."
    )]
    ReadOnlyDisabledSubscription(Uuid),

    #[error("The subscription '{0}' could not be found.")]
    SubscriptionNotFound(Uuid),

    #[error("Resource group '{0}' could not be found.")]
    ResourceGroupNotFound(String),

    #[error("The Resource '{resource}' under resource group '{resource_group}' was not found.")]
    ResourceNotFound { resource: String, resource_group: String },

    #[error("'{0}' not found")]
    ManagementGroupNotFound(String),

    #[error("The specified container does not exist.")]
    ContainerNotFound,

    #[error("The role assignment '{0}' is not found.")]
    RoleAssignmentNotFound(Uuid),

    #[error("The deny assignment '{0}' is not found.")]
    DenyAssignmentNotFound(Uuid),

    #[error("The schedule '{0}' is not found.")]
    ScheduleNotFound(Uuid),

    #[error("The operation '{0}' could not be found.")]
    OperationNotFound(String),

    #[error("The specified role definition with ID '{0}' does not exist.")]
    RoleDefinitionDoesNotExist(String),

    /// The same code with the status that a lookup gives.
    #[error("The specified role definition with ID '{0}' does not exist.")]
    RoleDefinitionNotFound(String),

    #[error("The role assignment ID '{0}' is not valid. The role assignment ID must be a GUID.")]
    InvalidRoleAssignmentId(String),

    #[error("The role assignment already exists. The ID of the existing role assignment is {}.", .0.simple())]
    RoleAssignmentExists(Uuid),

    #[error("Tenant ID, application ID, principal ID, and scope are not allowed to be updated.")]
    RoleAssignmentUpdateNotPermitted,

    #[error("No more role assignments can be created; the limit of {0} at this scope is reached.")]
    RoleAssignmentLimitExceeded(usize),

    #[error(
        "Principal {} does not exist in the directory {tenant}. Check that you have the correct principal \
         ID. If you are creating this principal and then immediately assigning a role, this error might be \
         related to a replication delay. In this case, set the role assignment principalType property to a \
         value, such as ServicePrincipal, User, or Group.", .principal.simple()
    )]
    PrincipalNotFound { principal: Uuid, tenant: Uuid },

    #[error(
        "The PrincipalId '{}' has type '{actual}' , which is different from specified PrinciaplType \
         '{asked}'.", .principal.simple()
    )]
    UnmatchedPrincipalType { principal: Uuid, actual: &'static str, asked: &'static str },

    #[error("The principal ID '{0}' is not valid. Principal ID must be a GUID.")]
    InvalidPrincipalId(String),

    #[error("The filter '{0}' is not supported here.")]
    UnsupportedFilter(String),

    #[error("The skip token '{0}' is not valid.")]
    InvalidSkipToken(String),

    #[error("The value '{value}' of the query option '{option}' is not valid.")]
    InvalidOption { option: &'static str, value: String },

    #[error("The request content was invalid and could not be deserialized: '{0}'.")]
    InvalidRequestContent(String),

    #[error("The provided location '{0}' is not available for resource group.")]
    LocationNotAvailable(String),

    #[error(
        "Invalid resource group location '{asked}'. The Resource group already exists in location \
         '{actual}'."
    )]
    InvalidResourceGroupLocation { asked: String, actual: String },

    #[error("The tenant needs to have Microsoft Entra ID P2 or Microsoft Entra ID Governance license.")]
    LicenceRequired,
}

/// What denies an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Denial {
    pub(super) name: String,
    pub(super) id: Uuid,
    pub(super) scope: Scope,
}

impl ArmError {
    /// `error.code`.
    pub(super) const fn code(&self) -> &'static str {
        match self {
            Self::MissingApiVersion => "MissingApiVersionParameter",
            Self::InvalidApiVersion { .. } => "InvalidApiVersionParameter",
            Self::NoRegisteredProvider { .. } => "NoRegisteredProviderFound",
            Self::MissingSubscription => "MissingSubscription",
            Self::InvalidSubscriptionId(_) => "InvalidSubscriptionId",
            Self::InvalidResourceNamespace(_) => "InvalidResourceNamespace",
            Self::InvalidResourceType { .. } => "InvalidResourceType",
            Self::MethodNotAllowed(_) => "MethodNotAllowed",
            Self::UnknownTenant(_) => "InvalidAuthenticationToken",
            Self::WrongTenant { .. } => "InvalidAuthenticationTokenTenant",
            Self::AuthorizationFailed { .. } => "AuthorizationFailed",
            Self::DeniedByAssignment { .. } => "DenyAssignmentAuthorizationFailed",
            Self::ReadOnlyDisabledSubscription(_) => "ReadOnlyDisabledSubscription",
            Self::SubscriptionNotFound(_) => "SubscriptionNotFound",
            Self::ResourceGroupNotFound(_) => "ResourceGroupNotFound",
            Self::ResourceNotFound { .. } => "ResourceNotFound",
            Self::ManagementGroupNotFound(_) => "NotFound",
            Self::ContainerNotFound => "ContainerNotFound",
            Self::RoleAssignmentNotFound(_) => "RoleAssignmentNotFound",
            Self::DenyAssignmentNotFound(_) => "DenyAssignmentNotFound",
            Self::ScheduleNotFound(_) => "RoleAssignmentScheduleNotFound",
            Self::OperationNotFound(_) => "OperationNotFound",
            Self::RoleDefinitionDoesNotExist(_) | Self::RoleDefinitionNotFound(_) => {
                "RoleDefinitionDoesNotExist"
            }
            Self::InvalidRoleAssignmentId(_) => "InvalidRoleAssignmentId",
            Self::RoleAssignmentExists(_) => "RoleAssignmentExists",
            Self::RoleAssignmentUpdateNotPermitted => "RoleAssignmentUpdateNotPermitted",
            Self::RoleAssignmentLimitExceeded(_) => "RoleAssignmentLimitExceeded",
            Self::PrincipalNotFound { .. } => "PrincipalNotFound",
            Self::UnmatchedPrincipalType { .. } => "UnmatchedPrincipalType",
            Self::InvalidPrincipalId(_) => "InvalidPrincipalId",
            Self::UnsupportedFilter(_) => "UnsupportedQuery",
            Self::InvalidSkipToken(_) => "InvalidSkipToken",
            Self::InvalidOption { .. } => "InvalidParameter",
            Self::InvalidRequestContent(_) => "InvalidRequestContent",
            Self::LocationNotAvailable(_) => "LocationNotAvailableForResourceGroup",
            Self::InvalidResourceGroupLocation { .. } => "InvalidResourceGroupLocation",
            Self::LicenceRequired => "AadPremiumLicenseRequired",
        }
    }

    const fn status(&self) -> StatusCode {
        match self {
            Self::UnknownTenant(_) | Self::WrongTenant { .. } => StatusCode::UNAUTHORIZED,
            Self::AuthorizationFailed { .. } | Self::DeniedByAssignment { .. } => StatusCode::FORBIDDEN,
            Self::MissingSubscription
            | Self::InvalidResourceNamespace(_)
            | Self::InvalidResourceType { .. }
            | Self::SubscriptionNotFound(_)
            | Self::ResourceGroupNotFound(_)
            | Self::ResourceNotFound { .. }
            | Self::ManagementGroupNotFound(_)
            | Self::ContainerNotFound
            | Self::RoleAssignmentNotFound(_)
            | Self::DenyAssignmentNotFound(_)
            | Self::ScheduleNotFound(_)
            | Self::OperationNotFound(_)
            | Self::RoleDefinitionNotFound(_) => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::RoleAssignmentExists(_)
            | Self::InvalidResourceGroupLocation { .. }
            | Self::ReadOnlyDisabledSubscription(_) => StatusCode::CONFLICT,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}

impl From<ArmError> for Response {
    fn from(error: ArmError) -> Self {
        let response = errors::arm(error.status(), error.code(), &error.to_string());
        match error {
            ArmError::WrongTenant { expected, .. } => response.with_text(
                "www-authenticate",
                &format!(
                    "Bearer authorization_uri=\"https://login.windows.net/{expected}\", \
                     error=\"invalid_token\", error_description=\"The access token is from the wrong \
                     issuer. It must match the tenant associated with this subscription.\""
                ),
            ),
            _ => response,
        }
    }
}
