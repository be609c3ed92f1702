//! Blob containers.

use fairlead_connector::Text;
use serde::Deserialize;

use super::{Kind, Parent, or_empty, resource, segment};
use crate::proto::{AppTrait, Packed, Profile, Resource};

/// A blob container as Resource Manager returns it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Container<'a> {
    #[serde(borrow)]
    id: Option<Text<'a>>,
    name: Option<Text<'a>>,
    #[serde(rename = "type")]
    resource_type: Option<Text<'a>>,
    properties: Properties<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Properties<'a> {
    #[serde(borrow)]
    public_access: Option<Text<'a>>,
    has_immutability_policy: Option<bool>,
    has_legal_hold: Option<bool>,
}

impl Container<'_> {
    /// The path in Resource Manager.
    pub(crate) fn path<'b>(&'b self, id: &'b str) -> &'b str {
        match or_empty(self.id.as_ref()) {
            "" => id,
            path => path,
        }
    }

    /// The id in the file: account and container. Accounts have names of their own in all of Azure.
    pub(crate) fn key(path: &str) -> Option<String> {
        Some([segment(path, "storageAccounts")?, ":", segment(path, "containers")?].concat())
    }

    /// The resource.
    pub(crate) fn resource(&self, key: &str, path: &str, parent: Parent) -> Resource {
        let name = match or_empty(self.name.as_ref()) {
            "" => segment(path, "containers").unwrap_or_default(),
            name => name,
        };
        let profile = Profile::new()
            .text("id", path)
            .text("name", name)
            .text("type", self.resource_type.as_ref())
            .flag("has_immutability_policy", self.properties.has_immutability_policy)
            .flag("has_legal_hold", self.properties.has_legal_hold)
            .text("properties_public_access", self.properties.public_access.as_ref())
            .encode();
        let mut made = resource(Kind::Container, key, name, parent);
        made.annotations.push(AppTrait { profile: profile.clone(), ..AppTrait::default() }.pack());
        Resource { profile, ..made }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resources::tests_support::{fields, trait_of};

    #[test]
    fn a_container_is_its_account_and_name() {
        let path = "/subscriptions/s1/resourceGroups/web/providers/Microsoft.Storage/storageAccounts/acct/blobServices/default/containers/logs";
        assert_eq!(Container::key(path).as_deref(), Some("acct:logs"));
        let body = format!(
            r#"{{"id": "{path}", "name": "logs", "type": "Microsoft.Storage/storageAccounts/blobServices/containers",
                "properties": {{"publicAccess": "None", "hasImmutabilityPolicy": false, "hasLegalHold": true}}}}"#
        );
        let container: Container<'_> = serde_json::from_str(&body).unwrap();
        let made = container.resource("acct:logs", container.path("x"), None);
        let profile = fields(&trait_of::<AppTrait>(&made).profile);
        assert_eq!(profile["has_legal_hold"], "true");
        assert_eq!(profile["properties_public_access"], "None");
        assert_eq!(made.display_name, "logs");
    }
}
