//! Does the application hold more than it needs? Only what goes beyond everything that is required counts: a
//! permission that is contained in a required one gives nobody anything.

use std::collections::{BTreeMap, BTreeSet};

use fairlead_azure::{
    permissions::{escalation, satisfied_by},
    rbac::Grants,
    roles,
};
use fairlead_model::{Api, Connection, Finding, Need, Remedy};
use uuid::Uuid;

use super::{Case, Told as _, access::role_of, warn};
use crate::validate::facts::Look;

pub(super) fn judge(case: &Case<'_>, tolerated: &[String]) -> Vec<Finding> {
    let tolerated = tolerated_names(case, tolerated);
    let mut findings = permissions(case, &tolerated);
    findings.extend(inert(case, &tolerated));
    findings.extend(directory_roles(case, &tolerated));
    findings.extend(azure_roles(case, &tolerated));
    findings.into_iter().map(|finding| beside_others(case, finding)).collect()
}

/// What other connections that use the same application need is not known here: they are named, and no command takes
/// from them.
fn beside_others(case: &Case<'_>, finding: Finding) -> Finding {
    let ours = case.connection;
    let is_sharing = |other: &&Connection| {
        other.client_id == ours.client_id && other.cloud == ours.cloud && other.id != ours.id
    };
    let others: Vec<String> =
        case.others.iter().filter(is_sharing).map(|other| format!("\"{}\"", other.id)).collect();
    if others.is_empty() {
        return finding;
    }
    let others = others.join(" and ");
    let remedy = finding.remedy.map(|remedy| Remedy {
        action: format!("see whether {others} needs it; if not, {}", remedy.action),
        command: None,
        ..remedy
    });
    Finding {
        sentence: format!("{} by this connection; {others} uses the application too", finding.sentence),
        remedy,
        ..finding
    }
}

/// What the connector tolerates, and what it says would do instead of what it asks for.
fn tolerated_names(case: &Case<'_>, tolerated: &[String]) -> BTreeSet<String> {
    let smaller = case.requirements.iter().filter_map(|requirement| requirement.smaller.as_ref());
    tolerated.iter().cloned().chain(smaller.flat_map(|smaller| smaller.instead.clone())).collect()
}

fn permissions(case: &Case<'_>, tolerated: &BTreeSet<String>) -> Vec<Finding> {
    let Some(granted) = case.facts.granted() else { return Vec::new() };
    let needed: BTreeSet<String> = case.required_permissions().union(tolerated).cloned().collect();
    let evidence = case.facts.tokens.get(&Api::Graph).map(|signed_in| signed_in.evidence.clone());
    let beyond = granted.iter().filter(|name| satisfied_by(name, &needed).is_none());
    let told = beyond.map(|name| match escalation(name) {
        Some(can) => warn(
            "permission.excess-tier-0",
            format!("{name} is granted and not needed, and whoever holds it owns the tenant: it can {can}"),
        )
        .about(name),
        None => warn("permission.excess", format!("{name} is granted and not needed")).about(name),
    });
    told.map(|one| {
        let remedy = case.remedies.remove_permission(&one.subject);
        one.resting_on(evidence.clone()).mended_by(remedy)
    })
    .collect()
}

/// Delegated permissions that nobody asks for: they do nothing where an application signs in by itself, and
/// whoever sees them believes otherwise.
fn inert(case: &Case<'_>, tolerated: &BTreeSet<String>) -> Vec<Finding> {
    let look = &case.facts.directory.delegated;
    let asked: BTreeSet<&str> = case
        .requirements
        .iter()
        .filter_map(|requirement| match &requirement.need {
            Need::GraphPermission { name, .. } => Some(name.as_str()),
            _ => None,
        })
        .collect();
    let held: BTreeSet<&str> =
        look.seen().into_iter().flatten().flat_map(|grant| grant.scope.split_whitespace()).collect();
    held.into_iter()
        .filter(|name| !asked.contains(name) && !tolerated.contains(*name) && !is_harmless(name))
        .map(|name| {
            let sentence = format!(
                "the delegated permission {name} is granted, is not needed, and has no effect where an application \
                 signs in by itself"
            );
            let told = warn("permission.inert", sentence).about(name).resting_on(look.evidence());
            told.mended_by(case.remedies.remove_delegated(name))
        })
        .collect()
}

/// What every sign-in of a person brings along.
fn is_harmless(name: &str) -> bool {
    ["openid", "profile", "email", "offline_access", "User.Read"].contains(&name)
}

fn directory_roles(case: &Case<'_>, tolerated: &BTreeSet<String>) -> Vec<Finding> {
    let Some(token) = case.facts.token(Api::Graph) else { return Vec::new() };
    let evidence = case.facts.tokens.get(&Api::Graph).map(|signed_in| signed_in.evidence.clone());
    let held: BTreeSet<Uuid> = token.claims.wids.iter().filter_map(|id| id.parse().ok()).collect();
    let names = held
        .into_iter()
        .filter(|id| *id != roles::NO_ROLE)
        .map(|id| roles::directory(id).map_or_else(|| id.to_string(), |role| role.name.to_owned()));
    names
        .filter(|name| !tolerated.contains(name))
        .map(|name| {
            let sentence = format!("the application holds the directory role {name}, which is not needed");
            let remedy = case.remedies.remove_directory_role(&name);
            warn("directory-role.excess", sentence).about(name).resting_on(evidence.clone()).mended_by(remedy)
        })
        .collect()
}

fn azure_roles(case: &Case<'_>, tolerated: &BTreeSet<String>) -> Vec<Finding> {
    let resources = &case.facts.resources;
    let needed = needed(case);
    let mut beyond: BTreeMap<(String, Uuid), String> = BTreeMap::new();
    let assigned = resources.assignments.values().filter_map(Look::seen).flatten();
    for assignment in assigned {
        let Some((name, grants)) = role_of(assignment.role, resources) else { continue };
        let contained = grants.entries.iter().all(|entry| needed.contain(entry));
        if !contained && !is_required(case, assignment.role) && !tolerated.contains(&name) {
            beyond.entry((name, assignment.role)).or_insert_with(|| assignment.scope.clone());
        }
    }
    let evidence: Vec<_> = resources.assignments.values().flat_map(Look::evidence).collect();
    beyond
        .into_iter()
        .map(|((name, role), scope)| {
            let sentence = match roles::escalation(role) {
                Some(can) => format!("{name} at {scope} is not needed, and whoever holds it can {can}"),
                None => format!("{name} at {scope} allows more than is needed"),
            };
            let remedy = case.remedies.remove_role(role, &name, &scope);
            warn("role.excess", sentence).about(name).resting_on(evidence.clone()).mended_by(remedy)
        })
        .collect()
}

/// All that the required roles allow.
fn needed(case: &Case<'_>) -> Grants {
    let required = case.requirements.iter().filter_map(|requirement| match &requirement.need {
        Need::AzureRole { role, actions, .. } => Some(match roles::builtin(*role) {
            Some(builtin) => builtin.entry(),
            None => fairlead_azure::rbac::Entry { actions: actions.clone(), ..Default::default() },
        }),
        _ => None,
    });
    required.collect()
}

fn is_required(case: &Case<'_>, id: Uuid) -> bool {
    case.requirements
        .iter()
        .any(|requirement| matches!(requirement.need, Need::AzureRole { role, .. } if role == id))
}
