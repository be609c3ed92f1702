//! Looking again until everything is right.

use std::{collections::BTreeMap, time::Duration};

use fairlead_model::{Connection, FindingOutcome, Report};

use super::{Args, look_with, report, tell};
use crate::{
    context::Context,
    credential::Given,
    failure::Failed,
    output::{Output, plain},
};

/// Between two looks while somebody clicks in the portal.
const EVERY: Duration = Duration::from_secs(10);

pub(super) async fn run(
    connection: &Connection,
    given: &Given,
    args: &Args,
    context: &Context,
    output: &Output,
) -> Result<(), Failed> {
    let mut before: Option<Report> = None;
    loop {
        // Somebody may be editing the connection too.
        let connection = context.connection(&connection.id).await?;
        let report = look_with(&connection, given, context).await?;
        if report.outcome() <= FindingOutcome::Warn {
            return tell(&[report], args, output);
        }
        match &before {
            None => output.styled_note(|style| report::as_text(&report, args.passed, style)),
            Some(before) => changes(before, &report, output),
        }
        let wait = report.retry_after_seconds.map_or(EVERY, |seconds| Duration::from_secs(seconds.into()));
        let wait = wait.clamp(EVERY, Duration::from_mins(10));
        before = Some(report);
        tokio::time::sleep(wait).await;
    }
}

/// What is different from the last look, a line each.
fn changes(before: &Report, now: &Report, output: &Output) {
    let outcomes = |report: &Report| -> BTreeMap<(String, String), (FindingOutcome, String)> {
        let of = |it: &fairlead_model::Finding| {
            ((it.id.clone(), it.subject.clone()), (it.outcome, it.sentence.clone()))
        };
        report.findings.iter().map(of).collect()
    };
    let (before, now_by_id) = (outcomes(before), outcomes(now));
    let mut changed = false;
    for (key, (outcome, sentence)) in &now_by_id {
        if before.get(key).map(|(before, _)| before) != Some(outcome) {
            output.styled_note(|style| {
                format!("  {} {}", style.outcome(*outcome, &format!("{outcome:<7}")), plain(sentence))
            });
            changed = true;
        }
    }
    for (key, (_, sentence)) in before.iter().filter(|(key, _)| !now_by_id.contains_key(*key)) {
        output.styled_note(|style| format!("  {} no longer: {}", style.faint(&key.0), plain(sentence)));
        changed = true;
    }
    if changed {
        output.styled_note(|style| report::summary(now, style));
    }
}
