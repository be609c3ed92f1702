//! `fairlead runs`: past runs of syncs, or one in full.

use std::fmt::Write as _;

use fairlead_engine::{EngineError, Installation};
use fairlead_model::{ArtifactRecord, ConnectionId, Coverage, RunId, RunRecord};
use fairlead_store::{Listed, State};
use jiff::tz::TimeZone;

use crate::{
    failure::Failed,
    output::{self, Output, bytes, duration, fitted, plain, row, thousands},
};

/// List past runs, or show one
#[derive(clap::Args)]
pub(crate) struct Args {
    /// A connection, to list its runs only; or a run's id, to show it in full
    #[arg(value_name = "CONNECTION|RUN")]
    which: Option<String>,
    /// How many runs to list, newest first
    #[arg(short = 'n', long, default_value_t = 20)]
    limit: usize,
}

pub(crate) async fn run(args: Args, installation: &Installation, output: &Output) -> Result<(), Failed> {
    let run = args.which.as_ref().and_then(|which| which.parse::<RunId>().ok());
    let Some(state) = installation.existing_state()? else {
        return match run {
            Some(run) => Err(EngineError::UnknownRun(run).into()),
            None => output.value::<[RunRecord; 0]>(&[], |_| NONE_YET.to_owned()),
        };
    };
    if let Some(run) = run {
        let record = state.run(None, run).await?.ok_or(EngineError::UnknownRun(run))?;
        return output.value(&record, |record| in_full(record, state));
    }
    let connection = match args.which {
        Some(which) => {
            let id: ConnectionId = which
                .parse()
                .map_err(|error: fairlead_model::InvalidName| Failed::usage(error.to_string()))?;
            Some(id)
        }
        None => None,
    };
    let Listed { found, unreadable } = fairlead_engine::runs(state, connection.as_ref(), args.limit).await?;
    output.unreadable(&unreadable);
    let nothing = found.is_empty() && unreadable.is_empty();
    output.value(&found, |runs| if nothing { NONE_YET.to_owned() } else { as_table(runs) })
}

const NONE_YET: &str = "No runs yet: `fairlead sync CONNECTION` makes one.";

fn as_table(runs: &[RunRecord]) -> String {
    let mut table =
        output::table(["RUN", "CONNECTION", "STARTED", "OUTCOME", "ITEMS", "LINKS", "REQUESTS", "TIME"]);
    for run in runs {
        let cells = [
            run.id.to_string(),
            run.connection.to_string(),
            run.started_at.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S").to_string(),
            run.outcome.to_string(),
            thousands(run.items.values().sum()),
            thousands(run.links.values().sum()),
            thousands(run.statistics.requests),
            duration(run.statistics.collect_ms + run.statistics.publish_ms),
        ];
        row(&mut table, cells);
    }
    fitted(&mut table, &[6, 5, 7, 4, 2], None)
}

/// Everything a person would ask about a run.
pub(crate) fn in_full(run: &RunRecord, state: &State) -> String {
    let kind = run.failure.map(|kind| format!(" ({kind})")).unwrap_or_default();
    let mut text = format!("run {} of {}: {}{kind}\n", run.id, run.connection, run.outcome);
    if let Some(error) = &run.error {
        let _ = writeln!(text, "{}", plain(error));
    }
    text.push_str(&failed(run));
    text.push('\n');
    text.push_str(&collected(run));
    text.push_str(&uncovered(run));
    text.push_str(&numbers(run));
    text.push_str(&files(run, state));
    text
}

/// The tasks that failed, as far as the record names them.
fn failed(run: &RunRecord) -> String {
    let mut text = String::new();
    for task in &run.failed_tasks.first {
        let line = format!("task {} {}: {}", task.kind, task.key, task.reason);
        let _ = writeln!(text, "{}", plain(&line));
    }
    match run.failed_tasks.unnamed() {
        0 => {}
        more => {
            let _ = writeln!(text, "and {} more tasks failed", thousands(more));
        }
    }
    text
}

fn collected(run: &RunRecord) -> String {
    let mut table = output::table(["COLLECTED", "COUNT"]);
    for (kind, count) in run.items.iter().chain(&run.links) {
        row(&mut table, [kind.clone(), thousands(*count)]);
    }
    if let Some(column) = table.column_mut(1) {
        column.set_cell_alignment(comfy_table::CellAlignment::Right);
    }
    format!("{}\n\n", fitted(&mut table, &[], None))
}

/// What was not seen completely, and why: never to be mistaken for "there is none".
pub(crate) fn uncovered(run: &RunRecord) -> String {
    let mut text = String::new();
    for note in run.coverage.iter().filter(|note| note.coverage != Coverage::Complete) {
        let scope = if note.scope.is_empty() { String::new() } else { format!(" in {}", note.scope) };
        let line = format!("{}{scope}: {} ({})", note.kind, note.coverage, note.reason);
        let _ = writeln!(text, "{}", plain(&line));
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

fn numbers(run: &RunRecord) -> String {
    let seen = &run.statistics;
    let mut table = output::table(["WORK", ""]);
    let mut row = |name: &str, value: String| {
        table.add_row([name.to_owned(), value]);
    };
    row(
        "requests",
        format!("{} ({} more inside batches)", thousands(seen.requests), thousands(seen.batched)),
    );
    row("received", bytes(seen.bytes_received));
    row("retries", thousands(seen.retries));
    row("throttled", format!("{} (waited {})", thousands(seen.throttled), duration(seen.throttle_wait_ms)));
    row("tasks", thousands(seen.tasks));
    row("collecting", duration(seen.collect_ms));
    row("publishing", duration(seen.publish_ms));
    format!("{table}\n\n")
}

fn files(run: &RunRecord, state: &State) -> String {
    let mut table = output::table(["FILE", "SIZE", "WHERE"]);
    for file in run.artifacts.iter().chain(&run.snapshot) {
        row(&mut table, [file.name.clone(), bytes(file.bytes), place(run, file, state)]);
    }
    if table.row_count() == 0 { String::new() } else { format!("{}\n", fitted(&mut table, &[], None)) }
}

fn place(run: &RunRecord, file: &ArtifactRecord, state: &State) -> String {
    if let Some(removed) = run.files_removed_at {
        return format!("removed {}", removed.strftime("%Y-%m-%d %H:%M:%S"));
    }
    state.place_of(file)
}
