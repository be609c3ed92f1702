//! Storage accounts and their blob containers, on the management side.

use jiff::Timestamp;
use uuid::Uuid;

use super::context::{Context, one, write_tags, write_time};
use super::error::ArmError;
use super::page::{Collection, Page};
use super::resource_groups::Reach;
use super::target::AccountPath;
use crate::odata::JsonWriter;
use crate::server::call::Response;
use crate::world::Cloud;
use crate::world::arm::{Container, Scope, StorageAccount};

const READ: &str = "Microsoft.Storage/storageAccounts/read";
const CONTAINERS_READ: &str = "Microsoft.Storage/storageAccounts/blobServices/containers/read";
const ACCOUNTS: Collection = Collection::new("storageAccounts", 1_000).fixed();
const CONTAINERS: Collection = Collection::new("containers", 5_000).sized_by("$maxpagesize");

/// The services of an account that have an address of their own.
const SERVICES: [&str; 6] = ["dfs", "web", "blob", "queue", "table", "file"];

/// `GET {subscription or resource group}/providers/Microsoft.Storage/storageAccounts`.
pub(super) fn accounts(
    context: &Context<'_>,
    subscription: Uuid,
    group: Option<&str>,
) -> Result<Response, ArmError> {
    let page = Page::of(context.request, ACCOUNTS)?;
    let reach = match group {
        Some(name) => {
            context.access.require(READ, &Scope::ResourceGroup { subscription, name: name.to_owned() })?;
            context.resource_group(subscription, name)?;
            Reach::All
        }
        None => Reach::of(context, READ, subscription)?,
    };
    let accounts = context.tenant.arm.storage_accounts.get(&subscription).map(Vec::as_slice);
    let items = accounts.unwrap_or_default().iter().enumerate().skip(page.start).filter(|(_, account)| {
        group.is_none_or(|group| group.eq_ignore_ascii_case(&account.resource_group))
            && reach.covers(&account.resource_group)
    });
    let cloud = context.tenant.cloud;
    Ok(page.answer(items, |json, account| {
        json.object(|json| write_account(json, subscription, cloud, account));
    }))
}

/// `GET .../storageAccounts/{name}`.
pub(super) fn account(context: &Context<'_>, path: &AccountPath) -> Result<Response, ArmError> {
    context.access.require(READ, &scope_of(path))?;
    let account = find(context, path)?;
    Ok(one(|json| write_account(json, path.subscription, context.tenant.cloud, account)))
}

/// `GET .../storageAccounts/{name}/blobServices/default/containers`.
pub(super) fn containers(context: &Context<'_>, path: &AccountPath) -> Result<Response, ArmError> {
    context.access.require(CONTAINERS_READ, &scope_of(path))?;
    let account = find(context, path)?;
    let page = Page::of(context.request, CONTAINERS)?;
    let option = |name| context.request.option(name).unwrap_or_default();
    let deleted = option("$include").eq_ignore_ascii_case("deleted");
    let prefix = option("$filter");
    let items = account
        .containers
        .iter()
        .enumerate()
        .skip(page.start)
        .filter(|(_, container)| (deleted || !container.deleted) && container.name.starts_with(prefix));
    Ok(page.answer(items, |json, container| {
        json.object(|json| write_container(json, path.subscription, account, container));
    }))
}

/// `GET .../blobServices/default/containers/{name}`.
pub(super) fn container(context: &Context<'_>, path: &AccountPath, name: &str) -> Result<Response, ArmError> {
    context.access.require(CONTAINERS_READ, &scope_of(path))?;
    let account = find(context, path)?;
    let container = account
        .containers
        .iter()
        .find(|container| !container.deleted && container.name.eq_ignore_ascii_case(name))
        .ok_or(ArmError::ContainerNotFound)?;
    Ok(one(|json| write_container(json, path.subscription, account, container)))
}

/// The account's id.
pub(super) fn account_id(subscription: Uuid, account: &StorageAccount) -> String {
    format!(
        "/subscriptions/{subscription}/resourceGroups/{}/providers/Microsoft.Storage/storageAccounts/{}",
        account.resource_group, account.name
    )
}

fn scope_of(path: &AccountPath) -> Scope {
    Scope::Resource {
        subscription: path.subscription,
        resource_group: path.resource_group.clone(),
        path: format!("Microsoft.Storage/storageAccounts/{}", path.name),
    }
}

fn find<'a>(context: &Context<'a>, path: &AccountPath) -> Result<&'a StorageAccount, ArmError> {
    context.resource_group(path.subscription, &path.resource_group)?;
    context
        .tenant
        .arm
        .storage_account(path.subscription, &path.name)
        .filter(|account| account.resource_group.eq_ignore_ascii_case(&path.resource_group))
        .ok_or_else(|| ArmError::ResourceNotFound {
            resource: format!("Microsoft.Storage/storageAccounts/{}", path.name),
            resource_group: path.resource_group.clone(),
        })
}

fn write_account(json: &mut JsonWriter, subscription: Uuid, cloud: Cloud, account: &StorageAccount) {
    json.object_member("sku", |json| {
        json.string_member("name", account.sku);
        json.string_member("tier", account.sku.split('_').next().unwrap_or("Standard"));
    });
    json.string_member("kind", account.kind);
    json.string_member("id", &account_id(subscription, account));
    json.string_member("name", &account.name);
    json.string_member("type", "Microsoft.Storage/storageAccounts");
    json.string_member("location", account.location);
    write_tags(json, &account.tags);
    json.object_member("properties", |json| {
        json.string_member("provisioningState", "Succeeded");
        write_time(json, "creationTime", account.created);
        json.bool_member("supportsHttpsTrafficOnly", true);
        json.string_member("minimumTlsVersion", "TLS1_2");
        json.bool_member("allowBlobPublicAccess", account.allow_blob_public_access);
        json.bool_member("allowSharedKeyAccess", account.allow_shared_key_access);
        if let Some(tier) = account.access_tier {
            json.string_member("accessTier", tier);
        }
        json.object_member("networkAcls", |json| {
            json.string_member("bypass", "AzureServices");
            json.string_member("defaultAction", "Allow");
            json.array_member("virtualNetworkRules", |_| {});
            json.array_member("ipRules", |_| {});
        });
        json.object_member("encryption", |json| json.string_member("keySource", "Microsoft.Storage"));
        json.object_member("primaryEndpoints", |json| {
            let suffix = storage_suffix(cloud);
            for service in SERVICES {
                json.string_member(service, &format!("https://{}.{service}.{suffix}/", account.name));
            }
        });
        json.string_member("primaryLocation", account.location);
        json.string_member("statusOfPrimary", "available");
    });
}

const fn storage_suffix(cloud: Cloud) -> &'static str {
    match cloud {
        Cloud::Public => "core.windows.net",
        Cloud::UsGovernment => "core.usgovcloudapi.net",
        Cloud::China => "core.chinacloudapi.cn",
    }
}

fn write_container(
    json: &mut JsonWriter,
    subscription: Uuid,
    account: &StorageAccount,
    container: &Container,
) {
    let id = account_id(subscription, account);
    json.string_member("id", &format!("{id}/blobServices/default/containers/{}", container.name));
    json.string_member("name", &container.name);
    json.string_member("type", "Microsoft.Storage/storageAccounts/blobServices/containers");
    json.string_member("etag", &etag(container.last_modified));
    json.object_member("properties", |json| {
        json.bool_member("deleted", container.deleted);
        json.string_member("publicAccess", container.public_access);
        json.string_member("leaseStatus", "Unlocked");
        json.string_member("leaseState", "Available");
        write_time(json, "lastModifiedTime", container.last_modified);
        json.string_member("defaultEncryptionScope", "$account-encryption-key");
        json.bool_member("denyEncryptionScopeOverride", false);
        json.bool_member("hasImmutabilityPolicy", false);
        json.bool_member("hasLegalHold", false);
        if container.deleted {
            json.string_member("version", "01D64EB9886F00C4");
            json.integer_member("remainingRetentionDays", 7);
        }
    });
}

/// A tag that changes with the container, in the quoted hexadecimal form of the service.
fn etag(modified: Timestamp) -> String {
    format!("\"0x{:X}\"", modified.as_millisecond())
}
