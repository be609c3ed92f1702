//! Azure's built-in roles that connectors ask for, by their definition ids.
//!
//! Ids and what the roles allow: <https://learn.microsoft.com/azure/role-based-access-control/built-in-roles>.

use fairlead_connector::{
    RoleScope,
    requirement::{AskedRole, azure_role},
};

/// A built-in role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Role {
    /// Its definition id.
    pub id: &'static str,
    /// Its name.
    pub name: &'static str,
}

impl Role {
    /// Asked for at a scope.
    pub fn at(self, scope: RoleScope) -> AskedRole {
        azure_role(self.id, self.name, scope)
    }
}

/// Reads everything; no data, no secrets.
pub const READER: Role = Role { id: "acdd72a7-3385-48ef-bd42-f606fba81ae7", name: "Reader" };
/// Reads management groups and what lies in which.
pub const MANAGEMENT_GROUP_READER: Role =
    Role { id: "ac63b705-f282-497d-ac71-919bf39d939d", name: "Management Group Reader" };
/// Everything, assigning roles included.
pub const OWNER: Role = Role { id: "8e3af657-a8ff-443c-a75c-2fe8c4bcb635", name: "Owner" };
/// Assigns roles, and reads everything.
pub const RBAC_ADMINISTRATOR: Role =
    Role { id: "f58310d9-a9f6-439a-9e8d-f62e7b41a168", name: "Role Based Access Control Administrator" };
/// Manages storage accounts, and reads their keys.
pub const STORAGE_ACCOUNT_CONTRIBUTOR: Role =
    Role { id: "17d1049b-9a84-46fb-8f53-869881c3d3ab", name: "Storage Account Contributor" };
/// Takes, exports and deletes snapshots of disks.
pub const DISK_SNAPSHOT_CONTRIBUTOR: Role =
    Role { id: "7efff54f-a5b4-42b5-a1c5-5411624893ce", name: "Disk Snapshot Contributor" };
/// Manages virtual machines and their disks, and runs commands on them.
pub const VIRTUAL_MACHINE_CONTRIBUTOR: Role =
    Role { id: "9980e02c-c2be-4d73-94e8-173b1dc7cf3c", name: "Virtual Machine Contributor" };
/// Has the administrator's credential of Kubernetes clusters.
pub const AKS_CLUSTER_ADMIN: Role =
    Role { id: "0ab0b1a8-8aac-4efd-b8c2-3ee1fb270be8", name: "Azure Kubernetes Service Cluster Admin Role" };
/// Has the user's credential of Kubernetes clusters.
pub const AKS_CLUSTER_USER: Role =
    Role { id: "4abbcc35-e782-43d8-92c5-2d3f1bd2253f", name: "Azure Kubernetes Service Cluster User Role" };
