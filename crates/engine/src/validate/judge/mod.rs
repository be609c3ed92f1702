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
mod sign_in;
mod subscription;
mod tenant;
mod unique;

use std::collections::BTreeSet;

use fairlead_azure::permissions::satisfied_by;
use fairlead_model::{
    Connection, Evidence, Finding, FindingOutcome, Grant, Need, Remedy, Requirement, Weight,
};
use jiff::{SignedDuration, Timestamp};

use super::{facts::Facts, remedy::Remedies, report::Judged};

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
    /// How long ago the connection was changed, where Azure may still be spreading what was changed with it.
    pub(super) young: Option<SignedDuration>,
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

    /// What is missing fails, unless Azure may still be spreading it.
    fn missing(&self, weight: Weight) -> FindingOutcome {
        match (self.young, weight) {
            (Some(_), _) => FindingOutcome::Waiting,
            (None, weight) => absent(weight),
        }
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
    let Requirement { need, weight, .. } = requirement;
    match need {
        Need::GraphPermission { name, grant } => {
            permission::judge(case, name, *grant, *weight).into_iter().collect()
        }
        Need::AzureRole { role, name, scope, actions } => {
            let subject = role::subject(case, *role, name, *scope);
            let wanted = access::Wanted { role: *role, actions };
            plain(role::judge(case, &wanted, name, subject, *scope, *weight).into_iter().collect())
        }
        Need::PrincipalEnabled => plain(sign_in::principal_enabled(case).into_iter().collect()),
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

/// Names as a list for people.
fn listed(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
