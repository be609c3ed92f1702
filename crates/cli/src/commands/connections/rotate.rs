//! `fairlead connections rotate`.

use fairlead_engine::Installation;
use fairlead_model::ConnectionId;

use super::{show, tell};
use crate::{credential::NewCredentialArgs, failure::Failed, output::Output};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The connection
    connection: ConnectionId,
    #[command(flatten)]
    credential: NewCredentialArgs,
    /// Do not sign in with it first
    #[arg(long)]
    unproven: bool,
}

pub(crate) async fn run(args: Args, installation: &Installation, output: &Output) -> Result<(), Failed> {
    let connection = installation.connection(&args.connection).await?;
    let connector = installation.connector(&connection.connector).await?;
    let new = args.credential.read(&args.connection).await?;
    let registry = installation.registry().await?;
    let edited = registry.rotate(&connector, &args.connection, new, args.unproven).await?;
    tell(&edited.remarks, output);
    let proof = if args.unproven { "It was not tried." } else { "It has signed in." };
    output.note(&format!("{} has a new credential. {proof}", args.connection));
    output.value(&edited.after, show::in_full)
}
