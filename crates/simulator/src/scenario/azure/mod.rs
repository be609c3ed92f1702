//! Management groups, subscriptions and resources that a scenario names one by one.

mod access;

use uuid::Uuid;

use super::ScenarioError;
use super::app::FIRST;
use super::plan::{ClusterPlan, ROOT, StorageAccountPlan, SubscriptionPlan, TenantPlan};
use crate::world::Tenant;
use crate::world::arm::{
    Cluster, Container, ManagementGroup, ResourceGroup, StorageAccount, Subscription, SubscriptionState,
};
use crate::world::generate::epoch;
use crate::world::ids::IdKind;
pub(super) use access::{assign, assign_roles, deny};

/// Where things are that need a place and name none.
const REGION: &str = "westeurope";

/// Adds the scope tree, its resources and custom roles.
pub(super) fn add(tenant: &mut Tenant, plan: &TenantPlan) -> Result<(), ScenarioError> {
    for group in &plan.management_groups {
        let place = format!("tenant {}, management group {}", plan.name, group.name);
        if tenant.arm.management_group(&group.name).is_some() {
            return Err(ScenarioError::invalid(place, "there is a management group of this name already"));
        }
        let parent = management_group(tenant, group.parent.as_deref(), &place)?;
        tenant.arm.management_groups.push(ManagementGroup {
            name: group.name.clone(),
            display_name: group.display_name.clone().unwrap_or_else(|| group.name.clone()),
            parent: Some(parent),
        });
    }
    for (index, subscription) in (0..).zip(&plan.subscriptions) {
        add_subscription(tenant, subscription, index, &plan.name)?;
    }
    for account in &plan.storage_accounts {
        add_storage_account(tenant, account, &plan.name)?;
    }
    for cluster in &plan.clusters {
        add_cluster(tenant, cluster, &plan.name)?;
    }
    for (index, role) in (0..).zip(&plan.role_definitions) {
        access::define(tenant, role, index, &plan.name)?;
    }
    Ok(())
}

fn add_storage_account(
    tenant: &mut Tenant,
    plan: &StorageAccountPlan,
    tenant_name: &str,
) -> Result<(), ScenarioError> {
    let place = format!("tenant {tenant_name}, storage account {}", plan.name);
    let subscription = subscription(tenant, &plan.subscription, &place)?;
    add_resource_group(tenant, subscription, &plan.resource_group);
    let containers = plan.containers.iter().map(|name| Container {
        name: name.clone(),
        public_access: "None",
        last_modified: epoch(),
        deleted: false,
    });
    let account = StorageAccount {
        name: plan.name.clone(),
        resource_group: plan.resource_group.clone(),
        location: REGION,
        kind: "StorageV2",
        sku: "Standard_LRS",
        access_tier: Some("Hot"),
        allow_blob_public_access: false,
        allow_shared_key_access: plan.shared_key_access,
        created: epoch(),
        tags: Vec::new(),
        containers: containers.collect(),
    };
    tenant.arm.storage_accounts.entry(subscription).or_default().push(account);
    Ok(())
}

fn add_cluster(tenant: &mut Tenant, plan: &ClusterPlan, tenant_name: &str) -> Result<(), ScenarioError> {
    let place = format!("tenant {tenant_name}, cluster {}", plan.name);
    let subscription = subscription(tenant, &plan.subscription, &place)?;
    add_resource_group(tenant, subscription, &plan.resource_group);
    let cluster = Cluster {
        name: plan.name.clone(),
        resource_group: plan.resource_group.clone(),
        location: REGION,
        version: "1.34.2".to_owned(),
        local_accounts_disabled: plan.local_accounts_disabled,
        private: plan.private,
        azure_rbac: plan.azure_rbac,
    };
    tenant.arm.clusters.entry(subscription).or_default().push(cluster);
    Ok(())
}

fn add_subscription(
    tenant: &mut Tenant,
    plan: &SubscriptionPlan,
    index: u32,
    tenant_name: &str,
) -> Result<(), ScenarioError> {
    let place = format!("tenant {tenant_name}, subscription {}", plan.name);
    let id = plan.id.unwrap_or_else(|| tenant.ids.encode(IdKind::Subscription, FIRST + index));
    let states = [
        SubscriptionState::Enabled,
        SubscriptionState::Warned,
        SubscriptionState::PastDue,
        SubscriptionState::Disabled,
        SubscriptionState::Deleted,
    ];
    let state = match &plan.state {
        None => SubscriptionState::Enabled,
        Some(name) => {
            states.into_iter().find(|it| it.as_str().eq_ignore_ascii_case(name)).ok_or_else(|| {
                let known = states.map(SubscriptionState::as_str).join(", ");
                ScenarioError::invalid(&*place, format!("`{name}` is no state; there are {known}"))
            })?
        }
    };
    let management_group = management_group(tenant, plan.management_group.as_deref(), &place)?;
    tenant.arm.subscriptions.insert(Subscription {
        id,
        display_name: plan.name.clone(),
        state,
        management_group,
        quota_id: "PayAsYouGo_2014-09-01",
        tags: Vec::new(),
        unregistered: plan.unregistered.clone(),
    });
    for name in &plan.resource_groups {
        add_resource_group(tenant, id, name);
    }
    Ok(())
}

fn add_resource_group(tenant: &mut Tenant, subscription: Uuid, name: &str) {
    if tenant.arm.resource_group(subscription, name).is_none() {
        let group =
            ResourceGroup { name: name.to_owned(), location: REGION, tags: Vec::new(), managed_by: None };
        tenant.arm.resource_groups.entry(subscription).or_default().push(group);
    }
}

fn management_group(tenant: &Tenant, name: Option<&str>, place: &str) -> Result<String, ScenarioError> {
    let Some(name) = name.filter(|name| *name != ROOT) else {
        return Ok(tenant.arm.root_management_group());
    };
    tenant.arm.management_group(name).map(|group| group.name.clone()).ok_or_else(|| {
        let reason = format!("there is no management group `{name}`; parents come first in the file");
        ScenarioError::invalid(place, reason)
    })
}

fn subscription(tenant: &Tenant, name: &str, place: &str) -> Result<Uuid, ScenarioError> {
    let by_id = Uuid::try_parse(name).ok();
    let found = tenant.arm.subscriptions.values().find(|it| Some(it.id) == by_id || it.display_name == name);
    found.map(|it| it.id).ok_or_else(|| {
        ScenarioError::invalid(place, format!("there is no subscription `{name}`; name it by id or name"))
    })
}
