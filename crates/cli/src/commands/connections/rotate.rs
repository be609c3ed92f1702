//! `fairlead connections rotate`.

use fairlead_engine::{
    Installation, Registry,
    rotate::{RotationOptions, Rotator},
};
use fairlead_model::{Connection, ConnectionId};
use jiff::{SignedDuration, Timestamp};

use super::{all, show, tell};
use crate::{
    credential::NewCredentialArgs,
    failure::{Failed, Kind},
    output::Output,
};

/// Replace the credential of a connection; the old one serves until the new one has signed in
#[derive(clap::Args)]
#[command(group(clap::ArgGroup::new("making").args(["new", "due"])))]
pub(crate) struct Args {
    /// The connection
    #[arg(required_unless_present = "due")]
    connection: Option<ConnectionId>,
    #[command(flatten)]
    credential: NewCredentialArgs,
    /// Go back to the secret it had before
    #[arg(long, conflicts_with = "NewCredentialArgs")]
    back: bool,
    /// Do not sign in with it first
    #[arg(long)]
    unproven: bool,
    /// Have the application make a new client secret itself; it needs Application.ReadWrite.OwnedBy for it and must own
    /// itself. One that was broken off is continued
    #[arg(long, conflicts_with_all = ["NewCredentialArgs", "unproven", "back"])]
    new: bool,
    /// The same for every connection with rotation on (see `connections edit --rotate`) whose secret has lived a third
    /// of its life: for a timer. Secrets that AWS Secrets Manager rotates need none
    #[arg(long, conflicts_with_all = ["connection", "NewCredentialArgs", "unproven", "new", "back"])]
    due: bool,
    /// How many days a secret made by --new or --due lives [default: 90]
    #[arg(long, value_name = "DAYS", requires = "making", value_parser = clap::value_parser!(u16).range(2..=730))]
    days: Option<u16>,
}

pub(crate) async fn run(args: Args, installation: &Installation, output: &Output) -> Result<(), Failed> {
    let Some(id) = &args.connection else { return rotate_due(&args, installation, output).await };
    installation.connection(id).await?;
    let registry = installation.registry().await?;
    if args.new {
        let rotated = rotator(&args, registry).now(id).await?;
        output.note(&format!("{id} has a new client secret, which works. The one before is valid for now."));
        return output.value(&rotated.shown(), show::in_full);
    }
    let rotated = if args.back {
        registry.rotate_back(installation, id, args.unproven).await
    } else {
        let new = args.credential.read(id).await?;
        registry.rotate(installation, id, new, args.unproven).await
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

fn rotator<'a>(args: &Args, registry: Registry<'a>) -> Rotator<'a> {
    let lifetime = SignedDuration::from_hours(24 * i64::from(args.days.unwrap_or(90)));
    Rotator { registry, options: RotationOptions { lifetime, ..RotationOptions::default() } }
}

/// One after the other: a rotation waits most of the time, and nobody waits for it. One that fails keeps none of the
/// others from being done.
async fn rotate_due(args: &Args, installation: &Installation, output: &Output) -> Result<(), Failed> {
    let rotator = rotator(args, installation.registry().await?);
    let (mut rotated, mut failed) = (Vec::<Connection>::new(), None);
    for connection in all(installation, output).await? {
        if !rotator.is_due(&connection, Timestamp::now()) {
            continue;
        }
        match rotator.now(&connection.id).await {
            Ok(connection) => rotated.push(connection.shown()),
            Err(error) => {
                output.warning(&format!("{}: {error}", connection.id));
                failed = Some(error);
            }
        }
    }
    output.value(&rotated, |rotated| {
        let line = |it: &Connection| format!("{} has a new client secret, which works.", it.id);
        match rotated.as_slice() {
            [] => "No client secret was rotated.".to_owned(),
            rotated => rotated.iter().map(line).collect::<Vec<_>>().join("\n"),
        }
    })?;
    failed.map_or(Ok(()), |error| Err(Failed::from(error)))
}
