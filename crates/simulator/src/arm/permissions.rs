//! What the caller may do, what is denied to whom, and (empty here) policy assignments.

use uuid::Uuid;

use super::context::{Context, one};
use super::error::ArmError;
use super::page::{Collection, Page};
use super::role_assignments::{ScopeFilter, is_below};
use super::role_definitions::write_permissions;
use crate::odata::JsonWriter;
use crate::server::call::Response;
use crate::world::ObjectKind;
use crate::world::arm::{DenyAssignment, Scope};

const DENY_READ: &str = "Microsoft.Authorization/denyAssignments/read";
const DENY_ASSIGNMENTS: Collection = Collection::new("denyAssignments", 1_000).fixed();
const PERMISSIONS: Collection = Collection::new("permissions", 1_000).fixed();

/// `GET {scope}/providers/Microsoft.Authorization/permissions`: one entry for each role the caller has there.
pub(super) fn list(context: &Context<'_>, scope: &Scope) -> Result<Response, ArmError> {
    context.access.require("Microsoft.Authorization/permissions/read", scope)?;
    context.check_scope(scope)?;
    let page = Page::of(context.request, PERMISSIONS)?;
    let sets = context.access.roles_at(scope).flat_map(|role| &role.permissions);
    let items = sets.enumerate().skip(page.start);
    Ok(page.answer(items, |json, set| json.object(|json| write_permissions(json, set))))
}

/// `GET {scope}/providers/Microsoft.Authorization/denyAssignments`, with the filters of role assignments.
pub(super) fn deny_assignments(context: &Context<'_>, scope: &Scope) -> Result<Response, ArmError> {
    context.access.require(DENY_READ, scope)?;
    context.check_scope(scope)?;
    let page = Page::of(context.request, DENY_ASSIGNMENTS)?;
    let wanted = ScopeFilter::of(context, context.request.option("$filter"))?;
    let lineage = context.tenant.arm.lineage(scope);
    let start = u32::try_from(page.start).unwrap_or(u32::MAX);
    let items = context
        .tenant
        .arm
        .deny_assignments
        .page_from(start)
        .filter(|(_, deny)| {
            deny.principals.iter().any(|principal| principal.is_nil() || wanted.keeps_principal(*principal))
                && (lineage.contains(&deny.scope) || (!wanted.at_scope && is_below(&deny.scope, scope)))
        })
        .map(|(position, deny)| (position as usize, deny));
    Ok(page.answer(items, |json, deny| json.object(|json| write_deny(json, context, deny))))
}

/// `GET {scope}/providers/Microsoft.Authorization/denyAssignments/{name}`.
pub(super) fn deny_assignment(
    context: &Context<'_>,
    scope: &Scope,
    name: &str,
) -> Result<Response, ArmError> {
    context.access.require(DENY_READ, scope)?;
    context.check_scope(scope)?;
    let id = Uuid::try_parse(name)
        .map_err(|_| ArmError::InvalidOption { option: "denyAssignmentId", value: name.to_owned() })?;
    let deny = context
        .tenant
        .arm
        .deny_assignments
        .get(id)
        .filter(|deny| deny.scope == *scope)
        .ok_or(ArmError::DenyAssignmentNotFound(id))?;
    Ok(one(|json| write_deny(json, context, deny)))
}

/// `GET {scope}/providers/Microsoft.Authorization/policyAssignments`: there are none.
pub(super) fn policy_assignments(context: &Context<'_>, scope: &Scope) -> Result<Response, ArmError> {
    context.access.require("Microsoft.Authorization/policyAssignments/read", scope)?;
    context.check_scope(scope)?;
    Ok(one(|json| json.array_member("value", |_| {})))
}

fn write_deny(json: &mut JsonWriter, context: &Context<'_>, deny: &DenyAssignment) {
    let scope = deny.scope.to_string();
    json.object_member("properties", |json| {
        json.string_member("denyAssignmentName", &deny.deny_assignment_name);
        json.string_member("description", "");
        json.array_member("permissions", |json| {
            for set in &deny.permissions {
                json.object(|json| write_permissions(json, set));
            }
        });
        json.string_member("scope", &scope);
        json.bool_member("doNotApplyToChildScopes", false);
        write_principals(json, "principals", context, &deny.principals);
        write_principals(json, "excludePrincipals", context, &deny.excluded_principals);
        json.bool_member("isSystemProtected", deny.system_protected);
    });
    let prefix = scope.trim_end_matches('/');
    json.string_member(
        "id",
        &format!("{prefix}/providers/Microsoft.Authorization/denyAssignments/{}", deny.name),
    );
    json.string_member("type", "Microsoft.Authorization/denyAssignments");
    json.guid_member("name", deny.name);
}

fn write_principals(json: &mut JsonWriter, name: &str, context: &Context<'_>, principals: &[Uuid]) {
    json.array_member(name, |json| {
        for principal in principals {
            json.object(|json| {
                json.guid_member("id", *principal);
                let kind = match context.tenant.resolve(*principal) {
                    // The nil id stands for everyone.
                    None if principal.is_nil() => "SystemDefined",
                    None => "Unknown",
                    Some(object) => match object.kind {
                        ObjectKind::User => "User",
                        ObjectKind::Group => "Group",
                        ObjectKind::ServicePrincipal => "ServicePrincipal",
                        ObjectKind::Application | ObjectKind::Device => "Unknown",
                    },
                };
                json.string_member("type", kind);
            });
        }
    });
}
