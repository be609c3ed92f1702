//! From findings to a report: what is young waits, what another finding explains is left out.

use std::collections::BTreeSet;

use fairlead_model::{Connection, Finding, FindingOutcome};
use jiff::{SignedDuration, Timestamp};

/// How long Azure may take to spread a consent or a role assignment
/// (learn.microsoft.com/azure/role-based-access-control/troubleshooting).
pub(super) const PROPAGATION: SignedDuration = SignedDuration::from_mins(10);

/// When asking again makes sense, in seconds since the change.
const RETRIES: [i64; 6] = [0, 15, 45, 90, 180, 600];

/// That a connection, or what it asks of Azure, is so new that Azure may not have spread yet what was set up for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Young {
    /// How long ago that was.
    pub(super) age: SignedDuration,
    /// From when on what is missing counts as missing.
    pub(super) until: Timestamp,
}

/// Whether it was added, aimed at something else or given a credential less than [`PROPAGATION`] ago. What is written
/// for people does not count: it changes nothing in Azure.
pub(super) fn young(connection: &Connection, now: Timestamp) -> Option<Young> {
    let changes = [Some(connection.created_at), connection.aimed_at, credential_set(connection)];
    let latest = changes.into_iter().flatten().max()?;
    let age = now.duration_since(latest);
    let until = latest.checked_add(PROPAGATION).unwrap_or(Timestamp::MAX);
    (age < PROPAGATION).then(|| Young { age: age.max(SignedDuration::ZERO), until })
}

fn credential_set(connection: &Connection) -> Option<Timestamp> {
    Some(connection.credential.as_ref()?.set_at)
}

/// Seconds after which to ask again.
pub(super) fn retry_after(findings: &[Finding], young: Option<Young>) -> Option<u32> {
    findings.iter().any(|finding| finding.outcome == FindingOutcome::Waiting).then_some(())?;
    let age = young.map_or(SignedDuration::ZERO, |young| young.age).as_secs();
    let next = RETRIES.into_iter().find(|at| *at > age)?;
    u32::try_from(next - age).ok()
}

/// A finding, and the permission whose absence is behind it.
#[derive(Debug, Clone)]
pub(super) struct Judged {
    pub(super) finding: Finding,
    /// An unknown that would be known with this permission. Where the permission is missing by the same report,
    /// that is what a person has to mend, and the rest follows.
    pub(super) lacks: Option<&'static str>,
}

impl From<Finding> for Judged {
    fn from(finding: Finding) -> Self {
        Self { finding, lacks: None }
    }
}

/// Leaves out what could not be looked at for want of a permission that is itself told as missing.
pub(super) fn explained(judged: Vec<Judged>) -> Vec<Finding> {
    let missing: BTreeSet<String> = judged
        .iter()
        .filter(|one| is_missing_permission(&one.finding))
        .map(|one| one.finding.subject.clone())
        .collect();
    let is_explained = |one: &Judged| one.lacks.is_some_and(|permission| would_be_had(permission, &missing));
    judged.into_iter().filter(|one| !is_explained(one)).map(|one| written(one.finding)).collect()
}

/// A permission that is wanted and not there; also one that is only recommended.
fn is_missing_permission(finding: &Finding) -> bool {
    let is_there = matches!(finding.outcome, FindingOutcome::Pass | FindingOutcome::Unknown);
    let is_too_much =
        matches!(finding.id.as_str(), "permission.excess" | "permission.excess-tier-0" | "permission.inert");
    finding.id.starts_with("permission.") && !is_there && !is_too_much
}

/// Sentences as sentences: judges put them together from parts.
fn written(mut finding: Finding) -> Finding {
    finding.sentence = as_sentence(&finding.sentence);
    if let Some(remedy) = &mut finding.remedy {
        remedy.action = as_sentence(&remedy.action);
    }
    finding
}

fn as_sentence(text: &str) -> String {
    let text = text.trim();
    let mut rest = text.chars();
    let Some(first) = rest.next() else { return String::new() };
    let end = if text.ends_with(['.', '!', '?', '…']) { "" } else { "." };
    // A name or an address stays as it is written: only a word becomes the beginning of a sentence.
    let word = text.split_whitespace().next().unwrap_or_default().trim_end_matches([',', ':', ';']);
    if !word.chars().all(|c| c.is_lowercase() || c == '-' || c == '\'') {
        return format!("{text}{end}");
    }
    first.to_uppercase().chain(rest.as_str().chars()).chain(end.chars()).collect()
}

fn would_be_had(permission: &str, missing: &BTreeSet<String>) -> bool {
    fairlead_azure::permissions::satisfied_by(permission, missing).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(id: &str, subject: &str, outcome: FindingOutcome) -> Finding {
        Finding {
            id: id.into(),
            subject: subject.into(),
            outcome,
            sentence: String::new(),
            waits_until: None,
            told_by: None,
            evidence: vec![],
            remedy: None,
        }
    }

    #[test]
    fn asking_again_follows_the_schedule_and_ends() {
        let waiting = [finding("role.missing", "Reader", FindingOutcome::Waiting)];
        for (age, expected) in [(0, Some(15)), (10, Some(5)), (15, Some(30)), (181, Some(419)), (600, None)] {
            let young = Young { age: SignedDuration::from_secs(age), until: Timestamp::MAX };
            assert_eq!(retry_after(&waiting, Some(young)), expected, "{age}");
        }
        let failing = [finding("role.missing", "Reader", FindingOutcome::Fail)];
        assert_eq!(retry_after(&failing, None), None);
    }

    #[test]
    fn a_sentence_begins_with_a_capital_unless_it_begins_with_a_name() {
        for (given, written) in [
            ("the secret ends", "The secret ends."),
            ("nobody's fault", "Nobody's fault."),
            ("localhost:41837 has trouble", "localhost:41837 has trouble."),
            ("graph.example: down", "graph.example: down."),
            ("\u{e9}tude", "\u{c9}tude."),
            ("Reader is held", "Reader is held."),
        ] {
            assert_eq!(as_sentence(given), written);
        }
    }

    #[test]
    fn what_is_written_for_people_makes_no_connection_young() {
        let now: Timestamp = "2026-11-15T12:00:00Z".parse().unwrap();
        let old = now - SignedDuration::from_hours(1);
        let mut connection: Connection = serde_json::from_value(serde_json::json!({
            "id": "one", "connector": "example", "tenant": "contoso.example",
            "client-id": uuid::Uuid::nil(), "created-at": old, "updated-at": now,
        }))
        .unwrap();
        assert_eq!(young(&connection, now), None);
        connection.aimed_at = Some(now - SignedDuration::from_mins(1));
        let until = now + SignedDuration::from_mins(9);
        assert_eq!(young(&connection, now), Some(Young { age: SignedDuration::from_mins(1), until }));
    }

    #[test]
    fn an_unknown_that_a_missing_permission_explains_is_left_out() {
        let unknown =
            |lacks| Judged { finding: finding("audience.unknown", "", FindingOutcome::Unknown), lacks };
        let missing = |name| finding("permission.missing", name, FindingOutcome::Fail).into();
        let ids = |judged| explained(judged).into_iter().map(|finding| finding.id).collect::<Vec<_>>();
        assert_eq!(ids(vec![unknown(Some("Application.Read.All"))]), ["audience.unknown"]);
        let both = vec![unknown(Some("Application.Read.All")), missing("Directory.Read.All")];
        assert_eq!(ids(both), ["permission.missing"]);
        let other = vec![unknown(Some("Application.Read.All")), missing("User.Read.All")];
        assert_eq!(ids(other), ["audience.unknown", "permission.missing"]);
    }
}
