//! Whether the caller may do something: effective actions by inheritance, groups and deny assignments.

use std::cell::OnceCell;
use std::collections::HashSet;

use jiff::Timestamp;
use uuid::Uuid;

use super::error::{ArmError, Denial};
use crate::entra::caller::Caller;
use crate::faults::Physics;
use crate::world::arm::{DenyAssignment, RoleAssignment, RoleDefinition, Scope};
use crate::world::{ObjectKind, Tenant};

/// The rights of one caller in a tenant at one moment.
pub(super) struct Access<'a> {
    tenant: &'a Tenant,
    caller: &'a Caller,
    physics: &'a Physics,
    now: Timestamp,
    principals: OnceCell<HashSet<Uuid>>,
}

/// What was found about an action at a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision<'a> {
    Allowed,
    NotAllowed,
    Denied(&'a DenyAssignment),
}

impl<'a> Access<'a> {
    pub(super) fn new(tenant: &'a Tenant, caller: &'a Caller, physics: &'a Physics, now: Timestamp) -> Self {
        Self { tenant, caller, physics, now, principals: OnceCell::new() }
    }

    /// The caller's object id.
    pub(super) fn principal(&self) -> Uuid {
        self.caller.principal
    }

    /// The moment at which the request is judged.
    pub(super) fn now(&self) -> Timestamp {
        self.now
    }

    /// Refuses in Resource Manager's words unless the action is allowed at the scope.
    pub(super) fn require(&self, action: &'static str, scope: &Scope) -> Result<(), ArmError> {
        let (client, principal) = (self.caller.app_id, self.caller.principal);
        match self.decide(action, scope) {
            Decision::Allowed => Ok(()),
            Decision::NotAllowed => {
                Err(ArmError::AuthorizationFailed { client, principal, action, scope: scope.to_string() })
            }
            Decision::Denied(by) => Err(ArmError::DeniedByAssignment {
                client,
                principal,
                action,
                scope: scope.to_string(),
                denial: Box::new(Denial {
                    name: by.deny_assignment_name.clone(),
                    id: by.name,
                    scope: by.scope.clone(),
                }),
            }),
        }
    }

    /// Whether the action is allowed at the scope.
    pub(super) fn allows(&self, action: &str, scope: &Scope) -> bool {
        self.decide(action, scope) == Decision::Allowed
    }

    /// Decides as Azure does: some role at or above the scope allows it and no deny assignment there denies it.
    pub(super) fn decide(&self, action: &str, scope: &Scope) -> Decision<'a> {
        let lineage = self.tenant.arm.lineage(scope);
        let allowed = self.assignments().any(|assignment| {
            lineage.contains(&assignment.scope)
                && self.role(assignment).is_some_and(|role| allows(role, action))
        });
        if !allowed {
            return Decision::NotAllowed;
        }
        self.tenant
            .arm
            .deny_assignments
            .values()
            .find(|deny| lineage.contains(&deny.scope) && self.is_denied(deny, action))
            .map_or(Decision::Allowed, Decision::Denied)
    }

    /// Whether some deny assignment, wherever it is, takes the action from the caller.
    pub(super) fn denied_somewhere(&self, action: &str) -> bool {
        self.tenant.arm.deny_assignments.values().any(|deny| self.is_denied(deny, action))
    }

    /// Whether the caller has any role at, above or below a subscription: then it is listed.
    pub(super) fn sees_subscription(&self, subscription: Uuid) -> bool {
        let lineage = self.tenant.arm.lineage(&Scope::Subscription(subscription));
        self.assignments().any(|assignment| {
            assignment.scope.subscription() == Some(subscription) || lineage.contains(&assignment.scope)
        })
    }

    /// The roles of the caller that hold at a scope.
    pub(super) fn roles_at(&self, scope: &Scope) -> impl Iterator<Item = &'a RoleDefinition> + '_ {
        let lineage = self.tenant.arm.lineage(scope);
        self.assignments()
            .filter(move |assignment| lineage.contains(&assignment.scope))
            .filter_map(|assignment| self.role(assignment))
    }

    /// The caller's own assignments and those of its groups, as far as they have taken effect.
    fn assignments(&self) -> impl Iterator<Item = &'a RoleAssignment> + '_ {
        let tenant = self.tenant;
        self.principals()
            .iter()
            .flat_map(move |principal| tenant.arm.assignments_of(*principal))
            .filter(|assignment| self.physics.visible(assignment.created, self.now))
    }

    fn role(&self, assignment: &RoleAssignment) -> Option<&'a RoleDefinition> {
        self.tenant.arm.role_definitions.get(assignment.role)
    }

    fn principals(&self) -> &HashSet<Uuid> {
        self.principals.get_or_init(|| with_groups(self.tenant, self.caller.principal))
    }

    fn is_denied(&self, deny: &DenyAssignment, action: &str) -> bool {
        let names = |ids: &[Uuid]| ids.iter().any(|id| id.is_nil() || self.principals().contains(id));
        names(&deny.principals)
            && !names(&deny.excluded_principals)
            && deny.permissions.iter().any(|set| set.allows(action))
    }
}

/// Whether some entry of the role allows the action.
fn allows(role: &RoleDefinition, action: &str) -> bool {
    role.permissions.iter().any(|set| set.allows(action))
}

/// A principal and all groups that it is in, directly or through others.
pub(super) fn with_groups(tenant: &Tenant, principal: Uuid) -> HashSet<Uuid> {
    let mut principals = HashSet::from([principal]);
    if let Some(object) = tenant.resolve(principal)
        && matches!(object.kind, ObjectKind::User | ObjectKind::ServicePrincipal)
    {
        let groups = tenant.groups.transitive_member_of(object);
        principals.extend(groups.into_iter().filter_map(|group| Some(tenant.groups.objects.at(group)?.id)));
    }
    principals
}
