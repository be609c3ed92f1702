//! The generic list of resources: what an inventory begins with.

use uuid::Uuid;

use super::context::{Context, write_tags};
use super::error::ArmError;
use super::filter::{self, Term};
use super::page::{Collection, Page};
use super::resource_groups::Reach;
use super::storage::account_id;
use crate::odata::JsonWriter;
use crate::server::call::Response;
use crate::world::arm::{Scope, StorageAccount};

const RESOURCES: Collection = Collection::new("resources", 1_000);
const STORAGE_ACCOUNT: &str = "Microsoft.Storage/storageAccounts";

/// `GET {subscription or resource group}/resources`.
pub(super) fn list(
    context: &Context<'_>,
    subscription: Uuid,
    group: Option<&str>,
) -> Result<Response, ArmError> {
    const READ: &str = "Microsoft.Resources/subscriptions/resources/read";
    let page = Page::of(context.request, RESOURCES)?;
    let filter = Filter::of(context.request.option("$filter"))?;
    let reach = match group {
        Some(name) => {
            let scope = Scope::ResourceGroup { subscription, name: name.to_owned() };
            context
                .access
                .require("Microsoft.Resources/subscriptions/resourceGroups/resources/read", &scope)?;
            context.resource_group(subscription, name)?;
            Reach::All
        }
        None => Reach::of(context, READ, subscription)?,
    };
    let accounts = context.tenant.arm.storage_accounts.get(&subscription).map(Vec::as_slice);
    let items = accounts.unwrap_or_default().iter().enumerate().skip(page.start).filter(|(_, account)| {
        group.is_none_or(|group| group.eq_ignore_ascii_case(&account.resource_group))
            && filter.keeps(account)
            && reach.covers(&account.resource_group)
    });
    Ok(page.answer(items, |json, account| json.object(|json| write(json, subscription, account))))
}

fn write(json: &mut JsonWriter, subscription: Uuid, account: &StorageAccount) {
    json.string_member("id", &account_id(subscription, account));
    json.string_member("name", &account.name);
    json.string_member("type", STORAGE_ACCOUNT);
    json.string_member("kind", account.kind);
    json.object_member("sku", |json| json.string_member("name", account.sku));
    json.string_member("location", account.location);
    write_tags(json, &account.tags);
}

/// `resourceType`, `name`, `location`, `resourceGroup` and the two tag terms, joined by `and`.
struct Filter(Vec<(String, String)>);

impl Filter {
    fn of(text: Option<&str>) -> Result<Self, ArmError> {
        const KNOWN: [&str; 6] = ["resourcetype", "name", "location", "resourcegroup", "tagname", "tagvalue"];
        let terms = filter::parse(text)?.into_iter().map(|term| match term {
            Term::Equals(property, value) if KNOWN.contains(&property.as_str()) => Ok((property, value)),
            _ => Err(ArmError::UnsupportedFilter(text.unwrap_or_default().to_owned())),
        });
        Ok(Self(terms.collect::<Result<_, _>>()?))
    }

    fn keeps(&self, account: &StorageAccount) -> bool {
        self.0.iter().all(|(property, value)| match property.as_str() {
            "resourcetype" => value.eq_ignore_ascii_case(STORAGE_ACCOUNT),
            "name" => value.eq_ignore_ascii_case(&account.name),
            "location" => value.eq_ignore_ascii_case(account.location),
            "resourcegroup" => value.eq_ignore_ascii_case(&account.resource_group),
            "tagname" => account.tags.iter().any(|(name, _)| name.eq_ignore_ascii_case(value)),
            _ => account.tags.iter().any(|(_, it)| it == value),
        })
    }
}
