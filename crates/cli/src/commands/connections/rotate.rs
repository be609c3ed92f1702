//! `fairlead connections rotate`.

use fairlead_model::ConnectionId;

use super::{show, tell};
use crate::{
    context::Context,
    credential::NewCredentialArgs,
    failure::{Failed, Kind},
    output::Output,
};

/// Replace the credential of a connection; the old one serves until the new one has signed in
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The connection
    connection: ConnectionId,
    #[command(flatten)]
    credential: NewCredentialArgs,
    /// Go back to the secret it had before
    #[arg(long, conflicts_with = "NewCredentialArgs")]
    back: bool,
    /// Do not sign in with it first
    #[arg(long)]
    unproven: bool,
}

pub(crate) async fn run(args: Args, context: &Context, output: &Output) -> Result<(), Failed> {
    let id = &args.connection;
    context.connection(id).await?;
    let registry = context.stores().await?.registry();
    let rotated = if args.back {
        registry.rotate_back(context, id, args.unproven).await
    } else {
        let new = args.credential.read(id).await?;
        registry.rotate(context, id, new, args.unproven).await
    };
    let edited = rotated.map_err(|error| {
        let failed = Failed::from(error);
        match failed.kind {
            Kind::Tenant => Failed { message: format!("{}; nothing was changed", failed.message), ..failed },
            _ => failed,
        }
    })?;
    tell(&edited.remarks, output);
    let which = if args.back { "the credential it had before" } else { "a new credential" };
    let proof = if args.unproven {
        format!("It was not tried: `fairlead connections rotate {id} --back` takes it back.")
    } else {
        "It has signed in.".to_owned()
    };
    output.note(&format!("{id} has {which}. {proof}"));
    output.value(&edited.after.shown(), show::in_full)
}
