//! Is an Azure role held wherever it is required?

use fairlead_model::{Api, Evidence, Finding, FindingOutcome, Need, RoleScope, Weight};
use uuid::Uuid;

use super::{
    Case, Told as _, absent,
    access::{Standing, Wanted, Way, required_at, standing},
    finding, listed, pass, unknown, warn,
};
use crate::validate::facts::Look;

/// Findings are told apart by the role's name; where the same role is required in several places, by the place too.
pub(super) fn subject(case: &Case<'_>, role: Uuid, name: &str, scope: RoleScope) -> String {
    let same = case
        .requirements
        .iter()
        .filter(|other| matches!(other.need, Need::AzureRole { role: id, .. } if id == role));
    if same.count() < 2 {
        return name.to_owned();
    }
    let place = match scope {
        RoleScope::EachSubscription => "each-subscription",
        RoleScope::ManagementGroup => "management-group",
        RoleScope::TenantRoot => "tenant-root",
    };
    format!("{name}@{place}")
}

/// One finding for all scopes: a role that is missing everywhere is one mistake.
pub(super) fn judge(
    case: &Case<'_>,
    wanted: &Wanted<'_>,
    name: &str,
    subject: String,
    at: RoleScope,
    weight: Weight,
) -> Option<Finding> {
    case.facts.token(Api::ResourceManager)?;
    let scopes = required_at(at, case.connection, case.facts);
    let stands: Vec<(String, Standing)> = scopes
        .into_iter()
        .map(|scope| {
            let stands = standing(wanted, &scope, case.facts);
            (scope, stands)
        })
        .collect();
    // No scope: there is no subscription to hold it in, which is told as such.
    let worst = stands.iter().max_by_key(|(_, stands)| rank(stands))?.clone();
    let told = if is_held(&worst.1) {
        held(case, name, &stands, &worst)
    } else {
        lacking(case, wanted, name, &stands, &worst, weight)
    };
    Some(told.about(subject).resting_on(evidence(case, &worst)))
}

/// The more there is to say, the higher.
fn rank(stands: &Standing) -> u8 {
    match stands {
        Standing::Assigned { way: Way::Direct, young: false } => 0,
        Standing::Assigned { way: Way::Group(_), young: false } => 1,
        Standing::Assigned { way: Way::ManagementGroup(_), young: false } => 2,
        Standing::Equivalent(_) => 3,
        Standing::Assigned { young: true, .. } => 4,
        Standing::Conditional(_) => 5,
        Standing::Unknown(_) => 6,
        Standing::Missing | Standing::Unseen => 7,
        Standing::Eligible => 8,
        Standing::Below(_) => 9,
        Standing::Denied(_) => 10,
    }
}

fn is_held(stands: &Standing) -> bool {
    rank(stands) <= 5
}

fn held(case: &Case<'_>, name: &str, stands: &[(String, Standing)], worst: &(String, Standing)) -> Finding {
    let place = places(stands.iter().map(|(scope, _)| scope));
    match &worst.1 {
        Standing::Assigned { young: true, .. } => finding(
            "role.missing",
            FindingOutcome::Waiting,
            format!(
                "{name} was assigned at {place} a moment ago, and Azure does not act on it everywhere yet"
            ),
        )
        .mended_by(case.remedies.later()),
        Standing::Assigned { way: Way::Group(group), .. } => {
            pass("role.through-group", format!("{name} is assigned at {place}, through the group {group}"))
        }
        Standing::Assigned { way: Way::ManagementGroup(group), .. } => pass(
            "role.through-management-group",
            format!("{name} is assigned at {place}, through the management group {group}"),
        ),
        Standing::Equivalent(by) if by.is_empty() => {
            pass("role.equivalent", format!("the application may do at {place} what {name} allows"))
        }
        Standing::Equivalent(by) => {
            pass("role.equivalent", format!("{name} is satisfied at {place} by {}", listed(by)))
        }
        Standing::Conditional(condition) => warn(
            "role.conditional",
            format!(
                "{name} is assigned at {place} with a condition, which may forbid what is needed: {}",
                cut(condition)
            ),
        )
        .mended_by(case.remedies.at_scope(
            format!("see that the condition of {name} allows what is needed, or assign the role without one"),
            &worst.0,
        )),
        _ => pass("role.assigned", format!("{name} is assigned at {place}")),
    }
}

fn lacking(
    case: &Case<'_>,
    wanted: &Wanted<'_>,
    name: &str,
    stands: &[(String, Standing)],
    worst: &(String, Standing),
    weight: Weight,
) -> Finding {
    let lacking: Vec<String> =
        stands.iter().filter(|(_, one)| !is_held(one)).map(|(scope, _)| scope.clone()).collect();
    let place = places(lacking.iter());
    let (scope, stands_worst) = worst;
    let assign = || case.remedies.assign_role(wanted.role, name, &lacking);
    match stands_worst {
        Standing::Denied(denial) => finding(
            "role.denied",
            absent(weight),
            format!("the deny assignment \"{denial}\" takes away at {place} what {name} allows"),
        )
        .mended_by(case.remedies.at_scope(
            format!("exclude the application from the deny assignment \"{denial}\", or remove what made it"),
            scope,
        )),
        Standing::Below(below) => finding(
            "role.resource-group-only",
            absent(weight),
            format!("{name} is assigned at {} only, and is needed at {place}", listed(below)),
        )
        .mended_by(assign()),
        Standing::Eligible => finding(
            "role.eligible-only",
            absent(weight),
            format!("{name} at {place} is eligible only, and an application cannot activate a role"),
        )
        .mended_by(assign()),
        Standing::Unknown(why) => unknown(
            "role.unknown",
            format!("whether {name} is held at {place} could not be looked at: {why}"),
        )
        .mended_by(case.remedies.at_scope(
            format!(
                "assign Reader to the application at {place}, with which it can read its own assignments"
            ),
            scope,
        )),
        _ if lacking.len() < stands.len() => finding(
            "role.some-subscriptions",
            absent(weight),
            format!("{name} is held at some subscriptions, but not at {place}"),
        )
        .mended_by(assign()),
        Standing::Unseen => finding(
            "role.missing",
            // No role at all: what was assigned a moment ago may not be seen yet.
            case.missing(weight),
            format!("{name} is not assigned to the application at {place}: it sees nothing there"),
        )
        .mended_by(assign()),
        _ => finding(
            "role.missing",
            absent(weight),
            format!("{name} is not assigned to the application at {place}"),
        )
        .mended_by(assign()),
    }
}

/// Scopes as a list for people that has an end.
fn places<'a>(scopes: impl Iterator<Item = &'a String>) -> String {
    let scopes: Vec<String> = scopes.cloned().collect();
    match scopes.len() {
        0..=3 => listed(&scopes),
        many => format!("{}, {} and {} more subscriptions", scopes[0], scopes[1], many - 2),
    }
}

/// Conditions may be pages long.
fn cut(condition: &str) -> String {
    const SHOWN: usize = 120;
    let line = condition.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= SHOWN { line } else { line.chars().take(SHOWN).chain(['…']).collect() }
}

fn evidence(case: &Case<'_>, worst: &(String, Standing)) -> Vec<Evidence> {
    let (scope, stands) = worst;
    let resources = &case.facts.resources;
    let of = |looked: Option<Vec<Evidence>>| looked.unwrap_or_default();
    let mut evidence = of(resources.assignments.get(scope).map(Look::evidence));
    match stands {
        Standing::Denied(_) => evidence.extend(of(resources.denied.get(scope).map(Look::evidence))),
        Standing::Eligible => evidence.extend(of(resources.eligible.get(scope).map(Look::evidence))),
        _ => evidence.extend(of(resources.permissions.get(scope).map(Look::evidence))),
    }
    evidence
}
