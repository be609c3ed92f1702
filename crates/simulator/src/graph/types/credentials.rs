//! The complex values that applications and service principals share.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::odata::JsonWriter;
use crate::odata::entity::graph_time;
use crate::world::principals::{AppRole, KeyCredential, PasswordCredential, PermissionScope};

/// `appRoles`.
pub(super) fn app_roles(json: &mut JsonWriter, roles: &[AppRole]) {
    json.begin_array();
    for role in roles {
        json.object(|json| {
            let types = [(role.for_users, "User"), (role.for_applications, "Application")];
            let allowed = types.into_iter().filter_map(|(allowed, name)| allowed.then_some(name));
            json.strings_member("allowedMemberTypes", allowed);
            json.string_member("description", &role.description);
            json.string_member("displayName", &role.display_name);
            json.guid_member("id", role.id);
            json.bool_member("isEnabled", role.enabled);
            json.string_member("origin", "Application");
            json.optional_string_member("value", role.value.as_deref());
        });
    }
    json.end_array();
}

/// `oauth2PermissionScopes`.
pub(super) fn scopes(json: &mut JsonWriter, scopes: &[PermissionScope]) {
    json.begin_array();
    for scope in scopes {
        json.object(|json| {
            json.string_member("adminConsentDescription", &scope.value);
            json.string_member("adminConsentDisplayName", &scope.value);
            json.guid_member("id", scope.id);
            json.bool_member("isEnabled", scope.enabled);
            json.string_member("type", if scope.admin_consent { "Admin" } else { "User" });
            json.null_member("userConsentDescription");
            json.null_member("userConsentDisplayName");
            json.string_member("value", &scope.value);
        });
    }
    json.end_array();
}

/// `passwordCredentials`: never the value, only its first characters.
pub(super) fn passwords(json: &mut JsonWriter, credentials: &[PasswordCredential]) {
    json.begin_array();
    for credential in credentials {
        json.object(|json| {
            json.null_member("customKeyIdentifier");
            json.optional_string_member("displayName", credential.display_name.as_deref());
            json.string_member("endDateTime", &graph_time(credential.end));
            json.string_member("hint", &credential.hint);
            json.guid_member("keyId", credential.key_id);
            json.null_member("secretText");
            json.string_member("startDateTime", &graph_time(credential.start));
        });
    }
    json.end_array();
}

/// `keyCredentials`: lists leave the key itself out.
pub(super) fn keys(json: &mut JsonWriter, credentials: &[KeyCredential]) {
    json.begin_array();
    for credential in credentials {
        json.object(|json| {
            json.string_member("customKeyIdentifier", &STANDARD.encode(&credential.thumbprint));
            json.optional_string_member("displayName", credential.display_name.as_deref());
            json.string_member("endDateTime", &graph_time(credential.end));
            json.null_member("key");
            json.guid_member("keyId", credential.key_id);
            json.string_member("startDateTime", &graph_time(credential.start));
            json.string_member("type", "AsymmetricX509Cert");
            json.string_member("usage", "Verify");
        });
    }
    json.end_array();
}

/// `info` of an application without a picture or addresses.
pub(super) fn info(json: &mut JsonWriter) {
    json.object(|json| {
        for name in ["logoUrl", "marketingUrl", "privacyStatementUrl", "supportUrl", "termsOfServiceUrl"] {
            json.null_member(name);
        }
    });
}

/// `verifiedPublisher`.
pub(super) fn verified_publisher(json: &mut JsonWriter, name: Option<&str>) {
    json.object(|json| {
        json.optional_string_member("displayName", name);
        json.null_member("verifiedPublisherId");
        json.null_member("addedDateTime");
    });
}
