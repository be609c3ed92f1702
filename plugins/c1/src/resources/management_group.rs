//! Management groups.

use fairlead_connector::Text;
use serde::Deserialize;

use super::{Kind, Parent, or_empty, resource};
use crate::proto::{Profile, Resource};

/// A management group as Resource Manager returns it: from the list, with details, or as an entity.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ManagementGroup<'a> {
    #[serde(borrow)]
    id: Option<Text<'a>>,
    name: Option<Text<'a>>,
    properties: Properties<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Properties<'a> {
    #[serde(borrow)]
    display_name: Option<Text<'a>>,
    tenant_id: Option<Text<'a>>,
    parent: Option<Reference<'a>>,
    details: Option<Details<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Details<'a> {
    #[serde(borrow)]
    parent: Option<Reference<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Reference<'a> {
    #[serde(borrow)]
    id: Option<Text<'a>>,
}

impl ManagementGroup<'_> {
    /// The id in the file: the path in Resource Manager.
    pub(crate) fn path(&self, id: &str) -> String {
        match or_empty(self.id.as_ref()) {
            path if path.starts_with('/') => path.to_owned(),
            _ if id.starts_with('/') => id.to_owned(),
            _ => ["/providers/Microsoft.Management/managementGroups/", id].concat(),
        }
    }

    /// The path of the management group it lies in, where Azure said so.
    pub(crate) fn parent_path(&self) -> Option<&str> {
        let properties = &self.properties;
        let details = properties.details.as_ref().and_then(|details| details.parent.as_ref());
        let parent = properties.parent.as_ref().or(details)?;
        parent.id.as_deref().filter(|id| !id.is_empty())
    }

    /// The resource.
    pub(crate) fn resource(&self, path: &str, parent: Parent) -> Resource {
        let name = match or_empty(self.properties.display_name.as_ref()) {
            "" => or_empty(self.name.as_ref()),
            name => name,
        };
        let profile = Profile::new()
            .text("id", path)
            .text("name", self.name.as_ref())
            .text("displayName", name)
            .text("tenantId", self.properties.tenant_id.as_ref())
            .encode();
        Resource { profile, ..resource(Kind::ManagementGroup, path, name, parent) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resources::tests_support::fields;

    #[test]
    fn a_management_group_is_its_path_and_knows_its_parent_in_each_of_azure_s_shapes() {
        let parent = r#""parent": {"id": "/providers/Microsoft.Management/managementGroups/root"}"#;
        for properties in [parent.to_owned(), format!(r#""details": {{{parent}}}"#)] {
            let body = format!(
                r#"{{"id": "/providers/Microsoft.Management/managementGroups/prod", "name": "prod",
                    "properties": {{"displayName": "Production", {properties}}}}}"#
            );
            let group: ManagementGroup<'_> = serde_json::from_str(&body).unwrap();
            assert_eq!(group.path("prod"), "/providers/Microsoft.Management/managementGroups/prod");
            assert_eq!(group.parent_path(), Some("/providers/Microsoft.Management/managementGroups/root"));
            let made = group.resource(&group.path("prod"), None);
            assert_eq!(made.display_name, "Production");
            assert_eq!(fields(&made.profile)["name"], "prod");
        }
    }

    #[test]
    fn without_details_the_id_still_makes_a_path() {
        let group = ManagementGroup::default();
        assert_eq!(group.path("prod"), "/providers/Microsoft.Management/managementGroups/prod");
        assert_eq!(group.path("/x"), "/x");
        assert_eq!(group.parent_path(), None);
    }
}
