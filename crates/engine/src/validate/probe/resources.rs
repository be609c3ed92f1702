//! Subscriptions, and what the application may do in them.

use std::collections::{BTreeMap, BTreeSet};

use fairlead_azure::{rbac::Entry, roles};
use fairlead_model::{Api, Connection, Need, Requirement, RoleScope};
use futures::future::join_all;
use jiff::Timestamp;
use serde::Deserialize;
use uuid::Uuid;

use super::{Asker, tenant};
use crate::validate::{
    facts::{Assignment, Definition, DenyAssignment, Facts, Look, Resources, Subscription, moment},
    judge::access,
};

const AUTHORIZATION: &str = "providers/Microsoft.Authorization";
/// Resource groups that are looked into where a role may be held in them only.
const MOST_GROUPS: usize = 3;
const GROUPS: &str = "/providers/Microsoft.Management/managementGroups";

/// Reads the subscriptions and the assignments at every scope that is known beforehand.
pub(in crate::validate) async fn look(
    asker: &Asker,
    connection: &Connection,
    requirements: &[Requirement],
    facts: &Facts,
) -> Resources {
    let Some(principal) = facts.principal_id() else { return Resources::default() };
    let declared = connection.scope.subscriptions.iter().map(|id| access::subscription_scope(*id));
    let groups = groups(connection, requirements, facts).into_iter().map(|name| access::group_scope(&name));
    let scopes: BTreeSet<String> = declared.chain(groups).collect();
    let subscriptions =
        asker.list::<Subscription>(Api::ResourceManager, "/subscriptions?api-version=2022-12-01");
    let below_group = async {
        match &connection.scope.management_group {
            Some(group) => descendants(asker, group).await,
            None => Look::NotAsked,
        }
    };
    let (subscriptions, below_group, mut resources) =
        tokio::join!(subscriptions, below_group, at_scopes(asker, principal, scopes));
    resources.subscriptions = subscriptions;
    resources.below_group = below_group;
    resources
}

/// Reads what the first look showed to be needed: further subscriptions, roles that are not built in, what else
/// there is where a role is missing, and whose a subscription is that cannot be seen.
pub(in crate::validate) async fn details(
    asker: &Asker,
    connection: &Connection,
    requirements: &[Requirement],
    facts: &Facts,
) -> Resources {
    let mut resources = facts.resources.clone();
    let Some(principal) = facts.principal_id() else { return resources };
    let in_question = access::subscriptions(connection, &resources);
    let further: BTreeSet<String> = in_question
        .iter()
        .map(|id| access::subscription_scope(*id))
        .filter(|scope| !resources.assignments.contains_key(scope))
        .collect();
    let hidden: Vec<Uuid> = access::hidden(connection, &resources);
    let owners =
        hidden.into_iter().map(async |id| (id, tenant::of_subscription(&connection.cloud, id).await));
    let known = resources.clone();
    let (more, owners, first) = tokio::join!(
        async {
            let more = at_scopes(asker, principal, further).await;
            let closer = closer(asker, connection, requirements, facts, principal, &more).await;
            (more, closer)
        },
        join_all(owners),
        closer(asker, connection, requirements, facts, principal, &known),
    );
    let (more, closer_more) = more;
    merge(&mut resources, more);
    merge(&mut resources, first);
    merge(&mut resources, closer_more);
    resources.owners = owners.into_iter().collect();
    resources
}

/// Names of the management groups at which a role is required.
fn groups(connection: &Connection, requirements: &[Requirement], facts: &Facts) -> BTreeSet<String> {
    let group = connection.scope.management_group.clone();
    let at = requirements.iter().filter_map(|requirement| match requirement.need {
        Need::AzureRole { scope: RoleScope::TenantRoot, .. } => facts.tenant_id().map(|id| id.to_string()),
        Need::AzureRole { scope: RoleScope::ManagementGroup, .. } => group.clone(),
        _ => None,
    });
    at.collect()
}

/// Assignments and deny assignments at scopes, all side by side.
async fn at_scopes(asker: &Asker, principal: Uuid, scopes: BTreeSet<String>) -> Resources {
    let answers = scopes.into_iter().map(async |scope| {
        let (assignments, denied) =
            tokio::join!(assignments(asker, &scope, principal), denied(asker, &scope));
        (scope, assignments, denied)
    });
    let mut resources = Resources::default();
    for (scope, assignments, denied) in join_all(answers).await {
        resources.assignments.insert(scope.clone(), assignments);
        resources.denied.insert(scope, denied);
    }
    resources
}

/// What the assignments just read make it worth to look at.
async fn closer(
    asker: &Asker,
    connection: &Connection,
    requirements: &[Requirement],
    facts: &Facts,
    principal: Uuid,
    read: &Resources,
) -> Resources {
    let unknown: BTreeMap<Uuid, String> = read
        .assignments
        .iter()
        .filter_map(|(scope, look)| Some((scope, look.seen()?)))
        .flat_map(|(scope, all)| all.iter().map(|assignment| (assignment.role, scope.clone())))
        .filter(|(role, _)| roles::builtin(*role).is_none())
        .collect();
    let hidden: Vec<String> =
        access::hidden(connection, &facts.resources).into_iter().map(access::subscription_scope).collect();
    // Where assignments cannot be read, or may not have taken effect, Resource Manager's own word counts.
    let in_doubt = |look: &Look<Vec<Assignment>>| match look {
        Look::Seen(all, evidence) => {
            let seen = evidence.first().map_or_else(Timestamp::now, |evidence| evidence.at);
            all.iter().any(|one| one.created.is_some_and(|created| access::is_fresh(created, seen)))
        }
        look => matches!(look, Look::Refused { .. }),
    };
    let doubtful = read.assignments.iter().filter(|(scope, look)| in_doubt(look) && !hidden.contains(scope));
    let doubtful: Vec<String> = doubtful.map(|(scope, _)| scope.clone()).collect();
    let lacking = access::scopes_lacking(connection, requirements, facts, read);
    let shut = read.assignments.iter().filter(|(scope, look)| {
        matches!(look, Look::Refused { .. })
            && scope.starts_with("/subscriptions/")
            && !hidden.contains(scope)
    });
    let shut: Vec<String> = shut.map(|(scope, _)| scope.clone()).collect();
    let (definitions, permissions, below, eligible) = tokio::join!(
        join_all(
            unknown.into_iter().map(async |(role, scope)| (role, definition(asker, &scope, role).await))
        ),
        join_all(doubtful.into_iter().map(async |scope| {
            let look = permissions(asker, &scope).await;
            (scope, look)
        })),
        join_all(shut.into_iter().map(async |scope| {
            let look = below(asker, &scope, principal).await;
            (scope, look)
        })),
        join_all(lacking.into_iter().map(async |scope| {
            let look = eligible(asker, &scope, principal).await;
            (scope, look)
        })),
    );
    Resources {
        definitions: definitions.into_iter().collect(),
        permissions: permissions.into_iter().collect(),
        below: below.into_iter().collect(),
        eligible: eligible.into_iter().collect(),
        ..Resources::default()
    }
}

fn merge(into: &mut Resources, more: Resources) {
    into.assignments.extend(more.assignments);
    into.denied.extend(more.denied);
    into.permissions.extend(more.permissions);
    into.below.extend(more.below);
    into.eligible.extend(more.eligible);
    into.definitions.extend(more.definitions);
}

async fn descendants(asker: &Asker, group: &str) -> Look<Vec<Uuid>> {
    let path = format!("{GROUPS}/{group}/descendants?api-version=2023-04-01");
    let below = asker.list::<Below>(Api::ResourceManager, &path).await;
    below.map(|all| {
        let subscriptions =
            all.into_iter().filter(|one| one.kind.to_ascii_lowercase().ends_with("subscriptions"));
        subscriptions.filter_map(|one| one.name.parse().ok()).collect()
    })
}

/// Assignments at, above and below a scope, those through groups included. Of a management group only those at and
/// above: which of the others lie above it and which below, their scopes do not tell.
async fn assignments(asker: &Asker, scope: &str, principal: Uuid) -> Look<Vec<Assignment>> {
    let at = if access::group_in(scope).is_some() { "atScope()%20and%20" } else { "" };
    let path = format!(
        "{scope}/{AUTHORIZATION}/roleAssignments?api-version=2022-04-01&$filter={at}assignedTo('{principal}')"
    );
    asker.list::<Wrapped<WireAssignment>>(Api::ResourceManager, &path).await.map(all_assignments)
}

/// Whoever has a role on resource groups only is refused the subscription's assignments, but sees the groups.
async fn below(asker: &Asker, scope: &str, principal: Uuid) -> Look<Vec<Assignment>> {
    let path = format!("{scope}/resourcegroups?api-version=2021-04-01&$top={MOST_GROUPS}");
    let (groups, mut evidence) = match asker.first_page::<Named>(Api::ResourceManager, &path).await {
        Look::Seen(groups, evidence) => (groups, evidence),
        other => return other.map(|_| Vec::new()),
    };
    let answers = groups.into_iter().take(MOST_GROUPS).map(async |group| {
        let scope = format!("{scope}/resourceGroups/{}", group.name);
        assignments(asker, &scope, principal).await
    });
    let mut all = Vec::new();
    for look in join_all(answers).await {
        if let Look::Seen(assignments, seen) = look {
            all.extend(assignments);
            evidence.extend(seen);
        }
    }
    Look::Seen(all, evidence)
}

async fn eligible(asker: &Asker, scope: &str, principal: Uuid) -> Look<Vec<Assignment>> {
    let path = format!(
        "{scope}/{AUTHORIZATION}/roleEligibilityScheduleInstances?api-version=2020-10-01\
         &$filter=assignedTo('{principal}')"
    );
    asker.list::<Wrapped<WireAssignment>>(Api::ResourceManager, &path).await.map(all_assignments)
}

async fn permissions(asker: &Asker, scope: &str) -> Look<Vec<Entry>> {
    let path = format!("{scope}/{AUTHORIZATION}/permissions?api-version=2022-04-01");
    asker.list(Api::ResourceManager, &path).await
}

async fn denied(asker: &Asker, scope: &str) -> Look<Vec<DenyAssignment>> {
    let path = format!("{scope}/{AUTHORIZATION}/denyAssignments?api-version=2022-04-01&$filter=atScope()");
    let denied = asker.list::<Wrapped<WireDeny>>(Api::ResourceManager, &path).await;
    denied.map(|all| all.into_iter().map(|one| one.properties.into()).collect())
}

async fn definition(asker: &Asker, scope: &str, role: Uuid) -> Look<Definition> {
    let path = format!("{scope}/{AUTHORIZATION}/roleDefinitions/{role}?api-version=2022-04-01");
    let definition = asker.get::<Wrapped<WireDefinition>>(Api::ResourceManager, &path).await;
    definition
        .map(|one| Definition { name: one.properties.role_name, permissions: one.properties.permissions })
}

fn all_assignments(all: Vec<Wrapped<WireAssignment>>) -> Vec<Assignment> {
    all.into_iter().filter_map(|one| one.properties.read()).collect()
}

#[derive(Deserialize)]
struct Wrapped<T> {
    properties: T,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

#[derive(Deserialize)]
struct Below {
    name: String,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireAssignment {
    role_definition_id: String,
    principal_id: Uuid,
    scope: String,
    condition: Option<String>,
    #[serde(default, deserialize_with = "moment")]
    created_on: Option<Timestamp>,
}

impl WireAssignment {
    fn read(self) -> Option<Assignment> {
        let role = roles::id_in(&self.role_definition_id)?;
        Some(Assignment {
            role,
            principal: self.principal_id,
            scope: self.scope,
            condition: self.condition.filter(|condition| !condition.trim().is_empty()),
            created: self.created_on,
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireDefinition {
    role_name: String,
    #[serde(default)]
    permissions: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct WireDeny {
    deny_assignment_name: String,
    scope: String,
    do_not_apply_to_child_scopes: Option<bool>,
    permissions: Vec<Entry>,
    principals: Vec<WirePrincipal>,
    exclude_principals: Vec<WirePrincipal>,
}

#[derive(Deserialize)]
struct WirePrincipal {
    id: Uuid,
}

impl From<WireDeny> for DenyAssignment {
    fn from(wire: WireDeny) -> Self {
        let ids = |principals: Vec<WirePrincipal>| principals.into_iter().map(|one| one.id).collect();
        Self {
            name: wire.deny_assignment_name,
            scope: wire.scope,
            here_only: wire.do_not_apply_to_child_scopes.unwrap_or_default(),
            permissions: wire.permissions,
            principals: ids(wire.principals),
            excluded: ids(wire.exclude_principals),
        }
    }
}
