//! The credential: is it of a kind the vendor takes, and when does it end?

use fairlead_model::{CredentialKind, CredentialRecord, Evidence, Finding, FindingOutcome, Weight};
use jiff::{SignedDuration, Timestamp};

use super::{Case, Told as _, absent, finding, pass, unknown, warn};
use crate::validate::{
    facts::{Facts, Look, PasswordCredential},
    probe::SEE_APPLICATIONS,
    report::Judged,
};

/// Days before the end at which it is told.
const THRESHOLDS: [i64; 4] = [1, 7, 14, 30];
/// Proposals such as "24 months" are met by whoever picks that in the portal, leap day or not.
const TOLERANCE_DAYS: i64 = 2;

pub(super) fn judge(
    case: &Case<'_>,
    kinds: &[CredentialKind],
    lifetime_days: Option<u32>,
    weight: Weight,
) -> Vec<Judged> {
    let mut findings = Vec::new();
    let kind = case.facts.credential;
    if !kinds.is_empty() && !kinds.contains(&kind) {
        let taken: Vec<String> = kinds.iter().map(ToString::to_string).collect();
        let sentence = format!("the vendor takes a {}, not a {kind}", taken.join(" or "));
        let action = format!("give the connection a {}", taken.join(" or "));
        let remedy = if kinds.contains(&CredentialKind::ClientSecret) {
            case.remedies.secret(&action)
        } else {
            case.remedies.certificate(&action)
        };
        findings.push(finding("credential.kind", absent(weight), sentence).mended_by(remedy).into());
    }
    if kind == CredentialKind::Federated || case.facts.any_token().is_none() {
        return findings;
    }
    let term = Term::of(case);
    findings.push(expiry(case, &term));
    findings.extend(lifetime(case, &term, lifetime_days).map(Into::into));
    findings
}

/// From when to when a credential works, as far as known.
#[derive(Debug, Clone, Default)]
struct Term {
    start: Option<Timestamp>,
    end: Option<Timestamp>,
    evidence: Vec<Evidence>,
    /// The permission that would let it be read.
    lacks: Option<&'static str>,
}

impl Term {
    fn of(case: &Case<'_>) -> Self {
        let record = case.connection.credential.as_ref();
        let told = Self {
            start: record.map(CredentialRecord::since),
            end: record.and_then(|record| record.expires_at),
            ..Self::default()
        };
        match in_directory(case.facts, case.now) {
            Some((start, end, evidence)) => Self { start, end: Some(end), evidence, lacks: None },
            None => Self { lacks: lacking(case.facts), ..told },
        }
    }
}

/// When the credential ends by the directory's word: found by the first characters of the secret. Several may
/// begin alike; the one that ends first is then a lower bound.
pub(in crate::validate) fn in_directory(
    facts: &Facts,
    now: Timestamp,
) -> Option<(Option<Timestamp>, Timestamp, Vec<Evidence>)> {
    let hint = facts.hint.as_deref()?;
    let directory = &facts.directory;
    let of_application = directory.application.seen().map(|it| &it.password_credentials);
    let of_principal = directory.principal.seen().map(|it| &it.password_credentials);
    let ours = |one: &&PasswordCredential| one.hint.as_deref() == Some(hint);
    // The secret was just accepted, so one that has ended is not it.
    let (secret, end) = [of_application, of_principal]
        .into_iter()
        .flatten()
        .flatten()
        .filter(ours)
        .filter_map(|one| Some((one, one.end_date_time.filter(|end| *end > now)?)))
        .min_by_key(|(_, end)| *end)?;
    let evidence = directory.application.evidence().into_iter().chain(directory.principal.evidence());
    Some((secret.start_date_time, end, evidence.filter(|one| one.status == Some(200)).collect()))
}

fn lacking(facts: &Facts) -> Option<&'static str> {
    match facts.directory.application {
        Look::Lacks(permission) => Some(permission),
        _ => None,
    }
}

fn expiry(case: &Case<'_>, term: &Term) -> Judged {
    let kind = case.facts.credential;
    let Some(end) = term.end else {
        let sentence = format!("nobody told when the {kind} ends, and it could not be looked up");
        let mut action = "tell the connection when its credential ends".to_owned();
        // Where it counts as excess, it is no advice.
        if case.would_see(SEE_APPLICATIONS) || !case.forbids_excess() {
            action.push_str(", or grant Application.Read.All, with which Fairlead can read it");
        }
        let remedy = case.remedies.edit(action, &["--client-secret-expires", "DATE"]);
        let told = unknown("credential.expiry-unknown", sentence).mended_by(remedy);
        return Judged { finding: told, lacks: term.lacks };
    };
    let left = end.duration_since(case.now);
    let day = end.strftime("%Y-%m-%d");
    let crossed = THRESHOLDS.into_iter().find(|days| left <= SignedDuration::from_hours(days * 24));
    let told = match crossed {
        None => pass("credential.lasting", format!("the {kind} works until {day}")),
        Some(days) => {
            // One that rotates has ended up here because that does not work.
            let though = if case.connection.rotates() { ", although rotation is on" } else { "" };
            warn("credential.expiring", format!("the {kind} ends on {day}, {}{though}", remaining(left)))
                .about(days.to_string())
                .mended_by(renew(case, kind))
        }
    };
    told.resting_on(term.evidence.clone()).into()
}

fn remaining(left: SignedDuration) -> String {
    match left.as_hours() {
        ..0 => "which is over".to_owned(),
        hours @ 0..48 => format!("in {hours} hours"),
        hours => format!("in {} days", hours / 24),
    }
}

fn renew(case: &Case<'_>, kind: CredentialKind) -> fairlead_model::Remedy {
    match kind {
        CredentialKind::ClientSecret if case.connection.rotates() => {
            let id = &case.connection.id;
            case.remedies
                .plain(format!("run `fairlead connections rotate {id} --new`, which says what is in the way"))
        }
        CredentialKind::ClientSecret => {
            let id = &case.connection.id;
            case.remedies.secret(&format!(
                "make a new client secret now and give its value; the old one works until its end. Or let Fairlead do \
                 that: `fairlead connections edit {id} --rotate on`"
            ))
        }
        CredentialKind::Certificate | CredentialKind::Federated => {
            case.remedies.certificate("upload a new certificate now, and give it to the connection")
        }
    }
}

fn lifetime(case: &Case<'_>, term: &Term, days: Option<u32>) -> Option<Finding> {
    let (days, start, end) = (i64::from(days?), term.start?, term.end?);
    let lives = end.duration_since(start).as_hours() / 24;
    if lives <= days + TOLERANCE_DAYS {
        return None;
    }
    let kind = case.facts.credential;
    let sentence = format!("the {kind} lives {lives} days, longer than the {days} the vendor proposes");
    let told = finding("credential.lifetime", FindingOutcome::Warn, sentence);
    Some(told.resting_on(term.evidence.clone()).mended_by(renew(case, kind)))
}
