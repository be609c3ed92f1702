//! `fairlead show`: what the latest snapshot of a connection holds.

use fairlead_engine::Installation;
use fairlead_model::ConnectionId;

use super::{latest, runs};
use crate::{failure::Failed, output::Output};

/// Show what the latest snapshot of a connection holds
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The connection
    connection: ConnectionId,
}

pub(crate) async fn run(args: Args, installation: &Installation, output: &Output) -> Result<(), Failed> {
    let (state, run) = latest::run(&args.connection, installation).await?;
    output.value(&run, |run| runs::in_full(run, state))
}
