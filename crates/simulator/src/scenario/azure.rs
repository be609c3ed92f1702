//! Management groups, subscriptions, storage and role assignments that a scenario names one by one.

use uuid::Uuid;

use super::app::FIRST;
use super::plan::{ROOT, SubscriptionPlan, TenantPlan};
use super::{ScenarioError, find};
use crate::world::arm::{
    Container, ManagementGroup, PrincipalType, ResourceGroup, RoleAssignment, Scope, StorageAccount,
    Subscription, SubscriptionState,
};
use crate::world::generate::epoch;
use crate::world::ids::IdKind;
use crate::world::{ObjectKind, Tenant};

/// Where things are that need a place and name none.
const REGION: &str = "westeurope";

/// Adds the scope tree and its storage.
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
        let place = format!("tenant {}, storage account {}", plan.name, account.name);
        let subscription = subscription(tenant, &account.subscription, &place)?;
        add_resource_group(tenant, subscription, &account.resource_group);
        let containers = account.containers.iter().map(|name| Container {
            name: name.clone(),
            public_access: "None",
            last_modified: epoch(),
            deleted: false,
        });
        let account = StorageAccount {
            name: account.name.clone(),
            resource_group: account.resource_group.clone(),
            location: REGION,
            kind: "StorageV2",
            sku: "Standard_LRS",
            access_tier: Some("Hot"),
            allow_blob_public_access: false,
            allow_shared_key_access: true,
            created: epoch(),
            tags: Vec::new(),
            containers: containers.collect(),
        };
        tenant.arm.storage_accounts.entry(subscription).or_default().push(account);
    }
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

/// Adds the role assignments of the file; principals must be there.
pub(super) fn assign_roles(tenant: &mut Tenant, plan: &TenantPlan) -> Result<(), ScenarioError> {
    for it in &plan.role_assignments {
        let place = format!("tenant {}, role assignment of {}", plan.name, it.principal);
        let (id, kind) = match (find(tenant, &it.principal, &place), Uuid::try_parse(&it.principal)) {
            (Ok(found), _) => (tenant.object_id(found).unwrap_or_default(), Some(found.kind)),
            // An id that is nobody's: the principal was deleted and its assignment stayed behind.
            (Err(_), Ok(id)) => (id, None),
            (Err(error), Err(_)) => return Err(error),
        };
        match kind {
            Some(kind) => assign(tenant, id, kind, &it.role, &it.scope, it.condition.as_deref(), &place)?,
            None => assign_to(tenant, id, PrincipalType::Unknown, &it.role, &it.scope, None, &place)?,
        }
    }
    Ok(())
}

/// Assigns a role, by name or id, at a scope.
pub(super) fn assign(
    tenant: &mut Tenant,
    principal: Uuid,
    kind: ObjectKind,
    role: &str,
    scope: &str,
    condition: Option<&str>,
    place: &str,
) -> Result<(), ScenarioError> {
    let kind = match kind {
        ObjectKind::User => PrincipalType::User,
        ObjectKind::Group => PrincipalType::Group,
        ObjectKind::ServicePrincipal => PrincipalType::ServicePrincipal,
        ObjectKind::Device => PrincipalType::Device,
        ObjectKind::Application => PrincipalType::Unknown,
    };
    assign_to(tenant, principal, kind, role, scope, condition, place)
}

fn assign_to(
    tenant: &mut Tenant,
    principal: Uuid,
    principal_type: PrincipalType,
    role: &str,
    scope: &str,
    condition: Option<&str>,
    place: &str,
) -> Result<(), ScenarioError> {
    let by_id = Uuid::try_parse(role).ok();
    let definition = tenant
        .arm
        .role_definitions
        .values()
        .find(|it| Some(it.name) == by_id || it.role_name.eq_ignore_ascii_case(role))
        .map(|it| it.name)
        .ok_or_else(|| ScenarioError::invalid(place, format!("there is no Azure role `{role}`")))?;
    let scope = if scope == ROOT {
        Scope::ManagementGroup(tenant.arm.root_management_group())
    } else {
        let reason =
            || format!("`{scope}` is no scope; write `root` or a path such as /subscriptions/{{id}}");
        Scope::parse(scope).ok_or_else(|| ScenarioError::invalid(place, reason()))?
    };
    let index = FIRST + tenant.arm.role_assignments().slots();
    tenant.arm.insert_role_assignment(RoleAssignment {
        name: tenant.ids.encode(IdKind::RoleAssignment, index),
        scope,
        role: definition,
        principal,
        principal_type,
        condition: condition.map(str::to_owned),
        description: None,
        created: epoch(),
        created_by: None,
    });
    Ok(())
}
