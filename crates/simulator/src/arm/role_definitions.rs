//! Role definitions, built-in and custom, at any scope.

use uuid::Uuid;

use super::context::{Context, one, write_time};
use super::error::ArmError;
use super::filter;
use super::page::{Collection, Page};
use crate::odata::JsonWriter;
use crate::server::call::Response;
use crate::world::arm::{PermissionSet, RoleDefinition, Scope};

const READ: &str = "Microsoft.Authorization/roleDefinitions/read";
const ROLE_DEFINITIONS: Collection = Collection::new("roleDefinitions", 1_000).fixed();

/// `GET {scope}/providers/Microsoft.Authorization/roleDefinitions`.
pub(super) fn list(context: &Context<'_>, scope: &Scope) -> Result<Response, ArmError> {
    authorize(context, scope)?;
    let page = Page::of(context.request, ROLE_DEFINITIONS)?;
    let wanted = Wanted::of(context.request.option("$filter"))?;
    let lineage = context.tenant.arm.lineage(scope);
    let start = u32::try_from(page.start).unwrap_or(u32::MAX);
    let items = context
        .tenant
        .arm
        .role_definitions
        .page_from(start)
        .filter(|(_, role)| wanted.keeps(role))
        .filter(|(_, role)| {
            role.built_in
                || role.assignable_scopes.iter().filter_map(|it| Scope::parse(it)).any(|assignable| {
                    lineage.contains(&assignable)
                        || (wanted.below && context.tenant.arm.is_within(&assignable, scope))
                })
        })
        .map(|(position, role)| (position as usize, role));
    Ok(page.answer(items, |json, role| json.object(|json| write(json, scope, role))))
}

/// `GET {scope}/providers/Microsoft.Authorization/roleDefinitions/{guid}`.
pub(super) fn get(context: &Context<'_>, scope: &Scope, name: &str) -> Result<Response, ArmError> {
    authorize(context, scope)?;
    let role = Uuid::try_parse(name)
        .ok()
        .and_then(|id| context.tenant.arm.role_definitions.get(id))
        .ok_or_else(|| ArmError::RoleDefinitionNotFound(name.to_owned()))?;
    Ok(one(|json| write(json, scope, role)))
}

/// Built-in roles are the same for all tenants: at `/` anybody may read them.
fn authorize(context: &Context<'_>, scope: &Scope) -> Result<(), ArmError> {
    if *scope == Scope::Root {
        return Ok(());
    }
    context.access.require(READ, scope)?;
    context.check_scope(scope)
}

/// The id of a role as a scope shows it: with the subscription before it, where there is one.
pub(super) fn role_id(scope: &Scope, role: Uuid) -> String {
    let prefix = scope.subscription().map(|id| Scope::Subscription(id).to_string()).unwrap_or_default();
    format!("{prefix}/providers/Microsoft.Authorization/roleDefinitions/{role}")
}

fn write(json: &mut JsonWriter, scope: &Scope, role: &RoleDefinition) {
    json.object_member("properties", |json| {
        json.string_member("roleName", &role.role_name);
        json.string_member("type", if role.built_in { "BuiltInRole" } else { "CustomRole" });
        json.string_member("description", &role.description);
        json.strings_member("assignableScopes", &role.assignable_scopes);
        json.array_member("permissions", |json| {
            for set in &role.permissions {
                json.object(|json| write_permissions(json, set));
            }
        });
        write_time(json, "createdOn", role.created);
        write_time(json, "updatedOn", role.created);
        json.null_member("createdBy");
        json.null_member("updatedBy");
    });
    json.string_member("id", &role_id(scope, role.name));
    json.string_member("type", "Microsoft.Authorization/roleDefinitions");
    json.guid_member("name", role.name);
}

/// The four lists of one entry of `permissions`.
pub(super) fn write_permissions(json: &mut JsonWriter, set: &PermissionSet) {
    json.strings_member("actions", &set.actions);
    json.strings_member("notActions", &set.not_actions);
    json.strings_member("dataActions", &set.data_actions);
    json.strings_member("notDataActions", &set.not_data_actions);
}

/// `$filter`: `type eq`, `roleName eq`, `atScope()`, `atScopeAndBelow()`.
#[derive(Default)]
struct Wanted {
    built_in: Option<bool>,
    role_name: Option<String>,
    below: bool,
}

impl Wanted {
    fn of(text: Option<&str>) -> Result<Self, ArmError> {
        let unsupported = || ArmError::UnsupportedFilter(text.unwrap_or_default().to_owned());
        let mut wanted = Self::default();
        for term in filter::parse(text)? {
            match term.parts() {
                ("atscope", [], None) => {}
                ("atscopeandbelow", [], None) => wanted.below = true,
                ("rolename", [], Some(name)) => wanted.role_name = Some(name.to_owned()),
                ("type", [], Some(kind)) if kind.eq_ignore_ascii_case("BuiltInRole") => {
                    wanted.built_in = Some(true);
                }
                ("type", [], Some(kind)) if kind.eq_ignore_ascii_case("CustomRole") => {
                    wanted.built_in = Some(false);
                }
                _ => return Err(unsupported()),
            }
        }
        Ok(wanted)
    }

    fn keeps(&self, role: &RoleDefinition) -> bool {
        self.built_in.is_none_or(|built_in| built_in == role.built_in)
            && self.role_name.as_ref().is_none_or(|name| name.eq_ignore_ascii_case(&role.role_name))
    }
}
