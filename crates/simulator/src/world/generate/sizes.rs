//! How much of everything a generated tenant has.

use serde::{Deserialize, Serialize};

/// How much of everything a generated tenant has, beside what every tenant has (Microsoft's own service
/// principals, built-in roles, the root management group) and what a scenario names one by one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Sizes {
    /// Users.
    pub users: u32,
    /// Groups.
    pub groups: u32,
    /// Direct memberships of groups: users, nested groups, cycles, devices and service principals together.
    pub memberships: u32,
    /// Of the memberships: groups in groups, without making a cycle.
    pub nested: u32,
    /// Rings of three groups, each a member of the next; each takes three memberships.
    pub cycles: u32,
    /// Devices.
    pub devices: u32,
    /// Service principals of applications; six in ten have their registration in this tenant.
    pub service_principals: u32,
    /// Managed identities, system- and user-assigned in turn.
    pub managed_identities: u32,
    /// App roles assigned to users, groups and service principals.
    pub app_role_assignments: u32,
    /// Permanent assignments of directory roles.
    pub directory_role_assignments: u32,
    /// PIM schedules of directory roles.
    pub directory_role_schedules: u32,
    /// Management groups below the root.
    pub management_groups: u32,
    /// Subscriptions.
    pub subscriptions: u32,
    /// Resource groups in all subscriptions together.
    pub resource_groups: u32,
    /// Custom Azure roles.
    pub custom_roles: u32,
    /// Azure role assignments at the root, management groups, subscriptions, resource groups and resources.
    pub role_assignments: u32,
    /// PIM schedules of Azure roles.
    pub role_schedules: u32,
    /// Storage accounts.
    pub storage_accounts: u32,
    /// Blob containers in all storage accounts together.
    pub containers: u32,
}

impl Default for Sizes {
    fn default() -> Self {
        Self {
            users: 200,
            groups: 30,
            memberships: 600,
            nested: 8,
            cycles: 1,
            devices: 5,
            service_principals: 30,
            managed_identities: 10,
            app_role_assignments: 90,
            directory_role_assignments: 10,
            directory_role_schedules: 8,
            management_groups: 4,
            subscriptions: 3,
            resource_groups: 12,
            custom_roles: 3,
            role_assignments: 60,
            role_schedules: 6,
            storage_accounts: 8,
            containers: 24,
        }
    }
}

impl Sizes {
    /// A tenant with nothing generated in it.
    pub fn empty() -> Self {
        Self {
            users: 0,
            groups: 0,
            memberships: 0,
            nested: 0,
            cycles: 0,
            devices: 0,
            service_principals: 0,
            managed_identities: 0,
            app_role_assignments: 0,
            directory_role_assignments: 0,
            directory_role_schedules: 0,
            management_groups: 0,
            subscriptions: 0,
            resource_groups: 0,
            custom_roles: 0,
            role_assignments: 0,
            role_schedules: 0,
            storage_accounts: 0,
            containers: 0,
        }
    }

    /// Says which numbers do not go together.
    pub fn check(&self) -> Result<(), String> {
        let room = u64::from(self.groups) * u64::from(self.users) + u64::from(self.nested);
        if u64::from(self.memberships) > room {
            return Err(format!(
                "{} memberships do not fit: {} groups of at most {} users each take {room}",
                self.memberships, self.groups, self.users
            ));
        }
        let needs = |wanted: u32, of: &str, there: u32, what: &str| {
            if wanted > 0 && there == 0 {
                Err(format!("{wanted} {of} need at least one {what}, but there is none"))
            } else {
                Ok(())
            }
        };
        needs(self.resource_groups, "resource groups", self.subscriptions, "subscription")?;
        needs(self.storage_accounts, "storage accounts", self.resource_groups, "resource group")?;
        needs(self.containers, "containers", self.storage_accounts, "storage account")?;
        let principals = self.users.saturating_add(self.service_principals).saturating_add(self.groups);
        needs(self.role_assignments, "role assignments", principals, "user, group or service principal")?;
        needs(
            self.app_role_assignments,
            "app-role assignments",
            principals,
            "user, group or service principal",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_that_do_not_go_together_are_refused() {
        assert_eq!(Sizes::default().check(), Ok(()));
        assert_eq!(Sizes::empty().check(), Ok(()));
        let too_many = Sizes { users: 2, groups: 2, memberships: 100, ..Sizes::empty() };
        assert!(too_many.check().unwrap_err().contains("100 memberships"));
        let homeless = Sizes { storage_accounts: 3, ..Sizes::empty() };
        assert!(homeless.check().unwrap_err().contains("resource group"));
    }
}
