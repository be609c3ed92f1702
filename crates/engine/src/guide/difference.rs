//! What of a guide is still to do, by the findings of a validation. Validation is the one judge of what a tenant
//! has; here its findings are only laid beside the steps.

use std::collections::BTreeSet;

use fairlead_model::{Finding, FindingOutcome, Report};
use serde::Serialize;

use super::{Guide, Item, Step, StepId};

/// What separates a tenant from a guide.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Difference {
    /// The steps that are not done, with only what is missing of each.
    pub missing: Vec<Step>,
    /// What could not be looked at, as sentences.
    pub unknown: Vec<String>,
    /// What the application has beyond what it needs.
    pub surplus: Vec<Surplus>,
}

impl Difference {
    /// Whether there is nothing to do and nothing too much.
    pub fn is_none(&self) -> bool {
        self.missing.is_empty() && self.surplus.is_empty()
    }
}

/// Something the application has and does not need.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Surplus {
    /// A permission or role, and for a role perhaps `@` and where.
    pub name: String,
    /// As a sentence.
    pub sentence: String,
}

impl Guide {
    /// What is still to do, and what is too much.
    pub fn difference(&self, report: &Report) -> Difference {
        let wrong: Vec<_> = report.findings.iter().filter(|it| is_wrong(it)).collect();
        let unknown = report.findings.iter().filter(|it| it.outcome == FindingOutcome::Unknown);
        Difference {
            missing: self.steps.iter().filter_map(|step| remaining(step, &wrong)).collect(),
            unknown: unknown.map(|finding| finding.sentence.clone()).collect(),
            surplus: wrong.iter().filter(|it| is_excess(it)).map(|it| surplus(it)).collect(),
        }
    }
}

fn is_wrong(finding: &Finding) -> bool {
    // What waits was done already; doing it again would help nothing.
    matches!(finding.outcome, FindingOutcome::Fail | FindingOutcome::Warn)
}

fn is_excess(finding: &Finding) -> bool {
    let word = finding.id.split_once('.').map_or("", |(_, word)| word);
    word.starts_with("excess")
}

fn surplus(finding: &Finding) -> Surplus {
    Surplus { name: finding.subject.clone(), sentence: finding.sentence.clone() }
}

/// The step with which a finding is put right.
fn step_for(finding: &Finding) -> Option<StepId> {
    let (area, word) = finding.id.split_once('.')?;
    match (area, word) {
        (_, word) if word.starts_with("excess") => None,
        ("client-id" | "tenant" | "connection", _) => Some(StepId::Connect),
        ("audience", _) | ("principal", "missing") => Some(StepId::Register),
        ("principal", _) => Some(StepId::Enable),
        ("credential", _) => Some(StepId::Credential),
        ("permission", "not-consented") => Some(StepId::Consent),
        ("permission", "inert") => None,
        ("permission", _) => Some(StepId::Permissions),
        ("role", _) => Some(StepId::Roles),
        ("rotation", _) => Some(StepId::Own),
        ("licence" | "mailbox", _) => Some(StepId::Rest),
        _ => None,
    }
}

/// What is left of a step: all of it, or those of its items that findings name. None: it is done.
fn remaining(step: &Step, wrong: &[&Finding]) -> Option<Step> {
    let mut mine = wrong.iter().filter(|it| concerns(it, step.id)).peekable();
    mine.peek()?;
    let subjects: BTreeSet<&str> = mine.map(|finding| finding.subject.as_str()).collect();
    let named: Vec<Item> = step
        .items
        .iter()
        .filter(|item| subjects.iter().any(|subject| names(subject, item)))
        .cloned()
        .collect();
    // Findings without a subject of the step's are about the step as a whole.
    let items = if named.is_empty() { step.items.clone() } else { named };
    Some(Step { items, ..step.clone() })
}

/// A permission that is missing must be consented to as well.
fn concerns(finding: &Finding, step: StepId) -> bool {
    step_for(finding) == Some(step)
        || (step == StepId::Consent && step_for(finding) == Some(StepId::Permissions))
}

/// A role's subject is its name, or name and scope where there are several scopes.
fn names(subject: &str, item: &Item) -> bool {
    let (name, scope) = subject.split_once('@').unwrap_or((subject, ""));
    let at = item.at.as_deref().unwrap_or_default();
    name == item.name && scope.rsplit('/').next().is_none_or(|id| at.contains(id))
}

#[cfg(test)]
mod tests {
    use fairlead_model::{ConnectionId, Mode};
    use jiff::Timestamp;

    use super::*;
    use crate::guide::tests::{SUBSCRIPTIONS, sample};

    fn report(findings: &[(&str, &str, FindingOutcome)]) -> Report {
        let finding = |(id, subject, outcome): &(&str, &str, FindingOutcome)| Finding {
            id: (*id).to_owned(),
            subject: (*subject).to_owned(),
            outcome: *outcome,
            sentence: format!("{id} {subject}"),
            evidence: Vec::new(),
            remedy: None,
        };
        Report {
            connection: "contoso".parse::<ConnectionId>().unwrap(),
            connector: "sample".into(),
            mode: Mode::Read,
            started_at: Timestamp::UNIX_EPOCH,
            finished_at: Timestamp::UNIX_EPOCH,
            requests: 0,
            retry_after_seconds: None,
            findings: findings.iter().map(finding).collect(),
        }
    }

    #[test]
    fn where_everything_passes_there_is_nothing_to_do() {
        let passing = report(&[
            ("tenant.found", "", FindingOutcome::Pass),
            ("permission.implied", "User.Read.All", FindingOutcome::Pass),
            ("role.assigned", "Reader", FindingOutcome::Waiting),
        ]);
        assert!(sample().difference(&passing).is_none());
    }

    #[test]
    fn only_what_is_missing_is_left_of_a_step() {
        let missing = report(&[("permission.missing", "AuditLog.Read.All", FindingOutcome::Fail)]);
        let difference = sample().difference(&missing);
        let left: Vec<_> = difference
            .missing
            .iter()
            .map(|step| (step.id, step.items.iter().map(|item| item.name.as_str()).collect::<Vec<_>>()))
            .collect();
        assert_eq!(left, [(StepId::Permissions, vec!["AuditLog.Read.All"]), (StepId::Consent, vec![])]);
    }

    #[test]
    fn what_is_asked_for_but_not_consented_to_needs_no_asking_again() {
        let report = report(&[("permission.not-consented", "User.Read.All", FindingOutcome::Fail)]);
        let steps: Vec<_> = sample().difference(&report).missing.iter().map(|step| step.id).collect();
        assert_eq!(steps, [StepId::Consent]);
    }

    #[test]
    fn a_role_that_one_of_two_subscriptions_lacks_is_left_there_alone() {
        let lacking = format!("Reader@/subscriptions/{}", SUBSCRIPTIONS[1]);
        let report = report(&[("role.some-subscriptions", &lacking, FindingOutcome::Fail)]);
        let difference = sample().difference(&report);
        let items: Vec<_> = difference.missing[0].items.iter().map(|item| item.at.clone().unwrap()).collect();
        assert_eq!(items, [format!("subscription {}", SUBSCRIPTIONS[1])]);
    }

    #[test]
    fn excess_is_told_apart_and_what_was_not_seen_is_not_called_missing() {
        let report = report(&[
            ("permission.excess-tier-0", "RoleManagement.ReadWrite.Directory", FindingOutcome::Warn),
            ("audience.unknown", "", FindingOutcome::Unknown),
        ]);
        let difference = sample().difference(&report);
        assert!(difference.missing.is_empty());
        assert_eq!(difference.unknown, ["audience.unknown "]);
        assert_eq!(difference.surplus[0].name, "RoleManagement.ReadWrite.Directory");
    }
}
