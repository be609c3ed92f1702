//! Azure roles and subscriptions.

use std::collections::BTreeMap;

use fairlead_azure::{rbac::Entry, roles};
use fairlead_model::{Need, RoleScope};
use jiff::SignedDuration;
use uuid::Uuid;

use super::{PRINCIPAL, SUBSCRIPTION, Seen, TENANT, ago, refused, seen, subscription, unanswered};
use crate::validate::facts::{Assignment, Definition, DenyAssignment, Look, SubscriptionState};

const GROUP: Uuid = Uuid::from_u128(0x60);
const CUSTOM: Uuid = Uuid::from_u128(0xc0);
const OTHER: Uuid = Uuid::from_u128(0x2);

fn here() -> String {
    format!("/subscriptions/{SUBSCRIPTION}")
}

fn reader() -> Need {
    role("Reader", &[])
}

fn role(name: &str, actions: &[&str]) -> Need {
    Need::AzureRole {
        role: roles::by_name(name).unwrap().id,
        name: name.into(),
        scope: RoleScope::EachSubscription,
        actions: actions.iter().map(|action| (*action).to_owned()).collect(),
    }
}

fn assignment(name: &str) -> Assignment {
    Assignment {
        role: roles::by_name(name).unwrap().id,
        principal: PRINCIPAL,
        scope: here(),
        condition: None,
        created: Some(ago(SignedDuration::from_hours(24))),
    }
}

fn assigned(needs: Vec<Need>, assignments: Vec<Assignment>) -> Seen {
    let mut tenant = Seen::with(&[], needs);
    tenant.facts.resources.assignments = BTreeMap::from([(here(), seen(assignments))]);
    tenant
}

#[test]
fn a_role_counts_however_it_came() {
    let at = |scope: &str| Assignment { scope: scope.into(), ..assignment("Reader") };
    for (held, expected) in [
        (assignment("Reader"), "role.assigned Reader: pass"),
        (Assignment { principal: GROUP, ..assignment("Reader") }, "role.through-group Reader: pass"),
        (
            at("/providers/Microsoft.Management/managementGroups/corp"),
            "role.through-management-group Reader: pass",
        ),
        (at("/"), "role.through-management-group Reader: pass"),
        (assignment("Contributor"), "role.equivalent Reader: pass"),
    ] {
        assert_eq!(assigned(vec![reader()], vec![held]).passed(), [expected]);
    }
}

#[test]
fn a_role_of_the_organisation_s_own_counts_by_what_it_allows() {
    let told = |actions: &[&str], not_actions: &[&str]| {
        let held = Assignment { role: CUSTOM, ..assignment("Reader") };
        let mut tenant = assigned(vec![reader()], vec![held]);
        let words = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect();
        let entry = Entry { actions: words(actions), not_actions: words(not_actions), ..Entry::default() };
        let definition = Definition { name: "Auditor".into(), permissions: vec![entry] };
        tenant.facts.resources.definitions = BTreeMap::from([(CUSTOM, seen(definition))]);
        (tenant.passed(), tenant.wrong())
    };
    assert_eq!(told(&["*/read"], &[]).0, ["role.equivalent Reader: pass"]);
    assert_eq!(told(&["*/read"], &["Microsoft.Network/*"]).1, ["role.missing Reader: fail"]);
}

#[test]
fn several_roles_make_up_for_one_by_its_actions() {
    let wanted = role(
        "Virtual Machine Contributor",
        &["Microsoft.Compute/disks/read", "Microsoft.Compute/snapshots/write"],
    );
    let held = vec![assignment("Reader"), assignment("Disk Snapshot Contributor")];
    let tenant = assigned(vec![wanted], held);
    assert_eq!(tenant.passed(), ["role.equivalent Virtual Machine Contributor: pass"]);
}

#[test]
fn each_way_to_get_a_role_wrong_is_told_apart() {
    let below = Assignment { scope: format!("{}/resourceGroups/rg", here()), ..assignment("Reader") };
    let conditional = Assignment { condition: Some("@Request[x]".into()), ..assignment("Reader") };
    for (held, expected) in [
        (vec![], "role.missing Reader: fail"),
        (vec![below], "role.resource-group-only Reader: fail"),
        (vec![conditional], "role.conditional Reader: warn"),
        (vec![assignment("Disk Snapshot Contributor")], "role.missing Reader: fail"),
    ] {
        assert_eq!(assigned(vec![reader()], held).wrong(), [expected]);
    }
    let mut eligible = assigned(vec![reader()], vec![]);
    eligible.facts.resources.eligible = BTreeMap::from([(here(), seen(vec![assignment("Reader")]))]);
    assert_eq!(eligible.wrong(), ["role.eligible-only Reader: fail"]);
}

#[test]
fn a_deny_assignment_takes_a_role_away_from_those_it_is_for() {
    let told = |principals: Vec<Uuid>, excluded: Vec<Uuid>, action: &str| {
        let mut tenant = assigned(vec![reader()], vec![assignment("Reader")]);
        let entry = Entry { actions: vec![action.into()], ..Entry::default() };
        let denial = DenyAssignment {
            name: "stack".into(),
            scope: here(),
            permissions: vec![entry],
            principals,
            excluded,
        };
        tenant.facts.resources.denied = BTreeMap::from([(here(), seen(vec![denial]))]);
        tenant.wrong()
    };
    let everyone = || vec![Uuid::nil()];
    assert_eq!(told(everyone(), vec![], "Microsoft.Storage/*/read"), ["role.denied Reader: fail"]);
    assert_eq!(told(vec![PRINCIPAL], vec![], "*"), ["role.denied Reader: fail"]);
    assert!(told(everyone(), vec![PRINCIPAL], "*").is_empty());
    assert!(told(vec![OTHER], vec![], "*").is_empty());
    assert!(told(everyone(), vec![], "Microsoft.Storage/storageAccounts/write").is_empty());
}

#[test]
fn of_several_subscriptions_those_without_the_role_are_named() {
    let mut tenant = assigned(vec![reader()], vec![assignment("Reader")]);
    let both = [SUBSCRIPTION, OTHER].map(|id| subscription(id, SubscriptionState::Enabled));
    tenant.connection.scope.subscriptions = vec![SUBSCRIPTION, OTHER];
    tenant.facts.resources.subscriptions = seen(both.to_vec());
    let other = assignment("Disk Snapshot Contributor");
    tenant.facts.resources.assignments.insert(format!("/subscriptions/{OTHER}"), seen(vec![other]));
    assert_eq!(tenant.wrong(), ["role.some-subscriptions Reader: fail"]);
}

#[test]
fn where_assignments_cannot_be_read_resource_manager_s_word_counts() {
    let told = |permissions: Look<Vec<Entry>>| {
        let mut tenant = Seen::with(&[], vec![reader()]);
        tenant.facts.resources.assignments = BTreeMap::from([(here(), refused(403))]);
        tenant.facts.resources.permissions = BTreeMap::from([(here(), permissions)]);
        (tenant.passed(), tenant.wrong())
    };
    let may = |action: &str| seen(vec![Entry { actions: vec![action.into()], ..Entry::default() }]);
    assert_eq!(told(may("*")).0, ["role.equivalent Reader: pass"]);
    assert_eq!(told(may("Microsoft.Compute/*")).1, ["role.missing Reader: fail"]);
    assert_eq!(told(refused(403)).1, ["role.unknown Reader: unknown"]);
    assert_eq!(told(unanswered()).1, ["role.unknown Reader: unknown"]);
}

#[test]
fn a_role_that_was_assigned_a_moment_ago_waits_until_it_is_felt() {
    let told = |granted: &str| {
        let held = Assignment { created: Some(ago(SignedDuration::from_mins(2))), ..assignment("Reader") };
        let mut tenant = assigned(vec![reader()], vec![held]);
        let entry = Entry { actions: vec![granted.into()], ..Entry::default() };
        tenant.facts.resources.permissions = BTreeMap::from([(here(), seen(vec![entry]))]);
        tenant.wrong()
    };
    assert!(told("*/read").is_empty());
    assert_eq!(told("Microsoft.Support/*"), ["role.missing Reader: waiting"]);
}

#[test]
fn a_role_on_a_resource_group_is_found_though_the_subscription_s_assignments_are_refused() {
    let below = Assignment { scope: format!("{}/resourceGroups/rg", here()), ..assignment("Reader") };
    let mut tenant = Seen::with(&[], vec![reader()]);
    tenant.facts.resources.assignments = BTreeMap::from([(here(), refused(403))]);
    tenant.facts.resources.permissions = BTreeMap::from([(here(), refused(403))]);
    tenant.facts.resources.below = BTreeMap::from([(here(), seen(vec![below]))]);
    assert_eq!(tenant.wrong(), ["role.resource-group-only Reader: fail"]);
}

fn owned_by(owner: Look<Option<Uuid>>, needs: Vec<Need>) -> Seen {
    let mut tenant = Seen::with(&[], needs);
    tenant.facts.resources.subscriptions = seen(vec![]);
    tenant.facts.resources.assignments = BTreeMap::from([(here(), refused(403))]);
    tenant.facts.resources.owners = BTreeMap::from([(SUBSCRIPTION, owner)]);
    tenant
}

#[test]
fn a_subscription_that_cannot_be_seen_is_told_for_what_it_is() {
    let not_visible = format!("subscription.not-visible {SUBSCRIPTION}: fail");
    let other_tenant = format!("subscription.other-tenant {SUBSCRIPTION}: fail");
    let needs = || vec![reader(), Need::ActiveSubscription];
    for (owner, expected) in [
        (seen(Some(TENANT)), "role.missing Reader: fail"),
        (seen(Some(OTHER)), &other_tenant),
        (seen(None), &not_visible),
        (unanswered(), &not_visible),
    ] {
        assert_eq!(owned_by(owner, needs()).wrong(), [expected]);
    }
    // Without a role to be missing, the subscription is what is told.
    assert_eq!(owned_by(seen(Some(TENANT)), vec![Need::ActiveSubscription]).wrong(), [not_visible]);
    let young = owned_by(seen(Some(TENANT)), needs()).young();
    assert_eq!(young.wrong(), ["role.missing Reader: waiting"]);
}

#[test]
fn without_any_subscription_that_is_all_there_is_to_say() {
    let mut tenant = Seen::with(&[], vec![reader(), Need::ActiveSubscription]);
    tenant.connection.scope.subscriptions.clear();
    tenant.facts.resources.subscriptions = seen(vec![]);
    assert_eq!(tenant.wrong(), ["subscription.none: fail"]);
    tenant.facts.resources.subscriptions = unanswered();
    assert_eq!(tenant.wrong(), ["subscription.unknown: unknown"]);
}

#[test]
fn a_subscription_s_state_is_told_and_one_of_several_that_nobody_named_does_no_harm() {
    let told = |state, named: bool| {
        let mut tenant = Seen::with(&[], vec![Need::ActiveSubscription]);
        if !named {
            tenant.connection.scope.subscriptions.clear();
        }
        tenant.facts.resources.subscriptions =
            seen(vec![subscription(SUBSCRIPTION, state), subscription(OTHER, SubscriptionState::Enabled)]);
        tenant.wrong()
    };
    let disabled = |outcome: &str| vec![format!("subscription.disabled {SUBSCRIPTION}: {outcome}")];
    assert_eq!(told(SubscriptionState::Disabled, true), disabled("fail"));
    assert_eq!(told(SubscriptionState::Disabled, false), disabled("warn"));
    assert_eq!(
        told(SubscriptionState::PastDue, true),
        [format!("subscription.past-due {SUBSCRIPTION}: warn")]
    );
    assert!(told(SubscriptionState::Enabled, true).is_empty());
}

#[test]
fn a_role_that_allows_more_than_is_needed_is_told() {
    let told = |held: Vec<Assignment>, tolerated: &[&str]| {
        let tolerated = tolerated.iter().map(|name| (*name).to_owned()).collect();
        assigned(vec![reader(), Need::NoExcess { tolerated }], held).wrong()
    };
    assert_eq!(told(vec![assignment("Reader"), assignment("Owner")], &[]), ["role.excess Owner: warn"]);
    assert!(told(vec![assignment("Reader"), assignment("Owner")], &["Owner"]).is_empty());
    assert!(told(vec![assignment("Reader")], &[]).is_empty());
}
