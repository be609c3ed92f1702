//! `fairlead schedule`: what is synced when.

use fairlead_engine::{
    Installation,
    schedule::{Due, Outlook, Planner},
};
use fairlead_model::{Outcome, Schedule, Standing};
use jiff::{Timestamp, tz::TimeZone};

use crate::{
    failure::Failed,
    output::{self, Output},
};

/// Show when each connection is synced next, and how its last run stands
///
/// `fairlead serve` syncs what is due; `fairlead connections edit NAME --every 6h` says how often.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Those without a schedule and disabled ones too
    #[arg(long)]
    all: bool,
}

pub(crate) async fn run(args: Args, installation: &Installation, output: &Output) -> Result<(), Failed> {
    let now = Timestamp::now();
    let mut outlook = match installation.existing_state()? {
        Some(state) => Planner::new().outlook(state, now).await?,
        None => Vec::new(),
    };
    outlook.retain(|one| args.all || one.due != Due::Never);
    outlook.sort_by_key(|one| order(one.due));
    output.value(&outlook, |outlook| as_table(outlook, now))
}

/// What comes first stands first.
fn order(due: Due) -> Timestamp {
    match due {
        Due::Working => Timestamp::MIN,
        Due::Now { moment } => moment,
        Due::At { at } => at,
        Due::Never => Timestamp::MAX,
    }
}

fn as_table(outlook: &[Outlook], now: Timestamp) -> String {
    if outlook.is_empty() {
        return "Nothing is scheduled: `fairlead connections edit NAME --every 6h` does that.".to_owned();
    }
    let mut table = output::table(["CONNECTION", "EVERY", "NEXT SYNC", "LAST RUN"]);
    for one in outlook {
        let disabled = if one.enabled { "" } else { " (disabled)" };
        table.add_row([
            format!("{}{disabled}", one.connection),
            every(one.schedule),
            words(one.due, now),
            one.standing.as_ref().map_or_else(|| "none yet".to_owned(), last),
        ]);
    }
    table.to_string()
}

/// How often.
pub(crate) fn every(schedule: Option<Schedule>) -> String {
    schedule.map_or_else(|| "never".to_owned(), |schedule| schedule.to_string())
}

/// When it is due, in words.
pub(crate) fn words(due: Due, now: Timestamp) -> String {
    match due {
        Due::Now { .. } => "now".to_owned(),
        Due::At { at } => format!("{} (in {})", clock(at), length(now, at)),
        Due::Working => "is running".to_owned(),
        Due::Never => "when asked".to_owned(),
    }
}

/// How the last run stands, in words.
fn last(standing: &Standing) -> String {
    let at = clock(standing.at);
    match (standing.failure, standing.outcome) {
        (Some(kind), outcome) => format!("{outcome} {at} ({kind}; failures in a row: {})", standing.failures),
        (None, Outcome::Running) => format!("running since {}", clock(standing.started_at)),
        (None, outcome) => format!("{outcome} {at}"),
    }
}

/// A time as the person's clock shows it.
pub(crate) fn clock(at: Timestamp) -> String {
    at.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M").to_string()
}

fn length(from: Timestamp, to: Timestamp) -> String {
    let minutes = (to.duration_since(from).as_secs().max(0) + 59) / 60;
    match (minutes / 1440, minutes / 60 % 24, minutes % 60) {
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_told_in_the_unit_a_person_would_choose() {
        let from = Timestamp::UNIX_EPOCH;
        let after = |seconds| length(from, Timestamp::from_second(seconds).unwrap());
        assert_eq!(after(61), "2 min");
        assert_eq!(after(6 * 3600), "6 h 0 min");
        assert_eq!(after(3 * 86_400 + 7200), "3 d 2 h");
    }
}
