//! `microsoft.graph.servicePrincipal`.

use super::{credentials, properties};
use crate::odata::{Entity, Property, Value};
use crate::world::principals::{ServicePrincipal, SignInAudience};

/// The service principal type.
#[derive(Debug)]
pub enum ServicePrincipalType {}

impl Entity for ServicePrincipalType {
    type Item<'w> = &'w ServicePrincipal;
    const TYPE: &'static str = "servicePrincipal";
    const PROPERTIES: &'static [Property<Self>] = properties! {
        Always "id" |principal| Value::Guid(principal.id);
        Always "deletedDateTime" |_| Value::Null;
        Always "accountEnabled" |principal| Value::Bool(principal.account_enabled);
        Always "alternativeNames" |principal| Value::texts(&principal.alternative_names);
        Always "appDescription" |_| Value::Null;
        Always "appDisplayName" |principal| Value::text(&*principal.display_name);
        Always "appId" |principal| Value::Guid(principal.app_id);
        Always "appOwnerOrganizationId" |principal| Value::optional_guid(principal.app_owner_organization_id);
        Always "appRoleAssignmentRequired" |principal| Value::Bool(principal.app_role_assignment_required);
        Always "applicationTemplateId" |_| Value::Null;
        Always "createdDateTime" |principal| Value::Time(principal.created);
        Always "description" |principal| Value::optional_text(principal.description.as_deref());
        Always "disabledByMicrosoftStatus" |principal| {
            if principal.disabled_by_microsoft {
                Value::text("DisabledDueToViolationOfServicesAgreement")
            } else {
                Value::Null
            }
        };
        Always "displayName" |principal| Value::text(&*principal.display_name);
        Always "homepage" |principal| Value::optional_text(principal.homepage.as_deref());
        Always "isDisabled" |principal| Value::Bool(principal.disabled_by_microsoft);
        Always "loginUrl" |_| Value::Null;
        Always "logoutUrl" |_| Value::Null;
        Always "notes" |_| Value::Null;
        Always "notificationEmailAddresses" |_| Value::empty();
        Always "preferredSingleSignOnMode" |_| Value::Null;
        Always "preferredTokenSigningKeyThumbprint" |_| Value::Null;
        Always "replyUrls" |_| Value::empty();
        Always "servicePrincipalNames" |principal| Value::texts(&principal.service_principal_names);
        Always "servicePrincipalType" |principal| Value::text(principal.service_principal_type.as_str());
        Always "signInAudience" |principal| {
            Value::optional_text(principal.sign_in_audience.map(SignInAudience::as_str))
        };
        Always "tags" |principal| Value::texts(&principal.tags);
        Always "tokenEncryptionKeyId" |_| Value::Null;
        Always "samlSingleSignOnSettings" |_| Value::Null;
        Always "addIns" |_| Value::empty();
        Always "appRoles" |principal| Value::json(|json| credentials::app_roles(json, &principal.app_roles));
        Always "info" |_| Value::json(credentials::info);
        Always "keyCredentials" |principal| Value::json(|json| credentials::keys(json, &principal.key_credentials));
        Always "oauth2PermissionScopes" |principal| {
            Value::json(|json| credentials::scopes(json, &principal.oauth2_permission_scopes))
        };
        Always "passwordCredentials" |principal| {
            Value::json(|json| credentials::passwords(json, &principal.password_credentials))
        };
        Always "resourceSpecificApplicationPermissions" |_| Value::empty();
        Always "verifiedPublisher" |principal| {
            Value::json(|json| credentials::verified_publisher(json, principal.verified_publisher.as_deref()))
        };
        Selected "customSecurityAttributes" |_| Value::Null;
        InBeta "errorUrl" |_| Value::Null;
        InBeta "publisherName" |principal| Value::optional_text(principal.verified_publisher.as_deref());
        InBeta "samlMetadataUrl" |_| Value::Null;
    };
}
