//! `fairlead connections list`.

use std::collections::BTreeMap;

use fairlead_engine::{
    Installation,
    schedule::{Due, Planner},
};
use fairlead_model::{Connection, ConnectionId, Tags};
use jiff::Timestamp;
use serde::Serialize;

use super::all;
use crate::{
    commands::schedule,
    failure::Failed,
    output::{self, Output},
};

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
struct Listed {
    #[serde(flatten)]
    connection: Connection,
    next: Due,
}

pub(crate) async fn run(args: Args, installation: &Installation, output: &Output) -> Result<(), Failed> {
    let wanted = Tags::new(&args.tags).map_err(|error| Failed::usage(error.to_string()))?;
    let mut connections = all(installation).await?;
    connections.retain(|connection| {
        wanted.as_slice().iter().all(|tag| connection.tags.as_slice().contains(tag))
            && args.connector.as_ref().is_none_or(|connector| *connector == connection.connector)
            && args.team.as_ref().is_none_or(|team| connection.teams.contains(team))
    });
    let narrowed = !args.tags.is_empty() || args.connector.is_some() || args.team.is_some();
    let now = Timestamp::now();
    let outlook = Planner::new().outlook(installation.state()?, now).await?;
    let mut due: BTreeMap<ConnectionId, Due> =
        outlook.into_iter().map(|outlook| (outlook.connection, outlook.due)).collect();
    let listed: Vec<Listed> = connections
        .into_iter()
        .map(|connection| {
            let next = due.remove(&connection.id).unwrap_or(Due::Never);
            Listed { connection, next }
        })
        .collect();
    output.value(&listed, |listed| as_table(listed, narrowed, now))
}

fn as_table(listed: &[Listed], narrowed: bool, now: Timestamp) -> String {
    if listed.is_empty() {
        return if narrowed {
            "No connection is like that.".to_owned()
        } else {
            "No connections yet: `fairlead connections add` makes one.".to_owned()
        };
    }
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
    for Listed { connection, next } in listed {
        let disabled = if connection.enabled { "" } else { " (disabled)" };
        let name = format!("{}{disabled}", connection.id);
        let credential = connection.credential.as_ref();
        table.add_row([
            name,
            connection.connector.clone(),
            connection.domain.clone().unwrap_or_else(|| connection.tenant.to_string()),
            connection.cloud.to_string(),
            connection.mode.to_string(),
            credential.map_or_else(|| "none".to_owned(), |credential| credential.source.kind().to_string()),
            schedule::every(connection.schedule),
            schedule::words(*next, now),
            connection.tags.as_slice().join(" "),
        ]);
    }
    table.to_string()
}
