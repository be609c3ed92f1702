//! `microsoft.graph.application`.

use super::{credentials, properties};
use crate::odata::{Entity, JsonWriter, Property, Value};
use crate::world::principals::Application;

/// The application type.
#[derive(Debug)]
pub enum ApplicationType {}

impl Entity for ApplicationType {
    type Item<'w> = &'w Application;
    const TYPE: &'static str = "application";
    const PROPERTIES: &'static [Property<Self>] = properties! {
        Always "id" |application| Value::Guid(application.id);
        Always "deletedDateTime" |_| Value::Null;
        Always "appId" |application| Value::Guid(application.app_id);
        Always "applicationTemplateId" |_| Value::Null;
        Always "createdDateTime" |application| Value::Time(application.created);
        Always "defaultRedirectUri" |_| Value::Null;
        Always "description" |_| Value::Null;
        Always "disabledByMicrosoftStatus" |_| Value::Null;
        Always "displayName" |application| Value::text(&*application.display_name);
        Always "groupMembershipClaims" |_| Value::Null;
        Always "identifierUris" |application| Value::texts(&application.identifier_uris);
        Always "isDeviceOnlyAuthSupported" |_| Value::Null;
        Always "isDisabled" |application| Value::Bool(application.disabled);
        Always "isFallbackPublicClient" |application| {
            if application.public_client { Value::Bool(true) } else { Value::Null }
        };
        Always "nativeAuthenticationApisEnabled" |_| Value::Null;
        Always "notes" |_| Value::Null;
        Always "optionalClaims" |_| Value::Null;
        Always "publisherDomain" |application| Value::optional_text(application.publisher_domain.as_deref());
        Always "requestSignatureVerification" |_| Value::Null;
        Always "samlMetadataUrl" |_| Value::Null;
        Always "serviceManagementReference" |_| Value::Null;
        Always "servicePrincipalLockConfiguration" |_| Value::Null;
        Always "signInAudience" |application| Value::text(application.sign_in_audience.as_str());
        Always "tags" |application| Value::texts(&application.tags);
        Always "tokenEncryptionKeyId" |_| Value::Null;
        Always "uniqueName" |_| Value::Null;
        Always "addIns" |_| Value::empty();
        Always "api" |application| Value::json(|json| api(json, application));
        Always "appRoles" |application| Value::json(|json| credentials::app_roles(json, &application.app_roles));
        Always "certification" |_| Value::Null;
        Always "info" |_| Value::json(credentials::info);
        Always "keyCredentials" |application| Value::json(|json| credentials::keys(json, &application.key_credentials));
        Always "parentalControlSettings" |_| Value::json(|json| json.object(|json| {
            json.strings_member("countriesBlockedForMinors", [""; 0]);
            json.string_member("legalAgeGroupRule", "Allow");
        }));
        Always "passwordCredentials" |application| {
            Value::json(|json| credentials::passwords(json, &application.password_credentials))
        };
        Always "publicClient" |_| Value::json(|json| json.object(|json| json.strings_member("redirectUris", [""; 0])));
        Always "requiredResourceAccess" |application| Value::json(|json| required_access(json, application));
        Always "spa" |_| Value::json(|json| json.object(|json| json.strings_member("redirectUris", [""; 0])));
        Always "verifiedPublisher" |_| Value::json(|json| credentials::verified_publisher(json, None));
        Always "web" |application| Value::json(|json| web(json, application));
    };
}

fn api(json: &mut JsonWriter, application: &Application) {
    json.object(|json| {
        json.null_member("acceptMappedClaims");
        json.strings_member("knownClientApplications", [""; 0]);
        json.null_member("requestedAccessTokenVersion");
        json.key("oauth2PermissionScopes");
        credentials::scopes(json, &application.oauth2_permission_scopes);
        json.strings_member("preAuthorizedApplications", [""; 0]);
    });
}

fn required_access(json: &mut JsonWriter, application: &Application) {
    json.begin_array();
    for required in &application.required_resource_access {
        json.object(|json| {
            json.guid_member("resourceAppId", required.resource_app_id);
            json.array_member("resourceAccess", |json| {
                for (id, is_role) in &required.access {
                    json.object(|json| {
                        json.guid_member("id", *id);
                        json.string_member("type", if *is_role { "Role" } else { "Scope" });
                    });
                }
            });
        });
    }
    json.end_array();
}

fn web(json: &mut JsonWriter, application: &Application) {
    json.object(|json| {
        json.null_member("homePageUrl");
        json.null_member("logoutUrl");
        json.strings_member("redirectUris", &application.redirect_uris);
        json.object_member("implicitGrantSettings", |json| {
            json.bool_member("enableAccessTokenIssuance", false);
            json.bool_member("enableIdTokenIssuance", false);
        });
    });
}
