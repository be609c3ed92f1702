//! `fairlead validate`: is everything there that a connector requires of a tenant?

mod junit;
pub(crate) mod report;
mod watch;

use std::path::PathBuf;

use fairlead_engine::{Installation, Looking};
use fairlead_model::{Connection, ConnectionId, FindingOutcome, Report, Tags};
use futures::{StreamExt as _, stream};
use tokio_util::sync::CancellationToken;

use crate::{
    commands::connections,
    credential::CredentialArgs,
    failure::{Failed, Kind},
    output::Output,
};

/// Connections looked at side by side; each has its own pace towards Azure.
const AT_ONCE: usize = 8;

/// Looks at everything a connector requires of a tenant, and says what is wrong and how to mend it.
///
/// Nothing in the tenant is changed. Exit codes: 0 nothing is wrong; 3 something is; 5 nothing is, but something
/// could not be looked at, or needs time to spread.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The connections
    #[arg(required_unless_present_any = ["all", "tags"])]
    connections: Vec<ConnectionId>,
    /// Every enabled connection
    #[arg(long, conflicts_with = "connections")]
    all: bool,
    /// Every enabled connection with this tag; given more than once, with all of them
    #[arg(long = "tag", value_name = "TAG", conflicts_with = "connections")]
    tags: Vec<String>,
    #[command(flatten)]
    credential: CredentialArgs,
    /// Look again until everything is right, while somebody mends it
    #[arg(long)]
    watch: bool,
    /// List what passed too
    #[arg(long)]
    passed: bool,
    /// Write the findings as JUnit, for pipelines
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
}

pub(crate) async fn run(args: Args, installation: &Installation, output: &Output) -> Result<(), Failed> {
    let connections = chosen(&args, installation).await?;
    if args.watch {
        let [connection] = connections.as_slice() else {
            return Err(Failed::usage("--watch looks at one connection: name it"));
        };
        return watch::run(connection, &args, installation, output).await;
    }
    let looking = connections.iter().map(|connection| look(connection, &args.credential, installation));
    let reports: Vec<Report> = stream::iter(looking)
        .buffered(AT_ONCE)
        .collect::<Vec<_>>()
        .await
        .into_iter()
        .collect::<Result<_, _>>()?;
    tell(&reports, &args, output)
}

/// Validates a connection that was just added, and tells what came of it.
pub(crate) async fn once(
    connection: &Connection,
    installation: &Installation,
    output: &Output,
) -> Result<(), Failed> {
    let report = look(connection, &CredentialArgs::default(), installation).await?;
    output.styled(&report, |report, style| report::as_text(report, false, style))?;
    verdict(report.outcome())
}

async fn chosen(args: &Args, installation: &Installation) -> Result<Vec<Connection>, Failed> {
    if !args.connections.is_empty() {
        let mut chosen = Vec::with_capacity(args.connections.len());
        for id in &args.connections {
            chosen.push(installation.connection(id).await?);
        }
        return Ok(chosen);
    }
    let tags = Tags::new(&args.tags).map_err(|error| Failed::usage(error.to_string()))?;
    let mut chosen = connections::all(installation).await?;
    chosen.retain(|it| it.enabled && tags.as_slice().iter().all(|tag| it.tags.as_slice().contains(tag)));
    if chosen.is_empty() {
        return Err(Failed::usage(
            "no enabled connection is like that: `fairlead connections list` shows them",
        ));
    }
    Ok(chosen)
}

/// Validates a connection.
pub(crate) async fn look(
    connection: &Connection,
    credential: &CredentialArgs,
    installation: &Installation,
) -> Result<Report, Failed> {
    let (credential, is_own) = credential.read(connection, installation).await?;
    let looking = Looking { credential, is_own, fingerprint: None, stop: CancellationToken::new() };
    Ok(installation.validate(connection, looking).await?.report)
}

fn tell(reports: &[Report], args: &Args, output: &Output) -> Result<(), Failed> {
    if let Some(file) = &args.junit {
        let text = junit::as_xml(reports)?;
        std::fs::write(file, text)
            .map_err(|error| Failed::usage(format!("cannot write {}: {error}", file.display())))?;
    }
    match reports {
        [report] => output.styled(report, |report, style| report::as_text(report, args.passed, style))?,
        reports => output.styled(&reports, |reports, style| {
            let each = reports.iter().map(|report| report::as_text(report, args.passed, style));
            each.collect::<Vec<_>>().join("\n")
        })?,
    }
    verdict(reports.iter().map(Report::outcome).max().unwrap_or(FindingOutcome::Pass))
}

/// The exit code: what was printed says the rest.
pub(crate) fn verdict(outcome: FindingOutcome) -> Result<(), Failed> {
    match outcome {
        FindingOutcome::Fail => Err(Failed::silent(Kind::Tenant)),
        FindingOutcome::Unknown | FindingOutcome::Waiting => Err(Failed::silent(Kind::Unsettled)),
        FindingOutcome::Pass | FindingOutcome::Warn => Ok(()),
    }
}
