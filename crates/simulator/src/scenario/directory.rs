//! Users, groups and service principals that a scenario names one by one.

use std::borrow::Cow;

use super::app::FIRST;
use super::plan::{ServicePrincipalPlan, TenantPlan, UserPlan};
use super::{ScenarioError, find};
use crate::world::generate::{epoch, service_principal};
use crate::world::groups::Group;
use crate::world::ids::IdKind;
use crate::world::principals::{AppRole, AppRoleAssignment, ServicePrincipalType};
use crate::world::users::{MailboxPurpose, Text, User, UserType};
use crate::world::{ObjectKind, Tenant};

/// Adds the users, without their managers, who may come later in the file.
pub(super) fn add_users(tenant: &mut Tenant, plan: &TenantPlan) -> Result<(), ScenarioError> {
    for (index, user) in (0..).zip(&plan.users) {
        let place = format!("tenant {}, user {}", plan.name, user.user_principal_name);
        if !user.user_principal_name.contains('@') {
            return Err(ScenarioError::invalid(place, "a userPrincipalName has the form name@domain"));
        }
        if tenant.users.position_by_upn(&user.user_principal_name).is_some() {
            return Err(ScenarioError::invalid(place, "there is a user of this name already"));
        }
        let user = explicit_user(tenant, user, index);
        tenant.users.insert(user);
    }
    Ok(())
}

fn explicit_user(tenant: &Tenant, plan: &UserPlan, index: u32) -> User {
    let text = |value: &Option<String>| value.clone().map(|value| -> Text { Cow::Owned(value) });
    let local = plan.user_principal_name.split('@').next().unwrap_or_default().to_owned();
    User {
        id: plan.id.unwrap_or_else(|| tenant.ids.encode(IdKind::User, FIRST + index)),
        display_name: plan.display_name.clone().unwrap_or_else(|| local.clone()),
        given_name: text(&plan.given_name),
        surname: text(&plan.surname),
        user_principal_name: plan.user_principal_name.clone(),
        mail: plan.mail.clone(),
        mail_nickname: local,
        other_mails: Vec::new(),
        job_title: text(&plan.job_title),
        department: text(&plan.department),
        company_name: None,
        office_location: None,
        mobile_phone: None,
        business_phones: Vec::new(),
        preferred_language: None,
        usage_location: None,
        employee_id: plan.employee_id.clone(),
        account_enabled: !plan.disabled,
        user_type: if plan.guest { UserType::Guest } else { UserType::Member },
        created: epoch(),
        last_password_change: epoch(),
        external_user_state: plan.guest.then_some(Cow::Borrowed("Accepted")),
        on_premises: None,
        assigned_licenses: Vec::new(),
        sign_in_activity: None,
        mailbox: plan.mail.is_some().then_some(MailboxPurpose::User),
        mfa_registered: false,
        manager: None,
    }
}

/// Adds the service principals, without owners and assignments.
pub(super) fn add_service_principals(tenant: &mut Tenant, plan: &TenantPlan) -> Result<(), ScenarioError> {
    for (index, it) in (0..).zip(&plan.service_principals) {
        let place = format!("tenant {}, service principal {}", plan.name, it.name);
        let app_id = it.app_id.unwrap_or_else(|| tenant.ids.encode(IdKind::AppId, FIRST + 10_000 + index));
        if tenant.service_principal_of(app_id).is_some() {
            return Err(ScenarioError::invalid(place, "its client id is taken by another service principal"));
        }
        let id = it.id.unwrap_or_else(|| tenant.ids.encode(IdKind::ServicePrincipal, FIRST + 10_000 + index));
        let mut principal = service_principal(id, app_id, &it.name);
        principal.account_enabled = !it.disabled;
        principal.app_owner_organization_id = Some(tenant.ids.encode(IdKind::Tenant, 1_000));
        principal.app_roles = app_roles(tenant, it, index);
        if let Some(resource) = &it.managed_identity {
            let user_assigned = resource.to_ascii_lowercase().contains("/userassignedidentities/");
            let explicit = if user_assigned { "isExplicit=True" } else { "isExplicit=False" };
            principal.service_principal_type = ServicePrincipalType::ManagedIdentity;
            principal.app_owner_organization_id = None;
            principal.sign_in_audience = None;
            principal.alternative_names = vec![explicit.to_owned(), resource.clone()];
        }
        tenant.insert_service_principal(principal);
    }
    Ok(())
}

fn app_roles(tenant: &Tenant, plan: &ServicePrincipalPlan, index: u32) -> Vec<AppRole> {
    (0..)
        .zip(&plan.app_roles)
        .map(|(number, name)| AppRole {
            id: tenant.ids.encode(IdKind::AppRole, FIRST + index * 1_000 + number),
            value: Some(name.clone()),
            display_name: name.clone(),
            description: format!("{name} of {}", plan.name),
            for_users: true,
            for_applications: true,
            enabled: true,
        })
        .collect()
}

/// Adds the groups, without members and owners.
pub(super) fn add_groups(tenant: &mut Tenant, plan: &TenantPlan) -> Result<(), ScenarioError> {
    for (index, it) in (0..).zip(&plan.groups) {
        let id = it.id.unwrap_or_else(|| tenant.ids.encode(IdKind::Group, FIRST + index));
        if tenant.groups.objects.get(id).is_some() {
            let place = format!("tenant {}, group {}", plan.name, it.name);
            return Err(ScenarioError::invalid(place, "its id is taken by another group"));
        }
        let nickname: String = it.name.chars().filter(char::is_ascii_alphanumeric).collect();
        tenant.groups.insert(Group {
            id,
            display_name: it.name.clone(),
            description: it.description.clone(),
            mail: it.microsoft_365.then(|| format!("{nickname}@{}", tenant.default_domain())),
            mail_nickname: nickname,
            unified: it.microsoft_365,
            membership_rule: None,
            security_enabled: !it.microsoft_365,
            mail_enabled: it.microsoft_365,
            is_assignable_to_role: false,
            visibility: it.microsoft_365.then_some("Private"),
            on_premises: None,
            created: epoch(),
            expires: None,
            owners: Vec::new(),
        });
    }
    Ok(())
}

/// Adds what names others: managers, members, owners, assignments.
pub(super) fn connect(tenant: &mut Tenant, plan: &TenantPlan) -> Result<(), ScenarioError> {
    for user in &plan.users {
        let Some(manager) = &user.manager else { continue };
        let place = format!("tenant {}, user {}, manager", plan.name, user.user_principal_name);
        let found = find(tenant, manager, &place)?;
        if found.kind != ObjectKind::User {
            return Err(ScenarioError::invalid(place, format!("`{manager}` is no user")));
        }
        if let Some(position) = tenant.users.position_by_upn(&user.user_principal_name) {
            tenant.users.update(position, |user| user.manager = Some(found.position));
        }
    }
    for group in &plan.groups {
        let place = format!("tenant {}, group {}", plan.name, group.name);
        let position = find(tenant, &group.name, &place)?.position;
        for member in &group.members {
            let member = find(tenant, member, &format!("{place}, members"))?;
            tenant.groups.add_member(position, member);
        }
        for owner in &group.owners {
            let owner = find(tenant, owner, &format!("{place}, owners"))?;
            if let Some(group) = tenant.groups.objects.at_mut(position) {
                group.owners.push(owner);
            }
        }
    }
    for (index, principal) in (0..).zip(&plan.service_principals) {
        connect_principal(tenant, principal, index, &plan.name)?;
    }
    Ok(())
}

/// Switches services of Microsoft's own off.
pub(super) fn switch_off(tenant: &mut Tenant, plan: &TenantPlan) -> Result<(), ScenarioError> {
    let place = format!("tenant {}, disabled-services", plan.name);
    for name in &plan.disabled_services {
        let found = find(tenant, name, &place)?;
        let principal = tenant.service_principals.at_mut(found.position);
        let Some(principal) = principal.filter(|_| found.kind == ObjectKind::ServicePrincipal) else {
            return Err(ScenarioError::invalid(place, format!("`{name}` is no service principal")));
        };
        principal.account_enabled = false;
    }
    Ok(())
}

fn connect_principal(
    tenant: &mut Tenant,
    plan: &ServicePrincipalPlan,
    index: u32,
    tenant_name: &str,
) -> Result<(), ScenarioError> {
    let place = format!("tenant {tenant_name}, service principal {}", plan.name);
    let position = find(tenant, &plan.name, &place)?.position;
    for owner in &plan.owners {
        let owner = find(tenant, owner, &format!("{place}, owners"))?;
        if let Some(principal) = tenant.service_principals.at_mut(position) {
            principal.owners.push(owner);
        }
    }
    for (number, assigned) in (0..).zip(&plan.assigned) {
        let principal = find(tenant, &assigned.principal, &format!("{place}, assigned"))?;
        let resource = tenant.service_principals.at(position);
        let role = match &assigned.role {
            None => Some(uuid::Uuid::nil()),
            Some(name) => resource.and_then(|it| {
                it.app_roles.iter().find(|role| role.value.as_ref() == Some(name)).map(|role| role.id)
            }),
        };
        let (Some(role), Some(resource)) = (role, resource.map(|it| it.id)) else {
            let name = assigned.role.as_deref().unwrap_or_default();
            let reason = format!("it offers no app role `{name}`; add it to `app-roles`");
            return Err(ScenarioError::invalid(place, reason));
        };
        let name = tenant.display_name_of(principal).map(Cow::into_owned).unwrap_or_default();
        let assignment = AppRoleAssignment {
            id: tenant.ids.encode(IdKind::AppRoleAssignment, FIRST + (1 << 20) + index * 1_000 + number),
            app_role_id: role,
            principal: tenant.object_id(principal).unwrap_or_default(),
            principal_kind: principal.kind,
            principal_display_name: name,
            resource,
            created: epoch(),
        };
        tenant.insert_app_role_assignment(assignment);
    }
    Ok(())
}
