//! `fairlead sync`: collect a tenant and make the connector's files.

use fairlead_engine::{Installation, Syncing};
use fairlead_model::{ConnectionId, FailureKind, RunRecord};
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use crate::{
    commands::runs,
    credential::CredentialArgs,
    failure::Failed,
    output::{Output, say},
    process::{self, Usage},
    progress::{self, Progress},
    signals::interrupted,
};

/// Collect a tenant and make the connector's files
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The connection
    connection: ConnectionId,
    #[command(flatten)]
    credential: CredentialArgs,
    /// Start anew instead of continuing a run that was stopped or killed
    #[arg(long)]
    fresh: bool,
    /// Publish the run that is held because it collected far less than the one before; collects nothing
    #[arg(long, conflicts_with = "fresh")]
    accept_smaller: bool,
}

#[derive(Serialize)]
struct Synced {
    #[serde(flatten)]
    run: RunRecord,
    /// What this process used; absent where the system does not tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    process: Option<Usage>,
}

pub(crate) async fn run(args: Args, installation: &Installation, output: &Output) -> Result<(), Failed> {
    let connection = installation.connection(&args.connection).await?;
    let connector = installation.connector(&connection.connector).await?;
    let given = args.credential.given(std::slice::from_ref(&connection)).await?;
    let credential = given.credential(&connection, installation).await?;
    let progress = Progress::start(output, connector.description());
    let how = Syncing {
        credential,
        fresh: args.fresh,
        accept_smaller: args.accept_smaller,
        scheduled_for: None,
        subscriber: progress.subscriber(),
        stop: stop_on_interrupt(),
        ends_at: None,
    };
    let done = installation.sync(&connection, how).await;
    progress.end();
    if let Err(error) = &done
        && matches!(error.kind(), Some(FailureKind::Auth))
    {
        output.note(&format!("`fairlead validate {}` says what is missing", connection.id));
    }
    let synced = Synced { run: done?, process: process::usage() };
    let state = installation.state()?;
    output.value(&synced, |synced| runs::in_full(&synced.run, state))
}

/// The first Ctrl-C (or termination) stops the run and keeps what it has; the second ends the process.
fn stop_on_interrupt() -> CancellationToken {
    let stop = CancellationToken::new();
    let told = stop.clone();
    tokio::spawn(async move {
        interrupted().await;
        told.cancel();
        progress::aside(|| say("stopping; what was collected is kept (once more to stop at once)"));
        interrupted().await;
        // Whatever was committed is on disk: the next sync continues from there.
        std::process::exit(130);
    });
    stop
}
