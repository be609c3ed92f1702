//! Subscriptions.

use fairlead_connector::Text;
use serde::Deserialize;

use super::{Kind, Parent, or_empty, resource, segment};
use crate::proto::{AppTrait, Packed, Profile, Resource, V1Identifier};

/// A subscription as Resource Manager returns it.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Subscription<'a> {
    #[serde(borrow)]
    subscription_id: Option<Text<'a>>,
    display_name: Option<Text<'a>>,
    state: Option<Text<'a>>,
    tenant_id: Option<Text<'a>>,
}

impl Subscription<'_> {
    /// The subscription's GUID: the id in the file.
    pub(crate) fn guid<'b>(&'b self, id: &'b str) -> &'b str {
        match or_empty(self.subscription_id.as_ref()) {
            "" => segment(id, "subscriptions").unwrap_or(id),
            guid => guid,
        }
    }

    /// The resource.
    pub(crate) fn resource(&self, guid: &str, parent: Parent) -> Resource {
        let name = or_empty(self.display_name.as_ref());
        let profile = Profile::new()
            .text("subscriptionId", guid)
            .text("displayName", name)
            .text("state", self.state.as_ref())
            .text("tenantId", self.tenant_id.as_ref())
            .encode();
        let mut made = resource(Kind::Subscription, guid, name, parent);
        made.annotations.push(AppTrait { profile: profile.clone(), ..AppTrait::default() }.pack());
        made.annotations.push(V1Identifier { id: guid.to_owned() }.pack());
        Resource { profile, ..made }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resources::tests_support::{fields, trait_of};

    #[test]
    fn a_subscription_is_its_guid() {
        let body = r#"{"id": "/subscriptions/s1", "subscriptionId": "s1", "displayName": "Prod", "state": "Warned"}"#;
        let subscription: Subscription<'_> = serde_json::from_str(body).unwrap();
        assert_eq!(subscription.guid("/subscriptions/s1"), "s1");
        assert_eq!(Subscription::default().guid("/subscriptions/s2"), "s2");
        let made = subscription.resource("s1", Some((Kind::Tenant, "t1".to_owned())));
        let read: AppTrait = trait_of(&made);
        assert_eq!(fields(&read.profile)["state"], "Warned");
        assert_eq!(made.parent_resource_id.as_ref().unwrap().resource_type, "tenant");
        assert_eq!(trait_of::<V1Identifier>(&made).id, "s1");
    }
}
