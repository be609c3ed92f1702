//! The scope tree and what lies in it: management groups, subscriptions, resource groups, storage, custom roles.

use uuid::Uuid;

use super::{Lots, Sizes};
use crate::world::Tenant;
use crate::world::arm::{
    Container, ManagementGroup, PermissionSet, ResourceGroup, RoleDefinition, StorageAccount, Subscription,
    SubscriptionState,
};
use crate::world::ids::IdKind;
use crate::world::text::{DEPARTMENTS, REGIONS, ascii_part};

mod question {
    pub(super) const PARENT: u64 = 600;
    pub(super) const PLACE: u64 = 601;
    pub(super) const NAME: u64 = 602;
    pub(super) const REGION: u64 = 603;
    pub(super) const ACCOUNT: u64 = 604;
    pub(super) const CREATED: u64 = 605;
    pub(super) const CONTAINER: u64 = 606;
    pub(super) const ACTIONS: u64 = 607;
}

/// Adds the scope tree and its storage.
pub(super) fn generate(tenant: &mut Tenant, lots: Lots, sizes: &Sizes) {
    for index in 0..sizes.management_groups {
        management_group(tenant, lots, index);
    }
    for index in 0..sizes.subscriptions {
        subscription(tenant, lots, index);
    }
    for index in 0..sizes.resource_groups {
        resource_group(tenant, lots, index, sizes);
    }
    for index in 0..sizes.storage_accounts {
        storage_account(tenant, lots, index, sizes);
    }
    for index in 0..sizes.containers {
        container(tenant, lots, index, sizes);
    }
    for index in 0..sizes.custom_roles {
        custom_role(tenant, lots, index, sizes);
    }
}

/// The id of the generated subscription that holds a generated resource group.
pub(super) fn subscription_of(tenant: &Tenant, resource_group: u32, sizes: &Sizes) -> Uuid {
    tenant.ids.encode(IdKind::Subscription, resource_group % sizes.subscriptions.max(1))
}

/// The name of a generated resource group. Some have capitals: Azure keeps them and compares without.
pub(super) fn resource_group_name(lots: Lots, index: u32) -> String {
    let department = ascii_part(lots.word(DEPARTMENTS, question::NAME, u64::from(index)));
    if index % 5 == 4 { format!("RG-{department}-{index}") } else { format!("rg-{department}-{index}") }
}

/// The name and resource group of a generated storage account; names are unique in all of Azure.
pub(super) fn storage_account_name(tenant: &Tenant, lots: Lots, index: u32, sizes: &Sizes) -> (String, u32) {
    let unique = tenant.ids.encode(IdKind::Other, 10_000 + index).simple().to_string();
    let group = lots.below(question::ACCOUNT, u64::from(index), sizes.resource_groups);
    (format!("st{}{index}", &unique[..8]), group)
}

fn management_group(tenant: &mut Tenant, lots: Lots, index: u32) {
    let parent = match lots.below(question::PARENT, u64::from(index), index + 1) {
        0 => tenant.arm.root_management_group(),
        earlier => management_group_name(earlier - 1),
    };
    let department = lots.word(DEPARTMENTS, question::NAME, (1 << 40) + u64::from(index));
    tenant.arm.management_groups.push(ManagementGroup {
        name: management_group_name(index),
        display_name: format!("{department} platform {index}"),
        parent: Some(parent),
    });
}

fn management_group_name(index: u32) -> String {
    format!("mg-{index}")
}

fn subscription(tenant: &mut Tenant, lots: Lots, index: u32) {
    let lot = u64::from(index);
    let groups = u32::try_from(tenant.arm.management_groups.len()).unwrap_or(1);
    let place = lots.below(question::PLACE, lot, groups) as usize;
    let department = lots.word(DEPARTMENTS, question::NAME, (2 << 40) + lot);
    tenant.arm.subscriptions.insert(Subscription {
        id: tenant.ids.encode(IdKind::Subscription, index),
        display_name: format!("{department} {}", if index.is_multiple_of(2) { "production" } else { "test" }),
        state: match index % 17 {
            13 => SubscriptionState::Warned,
            16 => SubscriptionState::Disabled,
            _ => SubscriptionState::Enabled,
        },
        management_group: tenant.arm.management_groups[place].name.clone(),
        quota_id: if index.is_multiple_of(3) {
            "EnterpriseAgreement_2014-09-01"
        } else {
            "PayAsYouGo_2014-09-01"
        },
        tags: tags(index, department),
        unregistered: Vec::new(),
    });
}

fn tags(index: u32, department: &str) -> Vec<(String, String)> {
    if index % 3 == 2 {
        return Vec::new();
    }
    let environment = if index.is_multiple_of(2) { "production" } else { "test" };
    vec![("environment".to_owned(), environment.to_owned()), ("owner".to_owned(), department.to_owned())]
}

fn resource_group(tenant: &mut Tenant, lots: Lots, index: u32, sizes: &Sizes) {
    let subscription = subscription_of(tenant, index, sizes);
    let lot = u64::from(index);
    tenant.arm.resource_groups.entry(subscription).or_default().push(ResourceGroup {
        name: resource_group_name(lots, index),
        location: lots.word(REGIONS, question::REGION, lot),
        tags: tags(index, lots.word(DEPARTMENTS, question::NAME, lot)),
        managed_by: None,
    });
}

fn storage_account(tenant: &mut Tenant, lots: Lots, index: u32, sizes: &Sizes) {
    let (name, group) = storage_account_name(tenant, lots, index, sizes);
    let subscription = subscription_of(tenant, group, sizes);
    let lot = u64::from(index);
    let premium = index % 6 == 5;
    tenant.arm.storage_accounts.entry(subscription).or_default().push(StorageAccount {
        name,
        resource_group: resource_group_name(lots, group),
        location: lots.word(REGIONS, question::REGION, (1 << 40) + lot),
        kind: if premium { "BlockBlobStorage" } else { "StorageV2" },
        sku: if premium { "Premium_LRS" } else { "Standard_RAGRS" },
        access_tier: (!premium).then_some(if index % 4 == 3 { "Cool" } else { "Hot" }),
        allow_blob_public_access: index % 7 == 3,
        allow_shared_key_access: index % 5 != 2,
        created: lots.moment(question::CREATED, lot, 1_500),
        tags: tags(index, lots.word(DEPARTMENTS, question::NAME, lot)),
        containers: Vec::new(),
    });
}

fn container(tenant: &mut Tenant, lots: Lots, index: u32, sizes: &Sizes) {
    let account = lots.below(question::CONTAINER, u64::from(index), sizes.storage_accounts);
    let (name, group) = storage_account_name(tenant, lots, account, sizes);
    let subscription = subscription_of(tenant, group, sizes);
    let accounts = tenant.arm.storage_accounts.entry(subscription).or_default();
    if let Some(account) = accounts.iter_mut().find(|it| it.name == name) {
        account.containers.push(Container {
            name: format!("container-{index:04}"),
            public_access: if account.allow_blob_public_access && index.is_multiple_of(2) {
                "Blob"
            } else {
                "None"
            },
            last_modified: lots.moment(question::CREATED, (1 << 40) + u64::from(index), 400),
            deleted: index % 23 == 22,
        });
    }
}

fn custom_role(tenant: &mut Tenant, lots: Lots, index: u32, sizes: &Sizes) {
    const ACTIONS: [&str; 6] = [
        "Microsoft.Compute/virtualMachines/read",
        "Microsoft.Compute/virtualMachines/start/action",
        "Microsoft.Storage/storageAccounts/read",
        "Microsoft.Network/*/read",
        "Microsoft.Resources/subscriptions/resourceGroups/read",
        "Microsoft.Authorization/*/read",
    ];
    let count = 2 + lots.below(question::ACTIONS, u64::from(index), 4) as usize;
    let scope = if sizes.subscriptions > 0 && !index.is_multiple_of(3) {
        format!("/subscriptions/{}", tenant.ids.encode(IdKind::Subscription, index % sizes.subscriptions))
    } else {
        format!("/providers/Microsoft.Management/managementGroups/{}", tenant.arm.root_management_group())
    };
    tenant.arm.role_definitions.insert(RoleDefinition {
        name: tenant.ids.encode(IdKind::RoleDefinition, index),
        role_name: format!("Operator {index}"),
        description: format!("A role of our own, number {index}."),
        built_in: false,
        assignable_scopes: vec![scope],
        permissions: vec![PermissionSet {
            actions: ACTIONS[..count].iter().map(|action| (*action).to_owned()).collect(),
            not_actions: if index % 4 == 3 { vec!["*/delete".to_owned()] } else { Vec::new() },
            ..PermissionSet::default()
        }],
        created: lots.moment(question::CREATED, (2 << 40) + u64::from(index), 900),
    });
}
