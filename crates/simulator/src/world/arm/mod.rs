//! Azure Resource Manager's world: the scope tree, resources, and who may do what.

pub mod access;
pub mod builtin;
pub mod hierarchy;
pub mod scope;

pub use access::{DenyAssignment, PermissionSet, PimSchedule, PrincipalType, RoleAssignment, RoleDefinition};
pub use hierarchy::{
    Cluster, Container, ManagementGroup, ResourceGroup, StorageAccount, Subscription, SubscriptionState,
};
pub use scope::Scope;

use std::collections::HashMap;

use uuid::Uuid;

use super::objects::Objects;

/// The Azure side of a tenant.
#[derive(Clone, Debug)]
pub struct Azure {
    tenant: Uuid,
    /// Management groups by name; the root's name is the tenant id.
    pub management_groups: Vec<ManagementGroup>,
    /// Subscriptions.
    pub subscriptions: Objects<Subscription>,
    /// Resource groups by subscription, in listing order.
    pub resource_groups: HashMap<Uuid, Vec<ResourceGroup>>,
    /// Storage accounts by subscription, in listing order.
    pub storage_accounts: HashMap<Uuid, Vec<StorageAccount>>,
    /// Kubernetes clusters by subscription, in listing order.
    pub clusters: HashMap<Uuid, Vec<Cluster>>,
    /// Role definitions, built-in and custom.
    pub role_definitions: Objects<RoleDefinition>,
    /// Deny assignments.
    pub deny_assignments: Objects<DenyAssignment>,
    /// PIM schedules for Azure resources.
    pub schedules: Objects<PimSchedule>,
    role_assignments: Objects<RoleAssignment>,
    by_anchor: HashMap<Anchor, Vec<u32>>,
    by_principal: HashMap<Uuid, Vec<u32>>,
}

/// Where an assignment hangs in the tree, coarsely: the unit that listings go by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Anchor {
    Root,
    ManagementGroup(String),
    /// At a subscription or anywhere below it.
    Subscription(Uuid),
}

impl Anchor {
    fn of(scope: &Scope) -> Self {
        match scope {
            Scope::Root => Self::Root,
            Scope::ManagementGroup(name) => Self::ManagementGroup(name.to_ascii_lowercase()),
            Scope::Subscription(id)
            | Scope::ResourceGroup { subscription: id, .. }
            | Scope::Resource { subscription: id, .. } => Self::Subscription(*id),
        }
    }
}

impl Azure {
    /// An empty tree: the root management group and the built-in roles.
    pub fn new(tenant: Uuid) -> Self {
        Self {
            tenant,
            management_groups: vec![ManagementGroup {
                name: tenant.to_string(),
                display_name: "Tenant Root Group".to_owned(),
                parent: None,
            }],
            subscriptions: Objects::default(),
            resource_groups: HashMap::new(),
            storage_accounts: HashMap::new(),
            clusters: HashMap::new(),
            role_definitions: builtin::role_definitions().into_iter().collect(),
            deny_assignments: Objects::default(),
            schedules: Objects::default(),
            role_assignments: Objects::default(),
            by_anchor: HashMap::new(),
            by_principal: HashMap::new(),
        }
    }

    /// The name of the root management group: the tenant id.
    pub fn root_management_group(&self) -> String {
        self.tenant.to_string()
    }

    /// The management group with this name, in any letter case.
    pub fn management_group(&self, name: &str) -> Option<&ManagementGroup> {
        self.management_groups.iter().find(|group| group.name.eq_ignore_ascii_case(name))
    }

    /// The resource group of a subscription with this name, in any letter case.
    pub fn resource_group(&self, subscription: Uuid, name: &str) -> Option<&ResourceGroup> {
        self.resource_groups.get(&subscription)?.iter().find(|group| group.name.eq_ignore_ascii_case(name))
    }

    /// The storage account of a subscription with this name, in any letter case.
    pub fn storage_account(&self, subscription: Uuid, name: &str) -> Option<&StorageAccount> {
        self.storage_accounts
            .get(&subscription)?
            .iter()
            .find(|account| account.name.eq_ignore_ascii_case(name))
    }

    /// The management groups from a scope's own (or its subscription's parent) up to the root.
    pub fn management_groups_above(&self, scope: &Scope) -> Vec<&ManagementGroup> {
        let first = match scope {
            Scope::Root => None,
            Scope::ManagementGroup(name) => Some(name.as_str()),
            Scope::Subscription(id)
            | Scope::ResourceGroup { subscription: id, .. }
            | Scope::Resource { subscription: id, .. } => {
                self.subscriptions.get(*id).map(|subscription| subscription.management_group.as_str())
            }
        };
        let mut chain: Vec<&ManagementGroup> = Vec::new();
        let mut next = first.and_then(|name| self.management_group(name));
        while let Some(group) = next {
            if chain.iter().any(|seen| seen.name == group.name) {
                break;
            }
            chain.push(group);
            next = group.parent.as_deref().and_then(|parent| self.management_group(parent));
        }
        chain
    }

    /// The scope itself and every scope above it, nearest first, ending in the root `/`.
    pub fn lineage(&self, scope: &Scope) -> Vec<Scope> {
        let mut lineage = vec![scope.clone()];
        match scope {
            Scope::Resource { subscription, resource_group, .. } => {
                lineage
                    .push(Scope::ResourceGroup { subscription: *subscription, name: resource_group.clone() });
                lineage.push(Scope::Subscription(*subscription));
            }
            Scope::ResourceGroup { subscription, .. } => lineage.push(Scope::Subscription(*subscription)),
            Scope::Root | Scope::ManagementGroup(_) | Scope::Subscription(_) => {}
        }
        for group in self.management_groups_above(scope) {
            let above = Scope::ManagementGroup(group.name.clone());
            if !lineage.contains(&above) {
                lineage.push(above);
            }
        }
        if *scope != Scope::Root {
            lineage.push(Scope::Root);
        }
        lineage
    }

    /// Whether `scope` is `above` itself or lies somewhere below it.
    pub fn is_within(&self, scope: &Scope, above: &Scope) -> bool {
        self.lineage(scope).contains(above)
    }

    /// The subscriptions below a management group, at any depth.
    pub fn subscriptions_below(&self, management_group: &str) -> impl Iterator<Item = &Subscription> {
        let above = Scope::ManagementGroup(management_group.to_owned());
        self.subscriptions
            .values()
            .filter(move |subscription| self.is_within(&Scope::Subscription(subscription.id), &above))
    }

    /// Every role assignment.
    pub fn role_assignments(&self) -> &Objects<RoleAssignment> {
        &self.role_assignments
    }

    /// Positions of the assignments that could apply at a scope: at the root, at its management
    /// groups, and anywhere in its subscription. Compare scopes to tell above from below.
    pub fn assignments_around(&self, scope: &Scope) -> Vec<u32> {
        let mut anchors = vec![Anchor::Root];
        anchors.extend(
            self.management_groups_above(scope)
                .iter()
                .map(|group| Anchor::ManagementGroup(group.name.to_ascii_lowercase())),
        );
        let own = Anchor::of(scope);
        if !anchors.contains(&own) {
            anchors.push(own);
        }
        let mut positions: Vec<u32> =
            anchors.iter().filter_map(|anchor| self.by_anchor.get(anchor)).flatten().copied().collect();
        positions.sort_unstable();
        positions
    }

    /// The live assignments of one principal, directly.
    pub fn assignments_of(&self, principal: Uuid) -> impl Iterator<Item = &RoleAssignment> {
        self.by_principal
            .get(&principal)
            .into_iter()
            .flatten()
            .filter_map(|position| self.role_assignments.at(*position))
    }

    /// Adds a role assignment. One with the same name is replaced and keeps its place.
    pub fn insert_role_assignment(&mut self, assignment: RoleAssignment) {
        let anchor = Anchor::of(&assignment.scope);
        let principal = assignment.principal;
        let known = self.role_assignments.position(assignment.name).is_some();
        let position = self.role_assignments.insert(assignment);
        if !known {
            self.by_anchor.entry(anchor).or_default().push(position);
            self.by_principal.entry(principal).or_default().push(position);
        }
    }

    /// Takes a role assignment away.
    pub fn remove_role_assignment(&mut self, name: Uuid) -> Option<RoleAssignment> {
        self.role_assignments.remove(name)
    }
}
