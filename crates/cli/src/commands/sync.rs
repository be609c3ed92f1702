//! `fairlead sync`: collect a tenant and make the connector's files.

use fairlead_azure::{Gateway, GatewayOptions};
use fairlead_engine::{Connectors as _, SyncOptions, Syncer};
use fairlead_model::{ConnectionId, RunRecord};
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use crate::{
    commands::runs,
    context::Context,
    credential::CredentialArgs,
    failure::Failed,
    output::{Output, say},
    process::{self, Usage},
    progress::{self, Progress},
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
}

#[derive(Serialize)]
struct Synced {
    #[serde(flatten)]
    run: RunRecord,
    /// What this process used; absent where the system does not tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    process: Option<Usage>,
}

pub(crate) async fn run(args: Args, context: &Context, output: &Output) -> Result<(), Failed> {
    let connection = context.connection(&args.connection).await?;
    let connector = context.connector(&connection.connector).await?;
    let given = args.credential.given(std::slice::from_ref(&connection)).await?;
    let credential = given.credential(&connection, context).await?;
    let stop = stop_on_interrupt();
    let gateway = Gateway::connect(GatewayOptions {
        pace: context.config.pace.clone(),
        stop: stop.clone(),
        ..GatewayOptions::new(
            connection.cloud.clone(),
            connection.tenant.clone(),
            connection.client_id,
            credential,
        )
    })
    .map_err(fairlead_engine::EngineError::from)?;
    let progress = Progress::start(output, connector.description());
    let state = context.state()?;
    let work = Syncer {
        state: &state,
        connector: &connector,
        connection: &connection,
        gateway: &gateway,
        work_folder: &context.work_folder(),
        subscriber: progress.subscriber(),
        stop,
    };
    let options = SyncOptions {
        fresh: args.fresh,
        parallel: context.config.parallel,
        keep_runs: context.config.keep_runs,
    };
    let done = work.sync(&options).await;
    progress.end();
    let synced = Synced { run: done?, process: process::usage() };
    output.value(&synced, |synced| runs::in_full(&synced.run, &state))
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

#[cfg(unix)]
async fn interrupted() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminated) = signal(SignalKind::terminate()) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminated.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}

#[cfg(not(unix))]
async fn interrupted() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
