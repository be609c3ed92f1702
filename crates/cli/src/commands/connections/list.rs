//! `fairlead connections list`.

use fairlead_engine::{
    Installation,
    schedule::{self as planned, Due},
};
use fairlead_model::{Connection, Tags};
use fairlead_store::{Listed, State};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use jiff::Timestamp;
use serde::Serialize;

use crate::{
    commands::schedule,
    failure::Failed,
    output::{self, Output, fitted, row},
};

/// Connections looked at side by side.
const READERS: usize = 16;

/// List connections
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only those with this tag; given more than once, with all of them
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,
    /// Only those of this connector
    #[arg(long)]
    connector: Option<String>,
    /// Only those shared with this team
    #[arg(long)]
    team: Option<String>,
}

/// A connection, and when it is synced next.
#[derive(Serialize)]
struct Upcoming {
    #[serde(flatten)]
    connection: Connection,
    next: Due,
}

pub(crate) async fn run(args: Args, installation: &Installation, output: &Output) -> Result<(), Failed> {
    let wanted = Tags::new(&args.tags).map_err(|error| Failed::usage(error.to_string()))?;
    let Listed { found: mut connections, unreadable } = installation.connections().await?;
    output.unreadable(&unreadable);
    connections.retain(|connection| {
        wanted.as_slice().iter().all(|tag| connection.tags.as_slice().contains(tag))
            && args.connector.as_ref().is_none_or(|connector| *connector == connection.connector)
            && args.team.as_ref().is_none_or(|team| connection.teams.contains(team))
    });
    let narrowed = !args.tags.is_empty() || args.connector.is_some() || args.team.is_some();
    let now = Timestamp::now();
    let listed = match installation.existing_state()? {
        Some(state) => upcoming(state, connections, now).await?,
        None => Vec::new(),
    };
    let place = &installation.settings().state;
    output.value(&listed, |listed| match listed.as_slice() {
        [] if !unreadable.is_empty() => String::new(),
        [] if narrowed => "No connection is like that.".to_owned(),
        [] => format!("No connections yet in {place}: `fairlead connections add` makes one."),
        listed => as_table(listed, now),
    })
}

async fn upcoming(
    state: &State,
    connections: Vec<Connection>,
    now: Timestamp,
) -> Result<Vec<Upcoming>, Failed> {
    let upcoming = stream::iter(connections).map(async |connection| {
        let next = planned::next(state, &connection, now).await?;
        Ok(Upcoming { connection: connection.shown(), next })
    });
    upcoming.buffered(READERS).try_collect().await
}

fn as_table(listed: &[Upcoming], now: Timestamp) -> String {
    let mut table = output::table([
        "CONNECTION",
        "CONNECTOR",
        "TENANT",
        "CLOUD",
        "MODE",
        "CREDENTIAL",
        "EVERY",
        "NEXT SYNC",
        "TAGS",
    ]);
    for Upcoming { connection, next } in listed {
        let disabled = if connection.enabled { "" } else { " (disabled)" };
        let name = format!("{}{disabled}", connection.id);
        let credential = connection.credential.as_ref();
        let cells = [
            name,
            connection.connector.clone(),
            connection.domain.clone().unwrap_or_else(|| connection.tenant.to_string()),
            connection.cloud.to_string(),
            connection.mode.to_string(),
            credential.map_or_else(|| "none".to_owned(), |credential| credential.source.kind().to_string()),
            schedule::every(connection.schedule),
            schedule::words(*next, now),
            connection.tags.as_slice().join(" "),
        ];
        row(&mut table, cells);
    }
    fitted(&mut table, &[8, 3, 5, 4, 1, 6], None)
}
