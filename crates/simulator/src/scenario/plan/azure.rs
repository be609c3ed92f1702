//! Management groups, subscriptions, resources, roles and who holds them, as a scenario names them.

use serde::Deserialize;
use uuid::Uuid;

use super::{Moment, RolePlan, root, yes};

/// `[[tenant.management-group]]`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ManagementGroupPlan {
    /// `name`
    pub name: String,
    /// `displayName`; absent: the name.
    pub display_name: Option<String>,
    /// Name of the parent; absent: the root.
    pub parent: Option<String>,
}

/// `[[tenant.subscription]]`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SubscriptionPlan {
    /// `displayName`
    pub name: String,
    /// `subscriptionId`; absent: from the seed.
    pub id: Option<Uuid>,
    /// Enabled, Warned, `PastDue`, Disabled or Deleted.
    pub state: Option<String>,
    /// Name of its management group; absent: the root.
    pub management_group: Option<String>,
    /// Names of resource groups.
    #[serde(default)]
    pub resource_groups: Vec<String>,
    /// Namespaces of resource providers that are not registered, such as `Microsoft.ContainerService`.
    #[serde(default)]
    pub unregistered: Vec<String>,
}

/// `[[tenant.storage-account]]`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct StorageAccountPlan {
    /// `name`
    pub name: String,
    /// Id or display name of the subscription.
    pub subscription: String,
    /// The resource group; made when it is not there.
    pub resource_group: String,
    /// Names of blob containers.
    #[serde(default)]
    pub containers: Vec<String>,
    /// `allowSharedKeyAccess`
    #[serde(default = "yes")]
    pub shared_key_access: bool,
}

/// `[[tenant.cluster]]`: a Kubernetes cluster.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ClusterPlan {
    /// `name`
    pub name: String,
    /// Id or display name of the subscription.
    pub subscription: String,
    /// The resource group; made when it is not there.
    pub resource_group: String,
    /// `disableLocalAccounts`
    #[serde(default)]
    pub local_accounts_disabled: bool,
    /// `apiServerAccessProfile.enablePrivateCluster`
    #[serde(default)]
    pub private: bool,
    /// `aadProfile.enableAzureRBAC`; absent: the cluster does not use Entra.
    pub azure_rbac: Option<bool>,
}

/// `[[tenant.role-definition]]`: a custom Azure role.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RoleDefinitionPlan {
    /// `roleName`
    pub name: String,
    /// The trailing GUID of its id; absent: from the seed.
    pub id: Option<Uuid>,
    /// `actions`
    #[serde(default)]
    pub actions: Vec<String>,
    /// `notActions`
    #[serde(default)]
    pub not_actions: Vec<String>,
    /// `dataActions`
    #[serde(default)]
    pub data_actions: Vec<String>,
    /// `notDataActions`
    #[serde(default)]
    pub not_data_actions: Vec<String>,
    /// `assignableScopes`; absent: the root management group.
    #[serde(default)]
    pub assignable_scopes: Vec<String>,
}

/// `[[tenant.role-assignment]]`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RoleAssignmentPlan {
    /// Id, client id, userPrincipalName or display name; an id that is nobody's stands for a deleted principal.
    pub principal: String,
    /// Name or id of a role definition.
    pub role: String,
    /// A scope such as `/subscriptions/{id}`; `root` stands for the root management group.
    #[serde(default = "root")]
    pub scope: String,
    /// `condition`
    pub condition: Option<String>,
    /// When it was assigned: it is listed at once and takes effect when it has propagated. Absent: long ago.
    pub assigned: Option<Moment>,
    /// The role can be activated and is not assigned (PIM).
    #[serde(default)]
    pub eligible: bool,
}

impl RoleAssignmentPlan {
    /// What is assigned, whoever holds it.
    pub fn role(&self) -> RolePlan {
        RolePlan {
            role: self.role.clone(),
            scope: self.scope.clone(),
            condition: self.condition.clone(),
            assigned: self.assigned,
            eligible: self.eligible,
        }
    }
}

/// `[[tenant.deny-assignment]]`: overrides roles.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DenyAssignmentPlan {
    /// `denyAssignmentName`
    pub name: String,
    /// `scope`; absent: the root management group.
    #[serde(default = "root")]
    pub scope: String,
    /// Actions that are denied.
    #[serde(default)]
    pub actions: Vec<String>,
    /// Of these, what stays allowed.
    #[serde(default)]
    pub not_actions: Vec<String>,
    /// Data actions that are denied.
    #[serde(default)]
    pub data_actions: Vec<String>,
    /// Whom it denies, named as in role assignments; absent: everybody.
    #[serde(default)]
    pub principals: Vec<String>,
    /// Who is exempt.
    #[serde(default)]
    pub excluded: Vec<String>,
}
