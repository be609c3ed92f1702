//! Role assignments: listed at, above and below a scope.

use std::collections::HashSet;

use uuid::Uuid;

use super::access::with_groups;
use super::context::{Context, one, write_time};
use super::error::ArmError;
use super::filter;
use super::page::{Collection, Page};
use super::role_definitions::role_id;
use crate::odata::JsonWriter;
use crate::server::call::Response;
use crate::world::arm::{RoleAssignment, Scope};

const READ: &str = "Microsoft.Authorization/roleAssignments/read";
const ROLE_ASSIGNMENTS: Collection = Collection::new("roleAssignments", 1_000).fixed();

/// `GET {scope}/providers/Microsoft.Authorization/roleAssignments`.
/// Without a filter those at, above and below the scope; `atScope()` leaves out what is below. A management group's list
/// reaches below it only for the principals it is asked about.
pub(super) fn list(context: &Context<'_>, scope: &Scope) -> Result<Response, ArmError> {
    context.access.require(READ, scope)?;
    context.check_scope(scope)?;
    let page = Page::of(context.request, ROLE_ASSIGNMENTS)?;
    let wanted = ScopeFilter::of(context, context.request.option("$filter"))?;
    let azure = &context.tenant.arm;
    let lineage = azure.lineage(scope);
    let reaches_down =
        !wanted.at_scope && wanted.principals.is_some() && matches!(scope, Scope::ManagementGroup(_));
    let around = if reaches_down {
        azure.role_assignments().page_from(0).map(|(position, _)| position).collect()
    } else {
        azure.assignments_around(scope)
    };
    let first = around.partition_point(|position| (*position as usize) < page.start);
    let items = around[first..]
        .iter()
        .filter_map(|position| Some((*position as usize, azure.role_assignments().at(*position)?)))
        .filter(|(_, assignment)| {
            wanted.keeps_principal(assignment.principal)
                && (lineage.contains(&assignment.scope)
                    || (!wanted.at_scope && is_below(&assignment.scope, scope))
                    || (reaches_down && azure.is_within(&assignment.scope, scope)))
        });
    Ok(page.answer(items, |json, assignment| json.object(|json| write(json, scope, assignment))))
}

/// `GET {scope}/providers/Microsoft.Authorization/roleAssignments/{name}`.
pub(super) fn get(context: &Context<'_>, scope: &Scope, name: &str) -> Result<Response, ArmError> {
    context.access.require(READ, scope)?;
    context.check_scope(scope)?;
    let name = Uuid::try_parse(name).map_err(|_| ArmError::InvalidRoleAssignmentId(name.to_owned()))?;
    let assignment = context
        .tenant
        .arm
        .role_assignments()
        .get(name)
        .filter(|assignment| assignment.scope == *scope)
        .ok_or(ArmError::RoleAssignmentNotFound(name))?;
    Ok(one(|json| write(json, scope, assignment)))
}

/// Whether a scope lies strictly below another, without a walk up the tree: only subscriptions have a below here,
/// since a management group's list does not reach into its subscriptions.
pub(super) fn is_below(scope: &Scope, above: &Scope) -> bool {
    let is_in = |subscription: Uuid, name: &str| match scope {
        Scope::Resource { subscription: own, resource_group, .. } => {
            *own == subscription && resource_group.eq_ignore_ascii_case(name)
        }
        _ => false,
    };
    match above {
        Scope::Root | Scope::ManagementGroup(_) => false,
        Scope::Subscription(id) => {
            matches!(scope, Scope::ResourceGroup { .. } | Scope::Resource { .. })
                && scope.subscription() == Some(*id)
        }
        Scope::ResourceGroup { subscription, name } => is_in(*subscription, name),
        Scope::Resource { subscription, resource_group, path } => {
            is_in(*subscription, resource_group)
                && matches!(scope, Scope::Resource { path: own, .. }
                    if own.get(..path.len()).is_some_and(|start| start.eq_ignore_ascii_case(path))
                        && own[path.len()..].starts_with('/'))
        }
    }
}

/// Writes an assignment as a list at `seen_from` shows it.
pub(super) fn write(json: &mut JsonWriter, seen_from: &Scope, assignment: &RoleAssignment) {
    let scope = assignment.scope.to_string();
    json.object_member("properties", |json| {
        json.string_member("roleDefinitionId", &role_id(seen_from, assignment.role));
        json.guid_member("principalId", assignment.principal);
        json.string_member("principalType", assignment.principal_type.as_str());
        json.string_member("scope", &scope);
        json.optional_string_member("condition", assignment.condition.as_deref());
        json.optional_string_member("conditionVersion", assignment.condition.as_ref().map(|_| "2.0"));
        write_time(json, "createdOn", assignment.created);
        write_time(json, "updatedOn", assignment.created);
        for name in ["createdBy", "updatedBy"] {
            json.key(name);
            match assignment.created_by {
                Some(by) => json.guid(by),
                None => json.null(),
            }
        }
        json.null_member("delegatedManagedIdentityResourceId");
        json.optional_string_member("description", assignment.description.as_deref());
    });
    let prefix = scope.trim_end_matches('/');
    json.string_member(
        "id",
        &format!("{prefix}/providers/Microsoft.Authorization/roleAssignments/{}", assignment.name),
    );
    json.string_member("type", "Microsoft.Authorization/roleAssignments");
    json.guid_member("name", assignment.name);
}

/// `$filter` of assignments and schedules: `atScope()`, `principalId eq`, `assignedTo()`, `asTarget()`.
pub(super) struct ScopeFilter {
    /// Nothing from below the scope.
    pub(super) at_scope: bool,
    principals: Option<HashSet<Uuid>>,
}

impl ScopeFilter {
    pub(super) fn of(context: &Context<'_>, text: Option<&str>) -> Result<Self, ArmError> {
        let unsupported = || ArmError::UnsupportedFilter(text.unwrap_or_default().to_owned());
        let id =
            |text: &str| Uuid::try_parse(text).map_err(|_| ArmError::InvalidPrincipalId(text.to_owned()));
        let mut wanted = Self { at_scope: false, principals: None };
        for term in filter::parse(text)? {
            match term.parts() {
                ("atscope", [], None) => wanted.at_scope = true,
                ("principalid", [], Some(principal)) => wanted.narrow([id(principal)?].into()),
                ("assignedto", [principal], None) => {
                    wanted.narrow(with_groups(context.tenant, id(principal)?));
                }
                ("astarget", [], None) => {
                    wanted.narrow(with_groups(context.tenant, context.access.principal()));
                }
                _ => return Err(unsupported()),
            }
        }
        Ok(wanted)
    }

    fn narrow(&mut self, principals: HashSet<Uuid>) {
        self.principals = Some(match self.principals.take() {
            Some(before) => before.intersection(&principals).copied().collect(),
            None => principals,
        });
    }

    pub(super) fn keeps_principal(&self, principal: Uuid) -> bool {
        self.principals.as_ref().is_none_or(|principals| principals.contains(&principal))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn below_is_a_matter_of_whole_segments() {
        let root = "/subscriptions/8f0d7c51-2f4e-4a6b-9f6e-0d1f2a3b4c5d";
        let account = "/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/a";
        let scope = |path: &str| Scope::parse(&format!("{root}{path}")).expect("a scope");
        for (below, above, expected) in [
            ("/resourceGroups/rg", "", true),
            (account, "", true),
            (account, "/resourceGroups/RG", true),
            (account, "/resourceGroups/r", false),
            ("", "", false),
            (&format!("{account}/blobServices/default"), account, true),
            (&format!("{account}b"), account, false),
        ] {
            assert_eq!(is_below(&scope(below), &scope(above)), expected, "{below} under {above}");
        }
    }
}
