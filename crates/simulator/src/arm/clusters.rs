//! Kubernetes clusters, as far as the management side shows them.

use uuid::Uuid;

use super::context::{Context, one, write_tags};
use super::error::ArmError;
use super::page::{Collection, Page};
use super::resource_groups::Reach;
use crate::odata::JsonWriter;
use crate::server::call::Response;
use crate::world::arm::{Cluster, Scope};

const READ: &str = "Microsoft.ContainerService/managedClusters/read";
const CLUSTERS: Collection = Collection::new("managedClusters", 1_000).fixed();

/// `GET {subscription or resource group}/providers/Microsoft.ContainerService/managedClusters`.
pub(super) fn list(
    context: &Context<'_>,
    subscription: Uuid,
    group: Option<&str>,
) -> Result<Response, ArmError> {
    let page = Page::of(context.request, CLUSTERS)?;
    let reach = match group {
        Some(name) => {
            context.access.require(READ, &Scope::ResourceGroup { subscription, name: name.to_owned() })?;
            context.resource_group(subscription, name)?;
            Reach::All
        }
        None => Reach::of(context, READ, subscription)?,
    };
    let clusters = context.tenant.arm.clusters.get(&subscription).map(Vec::as_slice).unwrap_or_default();
    let items = clusters.iter().enumerate().skip(page.start).filter(|(_, cluster)| {
        group.is_none_or(|group| group.eq_ignore_ascii_case(&cluster.resource_group))
            && reach.covers(&cluster.resource_group)
    });
    let tenant = context.tenant.id;
    Ok(page.answer(items, |json, cluster| json.object(|json| write(json, tenant, subscription, cluster))))
}

/// `GET .../managedClusters/{name}`.
pub(super) fn get(
    context: &Context<'_>,
    subscription: Uuid,
    group: &str,
    name: &str,
) -> Result<Response, ArmError> {
    let path = format!("Microsoft.ContainerService/managedClusters/{name}");
    let scope = Scope::Resource { subscription, resource_group: group.to_owned(), path: path.clone() };
    context.access.require(READ, &scope)?;
    context.resource_group(subscription, group)?;
    let mut clusters = context.tenant.arm.clusters.get(&subscription).into_iter().flatten();
    let cluster = clusters
        .find(|it| it.name.eq_ignore_ascii_case(name) && it.resource_group.eq_ignore_ascii_case(group))
        .ok_or_else(|| ArmError::ResourceNotFound { resource: path, resource_group: group.to_owned() })?;
    Ok(one(|json| write(json, context.tenant.id, subscription, cluster)))
}

fn write(json: &mut JsonWriter, tenant: Uuid, subscription: Uuid, cluster: &Cluster) {
    let Cluster { name, resource_group: group, location, .. } = cluster;
    let address = format!("{name}-{}.hcp.{location}.azmk8s.io", &subscription.simple().to_string()[..8]);
    json.string_member(
        "id",
        &format!(
            "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.ContainerService/\
             managedClusters/{name}"
        ),
    );
    json.string_member("name", name);
    json.string_member("type", "Microsoft.ContainerService/ManagedClusters");
    json.string_member("location", location);
    write_tags(json, &[]);
    json.object_member("sku", |json| {
        json.string_member("name", "Base");
        json.string_member("tier", "Free");
    });
    json.object_member("properties", |json| {
        json.string_member("provisioningState", "Succeeded");
        json.object_member("powerState", |json| json.string_member("code", "Running"));
        json.string_member("kubernetesVersion", &cluster.version);
        json.string_member("currentKubernetesVersion", &cluster.version);
        json.string_member("dnsPrefix", name);
        // A private cluster is known by a name of its own network only.
        json.string_member(if cluster.private { "privateFQDN" } else { "fqdn" }, &address);
        json.string_member("nodeResourceGroup", &format!("MC_{group}_{name}_{location}"));
        json.bool_member("enableRBAC", true);
        json.bool_member("disableLocalAccounts", cluster.local_accounts_disabled);
        if let Some(azure_rbac) = cluster.azure_rbac {
            json.object_member("aadProfile", |json| {
                json.bool_member("managed", true);
                json.bool_member("enableAzureRBAC", azure_rbac);
                json.guid_member("tenantID", tenant);
            });
        }
        json.object_member("apiServerAccessProfile", |json| {
            json.bool_member("enablePrivateCluster", cluster.private);
        });
        json.object_member("networkProfile", |json| json.string_member("networkPlugin", "azure"));
    });
}
