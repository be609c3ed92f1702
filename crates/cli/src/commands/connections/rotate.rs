//! `fairlead connections rotate`.

use fairlead_engine::{
    Installation, Registry,
    rotate::{RotationOptions, Rotator},
};
use fairlead_model::{Connection, ConnectionId};
use jiff::{SignedDuration, Timestamp};

use super::{all, show, tell};
use crate::{credential::NewCredentialArgs, failure::Failed, output::Output};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The connection
    #[arg(required_unless_present = "due")]
    connection: Option<ConnectionId>,
    #[command(flatten)]
    credential: NewCredentialArgs,
    /// Do not sign in with it first
    #[arg(long)]
    unproven: bool,
    /// Have the application make a new client secret itself; it needs Application.ReadWrite.OwnedBy for it and must own
    /// itself. One that was broken off is continued
    #[arg(long, conflicts_with_all = ["NewCredentialArgs", "unproven"])]
    new: bool,
    /// The same for every connection with rotation on (see `connections edit --rotate`) whose secret has lived a third
    /// of its life: for a timer. Secrets that AWS Secrets Manager rotates need none
    #[arg(long, conflicts_with_all = ["connection", "NewCredentialArgs", "unproven", "new"])]
    due: bool,
    /// How many days a secret made by --new or --due lives
    #[arg(long, value_name = "DAYS", default_value_t = 90, value_parser = clap::value_parser!(u16).range(2..=730))]
    days: u16,
}

pub(crate) async fn run(args: Args, installation: &Installation, output: &Output) -> Result<(), Failed> {
    let registry = installation.registry().await?;
    let Some(id) = &args.connection else { return rotate_due(&args, installation, output).await };
    if args.new {
        let rotated = rotator(&args, registry).now(id).await?;
        output.note(&format!("{id} has a new client secret, which works. The one before is valid for now."));
        return output.value(&rotated, show::in_full);
    }
    let connection = installation.connection(id).await?;
    let connector = installation.connector(&connection.connector).await?;
    let new = args.credential.read(id).await?;
    let edited = registry.rotate(&connector, id, new, args.unproven).await?;
    tell(&edited.remarks, output);
    let proof = if args.unproven { "It was not tried." } else { "It has signed in." };
    output.note(&format!("{id} has a new credential. {proof}"));
    output.value(&edited.after, show::in_full)
}

fn rotator<'a>(args: &Args, registry: Registry<'a>) -> Rotator<'a> {
    let lifetime = SignedDuration::from_hours(24 * i64::from(args.days));
    Rotator { registry, options: RotationOptions { lifetime, ..RotationOptions::default() } }
}

/// One after the other: a rotation waits most of the time, and nobody waits for it. One that fails keeps none of the
/// others from being done.
async fn rotate_due(args: &Args, installation: &Installation, output: &Output) -> Result<(), Failed> {
    let rotator = rotator(args, installation.registry().await?);
    let (mut rotated, mut failed) = (Vec::<Connection>::new(), None);
    for connection in all(installation).await? {
        if !rotator.is_due(&connection, Timestamp::now()) {
            continue;
        }
        match rotator.now(&connection.id).await {
            Ok(connection) => rotated.push(connection),
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
