//! Are the subscriptions there, do they work, and are they of this tenant?

use fairlead_model::{Api, Finding, Need, RoleScope, Weight};
use uuid::Uuid;

use super::{Case, Told as _, absent, access, fail, finding, pass, unknown, warn};
use crate::validate::{
    facts::{Look, Subscription, SubscriptionState},
    report::Judged,
};

/// The state of each subscription the connection is about.
pub(super) fn active(case: &Case<'_>, weight: Weight) -> Vec<Finding> {
    let Some(seen) = case.facts.resources.subscriptions.seen() else { return Vec::new() };
    let ids = access::subscriptions(case.connection, &case.facts.resources);
    let ours: Vec<&Subscription> = seen.iter().filter(|one| ids.contains(&one.subscription_id)).collect();
    let works = |one: &&&Subscription| !is_disabled(one.state);
    // One of several that nobody named does no harm.
    let named = !case.connection.scope.subscriptions.is_empty();
    let weight = if !named && ours.iter().any(|one| works(&one)) { Weight::Recommended } else { weight };
    let evidence = case.facts.resources.subscriptions.evidence();
    ours.into_iter().map(|one| state(case, one, weight).resting_on(evidence.clone())).collect()
}

fn is_disabled(state: SubscriptionState) -> bool {
    matches!(state, SubscriptionState::Disabled | SubscriptionState::Deleted)
}

fn state(case: &Case<'_>, one: &Subscription, weight: Weight) -> Finding {
    let Subscription { subscription_id: id, display_name: name, tenant_id, state } = one;
    if let Some(other) = tenant_id.filter(|tenant| case.facts.tenant_id().is_some_and(|ours| ours != *tenant))
    {
        return other_tenant(case, *id, other, weight);
    }
    let told = match state {
        SubscriptionState::Disabled | SubscriptionState::Deleted => finding(
            "subscription.disabled",
            absent(weight),
            format!("the subscription \"{name}\" is disabled: nothing in it can be changed or started"),
        )
        .mended_by(case.remedies.subscription("reactivate the subscription, or settle what is due", *id)),
        SubscriptionState::Warned | SubscriptionState::PastDue => warn(
            "subscription.past-due",
            format!("the subscription \"{name}\" has a payment due, and will be disabled"),
        )
        .mended_by(case.remedies.subscription("settle what is due for the subscription", *id)),
        SubscriptionState::Enabled => {
            pass("subscription.active", format!("the subscription \"{name}\" is active"))
        }
        SubscriptionState::Unknown => unknown(
            "subscription.unknown",
            format!("the subscription \"{name}\" is in a state that is not known here"),
        )
        .mended_by(case.remedies.subscription("see in the portal whether the subscription works", *id)),
    };
    told.about(id.to_string())
}

/// Where roles or subscriptions are required: none at all, or a declared one that cannot be seen.
pub(super) fn none_or_hidden(case: &Case<'_>) -> Vec<Judged> {
    let needed = case.requirements.iter().any(|requirement| {
        matches!(
            requirement.need,
            Need::ActiveSubscription
                | Need::AzureRole { scope: RoleScope::EachSubscription | RoleScope::ManagementGroup, .. }
        )
    });
    if !needed || case.facts.token(Api::ResourceManager).is_none() {
        return Vec::new();
    }
    let resources = &case.facts.resources;
    let findings = match &resources.subscriptions {
        Look::Seen(seen, _) if seen.is_empty() && case.connection.scope.subscriptions.is_empty() => {
            vec![none(case)]
        }
        Look::Seen(..) => {
            // Where a role is required, its absence says the same and more.
            let told = if required_roles(case).next().is_some() {
                access::unseen_here(case.facts)
            } else {
                Vec::new()
            };
            let hidden =
                access::hidden(case.connection, resources).into_iter().filter(|id| !told.contains(id));
            hidden.map(|id| not_visible(case, id)).collect()
        }
        Look::Refused { message: why, .. } | Look::Unanswered { why, .. } => {
            let told = unknown("subscription.unknown", format!("the subscriptions could not be read: {why}"));
            vec![told.resting_on(resources.subscriptions.evidence()).mended_by(case.remedies.later())]
        }
        Look::NotAsked | Look::Lacks(_) => Vec::new(),
    };
    findings.into_iter().map(Into::into).collect()
}

fn none(case: &Case<'_>) -> Finding {
    let sentence = "the application sees no subscription: no Azure role is assigned to it anywhere";
    case.missing("subscription.none", Weight::Required, sentence)
        .resting_on(case.facts.resources.subscriptions.evidence())
        .mended_by(case.remedies.assign_somewhere(
            format!("assign {} to the application", roles_for_people(case)),
            required_roles(case).next().map(|(role, _)| role),
        ))
}

fn not_visible(case: &Case<'_>, id: Uuid) -> Finding {
    let resources = &case.facts.resources;
    let owner = resources.owners.get(&id);
    let evidence = owner.map(Look::evidence).unwrap_or_default();
    let told = match owner.and_then(Look::seen) {
        Some(Some(tenant)) if case.facts.tenant_id().is_some_and(|ours| ours != *tenant) => {
            other_tenant(case, id, *tenant, Weight::Required)
        }
        Some(None) => fail(
            "subscription.not-visible",
            format!("there is no subscription {id}: its id is mistyped, or it was deleted"),
        )
        .mended_by(case.remedies.subscriptions("copy \"Subscription ID\" from the list of subscriptions")),
        seen => {
            let sentence = match seen {
                Some(_) => format!(
                    "the application sees nothing of subscription {id}: no Azure role is assigned to it there"
                ),
                None => format!(
                    "the application sees nothing of subscription {id}: its id is mistyped, or no Azure role is \
                     assigned to the application there"
                ),
            };
            case.missing("subscription.not-visible", Weight::Required, sentence)
                .mended_by(assign_all(case, id))
        }
    };
    told.about(id.to_string()).resting_on(resources.subscriptions.evidence()).resting_on(evidence)
}

fn other_tenant(case: &Case<'_>, id: Uuid, tenant: Uuid, weight: Weight) -> Finding {
    let sentence = format!("subscription {id} is of tenant {tenant}, not of the connection's");
    finding("subscription.other-tenant", absent(weight), sentence).about(id.to_string()).mended_by(
        case.remedies
            .subscriptions(format!("connect tenant {tenant}, or name a subscription of this tenant")),
    )
}

/// The roles that are required at subscriptions.
fn required_roles<'a>(case: &'a Case<'_>) -> impl Iterator<Item = (Uuid, &'a str)> {
    case.requirements.iter().filter_map(|requirement| match &requirement.need {
        Need::AzureRole {
            role,
            name,
            scope: RoleScope::EachSubscription | RoleScope::ManagementGroup,
            ..
        } if requirement.weight == Weight::Required => Some((*role, name.as_str())),
        _ => None,
    })
}

fn roles_for_people(case: &Case<'_>) -> String {
    let names: Vec<String> = required_roles(case).map(|(_, name)| name.to_owned()).collect();
    if names.is_empty() { "an Azure role".to_owned() } else { super::listed(&names) }
}

/// One remedy with the command for every role.
fn assign_all(case: &Case<'_>, id: Uuid) -> fairlead_model::Remedy {
    let scope = access::subscription_scope(id);
    let commands: Vec<String> = required_roles(case)
        .filter_map(|(role, name)| {
            case.remedies.assign_role(role, name, std::slice::from_ref(&scope)).command
        })
        .collect();
    let action = format!("assign {} to the application at {scope}", roles_for_people(case));
    let remedy = case.remedies.at_scope(action, &scope);
    fairlead_model::Remedy { command: (!commands.is_empty()).then(|| commands.join(" && ")), ..remedy }
}
