//! How a tenant differs from a guide, by the findings of a validation. Validation is the one judge of what a tenant
//! has and of what to do about it; here its findings are only laid beside the steps they belong to, and none is left
//! out: a difference is as good or bad as the report it is made of.

use fairlead_model::{Finding, FindingOutcome, Report};
use serde::Serialize;

use super::{Guide, Reduction, StepId};

/// What separates a tenant from a guide.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Difference {
    /// The worst of what was found, as the report has it.
    pub outcome: FindingOutcome,
    /// The steps that something is to be said about, in the guide's order.
    pub steps: Vec<Unfinished>,
    /// What no step of the guide is about, such as what the application has too much.
    pub beside: Vec<Finding>,
    /// Of a guide to the smaller set: what is there in its place and would not have to be.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub larger: Vec<Reduction>,
}

/// A step that is not done, or not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Unfinished {
    /// Which one.
    pub id: StepId,
    /// Its number in the guide, from 1.
    pub number: usize,
    /// What it does, as people say it.
    pub title: String,
    /// What was found, each with what to do about it.
    pub findings: Vec<Finding>,
}

impl Difference {
    /// Whether there is nothing to say: everything was looked at and is as the guide has it.
    pub fn is_none(&self) -> bool {
        self.steps.is_empty() && self.beside.is_empty() && self.larger.is_empty()
    }
}

impl Guide {
    /// What is still to do, to wait for or to know of.
    pub fn difference(&self, report: &Report) -> Difference {
        let mut steps: Vec<Unfinished> = (1..)
            .zip(&self.steps)
            .map(|(number, step)| {
                let (id, title) = (step.id, step.title.clone());
                Unfinished { id, number, title, findings: Vec::new() }
            })
            .collect();
        let mut beside = Vec::new();
        for finding in report.findings.iter().filter(|it| it.outcome != FindingOutcome::Pass) {
            let step = step_for(finding).and_then(|id| steps.iter_mut().find(|step| step.id == id));
            step.map_or(&mut beside, |step| &mut step.findings).push(finding.clone());
        }
        steps.retain(|step| !step.findings.is_empty());
        let larger = self.reductions.iter().filter(|it| it.applied && is_there(&it.asked, report));
        Difference { outcome: report.outcome(), steps, beside, larger: larger.cloned().collect() }
    }
}

/// The step that a finding is about.
fn step_for(finding: &Finding) -> Option<StepId> {
    let (area, word) = finding.id.split_once('.')?;
    match (area, word) {
        // What is too much, no step brought about.
        (_, word) if word.starts_with("excess") => None,
        ("permission", "inert") => None,
        ("client-id" | "tenant" | "connection", _) => Some(StepId::Connect),
        ("audience", _) => Some(StepId::Register),
        ("principal", _) => Some(StepId::Enable),
        ("credential", _) => Some(StepId::Credential),
        ("permission", "not-consented") => Some(StepId::Consent),
        ("permission", _) => Some(StepId::Permissions),
        ("role", _) | ("subscription", "none") => Some(StepId::Roles),
        ("rotation", _) => Some(StepId::Own),
        ("licence" | "mailbox", _) => Some(StepId::Rest),
        _ => None,
    }
}

/// Whether a permission or role is held by its own name.
fn is_there(name: &str, report: &Report) -> bool {
    const BY_NAME: [&str; 4] =
        ["permission.granted", "role.assigned", "role.through-group", "role.through-management-group"];
    report.findings.iter().any(|finding| BY_NAME.contains(&finding.id.as_str()) && finding.subject == name)
}

#[cfg(test)]
mod tests {
    use fairlead_model::{ConnectionId, Mode, Remedy};
    use jiff::Timestamp;

    use super::*;
    use crate::guide::{
        GuideOptions, guide,
        tests::{Sample, sample},
    };

    fn report(findings: &[(&str, &str, FindingOutcome)]) -> Report {
        let finding = |(id, subject, outcome): &(&str, &str, FindingOutcome)| Finding {
            id: (*id).to_owned(),
            subject: (*subject).to_owned(),
            outcome: *outcome,
            sentence: format!("{id} {subject}"),
            waits_until: None,
            told_by: None,
            evidence: Vec::new(),
            remedy: Some(Remedy { action: format!("mend {id}"), ..Remedy::default() }),
        };
        Report {
            connection: "contoso".parse::<ConnectionId>().unwrap(),
            connector: "sample".into(),
            mode: Mode::Read,
            purpose: String::new(),
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
        ]);
        let difference = sample().difference(&passing);
        assert!(difference.is_none() && difference.outcome == FindingOutcome::Pass);
    }

    /// Whatever a validation says is said here too, with its own remedy: nobody is told that all is done, or to do a
    /// step again that is done.
    #[test]
    fn no_finding_gets_lost() {
        for outcome in
            [FindingOutcome::Warn, FindingOutcome::Unknown, FindingOutcome::Waiting, FindingOutcome::Fail]
        {
            for id in [
                "sign-in.blocked",
                "sign-in.service-unusable",
                "subscription.disabled",
                "subscription.other-tenant",
                "audience.single",
                "principal.missing",
                "client-id.swapped",
                "tenant.other-cloud",
                "credential.kind",
                "role.denied",
                "permission.missing",
                "permission.excess-tier-0",
                "kubernetes.private",
            ] {
                let difference = sample().difference(&report(&[(id, "", outcome)]));
                let told = difference.steps.iter().flat_map(|step| &step.findings).chain(&difference.beside);
                let told: Vec<_> =
                    told.map(|it| (it.id.as_str(), it.remedy.clone().unwrap().action)).collect();
                assert_eq!(told, [(id, format!("mend {id}"))]);
                assert!(!difference.is_none() && difference.outcome == outcome);
            }
        }
    }

    #[test]
    fn findings_stand_beside_the_step_they_are_about() {
        let report = report(&[
            ("permission.not-consented", "User.Read.All", FindingOutcome::Fail),
            ("role.missing", "Reader", FindingOutcome::Waiting),
            ("permission.missing", "AuditLog.Read.All", FindingOutcome::Fail),
            ("principal.missing", "", FindingOutcome::Fail),
            ("permission.excess", "Mail.Read", FindingOutcome::Warn),
            // The sample needs no licence, so it has no such step.
            ("licence.unknown", "Entra ID P2", FindingOutcome::Unknown),
        ]);
        let difference = sample().difference(&report);
        let steps: Vec<_> = difference.steps.iter().map(|step| (step.id, step.number)).collect();
        assert_eq!(
            steps,
            [(StepId::Permissions, 3), (StepId::Consent, 4), (StepId::Enable, 5), (StepId::Roles, 6),]
        );
        let beside: Vec<_> = difference.beside.iter().map(|it| it.id.as_str()).collect();
        assert_eq!(beside, ["permission.excess", "licence.unknown"]);
    }

    #[test]
    fn whoever_wants_the_smaller_set_is_told_what_is_there_in_its_place() {
        let report =
            report(&[("permission.granted", "AppRoleAssignment.ReadWrite.All", FindingOutcome::Pass)]);
        assert!(sample().difference(&report).is_none());
        let sample = Sample::new();
        let least = guide(&GuideOptions { least: true, ..sample.options() }).unwrap();
        assert_eq!(least.difference(&report).larger[0].asked, "AppRoleAssignment.ReadWrite.All");
    }
}
