//! Azure roles and subscriptions.

use std::collections::BTreeMap;

use fairlead_azure::{rbac::Entry, roles};
use fairlead_model::{Need, RoleScope, Smaller};
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
            here_only: false,
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

#[test]
fn whoever_holds_the_smaller_set_lacks_nothing() {
    let told = |held: &[&str], instead: &[&str]| {
        let held = held.iter().map(|name| assignment(name)).collect();
        let wanted =
            role("Storage Account Contributor", &["Microsoft.Storage/storageAccounts/read", "X/y/write"]);
        let mut tenant = assigned(vec![wanted], held);
        let instead = instead.iter().map(|name| (*name).to_owned()).collect();
        tenant.requirements[0].smaller = Some(Smaller { instead, why: "It reads.".into() });
        (tenant.passed(), tenant.wrong())
    };
    assert_eq!(told(&["Reader"], &["Reader"]).0, ["role.smaller Storage Account Contributor: pass"]);
    assert_eq!(told(&[], &[]).0, ["role.smaller Storage Account Contributor: pass"]);
    let half = told(&["Reader"], &["Reader", "Reader and Data Access"]);
    assert_eq!(half.1, ["role.missing Storage Account Contributor: fail"]);
    // Whoever made it eligible meant to assign it.
    let mut eligible = assigned(vec![role("Disk Snapshot Contributor", &[])], vec![assignment("Reader")]);
    eligible.requirements[0].smaller =
        Some(Smaller { instead: vec!["Reader".into()], why: "It reads.".into() });
    let snapshots = assignment("Disk Snapshot Contributor");
    eligible.facts.resources.eligible = BTreeMap::from([(here(), seen(vec![snapshots]))]);
    assert_eq!(eligible.wrong(), ["role.eligible-only Disk Snapshot Contributor: warn"]);
}

#[test]
fn a_role_that_is_held_proves_nothing_while_nobody_sees_what_is_denied() {
    for denied in [refused(403), unanswered()] {
        let mut tenant = assigned(vec![reader()], vec![assignment("Reader")]);
        tenant.facts.resources.denied = BTreeMap::from([(here(), denied)]);
        assert_eq!(tenant.wrong(), ["role.unknown Reader: unknown"]);
    }
}

#[test]
fn a_denial_for_one_place_alone_reaches_none_below_it() {
    let told = |scope: &str, here_only: bool| {
        let mut tenant = assigned(vec![reader()], vec![assignment("Reader")]);
        let entry = Entry { actions: vec!["*".into()], ..Entry::default() };
        let denial = DenyAssignment {
            name: "stack".into(),
            scope: scope.into(),
            here_only,
            permissions: vec![entry],
            principals: vec![Uuid::nil()],
            excluded: vec![],
        };
        tenant.facts.resources.denied = BTreeMap::from([(here(), seen(vec![denial]))]);
        tenant.wrong()
    };
    let group = "/providers/Microsoft.Management/managementGroups/corp";
    assert!(told(group, true).is_empty());
    assert_eq!(told(group, false), ["role.denied Reader: fail"]);
    assert_eq!(told(&here(), true), ["role.denied Reader: fail"]);
}

/// Of two subscriptions, one lacks the role and the other does not answer.
#[test]
fn what_did_not_answer_is_not_called_missing() {
    let mut tenant = assigned(vec![reader()], vec![]);
    let both = [SUBSCRIPTION, OTHER].map(|id| subscription(id, SubscriptionState::Enabled));
    tenant.connection.scope.subscriptions = vec![SUBSCRIPTION, OTHER];
    tenant.facts.resources.subscriptions = seen(both.to_vec());
    let other = format!("/subscriptions/{OTHER}");
    tenant.facts.resources.assignments.insert(other.clone(), unanswered());
    let finding = tenant.only("role.missing");
    assert!(!finding.sentence.split("; whether").next().unwrap().contains(&other), "{}", finding.sentence);
    assert!(
        finding.sentence.contains(&format!("whether it is held at {other} could not")),
        "{}",
        finding.sentence
    );
    assert!(!finding.remedy.unwrap().command.unwrap().contains(&other));
}

/// Readers of management groups may not read who has which role there; every subscription tells what it inherits.
#[test]
fn a_role_at_the_root_is_seen_from_below() {
    let root = format!("/providers/Microsoft.Management/managementGroups/{TENANT}");
    let told = |inherited: Vec<Assignment>| {
        let need = Need::AzureRole {
            role: roles::by_name("Management Group Reader").unwrap().id,
            name: "Management Group Reader".into(),
            scope: RoleScope::TenantRoot,
            actions: vec![],
        };
        let mut tenant = assigned(vec![need], inherited);
        tenant.facts.resources.assignments.insert(root.clone(), refused(403));
        tenant.facts.resources.denied =
            BTreeMap::from([(root.clone(), refused(403)), (here(), seen(vec![]))]);
        tenant.told(|_| true).pop().unwrap()
    };
    let at = |scope: &str| Assignment { scope: scope.into(), ..assignment("Management Group Reader") };
    assert_eq!(told(vec![at(&root)]), "role.assigned Management Group Reader: pass");
    assert_eq!(told(vec![at("/")]), "role.through-management-group Management Group Reader: pass");
    for elsewhere in [vec![], vec![at("/providers/Microsoft.Management/managementGroups/corp")]] {
        assert_eq!(told(elsewhere), "role.missing Management Group Reader: fail");
    }
}

#[test]
fn a_state_nobody_knows_is_not_called_active() {
    let mut tenant = Seen::with(&[], vec![Need::ActiveSubscription]);
    tenant.facts.resources.subscriptions = seen(vec![subscription(SUBSCRIPTION, SubscriptionState::Unknown)]);
    assert_eq!(tenant.wrong(), [format!("subscription.unknown {SUBSCRIPTION}: unknown")]);
}

/// A tenant calls its own roles and resource groups what it likes, and people paste what they are given.
#[test]
fn what_is_to_be_pasted_runs_nothing_that_a_tenant_wrote() {
    let odd = Assignment {
        role: CUSTOM,
        scope: format!("{}/resourceGroups/rg(prod)$(id)", here()),
        ..assignment("Reader")
    };
    let mut tenant =
        assigned(vec![reader(), Need::NoExcess { tolerated: vec![] }], vec![assignment("Reader"), odd]);
    let entry = Entry { actions: vec!["*".into()], ..Entry::default() };
    let definition = Definition { name: "Ops $(touch pwned)`id`".into(), permissions: vec![entry] };
    tenant.facts.resources.definitions = BTreeMap::from([(CUSTOM, seen(definition))]);
    let command = tenant.only("role.excess").remedy.unwrap().command.unwrap();
    assert!(command.contains(&format!("--role {CUSTOM} ")), "{command}");
    assert!(command.ends_with(&format!("--scope '{}/resourceGroups/rg(prod)$(id)'", here())), "{command}");
    assert!(!command.contains("pwned"), "{command}");
}
