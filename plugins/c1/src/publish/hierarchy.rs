//! Tenant, management groups, subscriptions, resource groups, storage accounts and containers: what role
//! assignments hold at.

use fairlead_directory::{
    CONTAINER, MANAGEMENT_GROUP, ORGANIZATION, RESOURCE_GROUP, STORAGE_ACCOUNT, SUBSCRIPTION, TENANT,
};

use super::{
    file::File,
    host::{Failure, Snapshot},
    read::{self, Item},
    scopes::Scopes,
};
use crate::{
    proto::Resource,
    resources::{
        Container, Kind, ManagementGroup, Organization, Parent, ResourceGroup, StorageAccount, Subscription,
        Tenant, segment, tenant,
    },
};

/// Writes them from the top down. `gaps` are what the collection could not see; the tenant's profile says so.
pub(crate) fn write(
    snapshot: &dyn Snapshot,
    file: &mut File<'_>,
    tenant_id: &str,
    gaps: &[String],
) -> Result<Scopes, Failure> {
    let mut writer = Writer { snapshot, file, scopes: Scopes::default() };
    writer.tenants(tenant_id, gaps)?;
    writer.management_groups()?;
    writer.subscriptions()?;
    writer.resource_groups()?;
    writer.storage_accounts()?;
    writer.containers()?;
    Ok(writer.scopes)
}

struct Writer<'s, 'f, 'd> {
    snapshot: &'s dyn Snapshot,
    file: &'f mut File<'d>,
    scopes: Scopes,
}

impl Writer<'_, '_, '_> {
    /// The connection's tenant, whether or not Resource Manager lists it, and the others it lists.
    fn tenants(&mut self, own: &str, gaps: &[String]) -> Result<(), Failure> {
        let mut organization = None;
        read::items(self.snapshot, ORGANIZATION, |item| {
            if item.id.eq_ignore_ascii_case(own) {
                organization = Some(item.body.to_owned());
            }
            Ok(())
        })?;
        let organization = organization.as_deref().map(parse::<Organization<'_>>).transpose()?;
        let mut own_body = None;
        read::items(self.snapshot, TENANT, |item| {
            let parsed: Tenant<'_> = item.parse(TENANT)?;
            let id = parsed.tenant_id.as_deref().unwrap_or(item.id);
            if id.eq_ignore_ascii_case(own) {
                own_body = Some(item.body.to_owned());
                return Ok(());
            }
            self.file.resource(Kind::Tenant, &tenant(id, &parsed, None, &[]))
        })?;
        let parsed = own_body.as_deref().map(parse::<Tenant<'_>>).transpose()?.unwrap_or_default();
        self.scopes.set_tenant(own);
        self.file.resource(Kind::Tenant, &tenant(own, &parsed, organization.as_ref(), gaps))
    }

    fn management_groups(&mut self) -> Result<(), Failure> {
        // All are known before the first is written: the list does not put parents before their children.
        read::items(self.snapshot, MANAGEMENT_GROUP, |item| {
            let path = item.parse::<ManagementGroup<'_>>(MANAGEMENT_GROUP)?.path(item.id);
            self.scopes.add(&path, Kind::ManagementGroup, &path);
            Ok(())
        })?;
        read::items(self.snapshot, MANAGEMENT_GROUP, |item| {
            let group: ManagementGroup<'_> = item.parse(MANAGEMENT_GROUP)?;
            let path = group.path(item.id);
            let parent = group.parent_path().and_then(|parent| self.scopes.get(parent));
            let parent = parent.or_else(|| self.parent_group(&item)).filter(|(_, parent)| *parent != path);
            let parent = parent.or_else(|| self.scopes.nearest("/")).map(owned);
            self.file.resource(Kind::ManagementGroup, &group.resource(&path, parent))
        })
    }

    fn subscriptions(&mut self) -> Result<(), Failure> {
        read::items(self.snapshot, SUBSCRIPTION, |item| {
            let subscription: Subscription<'_> = item.parse(SUBSCRIPTION)?;
            let guid = subscription.guid(item.id);
            let parent = self.parent_group(&item).or_else(|| self.scopes.nearest("/")).map(owned);
            self.add(Kind::Subscription, &["/subscriptions/", guid].concat(), guid, |_| {
                subscription.resource(guid, parent)
            })
        })
    }

    fn resource_groups(&mut self) -> Result<(), Failure> {
        read::items(self.snapshot, RESOURCE_GROUP, |item| {
            let group: ResourceGroup<'_> = item.parse(RESOURCE_GROUP)?;
            let path = group.path(item.id);
            let key = ResourceGroup::key(path).ok_or_else(|| odd_path(RESOURCE_GROUP, path))?;
            self.add(Kind::ResourceGroup, path, &key, |scopes| {
                group.resource(&key, path, subscription_of(scopes, path))
            })
        })
    }

    fn storage_accounts(&mut self) -> Result<(), Failure> {
        read::items(self.snapshot, STORAGE_ACCOUNT, |item| {
            let account: StorageAccount<'_> = item.parse(STORAGE_ACCOUNT)?;
            let path = account.path(item.id);
            let key = StorageAccount::key(path).ok_or_else(|| odd_path(STORAGE_ACCOUNT, path))?;
            self.add(Kind::StorageAccount, path, &key, |scopes| {
                account.resource(&key, path, subscription_of(scopes, path))
            })
        })
    }

    fn containers(&mut self) -> Result<(), Failure> {
        read::items(self.snapshot, CONTAINER, |item| {
            let container: Container<'_> = item.parse(CONTAINER)?;
            let path = container.path(item.id);
            let key = Container::key(path).ok_or_else(|| odd_path(CONTAINER, path))?;
            self.add(Kind::Container, path, &key, |scopes| {
                container.resource(&key, path, scopes.nearest(path).map(owned))
            })
        })
    }

    /// Writes the resource at a path, unless it is there already: paths that differ in case are the same.
    fn add(
        &mut self,
        kind: Kind,
        path: &str,
        id: &str,
        make: impl FnOnce(&Scopes) -> Resource,
    ) -> Result<(), Failure> {
        if self.scopes.get(path).is_some() {
            return Ok(());
        }
        let resource = make(&self.scopes);
        self.scopes.add(path, kind, id);
        self.file.resource(kind, &resource)
    }

    /// The management group that the collection says an item lies in, by its path or its name.
    fn parent_group(&self, item: &Item<'_>) -> Option<(Kind, &str)> {
        let (_, id) = item.parent.filter(|(kind, _)| *kind == MANAGEMENT_GROUP)?;
        let by_name = || self.scopes.get(&["/providers/Microsoft.Management/managementGroups/", id].concat());
        self.scopes.get(id).or_else(by_name)
    }
}

fn subscription_of(scopes: &Scopes, path: &str) -> Parent {
    scopes.get(&["/subscriptions/", segment(path, "subscriptions")?].concat()).map(owned)
}

fn owned((kind, id): (Kind, &str)) -> (Kind, String) {
    (kind, id.to_owned())
}

fn parse<'a, T: serde::Deserialize<'a>>(body: &'a str) -> Result<T, Failure> {
    let fail = |error| Failure::Fatal(format!("what Azure said of the tenant is not understood: {error}"));
    serde_json::from_str(body).map_err(fail)
}

fn odd_path(kind: &str, path: &str) -> Failure {
    Failure::Fatal(format!("the {kind} at \"{path}\" has a path that this connector does not understand"))
}
