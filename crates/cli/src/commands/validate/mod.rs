//! `fairlead validate`: is everything there that a connector requires of a tenant?

mod junit;
pub(crate) mod report;
mod watch;

use std::path::PathBuf;

use fairlead_engine::{Installation, Looking, validate::unlooked};
use fairlead_model::{Connection, ConnectionId, FindingOutcome, Report, Tags};
use futures::{StreamExt as _, stream};
use tokio_util::sync::CancellationToken;

use crate::{
    commands::connections,
    credential::{CredentialArgs, Given},
    failure::{Failed, Kind},
    output::Output,
};

/// Connections looked at side by side; each has its own pace towards Azure.
const AT_ONCE: usize = 8;

/// Look at everything a connector requires of a tenant, and say how to mend what is wrong
///
/// Nothing in the tenant is changed. Exit codes: 0 nothing is wrong; 3 something is; 5 nothing is, but something
/// could not be looked at, or needs time to spread.
#[derive(clap::Args)]
#[command(group = clap::ArgGroup::new("which").required(true).multiple(true))]
pub(crate) struct Args {
    /// The connections
    #[arg(group = "which")]
    connections: Vec<ConnectionId>,
    /// Every enabled connection
    #[arg(long, group = "which", conflicts_with = "connections")]
    all: bool,
    /// Every enabled connection with this tag; given more than once, with all of them
    #[arg(long = "tag", value_name = "TAG", group = "which", conflicts_with = "connections")]
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
    let connections = chosen(&args, installation, output).await?;
    if args.watch && connections.len() > 1 {
        return Err(Failed::usage("--watch looks at one connection: name it"));
    }
    let given = args.credential.given(&connections).await?;
    match connections.as_slice() {
        [connection] if args.watch => watch::run(connection, &given, &args, installation, output).await,
        [connection] => tell(&[look_with(connection, &given, installation).await?], &args, output),
        several => {
            let looking = several.iter().map(|connection| reported(connection, &given, installation));
            let reports: Vec<Report> = stream::iter(looking).buffered(AT_ONCE).collect().await;
            tell(&reports, &args, output)
        }
    }
}

/// Validates one of several connections: what keeps it from being looked at is told in its place.
async fn reported(connection: &Connection, given: &Given, installation: &Installation) -> Report {
    match look_with(connection, given, installation).await {
        Ok(report) => report,
        Err(failed) => unlooked(connection, &failed.message),
    }
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

async fn chosen(
    args: &Args,
    installation: &Installation,
    output: &Output,
) -> Result<Vec<Connection>, Failed> {
    if !args.connections.is_empty() {
        let mut chosen = Vec::with_capacity(args.connections.len());
        for id in &args.connections {
            chosen.push(installation.connection(id).await?);
        }
        return Ok(chosen);
    }
    let tags = Tags::new(&args.tags).map_err(|error| Failed::usage(error.to_string()))?;
    let mut chosen = connections::all(installation, output).await?;
    chosen.retain(|it| it.enabled && tags.as_slice().iter().all(|tag| it.tags.as_slice().contains(tag)));
    if chosen.is_empty() {
        let which = if args.tags.is_empty() { "" } else { " with such tags" };
        return Err(Failed::usage(format!(
            "there is no enabled connection{which}: `fairlead connections list` shows those there are"
        )));
    }
    Ok(chosen)
}

/// Validates a connection.
pub(crate) async fn look(
    connection: &Connection,
    credential: &CredentialArgs,
    installation: &Installation,
) -> Result<Report, Failed> {
    let given = credential.given(std::slice::from_ref(connection)).await?;
    look_with(connection, &given, installation).await
}

async fn look_with(
    connection: &Connection,
    given: &Given,
    installation: &Installation,
) -> Result<Report, Failed> {
    let credential = given.credential(connection, installation).await?;
    let borrowed = match given.secret(&connection.id) {
        Some(secret) => {
            let mut others = installation.connections().await?.found;
            others.retain(|other| other.id != connection.id);
            Some(installation.registry().await?.borrowed(connection, &others, &secret).await)
        }
        None => None,
    };
    let looking =
        Looking { credential, is_own: borrowed.is_none(), fingerprint: None, stop: CancellationToken::new() };
    Ok(installation.validate(borrowed.as_ref().unwrap_or(connection), looking).await?.report)
}

fn tell(reports: &[Report], args: &Args, output: &Output) -> Result<(), Failed> {
    if let Some(file) = &args.junit {
        let text = junit::as_xml(reports)?;
        std::fs::write(file, text)
            .map_err(|error| Failed::usage(format!("cannot write {}: {error}", file.display())))?;
    }
    match reports {
        // Whoever asks for many gets a list, however many there happen to be.
        [report] if !args.all && args.tags.is_empty() => {
            output.styled(report, |report, style| report::as_text(report, args.passed, style))?;
        }
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
