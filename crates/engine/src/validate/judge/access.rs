//! What the application may do at a scope, from assignments, definitions and denials: pure reasoning over facts.

use std::collections::BTreeSet;

use fairlead_azure::{
    rbac::{Entry, Grants},
    roles::{self, BuiltinRole},
};
use fairlead_model::{Connection, Need, Requirement, RoleScope};
use jiff::Timestamp;
use uuid::Uuid;

use super::Case;
use crate::validate::{
    facts::{Assignment, DenyAssignment, Facts, Look, Resources},
    report::PROPAGATION,
};

const GROUP_SCOPE: &str = "/providers/Microsoft.Management/managementGroups/";

/// A subscription as a scope.
pub(in crate::validate) fn subscription_scope(id: Uuid) -> String {
    format!("/subscriptions/{id}")
}

/// A management group as a scope.
pub(in crate::validate) fn group_scope(name: &str) -> String {
    format!("{GROUP_SCOPE}{name}")
}

/// The name of a management group that is a scope; the root of all is one too.
pub(in crate::validate) fn group_in(scope: &str) -> Option<&str> {
    if scope == "/" {
        return Some("the root of the tenant");
    }
    let start = scope.get(..GROUP_SCOPE.len())?;
    start.eq_ignore_ascii_case(GROUP_SCOPE).then(|| &scope[GROUP_SCOPE.len()..])
}

/// The subscriptions a connection is about, as far as they can be seen.
pub(in crate::validate) fn subscriptions(connection: &Connection, resources: &Resources) -> Vec<Uuid> {
    let declared = &connection.scope.subscriptions;
    let Some(seen) = resources.subscriptions.seen() else { return declared.clone() };
    let visible = seen.iter().map(|subscription| subscription.subscription_id);
    if !declared.is_empty() {
        return visible.filter(|id| declared.contains(id)).collect();
    }
    match resources.below_group.seen() {
        Some(below) => visible.filter(|id| below.contains(id)).collect(),
        None => visible.collect(),
    }
}

/// Declared subscriptions that cannot be seen.
pub(in crate::validate) fn hidden(connection: &Connection, resources: &Resources) -> Vec<Uuid> {
    let Some(seen) = resources.subscriptions.seen() else { return Vec::new() };
    let visible: BTreeSet<Uuid> = seen.iter().map(|subscription| subscription.subscription_id).collect();
    connection.scope.subscriptions.iter().filter(|id| !visible.contains(id)).copied().collect()
}

/// Declared subscriptions of this tenant that cannot be seen: no role is held there.
pub(super) fn unseen_here(facts: &Facts) -> Vec<Uuid> {
    let ours = facts.tenant_id();
    let is_ours =
        |owner: &Look<Option<Uuid>>| owner.seen().is_some_and(|owner| owner.is_some() && *owner == ours);
    facts.resources.owners.iter().filter(|(_, owner)| is_ours(owner)).map(|(id, _)| *id).collect()
}

/// The scopes at which a role is required.
pub(super) fn required_at(at: RoleScope, connection: &Connection, facts: &Facts) -> Vec<String> {
    let each = || {
        let seen = subscriptions(connection, &facts.resources);
        seen.into_iter().chain(unseen_here(facts)).map(subscription_scope).collect()
    };
    match at {
        RoleScope::EachSubscription => each(),
        RoleScope::ManagementGroup => {
            connection.scope.management_group.as_deref().map_or_else(each, |name| vec![group_scope(name)])
        }
        RoleScope::TenantRoot => {
            facts.tenant_id().map(|id| group_scope(&id.to_string())).into_iter().collect()
        }
    }
}

/// Scopes of those just read at which a required role is not held: there it is worth to ask what could be.
pub(in crate::validate) fn scopes_lacking(
    connection: &Connection,
    requirements: &[Requirement],
    facts: &Facts,
    read: &Resources,
) -> BTreeSet<String> {
    let mut facts = facts.clone();
    facts.resources.assignments.extend(read.assignments.clone());
    let mut lacking = BTreeSet::new();
    for requirement in requirements {
        let Need::AzureRole { role, actions, scope, .. } = &requirement.need else { continue };
        for scope in required_at(*scope, connection, &facts) {
            let Some(Look::Seen(..)) = read.assignments.get(&scope) else { continue };
            let wanted = Wanted { role: *role, actions };
            if matches!(standing(&wanted, &scope, &facts), Standing::Missing | Standing::Below(_)) {
                lacking.insert(scope);
            }
        }
    }
    lacking
}

/// Whether a built-in role is held at each scope at which it is required.
pub(super) fn is_held_everywhere(role: &BuiltinRole, at: RoleScope, case: &Case<'_>) -> bool {
    let scopes = required_at(at, case.connection, case.facts);
    !scopes.is_empty() && scopes.iter().all(|scope| is_held_at(role, scope, case.facts))
}

/// Whether a built-in role, or what it allows, is held at a scope without any condition.
pub(super) fn is_held_at(role: &BuiltinRole, scope: &str, facts: &Facts) -> bool {
    let wanted = Wanted { role: role.id, actions: &[] };
    matches!(
        standing(&wanted, scope, facts),
        Standing::Assigned { young: false, .. } | Standing::Equivalent(_)
    )
}

/// The role that is wanted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub(super) role: Uuid,
    /// Empty: all that the role allows.
    pub(super) actions: &'a [String],
}

impl Wanted<'_> {
    /// Whether these grants make up for the role.
    fn is_made_up_by(&self, grants: &Grants) -> bool {
        if !self.actions.is_empty() {
            return self.actions.iter().all(|action| grants.allows(action));
        }
        roles::builtin(self.role).is_some_and(|role| grants.contain(&role.entry()))
    }

    fn is_touched_by(&self, denied: &Entry) -> bool {
        if !self.actions.is_empty() {
            return self.actions.iter().any(|action| denied.touches(action));
        }
        roles::builtin(self.role).is_some_and(|role| role.actions.iter().any(|action| denied.touches(action)))
    }
}

/// How a role came to be held.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Way {
    /// Assigned to the application itself, at the scope.
    Direct,
    /// Assigned to a group it is in.
    Group(Uuid),
    /// Assigned at a management group above.
    ManagementGroup(String),
}

/// How a wanted role stands at a scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Standing {
    /// It is assigned.
    Assigned { way: Way, young: bool },
    /// Roles of these names allow all that it does; none: nobody knows their names.
    Equivalent(Vec<String>),
    /// It is not held, but the smaller set is that would do instead.
    Smaller,
    /// It is assigned, under this condition only.
    Conditional(String),
    /// A deny assignment of this name takes something of it away.
    Denied(String),
    /// It is assigned below the scope only.
    Below(Vec<String>),
    /// It could be activated, which an application cannot do.
    Eligible,
    /// It is not held.
    Missing,
    /// Nothing is held at a scope that is there: it cannot be seen at all.
    Unseen,
    /// It could not be looked at.
    Unknown(String),
}

/// How a wanted role stands at a scope.
pub(super) fn standing(wanted: &Wanted<'_>, scope: &str, facts: &Facts) -> Standing {
    let resources = &facts.resources;
    if unseen_here(facts).into_iter().any(|id| subscription_scope(id) == scope) {
        return Standing::Unseen;
    }
    let look = resources.assignments.get(scope);
    let inherited = if look.and_then(Look::seen).is_some() { None } else { inherited_from(scope, facts) };
    let assignments = match (look, &inherited) {
        (Some(Look::Seen(assignments, _)), _) => assignments,
        (_, Some(inherited)) => inherited,
        (Some(Look::Refused { message, .. }), None) => {
            let below =
                resources.below.get(scope).and_then(Look::seen).map(Vec::as_slice).unwrap_or_default();
            let only = assigned_at(wanted, below.iter());
            if !only.is_empty() {
                return Standing::Below(only);
            }
            return by_permissions(wanted, scope, resources, message);
        }
        (Some(Look::Unanswered { why, .. }), None) => return Standing::Unknown(why.clone()),
        (Some(Look::NotAsked | Look::Lacks(_)) | None, None) => {
            return Standing::Unknown("role assignments were not read".to_owned());
        }
    };
    let (above, below): (Vec<&Assignment>, Vec<_>) =
        assignments.iter().partition(|assignment| holds_at(&assignment.scope, scope));
    let free: Vec<&Assignment> =
        above.iter().filter(|assignment| assignment.condition.is_none()).copied().collect();
    let held = by_name(wanted, &free, scope, facts).or_else(|| equivalent(wanted, &free, resources));
    if let Some(held) = held {
        return match denied(wanted, scope, assignments, facts) {
            Denial::None => held,
            Denial::By(name) => Standing::Denied(name),
            Denial::Unread(why) => Standing::Unknown(format!(
                "it is assigned, but whether a deny assignment takes something of it away was not to be seen: {why}"
            )),
        };
    }
    let is_wanted = |assignment: &&&Assignment| assignment.role == wanted.role;
    if let Some(conditional) = above.iter().find(is_wanted) {
        return Standing::Conditional(conditional.condition.clone().unwrap_or_default());
    }
    let only = assigned_at(wanted, below.into_iter());
    if !only.is_empty() {
        return Standing::Below(only);
    }
    let eligible = resources.eligible.get(scope).and_then(Look::seen);
    if eligible.is_some_and(|all| all.iter().any(|one| one.role == wanted.role)) {
        Standing::Eligible
    } else {
        Standing::Missing
    }
}

/// Where the role is assigned, each scope once.
fn assigned_at<'a>(wanted: &Wanted<'_>, assignments: impl Iterator<Item = &'a Assignment>) -> Vec<String> {
    let named = assignments.filter(|assignment| assignment.role == wanted.role);
    named.map(|assignment| assignment.scope.clone()).collect::<BTreeSet<_>>().into_iter().collect()
}

/// What is assigned at the tenant's root group, by the word of any subscription: each inherits all of it. For whoever
/// may not read the group's own assignments, as its readers may not.
fn inherited_from(scope: &str, facts: &Facts) -> Option<Vec<Assignment>> {
    let is_root = |scope: &str| {
        scope == "/" || facts.tenant_id().is_some_and(|id| group_in(scope) == Some(id.to_string().as_str()))
    };
    if !is_root(scope) {
        return None;
    }
    let mut below =
        facts.resources.assignments.iter().filter(|(scope, _)| scope.starts_with("/subscriptions/"));
    let seen = below.find_map(|(_, look)| look.seen())?;
    Some(seen.iter().filter(|assignment| is_root(&assignment.scope)).cloned().collect())
}

/// Assignments could not be read: what the application may do by Resource Manager's own word. Who may not read
/// assignments may not read denials either, so nothing more is to be had.
fn by_permissions(wanted: &Wanted<'_>, scope: &str, resources: &Resources, message: &str) -> Standing {
    match resources.permissions.get(scope) {
        Some(Look::Seen(entries, _)) if wanted.is_made_up_by(&entries.iter().cloned().collect()) => {
            Standing::Equivalent(Vec::new())
        }
        Some(Look::Seen(..)) => Standing::Missing,
        _ => Standing::Unknown(message.to_owned()),
    }
}

/// Whether an assignment made at one scope holds at another. Of a management group's, only those made at it or above
/// are asked for; a subscription's that are made at management groups are all above it.
fn holds_at(made: &str, at: &str) -> bool {
    let (made, at) = (made.trim_end_matches('/').to_ascii_lowercase(), at.to_ascii_lowercase());
    made == at || group_in(&made).is_some() || made.is_empty() || at.starts_with(&format!("{made}/"))
}

fn by_name(wanted: &Wanted<'_>, free: &[&Assignment], scope: &str, facts: &Facts) -> Option<Standing> {
    let own = facts.principal_id();
    let way = |assignment: &Assignment| match group_in(&assignment.scope) {
        Some(name) if group_in(scope) != Some(name) => Way::ManagementGroup(name.to_owned()),
        _ if Some(assignment.principal) != own => Way::Group(assignment.principal),
        _ => Way::Direct,
    };
    let named = free.iter().filter(|assignment| assignment.role == wanted.role);
    let nearest = named.min_by_key(|assignment| way(assignment))?;
    let young = nearest.created.is_some_and(|created| is_unfelt(wanted, created, scope, &facts.resources));
    Some(Standing::Assigned { way: way(nearest), young })
}

/// Whether a role was assigned a moment ago and Resource Manager does not grant what it allows yet.
fn is_unfelt(wanted: &Wanted<'_>, created: Timestamp, scope: &str, resources: &Resources) -> bool {
    let Some(Look::Seen(entries, evidence)) = resources.permissions.get(scope) else { return false };
    let granted = wanted.is_made_up_by(&entries.iter().cloned().collect());
    !granted && evidence.iter().any(|one| is_fresh(created, one.at))
}

/// Whether Azure may still be spreading what was made then.
pub(in crate::validate) fn is_fresh(created: Timestamp, seen: Timestamp) -> bool {
    seen.duration_since(created) < PROPAGATION
}

fn equivalent(wanted: &Wanted<'_>, free: &[&Assignment], resources: &Resources) -> Option<Standing> {
    let held: Vec<(String, Grants)> =
        free.iter().filter_map(|assignment| role_of(assignment.role, resources)).collect();
    let made_up = |grants: &Grants| wanted.is_made_up_by(grants);
    if let Some((name, _)) = held.iter().find(|(_, grants)| made_up(grants)) {
        return Some(Standing::Equivalent(vec![name.clone()]));
    }
    let together = held.iter().flat_map(|(_, grants)| grants.entries.clone()).collect();
    let names: BTreeSet<String> = held.iter().map(|(name, _)| name.clone()).collect();
    made_up(&together).then(|| Standing::Equivalent(names.into_iter().collect()))
}

/// Name and content of a role.
pub(super) fn role_of(role: Uuid, resources: &Resources) -> Option<(String, Grants)> {
    if let Some(builtin) = roles::builtin(role) {
        return Some((builtin.name.to_owned(), [builtin.entry()].into_iter().collect()));
    }
    let definition = resources.definitions.get(&role)?.seen()?;
    Some((definition.name.clone(), definition.permissions.iter().cloned().collect()))
}

/// What deny assignments do to a role.
enum Denial {
    /// Nothing.
    None,
    /// The one of this name takes something of it away from the application.
    By(String),
    /// Nobody could see.
    Unread(String),
}

fn denied(wanted: &Wanted<'_>, scope: &str, assignments: &[Assignment], facts: &Facts) -> Denial {
    let Some(own) = facts.principal_id() else { return Denial::None };
    // Groups the application is known to be in: those it has roles through.
    let is_us = |id: &Uuid| *id == own || assignments.iter().any(|assignment| assignment.principal == *id);
    let denials = match denials_at(scope, facts) {
        None | Some(Look::NotAsked | Look::Lacks(_)) => return Denial::None,
        Some(Look::Seen(denials, _)) => denials,
        Some(Look::Refused { message: why, .. } | Look::Unanswered { why, .. }) => {
            return Denial::Unread(why.clone());
        }
    };
    let hit = denials.iter().find(|denial| {
        denial.reaches(scope)
            && denial.principals.iter().any(|id| id.is_nil() || is_us(id))
            && !denial.excluded.iter().any(is_us)
            && denial.permissions.iter().any(|entry| wanted.is_touched_by(entry))
    });
    hit.map_or(Denial::None, |denial| Denial::By(denial.name.clone()))
}

/// Deny assignments at a scope; what is denied at the root group, any subscription tells too.
fn denials_at<'a>(scope: &str, facts: &'a Facts) -> Option<&'a Look<Vec<DenyAssignment>>> {
    let denied = &facts.resources.denied;
    let look = denied.get(scope);
    if look.and_then(Look::seen).is_some() || inherited_from(scope, facts).is_none() {
        return look;
    }
    let mut below = denied.iter().filter(|(scope, _)| scope.starts_with("/subscriptions/"));
    below.find(|(_, look)| look.seen().is_some()).map_or(look, |(_, look)| Some(look))
}

impl DenyAssignment {
    fn reaches(&self, scope: &str) -> bool {
        if self.here_only { self.scope.eq_ignore_ascii_case(scope) } else { holds_at(&self.scope, scope) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_assignment_holds_at_its_scope_and_below() {
        let subscription = "/subscriptions/8f0d7c51-2f4e-4a6b-9f6e-0d1f2a3b4c5d";
        for (made, at, holds) in [
            (subscription, subscription, true),
            ("/SUBSCRIPTIONS/8F0D7C51-2F4E-4A6B-9F6E-0D1F2A3B4C5D", subscription, true),
            ("/", subscription, true),
            ("/providers/Microsoft.Management/managementGroups/corp", subscription, true),
            (&format!("{subscription}/resourceGroups/a"), subscription, false),
            ("/subscriptions/8f0d7c51", subscription, false),
        ] {
            assert_eq!(holds_at(made, at), holds, "{made}");
        }
    }

    #[test]
    fn a_management_group_is_told_from_other_scopes() {
        assert_eq!(group_in("/providers/microsoft.management/managementgroups/corp"), Some("corp"));
        assert_eq!(group_in("/"), Some("the root of the tenant"));
        assert_eq!(group_in("/subscriptions/x"), None);
    }
}
