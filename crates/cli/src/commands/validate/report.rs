//! A report as people read it: what is wrong first to the eye, how to mend it, what it rests on.

use std::fmt::Write as _;

use fairlead_model::{Evidence, Finding, FindingOutcome, Remedy, Report};

use crate::{output::plain, style::Style};

/// The report as text; passing checks are counted, or listed when `everything` is asked for.
pub(crate) fn as_text(report: &Report, everything: bool, style: Style) -> String {
    let mut text = format!("{} ({}, {})\n", report.connection, report.connector, report.mode);
    if !report.purpose.is_empty() {
        let _ = writeln!(text, "  {}", style.faint(&plain(&report.purpose)));
    }
    for finding in &report.findings {
        if everything || finding.outcome != FindingOutcome::Pass {
            add(&mut text, finding, style);
        }
    }
    let _ = writeln!(text, "{}", summary(report, style));
    text
}

/// What a report comes to, in a line.
pub(crate) fn summary(report: &Report, style: Style) -> String {
    use FindingOutcome::{Fail, Pass, Unknown, Waiting, Warn};
    let counted = |outcome, words: &str| match report.count(outcome) {
        0 => None,
        count => Some(style.outcome(outcome, &format!("{count} {words}"))),
    };
    let counts = [
        counted(Fail, "failed"),
        counted(Waiting, "waiting for Azure"),
        counted(Unknown, "could not be looked at"),
        counted(Warn, "to know of"),
        counted(Pass, "passed"),
    ];
    let counts = counts.into_iter().flatten().collect::<Vec<_>>().join(", ");
    let took = report.finished_at.duration_since(report.started_at).as_millis();
    format!("{counts}; {} requests, {took} ms", report.requests)
}

/// A finding with its remedy and what it rests on.
pub(crate) fn add(text: &mut String, finding: &Finding, style: Style) {
    let Finding { id, subject, outcome, sentence, waits_until, told_by, evidence, remedy } = finding;
    let word = style.outcome(*outcome, &format!("{outcome:<7}"));
    let _ = writeln!(text, "\n  {word} {}", plain(sentence));
    let subject = if subject.is_empty() { String::new() } else { format!(" {}", plain(subject)) };
    let _ = writeln!(text, "          {}", style.faint(&format!("{id}{subject}")));
    if let Some(until) = waits_until {
        let _ = writeln!(text, "          counts as failed from {} UTC", until.strftime("%H:%M"));
    }
    if let Some(connector) = told_by {
        let _ = writeln!(
            text,
            "          {}",
            style.faint(&format!("in the words of the connector {}", plain(connector)))
        );
    }
    if let Some(remedy) = remedy {
        add_remedy(text, remedy, told_by.as_deref());
    }
    if *outcome != FindingOutcome::Pass {
        for evidence in evidence {
            let _ = writeln!(text, "          {}", style.faint(&seen(evidence)));
        }
    }
}

/// A command of a connector's own is told as such: nobody here has read it.
fn add_remedy(text: &mut String, remedy: &Remedy, told_by: Option<&str>) {
    let Remedy { action, portal, command, needs_role } = remedy;
    let _ = writeln!(text, "        > {}", plain(action));
    if let Some(portal) = portal {
        let _ = writeln!(text, "          {}\n          {}", plain(&portal.path), plain(&portal.url));
    }
    if let (Some(_), Some(connector)) = (command, told_by) {
        let _ = writeln!(text, "          {} proposes, read it before you run it:", plain(connector));
    }
    if let Some(command) = command {
        for line in command.lines() {
            let _ = writeln!(text, "          $ {}", plain(line));
        }
    }
    if let Some(role) = needs_role {
        let _ = writeln!(text, "          whoever does it needs {}", plain(role));
    }
}

fn seen(evidence: &Evidence) -> String {
    let Evidence { request, status, code, request_id, at, .. } = evidence;
    let mut seen = format!("seen: {}", plain(request));
    match status {
        Some(status) => _ = write!(seen, " -> {status}"),
        None => seen.push_str(" -> no answer"),
    }
    if let Some(code) = code {
        let _ = write!(seen, " {}", plain(code));
    }
    if let Some(id) = request_id {
        let _ = write!(seen, ", request {}", plain(id));
    }
    let _ = write!(seen, ", {at:.0}");
    seen
}
