//! Judges: facts and requirements in, findings out. They ask nobody, so a table of facts tests them.
//!
//! A judge whose facts are missing because an earlier one failed says nothing: the earlier finding is the one a
//! person has to mend.

pub(super) mod access;
mod audience;
mod credential;
mod excess;
mod licence;
mod permission;
mod role;
mod rotation;
mod sign_in;
mod subscription;
mod tenant;
mod unique;

use std::collections::BTreeSet;

use fairlead_azure::{permissions::satisfied_by, roles};
use fairlead_model::{
    Connection, Evidence, Finding, FindingOutcome, Grant, Need, Remedy, Requirement, RoleScope, Smaller,
    Weight,
};
use jiff::Timestamp;

use super::{
    facts::Facts,
    remedy::Remedies,
    report::{Judged, Young},
};

pub(super) use self::{
    credential::in_directory as credential_in_directory, permission::is_lacking as lacks_permission,
    sign_in::application_is_unknown,
};

#[cfg(test)]
mod tests;

/// What is judged.
#[derive(Debug, Clone)]
pub(super) struct Case<'a> {
    pub(super) connection: &'a Connection,
    pub(super) others: &'a [Connection],
    pub(super) requirements: &'a [Requirement],
    pub(super) facts: &'a Facts,
    pub(super) fingerprint: Option<&'a str>,
    pub(super) remedies: Remedies,
    pub(super) now: Timestamp,
    /// That the connection is new, where Azure may still be spreading what was set up for it.
    pub(super) young: Option<Young>,
}

impl Case<'_> {
    /// Names of the Graph permissions that are required of the application itself.
    fn required_permissions(&self) -> BTreeSet<String> {
        required_permissions(self.requirements)
    }

    /// Whether the requirements, once met, let the application look at what this permission opens.
    fn would_see(&self, permission: &str) -> bool {
        satisfied_by(permission, &self.required_permissions()).is_some()
    }

    /// Whether it is held against the application what it has beyond what is asked for.
    fn forbids_excess(&self) -> bool {
        self.requirements.iter().any(|requirement| matches!(requirement.need, Need::NoExcess { .. }))
    }

    /// What is missing fails, unless Azure may still be spreading it.
    fn missing(&self, id: &str, weight: Weight, sentence: impl Into<String>) -> Finding {
        match self.young {
            Some(young) => {
                Finding { waits_until: Some(young.until), ..finding(id, FindingOutcome::Waiting, sentence) }
            }
            None => finding(id, absent(weight), sentence),
        }
    }

    /// Whether the smaller set is there that would do instead of what is asked for: each permission of it granted,
    /// each role of it held wherever one is required. Absent: nothing smaller would do.
    fn has_smaller(&self, smaller: Option<&Smaller>) -> bool {
        let Some(smaller) = smaller else { return false };
        let Some(granted) = self.facts.granted() else { return false };
        smaller.instead.iter().all(|name| match roles::by_name(name) {
            Some(role) => access::is_held_everywhere(role, RoleScope::EachSubscription, self),
            None => satisfied_by(name, &granted).is_some(),
        })
    }
}

/// All findings, in the order in which a person would look.
pub(super) fn all(case: &Case<'_>) -> Vec<Judged> {
    let mut findings: Vec<Judged> = tenant::judge(case).into_iter().map(Into::into).collect();
    let tenant_is_wrong = findings.iter().any(|one| one.finding.outcome == FindingOutcome::Fail);
    if !tenant_is_wrong {
        findings.extend(sign_in::judge(case).into_iter().map(Into::into));
    }
    for requirement in case.requirements {
        findings.extend(one(case, requirement));
    }
    findings.extend(subscription::none_or_hidden(case));
    findings
}

fn one(case: &Case<'_>, requirement: &Requirement) -> Vec<Judged> {
    let plain = |findings: Vec<Finding>| findings.into_iter().map(Into::into).collect();
    let Requirement { need, weight, smaller, .. } = requirement;
    let smaller = smaller.as_ref();
    match need {
        Need::GraphPermission { name, grant } => {
            let asked = permission::Asked { name, weight: *weight, smaller };
            permission::judge(case, &asked, *grant).into_iter().collect()
        }
        Need::AzureRole { role, name, scope, actions } => {
            let subject = role::subject(case, *role, name, *scope);
            let wanted = access::Wanted { role: *role, actions };
            let asked = role::Asked { wanted, name, at: *scope, weight: *weight, smaller };
            plain(role::judge(case, &asked).map(|finding| finding.about(subject)).into_iter().collect())
        }
        Need::PrincipalEnabled => plain(sign_in::principal_enabled(case).into_iter().collect()),
        Need::OwnsItself => rotation::owns_itself(case, *weight).into_iter().collect(),
        Need::Audience { audience } => audience::judge(case, *audience, *weight).into_iter().collect(),
        Need::Credential { kinds, lifetime_days } => credential::judge(case, kinds, *lifetime_days, *weight),
        Need::ActiveSubscription => plain(subscription::active(case, *weight)),
        Need::Unique { by } => plain(vec![unique::judge(case, *by, *weight)]),
        Need::NoExcess { tolerated } => plain(excess::judge(case, tolerated)),
        Need::Licence { plan, skipped_by } => {
            licence::licence(case, *plan, skipped_by.as_deref(), *weight).into_iter().collect()
        }
        Need::MailboxSettings { skipped_by } => {
            licence::mailbox(case, skipped_by.as_deref(), *weight).into_iter().collect()
        }
    }
}

/// Names of the Graph permissions that are required of the application itself.
fn required_permissions(requirements: &[Requirement]) -> BTreeSet<String> {
    let names = requirements.iter().filter_map(|requirement| match &requirement.need {
        Need::GraphPermission { name, grant: Grant::Application } => Some(name.clone()),
        _ => None,
    });
    names.collect()
}

/// What the absence of something means.
fn absent(weight: Weight) -> FindingOutcome {
    match weight {
        Weight::Required => FindingOutcome::Fail,
        Weight::Recommended => FindingOutcome::Warn,
    }
}

fn finding(id: &str, outcome: FindingOutcome, sentence: impl Into<String>) -> Finding {
    Finding {
        id: id.to_owned(),
        subject: String::new(),
        outcome,
        sentence: sentence.into(),
        waits_until: None,
        told_by: None,
        evidence: Vec::new(),
        remedy: None,
    }
}

fn pass(id: &str, sentence: impl Into<String>) -> Finding {
    finding(id, FindingOutcome::Pass, sentence)
}

fn fail(id: &str, sentence: impl Into<String>) -> Finding {
    finding(id, FindingOutcome::Fail, sentence)
}

fn warn(id: &str, sentence: impl Into<String>) -> Finding {
    finding(id, FindingOutcome::Warn, sentence)
}

pub(super) fn unknown(id: &str, sentence: impl Into<String>) -> Finding {
    finding(id, FindingOutcome::Unknown, sentence)
}

/// The rest of a finding, said after its sentence.
trait Told: Sized {
    fn about(self, subject: impl Into<String>) -> Self;
    fn resting_on(self, evidence: impl IntoIterator<Item = Evidence>) -> Self;
    fn mended_by(self, remedy: Remedy) -> Self;
}

impl Told for Finding {
    fn about(mut self, subject: impl Into<String>) -> Self {
        self.subject = subject.into();
        self
    }

    fn resting_on(mut self, evidence: impl IntoIterator<Item = Evidence>) -> Self {
        self.evidence.extend(evidence);
        self
    }

    fn mended_by(mut self, remedy: Remedy) -> Self {
        self.remedy = Some(remedy);
        self
    }
}

/// What does instead of what is asked for, as words that follow what is not there.
fn instead(smaller: &Smaller) -> String {
    match smaller.instead.as_slice() {
        [] => "nothing needs it".to_owned(),
        [only] => format!("{only}, which is there, does instead"),
        several => format!("{}, which are there, do instead", listed(several)),
    }
}

/// Names as a list for people.
fn listed(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
