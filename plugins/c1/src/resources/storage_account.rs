//! Storage accounts.

use fairlead_connector::Text;
use serde::Deserialize;

use super::{Kind, Parent, or_empty, resource, segment};
use crate::proto::{AppTrait, Packed, Profile, Resource};

/// A storage account as Resource Manager returns it.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct StorageAccount<'a> {
    #[serde(borrow)]
    id: Option<Text<'a>>,
    name: Option<Text<'a>>,
    #[serde(rename = "type")]
    resource_type: Option<Text<'a>>,
    location: Option<Text<'a>>,
    kind: Option<Text<'a>>,
    sku: Option<Sku<'a>>,
    identity: Option<Identity<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Sku<'a> {
    #[serde(borrow)]
    name: Option<Text<'a>>,
    tier: Option<Text<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Identity<'a> {
    #[serde(borrow, rename = "type")]
    identity_type: Option<Text<'a>>,
    principal_id: Option<Text<'a>>,
    tenant_id: Option<Text<'a>>,
}

impl StorageAccount<'_> {
    /// The path in Resource Manager.
    pub(crate) fn path<'b>(&'b self, id: &'b str) -> &'b str {
        match or_empty(self.id.as_ref()) {
            "" => id,
            path => path,
        }
    }

    /// The id in the file: subscription, resource group, provider, type and name.
    pub(crate) fn key(path: &str) -> Option<String> {
        let subscription = segment(path, "subscriptions")?;
        let group = segment(path, "resourceGroups")?;
        let provider = segment(path, "providers")?;
        let name = segment(path, "storageAccounts")?;
        Some([subscription, group, provider, "storageAccounts", name].join(":"))
    }

    /// The resource.
    pub(crate) fn resource(&self, key: &str, path: &str, parent: Parent) -> Resource {
        let name = match or_empty(self.name.as_ref()) {
            "" => segment(path, "storageAccounts").unwrap_or_default(),
            name => name,
        };
        let sku = self.sku.as_ref();
        let identity = self.identity.as_ref();
        let profile = Profile::new()
            .text("id", path)
            .text("name", name)
            .text("location", self.location.as_ref())
            .text("type", self.resource_type.as_ref())
            .text("resource_group_name", segment(path, "resourceGroups"))
            .text("kind", self.kind.as_ref())
            .text("sku_name", sku.and_then(|sku| sku.name.as_ref()))
            .text("sku_tier", sku.and_then(|sku| sku.tier.as_ref()))
            .text("identity_type", identity.and_then(|identity| identity.identity_type.as_ref()))
            .text("identity_principal_id", identity.and_then(|identity| identity.principal_id.as_ref()))
            .text("identity_tenant_id", identity.and_then(|identity| identity.tenant_id.as_ref()))
            .encode();
        let mut made = resource(Kind::StorageAccount, key, name, parent);
        made.annotations.push(AppTrait { profile: profile.clone(), ..AppTrait::default() }.pack());
        Resource { profile, ..made }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resources::tests_support::{fields, trait_of};

    #[test]
    fn a_storage_account_is_its_path_in_five_parts() {
        let path = "/subscriptions/s1/resourceGroups/web/providers/Microsoft.Storage/storageAccounts/acct";
        assert_eq!(
            StorageAccount::key(path).as_deref(),
            Some("s1:web:Microsoft.Storage:storageAccounts:acct")
        );
        assert_eq!(StorageAccount::key("/subscriptions/s1"), None);
        let body = format!(
            r#"{{"id": "{path}", "name": "acct", "location": "westeurope", "kind": "StorageV2",
                "type": "Microsoft.Storage/storageAccounts", "sku": {{"name": "Standard_LRS", "tier": "Standard"}},
                "identity": {{"type": "SystemAssigned", "principalId": "p1", "tenantId": "t1"}}}}"#
        );
        let account: StorageAccount<'_> = serde_json::from_str(&body).unwrap();
        let made = account.resource("k", account.path("x"), None);
        let profile = fields(&trait_of::<AppTrait>(&made).profile);
        assert_eq!(profile["resource_group_name"], "web");
        assert_eq!(profile["sku_name"], "Standard_LRS");
        assert_eq!(profile["identity_principal_id"], "p1");
        assert_eq!(profile.len(), 11);
    }
}
