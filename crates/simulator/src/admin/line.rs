//! The lines of the ground truth, as they are written.

use serde::Serialize;
use uuid::Uuid;

/// A line; `kind` says what it is about.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub(super) enum Line<'a> {
    Tenant {
        id: Uuid,
        display_name: &'a str,
        default_domain: &'a str,
    },
    User {
        id: Uuid,
        user_principal_name: &'a str,
        display_name: &'a str,
        given_name: Option<&'a str>,
        surname: Option<&'a str>,
        mail: Option<&'a str>,
        department: Option<&'a str>,
        job_title: Option<&'a str>,
        employee_id: Option<&'a str>,
        account_enabled: bool,
        user_type: &'a str,
    },
    Manager {
        user: Uuid,
        manager: Uuid,
    },
    Group {
        id: Uuid,
        display_name: &'a str,
        description: Option<&'a str>,
        mail: Option<&'a str>,
        security_enabled: bool,
        mail_enabled: bool,
        unified: bool,
        dynamic: bool,
    },
    Member {
        group: Uuid,
        member: Uuid,
        member_kind: &'a str,
    },
    Owner {
        object: Uuid,
        object_kind: &'a str,
        owner: Uuid,
        owner_kind: &'a str,
    },
    ServicePrincipal {
        id: Uuid,
        app_id: Uuid,
        display_name: &'a str,
        service_principal_type: &'a str,
        account_enabled: bool,
        app_owner_organization_id: Option<Uuid>,
        alternative_names: &'a [String],
    },
    Application {
        id: Uuid,
        app_id: Uuid,
        display_name: &'a str,
    },
    AppRole {
        resource: Uuid,
        id: Uuid,
        value: Option<&'a str>,
        display_name: &'a str,
    },
    AppRoleAssignment {
        principal: Uuid,
        principal_kind: &'a str,
        resource: Uuid,
        app_role_id: Uuid,
    },
    DirectoryRole {
        id: Uuid,
        display_name: &'a str,
        built_in: bool,
    },
    DirectoryRoleAssignment {
        principal: Uuid,
        role: Uuid,
        directory_scope: &'a str,
    },
    ManagementGroup {
        name: &'a str,
        display_name: &'a str,
        parent: Option<&'a str>,
    },
    Subscription {
        id: Uuid,
        display_name: &'a str,
        state: &'a str,
        management_group: &'a str,
    },
    ResourceGroup {
        subscription: Uuid,
        name: &'a str,
        location: &'a str,
    },
    RoleDefinition {
        name: Uuid,
        role_name: &'a str,
        built_in: bool,
        assignable_scopes: &'a [String],
    },
    RoleAssignment {
        name: Uuid,
        scope: String,
        scope_kind: &'a str,
        role: Uuid,
        principal: Uuid,
        principal_type: &'a str,
        condition: Option<&'a str>,
    },
    StorageAccount {
        subscription: Uuid,
        resource_group: &'a str,
        name: &'a str,
    },
    Container {
        subscription: Uuid,
        resource_group: &'a str,
        storage_account: &'a str,
        name: &'a str,
        deleted: bool,
    },
}
