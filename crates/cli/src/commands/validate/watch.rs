//! Looking again until everything is right.

use std::{collections::BTreeMap, time::Duration};

use fairlead_engine::Installation;
use fairlead_model::{Connection, FindingOutcome, Report};

use super::{Args, look_with, report, tell};
use crate::{
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
    installation: &Installation,
    output: &Output,
) -> Result<(), Failed> {
    let mut before: Option<Report> = None;
    loop {
        // Somebody may be editing the connection too.
        let connection = installation.connection(&connection.id).await?;
        let report = look_with(&connection, given, installation).await?;
        if report.outcome() <= FindingOutcome::Warn {
            return tell(&[report], args, output);
        }
        match &before {
            None => output.styled_note(|style| report::as_text(&report, args.passed, style)),
            Some(before) => changes(before, &report, output),
        }
        let wait = until_next(&report);
        output.styled_note(|style| style.faint(&format!("looking again in {} s", wait.as_secs())));
        before = Some(report);
        tokio::time::sleep(wait).await;
    }
}

/// Somebody may mend something at any moment; what only waits for Azure may be over sooner.
fn until_next(report: &Report) -> Duration {
    report.retry_after_seconds.map_or(EVERY, |seconds| Duration::from_secs(seconds.into()).min(EVERY))
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

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn whoever_watches_sees_a_change_within_ten_seconds() {
        let after = |retry_after_seconds| {
            until_next(&Report {
                connection: "one".parse().expect("a name"),
                connector: "example".to_owned(),
                mode: fairlead_model::Mode::Read,
                purpose: String::new(),
                started_at: Timestamp::UNIX_EPOCH,
                finished_at: Timestamp::UNIX_EPOCH,
                requests: 0,
                retry_after_seconds,
                findings: Vec::new(),
            })
            .as_secs()
        };
        assert_eq!((after(None), after(Some(600)), after(Some(4))), (10, 10, 4));
    }
}
