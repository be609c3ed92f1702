//! The `fairlead-simulator` command: an Azure that runs on this machine.

mod options;

use std::io::{self, Read as _, Write as _};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Parser as _;
use fairlead_simulator::Running;
use options::Options;
use serde_json::json;

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_writer(io::stderr)
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_env("FAIRLEAD_SIMULATOR_LOG")
                .unwrap_or_else(|_| "warn".into()),
        )
        .init();
    match run(Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("fairlead-simulator: {error:#}");
            ExitCode::from(2)
        }
    }
}

async fn run(options: Options) -> anyhow::Result<()> {
    let running = options.builder()?.start().await?;
    if let Some(path) = &options.connection_file {
        let json = serde_json::to_vec_pretty(running.connection())?;
        std::fs::write(path, json)
            .with_context(|| format!("the connection file {} cannot be written", path.display()))?;
    }
    if let Some(path) = &options.cloud_file {
        std::fs::write(path, toml::to_string(&running.cloud())?)
            .with_context(|| format!("the cloud file {} cannot be written", path.display()))?;
    }
    announce(&running, options.print)?;
    wait(options.until_stdin_closes).await?;
    running.stop().await;
    Ok(())
}

/// One line of JSON on standard output, after which requests are answered.
fn announce(running: &Running, all: bool) -> anyhow::Result<()> {
    let line = if all {
        serde_json::to_value(running.connection())?
    } else {
        let connection = running.connection();
        json!({
            "base_url": connection.base_url,
            "admin": connection.admin,
            "tenant_id": connection.tenant_id,
            "client_id": connection.client_id,
            "port": running.address().port(),
        })
    };
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()?;
    Ok(())
}

/// Until Ctrl-C, SIGTERM, or the end of standard input when that was asked for.
async fn wait(until_stdin_closes: bool) -> anyhow::Result<()> {
    let (closed, stdin) = tokio::sync::oneshot::channel::<()>();
    if until_stdin_closes {
        // A thread of its own: a read from a terminal cannot be given up.
        std::thread::spawn(move || {
            let mut buffer = [0; 256];
            while io::stdin().read(&mut buffer).is_ok_and(|count| count > 0) {}
            drop(closed);
        });
    } else {
        std::mem::forget(closed);
    }
    tokio::select! {
        result = tokio::signal::ctrl_c() => result.context("Ctrl-C cannot be waited for")?,
        result = terminated() => result.context("SIGTERM cannot be waited for")?,
        _ = stdin => {}
    }
    Ok(())
}

#[cfg(unix)]
async fn terminated() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    signal(SignalKind::terminate())?.recv().await;
    Ok(())
}

#[cfg(not(unix))]
async fn terminated() -> io::Result<()> {
    std::future::pending().await
}
