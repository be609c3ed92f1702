//! Resource groups.

use fairlead_connector::Text;
use serde::Deserialize;

use super::{Kind, Parent, or_empty, resource, segment};
use crate::proto::{GroupTrait, Packed, Profile, Resource};

/// A resource group as Resource Manager returns it.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ResourceGroup<'a> {
    #[serde(borrow)]
    id: Option<Text<'a>>,
    name: Option<Text<'a>>,
    #[serde(rename = "type")]
    resource_type: Option<Text<'a>>,
    location: Option<Text<'a>>,
}

impl ResourceGroup<'_> {
    /// The path in Resource Manager.
    pub(crate) fn path<'b>(&'b self, id: &'b str) -> &'b str {
        match or_empty(self.id.as_ref()) {
            "" => id,
            path => path,
        }
    }

    /// The id in the file: subscription and name, because names repeat from subscription to subscription.
    pub(crate) fn key(path: &str) -> Option<String> {
        Some([segment(path, "subscriptions")?, ":", segment(path, "resourceGroups")?].concat())
    }

    /// The resource.
    pub(crate) fn resource(&self, key: &str, path: &str, parent: Parent) -> Resource {
        let name = match or_empty(self.name.as_ref()) {
            "" => segment(path, "resourceGroups").unwrap_or_default(),
            name => name,
        };
        let profile = Profile::new()
            .text("id", path)
            .text("name", name)
            .text("type", self.resource_type.as_ref())
            .text("location", self.location.as_ref())
            .encode();
        let mut made = resource(Kind::ResourceGroup, key, name, parent);
        made.annotations.push(GroupTrait { profile: profile.clone() }.pack());
        Resource { profile, ..made }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resources::tests_support::{fields, trait_of};

    #[test]
    fn defect_14_the_same_name_in_two_subscriptions_is_two_resource_groups() {
        let key = |subscription: &str| {
            ResourceGroup::key(&format!("/subscriptions/{subscription}/resourceGroups/web"))
        };
        assert_eq!(key("s1").as_deref(), Some("s1:web"));
        assert_ne!(key("s1"), key("s2"));
        assert_eq!(ResourceGroup::key("/subscriptions/s1"), None);
    }

    #[test]
    fn a_resource_group_has_the_profile_that_c1_knows() {
        let body = r#"{"id": "/subscriptions/s1/resourceGroups/Web", "name": "Web", "location": "westeurope",
            "type": "Microsoft.Resources/resourceGroups"}"#;
        let group: ResourceGroup<'_> = serde_json::from_str(body).unwrap();
        let made = group.resource("s1:Web", group.path("x"), Some((Kind::Subscription, "s1".to_owned())));
        let profile = fields(&trait_of::<GroupTrait>(&made).profile);
        assert_eq!(profile["location"], "westeurope");
        assert_eq!(profile["type"], "Microsoft.Resources/resourceGroups");
        assert_eq!(made.display_name, "Web");
    }
}
