//! Roles of Azure's role-based access control.

use fairlead_connector::Text;
use serde::Deserialize;

use super::{Kind, or_empty, resource};
use crate::proto::{Packed, Profile, Resource, RoleTrait};

/// A role definition as Resource Manager returns it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Role<'a> {
    #[serde(borrow)]
    id: Option<Text<'a>>,
    properties: Properties<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Properties<'a> {
    #[serde(borrow)]
    role_name: Option<Text<'a>>,
    description: Option<Text<'a>>,
    #[serde(rename = "type")]
    role_type: Option<Text<'a>>,
    permissions: Vec<Permission<'a>>,
    assignable_scopes: Vec<Text<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Permission<'a> {
    #[serde(borrow)]
    actions: Vec<Text<'a>>,
    not_actions: Vec<Text<'a>>,
    data_actions: Vec<Text<'a>>,
    not_data_actions: Vec<Text<'a>>,
}

impl<'a> Role<'a> {
    /// The resource of the role with this GUID.
    pub(crate) fn resource(&self, guid: &str) -> Resource {
        let properties = &self.properties;
        let name = or_empty(properties.role_name.as_ref());
        let mut profile = Profile::new();
        profile
            .text("id", guid)
            .text("name", name)
            .text("description", properties.description.as_ref())
            .text("type", properties.role_type.as_ref())
            .text("role_definition_id", self.id.as_ref())
            .list("permissions_actions", self.all(|permission| &permission.actions))
            .list("permissions_not_actions", self.all(|permission| &permission.not_actions))
            .list("permissions_data_actions", self.all(|permission| &permission.data_actions))
            .list("permissions_not_data_actions", self.all(|permission| &permission.not_data_actions))
            .list("assigned_scopes", properties.assignable_scopes.iter().map(|scope| &**scope));
        let profile = profile.encode();
        let mut made = resource(Kind::Role, guid, name, None);
        made.annotations.push(RoleTrait { profile: profile.clone() }.pack());
        Resource { description: or_empty(properties.description.as_ref()).to_owned(), profile, ..made }
    }

    fn all<'b>(
        &'b self,
        list: impl Fn(&'b Permission<'a>) -> &'b Vec<Text<'a>> + 'b,
    ) -> impl Iterator<Item = &'b str> + 'b {
        self.properties.permissions.iter().flat_map(list).map(|action| &**action)
    }
}

/// The resource of a role that assignments name and no listing showed: a role can be defined where this
/// connection may not look.
pub(crate) fn role_known_by_id(guid: &str, role_definition_id: &str) -> Resource {
    let profile = Profile::new().text("id", guid).text("role_definition_id", role_definition_id).encode();
    let mut made = resource(Kind::Role, guid, "", None);
    made.annotations.push(RoleTrait { profile: profile.clone() }.pack());
    Resource { profile, ..made }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resources::tests_support::{fields, trait_of};

    const ROLE: &str = r#"{
        "id": "/subscriptions/s1/providers/Microsoft.Authorization/roleDefinitions/R1", "name": "R1",
        "properties": {"roleName": "Blob Reader", "description": "Reads", "type": "BuiltInRole",
            "assignableScopes": ["/"],
            "permissions": [
                {"actions": ["a/read"], "notActions": [], "dataActions": ["blobs/read"], "notDataActions": ["x"]},
                {"actions": ["b/read"]}]}}"#;

    #[test]
    fn a_role_has_the_profile_that_c1_knows() {
        let made = serde_json::from_str::<Role<'_>>(ROLE).unwrap().resource("r1");
        let profile = fields(&trait_of::<RoleTrait>(&made).profile);
        assert_eq!(profile["name"], "Blob Reader");
        assert_eq!(profile["type"], "BuiltInRole");
        assert_eq!(profile["permissions_actions"], "[a/read, b/read]");
        assert_eq!(profile["permissions_not_actions"], "[]");
        assert_eq!(profile["assigned_scopes"], "[/]");
        assert_eq!((made.display_name.as_str(), made.description.as_str()), ("Blob Reader", "Reads"));
    }

    #[test]
    fn defect_20_data_actions_are_not_lost() {
        let made = serde_json::from_str::<Role<'_>>(ROLE).unwrap().resource("r1");
        let profile = fields(&made.profile);
        assert_eq!(profile["permissions_data_actions"], "[blobs/read]");
        assert_eq!(profile["permissions_not_data_actions"], "[x]");
    }

    #[test]
    fn a_role_without_a_definition_is_called_by_its_guid() {
        let made = role_known_by_id("r1", "/x/roleDefinitions/r1");
        assert_eq!(made.display_name, "r1");
        assert_eq!(fields(&made.profile)["role_definition_id"], "/x/roleDefinitions/r1");
    }
}
