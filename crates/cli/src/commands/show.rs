//! `fairlead show`: what the latest snapshot of a connection holds.

use fairlead_engine::EngineError;
use fairlead_model::{ConnectionId, RunRecord};

use crate::{commands::runs, context::Context, failure::Failed, output::Output};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The connection
    connection: ConnectionId,
}

pub(crate) async fn run(args: Args, context: &Context, output: &Output) -> Result<(), Failed> {
    let connection = context.connection(&args.connection).await?;
    let state = context.state()?;
    let latest: Option<RunRecord> = match state.latest(&connection.id).await? {
        Some(run) => state.run(run).await?,
        None => None,
    };
    let run = latest.ok_or(EngineError::NoSnapshot(connection.id))?;
    output.value(&run, |run| runs::in_full(run, &state))
}
