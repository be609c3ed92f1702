//! `fairlead show`: what the latest snapshot of a connection holds.

use fairlead_engine::{Installation, latest_run};
use fairlead_model::ConnectionId;

use crate::{commands::runs, failure::Failed, output::Output};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The connection
    connection: ConnectionId,
}

pub(crate) async fn run(args: Args, installation: &Installation, output: &Output) -> Result<(), Failed> {
    let connection = installation.connection(&args.connection).await?;
    let state = installation.state()?;
    let run = latest_run(state, &connection.id).await?;
    output.value(&run, |run| runs::in_full(run, state))
}
