//! Management groups, subscriptions, resource groups and storage.

use jiff::Timestamp;
use uuid::Uuid;

use crate::world::objects::Entity;

/// A management group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManagementGroup {
    /// `name`: the last segment of its id.
    pub name: String,
    /// `displayName`
    pub display_name: String,
    /// The parent's name; none for the root.
    pub parent: Option<String>,
}

/// `state` of a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubscriptionState {
    /// In use.
    Enabled,
    /// About to be disabled.
    Warned,
    /// A bill is open.
    PastDue,
    /// Read-only.
    Disabled,
    /// Gone soon.
    Deleted,
}

impl SubscriptionState {
    /// As Azure Resource Manager writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Enabled => "Enabled",
            Self::Warned => "Warned",
            Self::PastDue => "PastDue",
            Self::Disabled => "Disabled",
            Self::Deleted => "Deleted",
        }
    }
}

/// A subscription.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// `subscriptionId`
    pub id: Uuid,
    /// `displayName`
    pub display_name: String,
    /// `state`
    pub state: SubscriptionState,
    /// Name of the management group it lies in.
    pub management_group: String,
    /// `subscriptionPolicies.quotaId`
    pub quota_id: &'static str,
    /// `tags`
    pub tags: Vec<(String, String)>,
    /// Namespaces of resource providers that are not registered here.
    pub unregistered: Vec<String>,
}

impl Entity for Subscription {
    fn id(&self) -> Uuid {
        self.id
    }
}

/// A resource group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceGroup {
    /// `name`
    pub name: String,
    /// `location`
    pub location: &'static str,
    /// `tags`
    pub tags: Vec<(String, String)>,
    /// `managedBy`
    pub managed_by: Option<String>,
}

/// A storage account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StorageAccount {
    /// `name`: unique in all of Azure.
    pub name: String,
    /// The resource group it is in.
    pub resource_group: String,
    /// `location`
    pub location: &'static str,
    /// `kind`
    pub kind: &'static str,
    /// `sku.name`
    pub sku: &'static str,
    /// `properties.accessTier`
    pub access_tier: Option<&'static str>,
    /// `properties.allowBlobPublicAccess`
    pub allow_blob_public_access: bool,
    /// `properties.allowSharedKeyAccess`
    pub allow_shared_key_access: bool,
    /// `properties.creationTime`
    pub created: Timestamp,
    /// `tags`
    pub tags: Vec<(String, String)>,
    /// Blob containers.
    pub containers: Vec<Container>,
}

/// A blob container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Container {
    /// `name`
    pub name: String,
    /// `publicAccess`: `None`, `Container` or `Blob`
    pub public_access: &'static str,
    /// `lastModifiedTime`
    pub last_modified: Timestamp,
    /// Soft-deleted: listed only with `$include=deleted`.
    pub deleted: bool,
}

/// A Kubernetes cluster (`Microsoft.ContainerService/managedClusters`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cluster {
    /// `name`
    pub name: String,
    /// The resource group it is in.
    pub resource_group: String,
    /// `location`
    pub location: &'static str,
    /// `properties.kubernetesVersion`
    pub version: String,
    /// `properties.disableLocalAccounts`: no static credential can be had.
    pub local_accounts_disabled: bool,
    /// `properties.apiServerAccessProfile.enablePrivateCluster`: reachable from its own network only.
    pub private: bool,
    /// `properties.aadProfile.enableAzureRBAC`; none when the cluster does not use Entra at all.
    pub azure_rbac: Option<bool>,
}
