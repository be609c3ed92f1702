//! Azure roles: custom ones, who holds which, and who is denied what.

use jiff::Timestamp;
use uuid::Uuid;

use crate::scenario::app::{FIRST, long_ago};
use crate::scenario::plan::{DenyAssignmentPlan, ROOT, RoleDefinitionPlan, RolePlan, TenantPlan};
use crate::scenario::{ScenarioError, find};
use crate::world::arm::{
    DenyAssignment, PermissionSet, PimSchedule, PrincipalType, RoleAssignment, RoleDefinition, Scope,
};
use crate::world::generate::epoch;
use crate::world::ids::IdKind;
use crate::world::roles::ScheduleKind;
use crate::world::{ObjectKind, Tenant};

/// Adds a custom role.
pub(super) fn define(
    tenant: &mut Tenant,
    plan: &RoleDefinitionPlan,
    index: u32,
    tenant_name: &str,
) -> Result<(), ScenarioError> {
    if tenant.arm.role_definitions.values().any(|it| it.role_name.eq_ignore_ascii_case(&plan.name)) {
        let place = format!("tenant {tenant_name}, role definition {}", plan.name);
        return Err(ScenarioError::invalid(place, "there is a role of this name already"));
    }
    let everywhere = || vec![Scope::ManagementGroup(tenant.arm.root_management_group()).to_string()];
    let assignable_scopes =
        if plan.assignable_scopes.is_empty() { everywhere() } else { plan.assignable_scopes.clone() };
    tenant.arm.role_definitions.insert(RoleDefinition {
        name: plan.id.unwrap_or_else(|| tenant.ids.encode(IdKind::RoleDefinition, FIRST + index)),
        role_name: plan.name.clone(),
        description: format!("{}, a role of the scenario.", plan.name),
        built_in: false,
        assignable_scopes,
        permissions: vec![PermissionSet {
            actions: plan.actions.clone(),
            not_actions: plan.not_actions.clone(),
            data_actions: plan.data_actions.clone(),
            not_data_actions: plan.not_data_actions.clone(),
        }],
        created: epoch(),
    });
    Ok(())
}

/// Adds the role assignments of the file; principals must be there.
pub(in crate::scenario) fn assign_roles(
    tenant: &mut Tenant,
    plan: &TenantPlan,
    now: Timestamp,
) -> Result<(), ScenarioError> {
    for it in &plan.role_assignments {
        let place = format!("tenant {}, role assignment of {}", plan.name, it.principal);
        let holder = match (find(tenant, &it.principal, &place), Uuid::try_parse(&it.principal)) {
            (Ok(found), _) => (tenant.object_id(found).unwrap_or_default(), principal_type(found.kind)),
            // An id that is nobody's: the principal was deleted and its assignment stayed behind.
            (Err(_), Ok(id)) => (id, PrincipalType::Unknown),
            (Err(error), Err(_)) => return Err(error),
        };
        assign(tenant, holder, &it.role(), now, &place)?;
    }
    Ok(())
}

const fn principal_type(kind: ObjectKind) -> PrincipalType {
    match kind {
        ObjectKind::User => PrincipalType::User,
        ObjectKind::Group => PrincipalType::Group,
        ObjectKind::ServicePrincipal => PrincipalType::ServicePrincipal,
        ObjectKind::Device => PrincipalType::Device,
        ObjectKind::Application => PrincipalType::Unknown,
    }
}

/// Assigns a role to a holder, known by id and type, or makes the holder eligible for it.
pub(in crate::scenario) fn assign(
    tenant: &mut Tenant,
    (principal, principal_type): (Uuid, PrincipalType),
    plan: &RolePlan,
    now: Timestamp,
    place: &str,
) -> Result<(), ScenarioError> {
    let by_id = Uuid::try_parse(&plan.role).ok();
    let role = tenant
        .arm
        .role_definitions
        .values()
        .find(|it| Some(it.name) == by_id || it.role_name.eq_ignore_ascii_case(&plan.role))
        .map(|it| it.name)
        .ok_or_else(|| ScenarioError::invalid(place, format!("there is no Azure role `{}`", plan.role)))?;
    let scope = scope(tenant, &plan.scope, place)?;
    let created = plan.assigned.map_or_else(|| long_ago(now), |it| it.when(now));
    if plan.eligible {
        let index = FIRST + tenant.arm.schedules.slots();
        tenant.arm.schedules.insert(PimSchedule {
            name: tenant.ids.encode(IdKind::Schedule, index),
            scope,
            role,
            principal,
            principal_type,
            kind: ScheduleKind::Eligible,
            start: created,
            end: None,
            created,
            condition: plan.condition.clone(),
        });
        return Ok(());
    }
    let index = FIRST + tenant.arm.role_assignments().slots();
    tenant.arm.insert_role_assignment(RoleAssignment {
        name: tenant.ids.encode(IdKind::RoleAssignment, index),
        scope,
        role,
        principal,
        principal_type,
        condition: plan.condition.clone(),
        description: None,
        created,
        created_by: None,
    });
    Ok(())
}

/// Adds the deny assignments of the file.
pub(in crate::scenario) fn deny(tenant: &mut Tenant, plan: &TenantPlan) -> Result<(), ScenarioError> {
    for (index, it) in (0..).zip(&plan.deny_assignments) {
        let place = format!("tenant {}, deny assignment {}", plan.name, it.name);
        let principals = match it.principals.as_slice() {
            [] => vec![Uuid::nil()],
            names => ids_of(tenant, names, &format!("{place}, principals"))?,
        };
        let assignment = DenyAssignment {
            name: tenant.ids.encode(IdKind::DenyAssignment, FIRST + index),
            deny_assignment_name: it.name.clone(),
            scope: scope(tenant, &it.scope, &place)?,
            permissions: vec![denied(it)],
            principals,
            excluded_principals: ids_of(tenant, &it.excluded, &format!("{place}, excluded"))?,
            system_protected: true,
        };
        tenant.arm.deny_assignments.insert(assignment);
    }
    Ok(())
}

fn denied(plan: &DenyAssignmentPlan) -> PermissionSet {
    PermissionSet {
        actions: plan.actions.clone(),
        not_actions: plan.not_actions.clone(),
        data_actions: plan.data_actions.clone(),
        not_data_actions: Vec::new(),
    }
}

fn ids_of(tenant: &Tenant, names: &[String], place: &str) -> Result<Vec<Uuid>, ScenarioError> {
    let id = |name: &String| Ok(tenant.object_id(find(tenant, name, place)?).unwrap_or_default());
    names.iter().map(id).collect()
}

fn scope(tenant: &Tenant, text: &str, place: &str) -> Result<Scope, ScenarioError> {
    if text == ROOT {
        return Ok(Scope::ManagementGroup(tenant.arm.root_management_group()));
    }
    Scope::parse(text).ok_or_else(|| {
        let reason = format!("`{text}` is no scope; write `root` or a path such as /subscriptions/{{id}}");
        ScenarioError::invalid(place, reason)
    })
}
