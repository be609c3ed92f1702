//! Role definitions, role assignments, deny assignments and PIM for Azure resources.

use jiff::Timestamp;
use uuid::Uuid;

use super::Scope;
use crate::world::objects::Entity;
use crate::world::roles::ScheduleKind;

/// One entry of `permissions`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PermissionSet {
    /// `actions`
    pub actions: Vec<String>,
    /// `notActions`
    pub not_actions: Vec<String>,
    /// `dataActions`
    pub data_actions: Vec<String>,
    /// `notDataActions`
    pub not_data_actions: Vec<String>,
}

impl PermissionSet {
    /// Whether this entry allows a control-plane action: a pattern matches and no `notActions` does.
    pub fn allows(&self, action: &str) -> bool {
        let hit = |patterns: &[String]| patterns.iter().any(|pattern| action_matches(pattern, action));
        hit(&self.actions) && !hit(&self.not_actions)
    }
}

/// Whether an action pattern matches: `*` stands for any run, slashes included; letter case does not matter.
pub fn action_matches(pattern: &str, action: &str) -> bool {
    let (pattern, action) = (pattern.as_bytes(), action.as_bytes());
    let (mut p, mut a) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while a < action.len() {
        match pattern.get(p) {
            Some(b'*') => {
                retry = Some((p, a));
                p += 1;
            }
            Some(byte) if byte.eq_ignore_ascii_case(&action[a]) => {
                p += 1;
                a += 1;
            }
            _ => match retry {
                Some((star, from)) => {
                    p = star + 1;
                    a = from + 1;
                    retry = Some((star, from + 1));
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

/// A role definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleDefinition {
    /// `name`: the trailing GUID of its id.
    pub name: Uuid,
    /// `roleName`
    pub role_name: String,
    /// `description`
    pub description: String,
    /// `type` is `BuiltInRole` rather than `CustomRole`
    pub built_in: bool,
    /// `assignableScopes`
    pub assignable_scopes: Vec<String>,
    /// `permissions`
    pub permissions: Vec<PermissionSet>,
    /// `createdOn`
    pub created: Timestamp,
}

impl Entity for RoleDefinition {
    fn id(&self) -> Uuid {
        self.name
    }
}

/// `principalType` of an assignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrincipalType {
    /// A user.
    User,
    /// A group.
    Group,
    /// A service principal or managed identity.
    ServicePrincipal,
    /// A group of another tenant.
    ForeignGroup,
    /// A device.
    Device,
    /// The principal was deleted and Azure no longer knows what it was.
    Unknown,
}

impl PrincipalType {
    /// As Azure Resource Manager writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Group => "Group",
            Self::ServicePrincipal => "ServicePrincipal",
            Self::ForeignGroup => "ForeignGroup",
            Self::Device => "Device",
            Self::Unknown => "Unknown",
        }
    }

    /// Reads what Azure Resource Manager writes, in any letter case.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::User, Self::Group, Self::ServicePrincipal, Self::ForeignGroup, Self::Device, Self::Unknown]
            .into_iter()
            .find(|it| it.as_str().eq_ignore_ascii_case(text))
    }
}

/// A role assignment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleAssignment {
    /// `name`
    pub name: Uuid,
    /// `scope`
    pub scope: Scope,
    /// The trailing GUID of `roleDefinitionId`.
    pub role: Uuid,
    /// `principalId`; the principal may be deleted.
    pub principal: Uuid,
    /// `principalType`
    pub principal_type: PrincipalType,
    /// `condition`, version 2.0
    pub condition: Option<String>,
    /// `description`
    pub description: Option<String>,
    /// `createdOn`; takes effect after propagation.
    pub created: Timestamp,
    /// `createdBy`
    pub created_by: Option<Uuid>,
}

impl Entity for RoleAssignment {
    fn id(&self) -> Uuid {
        self.name
    }
}

/// A deny assignment: overrides roles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DenyAssignment {
    /// `name`
    pub name: Uuid,
    /// `denyAssignmentName`
    pub deny_assignment_name: String,
    /// `scope`
    pub scope: Scope,
    /// What is denied.
    pub permissions: Vec<PermissionSet>,
    /// Whom it denies; nil means everyone.
    pub principals: Vec<Uuid>,
    /// Who is exempt.
    pub excluded_principals: Vec<Uuid>,
    /// `isSystemProtected`
    pub system_protected: bool,
}

impl Entity for DenyAssignment {
    fn id(&self) -> Uuid {
        self.name
    }
}

/// A PIM schedule of an Azure role; each schedule has one instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PimSchedule {
    /// `name`
    pub name: Uuid,
    /// `scope`
    pub scope: Scope,
    /// The trailing GUID of `roleDefinitionId`.
    pub role: Uuid,
    /// `principalId`
    pub principal: Uuid,
    /// `principalType`
    pub principal_type: PrincipalType,
    /// What it gives.
    pub kind: ScheduleKind,
    /// `startDateTime`
    pub start: Timestamp,
    /// `endDateTime`; none means permanent.
    pub end: Option<Timestamp>,
    /// `createdOn`
    pub created: Timestamp,
    /// `condition`
    pub condition: Option<String>,
}

impl PimSchedule {
    /// Whether it holds at this moment.
    pub fn active(&self, now: Timestamp) -> bool {
        self.start <= now && self.end.is_none_or(|end| now < end)
    }
}

impl Entity for PimSchedule {
    fn id(&self) -> Uuid {
        self.name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_azure_does() {
        for (pattern, action, expected) in [
            ("*", "Microsoft.Compute/disks/write", true),
            ("*/read", "Microsoft.Compute/virtualMachines/extensions/read", true),
            ("*/read", "Microsoft.Compute/virtualMachines/write", false),
            ("Microsoft.Authorization/*/read", "microsoft.authorization/roleassignments/READ", true),
            (
                "Microsoft.Storage/storageAccounts/*",
                "Microsoft.Storage/storageAccounts/listKeys/action",
                true,
            ),
            ("Microsoft.Storage/storageAccounts/read", "Microsoft.Storage/storageAccounts/reads", false),
        ] {
            assert_eq!(action_matches(pattern, action), expected, "{pattern} {action}");
        }
    }

    #[test]
    fn not_actions_of_the_same_entry_take_away() {
        let contributor = PermissionSet {
            actions: vec!["*".to_owned()],
            not_actions: vec!["Microsoft.Authorization/*/Write".to_owned()],
            ..PermissionSet::default()
        };
        assert!(contributor.allows("Microsoft.Compute/disks/write"));
        assert!(!contributor.allows("Microsoft.Authorization/roleAssignments/write"));
    }
}
