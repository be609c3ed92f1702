//! Managed identities: service principals that Azure itself keeps.

use super::{Application, Kind, resource};
use crate::proto::{AccountType, AssetRef, Packed, Profile, Resource, Status, UserTrait};

/// The resource of a managed identity.
pub(crate) fn managed_identity(id: &str, identity: &Application<'_>, portal: &str) -> Resource {
    let mut profile = Profile::new();
    profile
        .text("id", id)
        .text("app_id", identity.app_id.as_ref())
        .text("identity_type", identity_type(identity))
        .text("azure_resource_id", arm_id(identity));
    let profile = profile.encode();
    let status = identity.account_enabled.map(Status::of);
    let icon = identity.logo().map(|id| AssetRef { id: id.to_owned() });
    let annotation = UserTrait {
        status: status.clone(),
        profile: profile.clone(),
        icon: icon.clone(),
        account_type: AccountType::Service.into(),
        ..UserTrait::default()
    };
    let mut made = resource(Kind::ManagedIdentity, id, identity.name(), None);
    made.annotations.push(annotation.pack());
    identity.link(&mut made, id, portal);
    Resource { profile, icon, status, ..made }
}

/// Azure marks the identities that are resources of their own with `isExplicit=True`.
fn identity_type(identity: &Application<'_>) -> Option<&'static str> {
    identity.alternative_names.iter().find_map(|name| {
        let (key, value) = name.split_once('=')?;
        let user_assigned = value.eq_ignore_ascii_case("true");
        key.eq_ignore_ascii_case("isExplicit").then_some(if user_assigned {
            "user_assigned"
        } else {
            "system_assigned"
        })
    })
}

/// The resource the identity belongs to, or is.
fn arm_id<'a>(identity: &'a Application<'_>) -> Option<&'a str> {
    identity.alternative_names.iter().map(|name| &**name).find(|name| name.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resources::tests_support::{fields, trait_of};

    #[test]
    fn a_managed_identity_is_a_service_account_that_knows_its_resource() {
        let body = r#"{"displayName": "vm-7", "appId": "a7", "accountEnabled": false,
            "servicePrincipalType": "ManagedIdentity", "info": {"logoUrl": null},
            "alternativeNames": ["isExplicit=False", "/subscriptions/s/resourcegroups/r/providers/x/y/vm-7"]}"#;
        let made = managed_identity("m1", &serde_json::from_str(body).unwrap(), "");
        let read: UserTrait = trait_of(&made);
        assert_eq!(read.account_type, i32::from(AccountType::Service));
        assert_eq!(read.status, Some(Status::of(false)));
        assert_eq!(made.display_name, "vm-7");
        let expected = [
            ("app_id", "a7"),
            ("azure_resource_id", "/subscriptions/s/resourcegroups/r/providers/x/y/vm-7"),
            ("id", "m1"),
            ("identity_type", "system_assigned"),
        ];
        assert_eq!(fields(&read.profile), expected.map(|(key, value)| (key.into(), value.into())).into());
    }

    #[test]
    fn an_identity_that_is_its_own_resource_is_user_assigned() {
        let body = r#"{"alternativeNames": ["isExplicit=True"]}"#;
        assert_eq!(identity_type(&serde_json::from_str(body).unwrap()), Some("user_assigned"));
        assert_eq!(identity_type(&Application::default()), None);
    }
}
