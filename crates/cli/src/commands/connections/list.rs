//! `fairlead connections list`.

use fairlead_model::{Connection, Tags};
use fairlead_store::Listed;

use crate::{
    context::Context,
    failure::Failed,
    output::{self, Output, fitted, row},
};

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

pub(crate) async fn run(args: Args, context: &Context, output: &Output) -> Result<(), Failed> {
    let wanted = Tags::new(&args.tags).map_err(|error| Failed::usage(error.to_string()))?;
    let Listed { found: mut connections, unreadable } = context.connections().await?;
    output.unreadable(&unreadable);
    connections.retain(|connection| {
        wanted.as_slice().iter().all(|tag| connection.tags.as_slice().contains(tag))
            && args.connector.as_ref().is_none_or(|connector| *connector == connection.connector)
            && args.team.as_ref().is_none_or(|team| connection.teams.contains(team))
    });
    let narrowed = !args.tags.is_empty() || args.connector.is_some() || args.team.is_some();
    let connections: Vec<Connection> = connections.into_iter().map(Connection::shown).collect();
    let home = context.config.home.display();
    output.value(&connections, |connections| match connections.as_slice() {
        [] if !unreadable.is_empty() => String::new(),
        [] if narrowed => "No connection is like that.".to_owned(),
        [] => format!("No connections yet in {home}: `fairlead connections add` makes one."),
        connections => as_table(connections),
    })
}

fn as_table(connections: &[Connection]) -> String {
    let mut table =
        output::table(["CONNECTION", "CONNECTOR", "TENANT", "CLOUD", "MODE", "CREDENTIAL", "TAGS"]);
    for connection in connections {
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
            connection.tags.as_slice().join(" "),
        ];
        row(&mut table, cells);
    }
    fitted(&mut table, &[6, 3, 5, 4, 1], None)
}
