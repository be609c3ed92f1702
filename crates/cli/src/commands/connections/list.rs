//! `fairlead connections list`.

use fairlead_model::{Connection, Tags};

use crate::{
    context::Context,
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

pub(crate) async fn run(args: Args, context: &Context, output: &Output) -> Result<(), Failed> {
    let wanted = Tags::new(&args.tags).map_err(|error| Failed::usage(error.to_string()))?;
    let mut connections = context.connections().await?;
    connections.retain(|connection| {
        wanted.as_slice().iter().all(|tag| connection.tags.as_slice().contains(tag))
            && args.connector.as_ref().is_none_or(|connector| *connector == connection.connector)
            && args.team.as_ref().is_none_or(|team| connection.teams.contains(team))
    });
    let narrowed = !args.tags.is_empty() || args.connector.is_some() || args.team.is_some();
    output.value(&connections, |connections| as_table(connections, narrowed))
}

fn as_table(connections: &[Connection], narrowed: bool) -> String {
    if connections.is_empty() {
        return if narrowed {
            "No connection is like that.".to_owned()
        } else {
            "No connections yet: `fairlead connections add` makes one.".to_owned()
        };
    }
    let mut table =
        output::table(["CONNECTION", "CONNECTOR", "TENANT", "CLOUD", "MODE", "CREDENTIAL", "TAGS"]);
    for connection in connections {
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
            connection.tags.as_slice().join(" "),
        ]);
    }
    table.to_string()
}
