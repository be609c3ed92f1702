//! Entra directory roles: definitions, assignments and PIM schedules.

use jiff::Timestamp;
use uuid::Uuid;

use super::objects::{Entity, Objects};

/// The default marker that app-only tokens carry in `wids`.
pub const DEFAULT_WID: Uuid = Uuid::from_u128(0x0997_a1d0_0d1d_4acb_b408_d5ca_7312_1e90);

/// A directory role definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectoryRole {
    /// `id`; equals the template id for built-in roles.
    pub id: Uuid,
    /// `displayName`
    pub display_name: String,
    /// `description`
    pub description: String,
    /// `isBuiltIn`
    pub built_in: bool,
    /// `isEnabled`
    pub enabled: bool,
    /// `isPrivileged`
    pub privileged: bool,
    /// `rolePermissions[0].allowedResourceActions`
    pub actions: Vec<String>,
    /// Object id of the activated role in `/directoryRoles`; none when not activated.
    pub activated: Option<Uuid>,
}

impl Entity for DirectoryRole {
    fn id(&self) -> Uuid {
        self.id
    }
}

/// A directory role assignment, permanent or (when a schedule has it) for a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectoryRoleAssignment {
    /// A number of its own; Graph shows an opaque string instead.
    pub id: Uuid,
    /// `principalId`; the principal may be deleted.
    pub principal: Uuid,
    /// `roleDefinitionId`
    pub role: Uuid,
    /// `directoryScopeId`: `/`, `/<appObjectId>` or `/administrativeUnits/<id>`
    pub directory_scope: String,
    /// When it was made.
    pub created: Timestamp,
}

impl Entity for DirectoryRoleAssignment {
    fn id(&self) -> Uuid {
        self.id
    }
}

/// Whether a schedule assigns or makes eligible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScheduleKind {
    /// `assignmentType` Assigned.
    Assigned,
    /// `assignmentType` Activated: an eligible principal switched it on.
    Activated,
    /// Eligible only.
    Eligible,
}

/// A PIM schedule of a directory role; each schedule has one instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectorySchedule {
    /// `id` of the schedule; the instance's id is made of it.
    pub id: Uuid,
    /// `principalId`
    pub principal: Uuid,
    /// `roleDefinitionId`
    pub role: Uuid,
    /// `directoryScopeId`
    pub directory_scope: String,
    /// What it gives.
    pub kind: ScheduleKind,
    /// `memberType` is `Group` rather than `Direct`
    pub through_group: bool,
    /// `startDateTime`
    pub start: Timestamp,
    /// `endDateTime`; none means permanent.
    pub end: Option<Timestamp>,
    /// `createdDateTime`
    pub created: Timestamp,
}

impl DirectorySchedule {
    /// Whether it holds at this moment.
    pub fn active(&self, now: Timestamp) -> bool {
        self.start <= now && self.end.is_none_or(|end| now < end)
    }
}

impl Entity for DirectorySchedule {
    fn id(&self) -> Uuid {
        self.id
    }
}

/// All about directory roles in a tenant.
#[derive(Clone, Debug, Default)]
pub struct DirectoryRoles {
    /// Role definitions, built-in and custom.
    pub definitions: Objects<DirectoryRole>,
    /// Assignments in force without PIM.
    pub assignments: Objects<DirectoryRoleAssignment>,
    /// PIM schedules of all three kinds.
    pub schedules: Objects<DirectorySchedule>,
}
