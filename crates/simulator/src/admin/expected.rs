//! The ground truth: everything a world holds, one JSON object a line, made piece by piece while it is read.

use super::line::Line;
use crate::world::arm::Scope;
use crate::world::{ObjectKind, ObjectRef, Tenant, WorldHandle};

/// A piece is handed out when it has grown to this many bytes.
const PIECE: usize = 128 * 1024;

/// The kinds of lines, in the order in which they come.
pub const KINDS: [&str; 19] = [
    "tenant",
    "user",
    "manager",
    "group",
    "member",
    "owner",
    "service-principal",
    "application",
    "app-role",
    "app-role-assignment",
    "directory-role",
    "directory-role-assignment",
    "management-group",
    "subscription",
    "resource-group",
    "role-definition",
    "role-assignment",
    "storage-account",
    "container",
];

/// An export in progress. It holds no lock between pieces: what changes meanwhile may be seen or not.
#[derive(Debug)]
pub struct Export {
    world: WorldHandle,
    kinds: Vec<&'static str>,
    tenant: usize,
    kind: usize,
    position: u32,
    buffer: Vec<u8>,
}

impl Export {
    /// An export of these kinds, or of all.
    pub fn new(world: WorldHandle, kinds: Option<&[String]>) -> Self {
        let wanted = |kind: &&str| kinds.is_none_or(|kinds| kinds.iter().any(|it| it == kind));
        let kinds = KINDS.into_iter().filter(wanted).collect();
        Self { world, kinds, tenant: 0, kind: 0, position: 0, buffer: Vec::new() }
    }

    /// Some more lines; none at the end.
    pub fn next_piece(&mut self) -> Option<Vec<u8>> {
        let world = self.world.clone();
        let world = world.read();
        while self.buffer.len() < PIECE {
            let Some(tenant) = world.tenants().get(self.tenant) else { break };
            let Some(kind) = self.kinds.get(self.kind).copied() else {
                self.tenant += 1;
                self.kind = 0;
                continue;
            };
            if self.step(tenant, kind) {
                self.position += 1;
            } else {
                self.kind += 1;
                self.position = 0;
            }
        }
        let piece = std::mem::take(&mut self.buffer);
        (!piece.is_empty()).then_some(piece)
    }

    /// Writes what is at the position; false when it lies behind the last one.
    fn step(&mut self, tenant: &Tenant, kind: &str) -> bool {
        let at = self.position;
        let slots = match kind {
            "user" | "manager" => tenant.users.slots(),
            "group" | "member" => tenant.groups.objects.slots(),
            "owner" => owners_slots(tenant),
            "service-principal" | "app-role" => tenant.service_principals.slots(),
            "application" => tenant.applications.slots(),
            "app-role-assignment" => tenant.app_role_assignments().slots(),
            "directory-role" => tenant.roles.definitions.slots(),
            "directory-role-assignment" => tenant.roles.assignments.slots(),
            "management-group" => u32::try_from(tenant.arm.management_groups.len()).unwrap_or(u32::MAX),
            "subscription" | "resource-group" | "storage-account" | "container" => {
                tenant.arm.subscriptions.slots()
            }
            "role-definition" => tenant.arm.role_definitions.slots(),
            "role-assignment" => tenant.arm.role_assignments().slots(),
            _ => 1,
        };
        if at >= slots {
            return false;
        }
        match kind {
            "user" | "manager" | "group" | "member" | "owner" => self.people(tenant, kind, at),
            "service-principal"
            | "application"
            | "app-role"
            | "app-role-assignment"
            | "directory-role"
            | "directory-role-assignment" => self.principals(tenant, kind, at),
            "tenant" => self.line(&Line::Tenant {
                id: tenant.id,
                display_name: &tenant.display_name,
                default_domain: tenant.default_domain(),
            }),
            _ => self.azure(tenant, kind, at),
        }
        true
    }

    fn people(&mut self, tenant: &Tenant, kind: &str, at: u32) {
        match kind {
            "user" => {
                let Some(user) = tenant.users.at(at) else { return };
                self.line(&Line::User {
                    id: user.id,
                    user_principal_name: &user.user_principal_name,
                    display_name: &user.display_name,
                    given_name: user.given_name.as_deref(),
                    surname: user.surname.as_deref(),
                    mail: user.mail.as_deref(),
                    department: user.department.as_deref(),
                    job_title: user.job_title.as_deref(),
                    employee_id: user.employee_id.as_deref(),
                    account_enabled: user.account_enabled,
                    user_type: user.user_type.as_str(),
                });
            }
            "manager" => {
                let manager = tenant.users.manager(at).and_then(|it| tenant.users.id_at(it));
                if let (Some(user), Some(manager)) = (tenant.users.id_at(at), manager) {
                    self.line(&Line::Manager { user, manager });
                }
            }
            "group" => {
                let Some(group) = tenant.groups.objects.at(at) else { return };
                self.line(&Line::Group {
                    id: group.id,
                    display_name: &group.display_name,
                    description: group.description.as_deref(),
                    mail: group.mail.as_deref(),
                    security_enabled: group.security_enabled,
                    mail_enabled: group.mail_enabled,
                    unified: group.unified,
                    dynamic: group.membership_rule.is_some(),
                });
            }
            "member" => {
                let Some(group) = tenant.groups.objects.at(at).map(|group| group.id) else { return };
                for member in tenant.groups.members(at) {
                    if let Some(id) = tenant.object_id(member) {
                        self.line(&Line::Member { group, member: id, member_kind: name_of(member.kind) });
                    }
                }
            }
            _ => self.owners(tenant, at),
        }
    }

    fn owners(&mut self, tenant: &Tenant, at: u32) {
        let groups = tenant.groups.objects.slots();
        let (object, kind, owners) = if at < groups {
            let Some(group) = tenant.groups.objects.at(at) else { return };
            (group.id, ObjectKind::Group, &group.owners)
        } else {
            let Some(principal) = tenant.service_principals.at(at - groups) else { return };
            (principal.id, ObjectKind::ServicePrincipal, &principal.owners)
        };
        for owner in owners {
            if let Some(id) = tenant.object_id(*owner) {
                let ObjectRef { kind: owner_kind, .. } = *owner;
                let (object_kind, owner_kind) = (name_of(kind), name_of(owner_kind));
                self.line(&Line::Owner { object, object_kind, owner: id, owner_kind });
            }
        }
    }

    fn principals(&mut self, tenant: &Tenant, kind: &str, at: u32) {
        match kind {
            "service-principal" => {
                let Some(it) = tenant.service_principals.at(at) else { return };
                self.line(&Line::ServicePrincipal {
                    id: it.id,
                    app_id: it.app_id,
                    display_name: &it.display_name,
                    service_principal_type: it.service_principal_type.as_str(),
                    account_enabled: it.account_enabled,
                    app_owner_organization_id: it.app_owner_organization_id,
                    alternative_names: &it.alternative_names,
                });
            }
            "application" => {
                let Some(it) = tenant.applications.at(at) else { return };
                self.line(&Line::Application {
                    id: it.id,
                    app_id: it.app_id,
                    display_name: &it.display_name,
                });
            }
            "app-role" => {
                let Some(it) = tenant.service_principals.at(at) else { return };
                for role in &it.app_roles {
                    self.line(&Line::AppRole {
                        resource: it.id,
                        id: role.id,
                        value: role.value.as_deref(),
                        display_name: &role.display_name,
                    });
                }
            }
            "app-role-assignment" => {
                let Some(it) = tenant.app_role_assignments().at(at) else { return };
                self.line(&Line::AppRoleAssignment {
                    principal: it.principal,
                    principal_kind: name_of(it.principal_kind),
                    resource: it.resource,
                    app_role_id: it.app_role_id,
                });
            }
            "directory-role" => {
                let Some(it) = tenant.roles.definitions.at(at) else { return };
                let (id, built_in) = (it.id, it.built_in);
                self.line(&Line::DirectoryRole { id, display_name: &it.display_name, built_in });
            }
            _ => {
                let Some(it) = tenant.roles.assignments.at(at) else { return };
                let directory_scope = it.directory_scope.as_str();
                let (principal, role) = (it.principal, it.role);
                self.line(&Line::DirectoryRoleAssignment { principal, role, directory_scope });
            }
        }
    }

    fn azure(&mut self, tenant: &Tenant, kind: &str, at: u32) {
        match kind {
            "management-group" => {
                let Some(it) = tenant.arm.management_groups.get(at as usize) else { return };
                self.line(&Line::ManagementGroup {
                    name: &it.name,
                    display_name: &it.display_name,
                    parent: it.parent.as_deref(),
                });
            }
            "role-definition" => {
                let Some(it) = tenant.arm.role_definitions.at(at) else { return };
                self.line(&Line::RoleDefinition {
                    name: it.name,
                    role_name: &it.role_name,
                    built_in: it.built_in,
                    assignable_scopes: &it.assignable_scopes,
                });
            }
            "role-assignment" => {
                let Some(it) = tenant.arm.role_assignments().at(at) else { return };
                self.line(&Line::RoleAssignment {
                    name: it.name,
                    scope: it.scope.to_string(),
                    scope_kind: kind_of(&it.scope),
                    role: it.role,
                    principal: it.principal,
                    principal_type: it.principal_type.as_str(),
                    condition: it.condition.as_deref(),
                });
            }
            _ => self.subscription(tenant, kind, at),
        }
    }

    fn subscription(&mut self, tenant: &Tenant, kind: &str, at: u32) {
        let Some(it) = tenant.arm.subscriptions.at(at) else { return };
        let subscription = it.id;
        match kind {
            "subscription" => self.line(&Line::Subscription {
                id: it.id,
                display_name: &it.display_name,
                state: it.state.as_str(),
                management_group: &it.management_group,
            }),
            "resource-group" => {
                for it in tenant.arm.resource_groups.get(&subscription).into_iter().flatten() {
                    self.line(&Line::ResourceGroup { subscription, name: &it.name, location: it.location });
                }
            }
            _ => {
                for it in tenant.arm.storage_accounts.get(&subscription).into_iter().flatten() {
                    let (resource_group, account) = (it.resource_group.as_str(), it.name.as_str());
                    if kind == "storage-account" {
                        self.line(&Line::StorageAccount { subscription, resource_group, name: account });
                        continue;
                    }
                    for container in &it.containers {
                        self.line(&Line::Container {
                            subscription,
                            resource_group,
                            storage_account: account,
                            name: &container.name,
                            deleted: container.deleted,
                        });
                    }
                }
            }
        }
    }

    fn line(&mut self, line: &Line<'_>) {
        // Writing JSON to memory fails for maps with odd keys only, and lines have none.
        if serde_json::to_writer(&mut self.buffer, line).is_ok() {
            self.buffer.push(b'\n');
        }
    }
}

/// Owners are listed of groups, then of service principals.
fn owners_slots(tenant: &Tenant) -> u32 {
    tenant.groups.objects.slots() + tenant.service_principals.slots()
}

fn name_of(kind: ObjectKind) -> &'static str {
    match kind {
        ObjectKind::User => "user",
        ObjectKind::Group => "group",
        ObjectKind::ServicePrincipal => "service-principal",
        ObjectKind::Application => "application",
        ObjectKind::Device => "device",
    }
}

fn kind_of(scope: &Scope) -> &'static str {
    match scope {
        Scope::Root => "root",
        Scope::ManagementGroup(_) => "management-group",
        Scope::Subscription(_) => "subscription",
        Scope::ResourceGroup { .. } => "resource-group",
        Scope::Resource { .. } => "resource",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use jiff::Timestamp;
    use serde_json::Value;

    use super::*;
    use crate::scenario::Scenario;

    fn lines(kinds: Option<&[String]>) -> Vec<Value> {
        let built = Scenario::default().build(Timestamp::UNIX_EPOCH).unwrap();
        let mut export = Export::new(WorldHandle::new(built.world), kinds);
        let mut text = Vec::new();
        while let Some(piece) = export.next_piece() {
            text.extend(piece);
        }
        text.split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
            .map(|line| serde_json::from_slice(line).unwrap())
            .collect()
    }

    #[test]
    fn every_kind_comes_in_the_number_that_was_generated() {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for line in lines(None) {
            *counts.entry(line["kind"].as_str().unwrap().to_owned()).or_default() += 1;
        }
        assert_eq!(counts.len(), KINDS.len(), "{counts:?}");
        for (kind, count) in [("user", 200), ("group", 30), ("member", 600), ("container", 24)] {
            assert_eq!(counts[kind], count, "{kind}");
        }
        // The reader's two roles come on top of the generated ones.
        assert_eq!(counts["role-assignment"], 62);
    }

    #[test]
    fn an_export_can_be_narrowed() {
        let lines = lines(Some(&["subscription".to_owned()]));
        assert_eq!(lines.len(), 3);
        assert!(
            lines.iter().all(|line| line["kind"] == "subscription" && line["managementGroup"].is_string())
        );
    }
}
