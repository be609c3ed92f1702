//! `fairlead validate`: is everything there that a connector requires of a tenant?

mod junit;
pub(crate) mod report;
mod watch;

use std::{path::PathBuf, sync::Arc};

use fairlead_azure::Credential;
use fairlead_engine::{
    Quiet, purpose_of,
    validate::{Validation, Validator},
};
use fairlead_model::{Connection, ConnectionId, Finding, FindingOutcome, Report, Tags};
use futures::{StreamExt as _, stream};
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::{
    context::Context,
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

pub(crate) async fn run(args: Args, context: &Context, output: &Output) -> Result<(), Failed> {
    let connections = chosen(&args, context).await?;
    if connections.len() > 1 && args.credential.is_given() {
        return Err(Failed::usage(
            "a client secret is for one connection: name that one, or leave it to their own",
        ));
    }
    let given = args.credential.given()?;
    match connections.as_slice() {
        [connection] if args.watch => watch::run(connection, given.as_ref(), &args, context, output).await,
        _ if args.watch => Err(Failed::usage("--watch looks at one connection: name it")),
        [connection] => {
            let looked = look(connection, given.as_ref(), context).await?;
            tell(&[looked], &args, output)
        }
        several => {
            let looking = several.iter().map(async |connection| {
                let looked = look(connection, None, context).await;
                looked.unwrap_or_else(|failed| not_looked(connection, &failed))
            });
            tell(&stream::iter(looking).buffered(AT_ONCE).collect::<Vec<_>>().await, &args, output)
        }
    }
}

/// A report, and what its mode comes to.
pub(crate) struct Looked {
    pub(crate) report: Report,
    pub(crate) purpose: String,
}

/// Validates a connection that was just added, and tells what came of it.
pub(crate) async fn once(connection: &Connection, context: &Context, output: &Output) -> Result<(), Failed> {
    let looked = look(connection, None, context).await?;
    output.styled(&looked.report, |_, style| report::as_text(&looked, false, style))?;
    verdict(looked.report.outcome())
}

/// Of several connections, one that cannot be looked at hides none of the others.
fn not_looked(connection: &Connection, failed: &Failed) -> Looked {
    let now = Timestamp::now();
    let finding = Finding {
        id: "connection.unusable".to_owned(),
        subject: String::new(),
        outcome: FindingOutcome::Unknown,
        sentence: failed.message.clone(),
        waits_until: None,
        told_by: None,
        evidence: Vec::new(),
        remedy: None,
    };
    let report = Report {
        connection: connection.id.clone(),
        connector: connection.connector.clone(),
        mode: connection.mode,
        started_at: now,
        finished_at: now,
        requests: 0,
        retry_after_seconds: None,
        findings: vec![finding],
    };
    Looked { report, purpose: String::new() }
}

async fn chosen(args: &Args, context: &Context) -> Result<Vec<Connection>, Failed> {
    if !args.connections.is_empty() {
        let mut chosen = Vec::with_capacity(args.connections.len());
        for id in &args.connections {
            chosen.push(context.connection(id).await?);
        }
        return Ok(chosen);
    }
    let tags = Tags::new(&args.tags).map_err(|error| Failed::usage(error.to_string()))?;
    let mut chosen = context.connections().await?;
    chosen.retain(|it| it.enabled && tags.as_slice().iter().all(|tag| it.tags.as_slice().contains(tag)));
    if chosen.is_empty() {
        return Err(Failed::usage(
            "no enabled connection is like that: `fairlead connections list` shows them",
        ));
    }
    Ok(chosen)
}

/// Validates a connection, signing in with what was given for this once, else with its own.
pub(crate) async fn look(
    connection: &Connection,
    given: Option<&Credential>,
    context: &Context,
) -> Result<Looked, Failed> {
    let connector = context.connector(&connection.connector).await?;
    let stores = context.stores().await?;
    let mut others = context.connections().await?;
    others.retain(|other| other.id != connection.id);
    let registry = stores.registry();
    let credential = match given {
        Some(given) => given.clone(),
        None => CredentialArgs::default().read(connection, context).await?,
    };
    let validator = Validator {
        connection,
        credential,
        fingerprint: None,
        others: &others,
        witnesses: &registry,
        now: Timestamp::now(),
        subscriber: Arc::new(Quiet),
        stop: CancellationToken::new(),
    };
    let Validation { report, .. } = validator.validate(&connector).await?;
    Ok(Looked { report, purpose: purpose_of(connector.description(), connection.mode) })
}

fn tell(looked: &[Looked], args: &Args, output: &Output) -> Result<(), Failed> {
    let reports: Vec<&Report> = looked.iter().map(|looked| &looked.report).collect();
    if let Some(file) = &args.junit {
        let text = junit::as_xml(&reports)?;
        std::fs::write(file, text)
            .map_err(|error| Failed::usage(format!("cannot write {}: {error}", file.display())))?;
    }
    let text = |style| {
        let each = looked.iter().map(|looked| report::as_text(looked, args.passed, style));
        each.collect::<Vec<_>>().join("\n")
    };
    match reports.as_slice() {
        [report] => output.styled(report, |_, style| text(style))?,
        reports => output.styled(&reports, |_, style| text(style))?,
    }
    verdict(reports.iter().map(|report| report.outcome()).max().unwrap_or(FindingOutcome::Pass))
}

/// The exit code: what was printed says the rest.
pub(crate) fn verdict(outcome: FindingOutcome) -> Result<(), Failed> {
    match outcome {
        FindingOutcome::Fail => Err(Failed::silent(Kind::Tenant)),
        FindingOutcome::Unknown | FindingOutcome::Waiting => Err(Failed::silent(Kind::Unsettled)),
        FindingOutcome::Pass | FindingOutcome::Warn => Ok(()),
    }
}
