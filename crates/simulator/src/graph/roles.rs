//! Directory roles: definitions, assignments, and the older `/directoryRoles`.

use uuid::Uuid;

use super::ask::Ask;
use super::error::{Answer, GraphError};
use super::page::{MAXIMUM, Window, collection, fill};
use super::path::alternate_key;
use super::rows::{self, Paging};
use super::shape::{self, Shapes};
use super::types::properties;
use super::{opaque, permission};
use crate::odata::{Entity, JsonWriter, Property, QueryError, Selection, Value};
use crate::world::roles::{DirectoryRole, DirectorySchedule, ScheduleKind};
use crate::world::{ObjectRef, Tenant};

/// `microsoft.graph.unifiedRoleDefinition`
#[derive(Debug)]
pub(super) enum RoleDefinitionType {}

impl Entity for RoleDefinitionType {
    type Item<'w> = &'w DirectoryRole;
    const TYPE: &'static str = "unifiedRoleDefinition";
    const PROPERTIES: &'static [Property<Self>] = properties! {
        Always "id" |role| Value::Guid(role.id);
        Always "description" |role| Value::text(&*role.description);
        Always "displayName" |role| Value::text(&*role.display_name);
        Always "isBuiltIn" |role| Value::Bool(role.built_in);
        Always "isEnabled" |role| Value::Bool(role.enabled);
        InBeta "isPrivileged" |role| Value::Bool(role.privileged);
        Always "resourceScopes" |_| Value::Texts(vec!["/".into()]);
        Always "templateId" |role| Value::Guid(role.id);
        Always "version" |_| Value::text("1");
        Always "rolePermissions" |role| Value::json(|json| {
            json.begin_array();
            json.object(|json| {
                json.strings_member("allowedResourceActions", &role.actions);
                json.null_member("condition");
            });
            json.end_array();
        });
        Selected "inheritsPermissionsFrom" |_| Value::empty();
    };
}

/// `microsoft.graph.unifiedRoleAssignment`
#[derive(Debug)]
pub(super) enum RoleAssignmentType {}

/// An assignment in force: a permanent one, or one that a schedule makes for the time being.
#[derive(Debug, Clone, Copy)]
pub(super) struct AssignmentRow<'w> {
    id: Uuid,
    principal: Uuid,
    role: Uuid,
    scope: &'w str,
}

impl Entity for RoleAssignmentType {
    type Item<'w> = AssignmentRow<'w>;
    const TYPE: &'static str = "unifiedRoleAssignment";
    const PROPERTIES: &'static [Property<Self>] = properties! {
        Always "id" |row| Value::text(format!("{}-1", opaque::encode(row.role, row.id)));
        Always "principalId" |row| Value::Guid(row.principal);
        Always "directoryScopeId" |row| Value::text(row.scope);
        Always "roleDefinitionId" |row| Value::Guid(row.role);
        Selected "appScopeId" |_| Value::Null;
        Selected "condition" |_| Value::Null;
        InBeta "principalOrganizationId" |_| Value::Null;
        InBeta "resourceScope" |row| Value::text(row.scope);
    };
}

/// `microsoft.graph.directoryRole`
#[derive(Debug)]
pub(super) enum DirectoryRoleType {}

impl Entity for DirectoryRoleType {
    type Item<'w> = &'w DirectoryRole;
    const TYPE: &'static str = "directoryRole";
    const PROPERTIES: &'static [Property<Self>] = properties! {
        Always "id" |role| Value::optional_guid(role.activated);
        Always "deletedDateTime" |_| Value::Null;
        Always "description" |role| Value::text(&*role.description);
        Always "displayName" |role| Value::text(&*role.display_name);
        Always "roleTemplateId" |role| Value::Guid(role.id);
    };
}

/// `GET /roleManagement/directory/roleDefinitions`
pub(super) fn definitions(ask: &Ask<'_>) -> Answer {
    ask.need(permission::ROLES)?;
    let fragment = "roleManagement/directory/roleDefinitions";
    let source = || ask.tenant.roles.definitions.values();
    rows::list::<RoleDefinitionType, _>(ask, fragment, Paging::UpTo(MAXIMUM), source, |_, _| ())
}

/// `GET /roleManagement/directory/roleDefinitions/{id}`
pub(super) fn definition(ask: &Ask<'_>) -> Answer {
    ask.need(permission::ROLES)?;
    let role = ask.key(0).parse().ok().and_then(|id| ask.tenant.roles.definitions.get(id));
    let role = role.ok_or_else(|| GraphError::not_found(ask.key(0)))?;
    rows::get::<RoleDefinitionType>(ask, "roleManagement/directory/roleDefinitions", &role, |_| ())
}

/// `GET /roleManagement/directory/roleAssignments`
pub(super) fn assignments(ask: &Ask<'_>) -> Answer {
    ask.need(permission::ROLES)?;
    let beside = Beside::of(ask)?;
    let fragment = format!("roleManagement/directory/roleAssignments{}", beside.suffix());
    rows::list::<RoleAssignmentType, _>(
        ask,
        &fragment,
        Paging::UpTo(MAXIMUM),
        || in_force(ask),
        |json, row| beside.write(json, ask, row.principal, row.role),
    )
}

/// `GET /roleManagement/directory/roleAssignments/{id}`
pub(super) fn assignment(ask: &Ask<'_>) -> Answer {
    ask.need(permission::ROLES)?;
    let beside = Beside::of(ask)?;
    let id = opaque::decode(ask.key(0)).ok_or_else(|| GraphError::not_found(ask.key(0)))?;
    let row = in_force(ask).find(|row| row.id == id).ok_or_else(|| GraphError::not_found(ask.key(0)))?;
    let fragment = "roleManagement/directory/roleAssignments";
    rows::get::<RoleAssignmentType>(ask, fragment, &row, |json| {
        beside.write(json, ask, row.principal, row.role);
    })
}

/// Permanent assignments and those that PIM holds in force now (azure.md 2.4).
fn in_force<'a>(ask: &Ask<'a>) -> impl Iterator<Item = AssignmentRow<'a>> + use<'a> {
    let now = ask.call.clock.now();
    let permanent = ask.tenant.roles.assignments.values().map(|it| AssignmentRow {
        id: it.id,
        principal: it.principal,
        role: it.role,
        scope: &it.directory_scope,
    });
    let scheduled = ask
        .tenant
        .roles
        .schedules
        .values()
        .filter(move |it| it.kind != ScheduleKind::Eligible && it.active(now))
        .map(|it: &DirectorySchedule| AssignmentRow {
            id: it.id,
            principal: it.principal,
            role: it.role,
            scope: &it.directory_scope,
        });
    permanent.chain(scheduled)
}

/// What `$expand` shows beside an assignment: one of its two ends.
pub(super) enum Beside {
    Nothing,
    Principal(Shapes),
    Role(Selection<RoleDefinitionType>),
}

impl Beside {
    /// What a request asks for.
    pub(super) fn of(ask: &Ask<'_>) -> Answer<Self> {
        match ask.options.expand.as_slice() {
            [] => Ok(Self::Nothing),
            [expand] if expand.property.eq_ignore_ascii_case("principal") => {
                Ok(Self::Principal(Shapes::new(ask, expand.select.as_deref())?))
            }
            [expand] if expand.property.eq_ignore_ascii_case("roleDefinition") => {
                Ok(Self::Role(Selection::new(expand.select.as_deref(), ask.path.beta)?))
            }
            [expand] => Err(QueryError::select_property(&expand.property, RoleAssignmentType::TYPE).into()),
            _ => Err(GraphError::unsupported("Only one property can be expanded in a single query.")),
        }
    }

    /// The part of the context that names it.
    pub(super) fn suffix(&self) -> &'static str {
        match self {
            Self::Nothing => "",
            Self::Principal(_) => "(principal())",
            Self::Role(_) => "(roleDefinition())",
        }
    }

    /// Writes it into the assignment that is being written. A principal that was deleted is left out.
    pub(super) fn write(&self, json: &mut JsonWriter, ask: &Ask<'_>, principal: Uuid, role: Uuid) {
        match self {
            Self::Nothing => {}
            Self::Principal(shapes) => {
                if let Some(principal) = ask.tenant.resolve(principal) {
                    json.object_member("principal", |json| shapes.write(json, ask, principal));
                }
            }
            Self::Role(selection) => {
                if let Some(role) = ask.tenant.roles.definitions.get(role) {
                    json.object_member("roleDefinition", |json| selection.write(json, &role));
                }
            }
        }
    }
}

/// `GET /directoryRoles`: only activated roles, never paged.
pub(super) fn directory_roles(ask: &Ask<'_>) -> Answer {
    ask.need(permission::ROLES)?;
    let shapes = match ask.options.expand.as_slice() {
        [] => None,
        [expand] if expand.property.eq_ignore_ascii_case("members") => {
            Some(Shapes::new(ask, expand.select.as_deref())?)
        }
        [expand, ..] => {
            return Err(QueryError::select_property(&expand.property, DirectoryRoleType::TYPE).into());
        }
    };
    let source = || ask.tenant.roles.definitions.values().filter(|role| role.activated.is_some());
    rows::list::<DirectoryRoleType, _>(ask, "directoryRoles", Paging::None, source, |json, role| {
        if let Some(shapes) = &shapes {
            json.array_member("members", |json| {
                for member in holders(ask, role.id).take(20) {
                    json.object(|json| shapes.write(json, ask, member));
                }
            });
        }
    })
}

/// `GET /directoryRoles/{id}`
pub(super) fn directory_role(ask: &Ask<'_>) -> Answer {
    ask.need(permission::ROLES)?;
    rows::get::<DirectoryRoleType>(ask, "directoryRoles", &activated(ask)?, |_| ())
}

/// `GET /directoryRoles/{id}/members`, never paged.
pub(super) fn directory_role_members(ask: &Ask<'_>) -> Answer {
    ask.need(permission::ROLES)?;
    let role = activated(ask)?.id;
    let select = ask.options.select.as_deref();
    let shapes = Shapes::new(ask, select)?;
    let fragment = format!("directoryObjects{}", shape::suffix(select));
    let count = || holders(ask, role).count();
    Ok(collection(ask, &fragment, Window::ALL, count, |json, window| {
        let rows = (0..).zip(holders(ask, role));
        let keep = |member: &ObjectRef| ask.path.cast.is_none_or(|kind| kind == member.kind);
        fill(json, window.size, rows, keep, |json, member| {
            json.object(|json| shapes.write(json, ask, *member));
        })
    }))
}

fn activated<'a>(ask: &Ask<'a>) -> Answer<&'a DirectoryRole> {
    let tenant: &'a Tenant = ask.tenant;
    let key = ask.key(0);
    let by_template = alternate_key(key).filter(|(name, _)| name.eq_ignore_ascii_case("roleTemplateId"));
    let wanted: Option<Uuid> = by_template.map_or(key, |(_, value)| value).parse().ok();
    tenant
        .roles
        .definitions
        .values()
        .filter(|role| role.activated.is_some() && wanted.is_some())
        .find(|role| if by_template.is_some() { Some(role.id) == wanted } else { role.activated == wanted })
        .ok_or_else(|| GraphError::not_found(key))
}

/// The live principals that hold a role in the whole tenant.
fn holders<'a>(ask: &Ask<'a>, role: Uuid) -> impl Iterator<Item = ObjectRef> + use<'a> {
    let tenant: &'a Tenant = ask.tenant;
    in_force(ask)
        .filter(move |row| row.role == role && row.scope == "/")
        .filter_map(|row| tenant.resolve(row.principal))
}
