//! Is an Azure role held wherever it is required?

use std::mem::discriminant;

use fairlead_azure::roles;
use fairlead_model::{Api, Evidence, Finding, FindingOutcome, Need, Remedy, RoleScope, Smaller, Weight};
use uuid::Uuid;

use super::{
    Case, Told as _, absent,
    access::{Standing, Wanted, Way, is_held_at, required_at, standing},
    finding, instead, listed, pass, unknown, warn,
};
use crate::validate::facts::Look;

/// A role as it is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) wanted: Wanted<'a>,
    pub(super) name: &'a str,
    pub(super) at: RoleScope,
    pub(super) weight: Weight,
    pub(super) smaller: Option<&'a Smaller>,
}

/// How the role stands at each scope.
type Stands = [(String, Standing)];

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
pub(super) fn judge(case: &Case<'_>, asked: &Asked<'_>) -> Option<Finding> {
    case.facts.token(Api::ResourceManager)?;
    let scopes = required_at(asked.at, case.connection, case.facts);
    let stands: Vec<(String, Standing)> = scopes
        .into_iter()
        .map(|scope| {
            let stands = stands_at(case, asked, &scope);
            (scope, stands)
        })
        .collect();
    // No scope: there is no subscription to hold it in, which is told as such.
    let worst = stands.iter().max_by_key(|(_, stands)| rank(stands))?.clone();
    let told = if is_held(&worst.1) {
        held(case, asked, &stands, &worst)
    } else {
        lacking(case, asked, &stands, &worst)
    };
    Some(told.resting_on(evidence(case, &worst)))
}

fn stands_at(case: &Case<'_>, asked: &Asked<'_>, scope: &str) -> Standing {
    match standing(&asked.wanted, scope, case.facts) {
        Standing::Missing | Standing::Unseen | Standing::Unknown(_)
            if has_smaller(case, asked.smaller, scope) =>
        {
            Standing::Smaller
        }
        stands => stands,
    }
}

/// Whether each role of the smaller set is held at a scope.
fn has_smaller(case: &Case<'_>, smaller: Option<&Smaller>, scope: &str) -> bool {
    smaller.is_some_and(|smaller| {
        smaller
            .instead
            .iter()
            .all(|name| roles::by_name(name).is_some_and(|role| is_held_at(role, scope, case.facts)))
    })
}

/// The more there is to say, the higher.
fn rank(stands: &Standing) -> u8 {
    match stands {
        Standing::Assigned { way: Way::Direct, young: false } => 0,
        Standing::Assigned { way: Way::Group(_), young: false } => 1,
        Standing::Assigned { way: Way::ManagementGroup(_), young: false } => 2,
        Standing::Equivalent(_) => 3,
        Standing::Smaller => 4,
        Standing::Assigned { young: true, .. } => 5,
        Standing::Conditional(_) => 6,
        Standing::Unknown(_) => 7,
        Standing::Missing | Standing::Unseen => 8,
        Standing::Eligible => 9,
        Standing::Below(_) => 10,
        Standing::Denied(_) => 11,
    }
}

fn is_held(stands: &Standing) -> bool {
    rank(stands) <= 6
}

/// The scopes at which it stands as it does at the worst.
fn alike(stands: &Stands, worst: &Standing) -> Vec<String> {
    let is_alike = |stands: &Standing| discriminant(stands) == discriminant(worst);
    stands.iter().filter(|(_, one)| is_alike(one)).map(|(scope, _)| scope.clone()).collect()
}

fn held(case: &Case<'_>, asked: &Asked<'_>, stands: &Stands, worst: &(String, Standing)) -> Finding {
    let name = asked.name;
    let place = places(&stands.iter().map(|(scope, _)| scope.clone()).collect::<Vec<_>>());
    match &worst.1 {
        Standing::Assigned { young: true, .. } => finding(
            "role.missing",
            FindingOutcome::Waiting,
            format!(
                "{name} was assigned at {} a moment ago, and Azure does not act on it everywhere yet",
                places(&alike(stands, &worst.1))
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
        Standing::Smaller => {
            let does = asked.smaller.map(instead).unwrap_or_default();
            pass("role.smaller", format!("{name} is not assigned at {place}: {does}"))
        }
        Standing::Conditional(condition) => warn(
            "role.conditional",
            format!(
                "{name} is assigned at {} with a condition, which may forbid what is needed: {}",
                places(&alike(stands, &worst.1)),
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

fn lacking(case: &Case<'_>, asked: &Asked<'_>, stands: &Stands, worst: &(String, Standing)) -> Finding {
    let Asked { wanted, name, weight, .. } = *asked;
    let (scope, stands_worst) = worst;
    let place = places(&alike(stands, stands_worst));
    // What could not be looked at, or is taken away again, is not mended by assigning it.
    let is_absent =
        |one: &Standing| !is_held(one) && !matches!(one, Standing::Unknown(_) | Standing::Denied(_));
    let absent_at: Vec<String> =
        stands.iter().filter(|(_, one)| is_absent(one)).map(|(scope, _)| scope.clone()).collect();
    let assign = || case.remedies.assign_role(wanted.role, name, &absent_at);
    // What does instead keeps the connector working; a mistake is told all the same.
    let does = !absent_at.is_empty() && absent_at.iter().all(|scope| has_smaller(case, asked.smaller, scope));
    let outcome = if does { FindingOutcome::Warn } else { absent(weight) };
    let fails = |id: &str, sentence: String| finding(id, outcome, sentence + &unseen(stands));
    match stands_worst {
        Standing::Denied(denial) => fails(
            "role.denied",
            format!("the deny assignment \"{denial}\" takes away at {place} what {name} allows"),
        )
        .mended_by(case.remedies.at_scope(
            format!("exclude the application from the deny assignment \"{denial}\", or remove what made it"),
            scope,
        )),
        Standing::Below(below) => fails(
            "role.resource-group-only",
            format!("{name} is assigned at {} only, and is needed at {place}", listed(below)),
        )
        .mended_by(assign()),
        Standing::Eligible => fails(
            "role.eligible-only",
            format!("{name} at {place} is eligible only, and an application cannot activate a role"),
        )
        .mended_by(assign()),
        Standing::Unknown(why) => unknown(
            "role.unknown",
            format!("whether {name} is held at {place} could not be looked at: {why}"),
        )
        .mended_by(Remedy {
            action: format!("assign {name} to the application at {place}, unless it is there already"),
            ..case.remedies.assign_role(wanted.role, name, std::slice::from_ref(scope))
        }),
        _ if stands.iter().any(|(_, one)| is_held(one)) => fails(
            "role.some-subscriptions",
            format!("{name} is held at some subscriptions, but not at {}", places(&absent_at)),
        )
        .mended_by(assign()),
        Standing::Unseen => {
            // No role at all: what was assigned a moment ago may not be seen yet.
            let sentence =
                format!("{name} is not assigned to the application at {place}: it sees nothing there");
            case.missing("role.missing", weight, sentence + &unseen(stands)).mended_by(assign())
        }
        _ => fails(
            "role.missing",
            format!("{name} is not assigned to the application at {}", places(&absent_at)),
        )
        .mended_by(assign()),
    }
}

/// Where it could not be looked at, beside where it is known to be missing.
fn unseen(stands: &Stands) -> String {
    let unknown = stands.iter().filter(|(_, one)| matches!(one, Standing::Unknown(_)));
    let unknown: Vec<String> = unknown.map(|(scope, _)| scope.clone()).collect();
    if unknown.is_empty() {
        String::new()
    } else {
        format!("; whether it is held at {} could not be looked at", places(&unknown))
    }
}

/// Scopes as a list for people that has an end.
fn places(scopes: &[String]) -> String {
    match scopes.len() {
        0..=3 => listed(scopes),
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
