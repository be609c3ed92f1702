//! `fairlead connections show`.

use fairlead_engine::{
    Installation,
    schedule::{self, Due},
};
use fairlead_model::{AssertionSource, Connection, ConnectionId, CredentialRecord, CredentialSource};
use fairlead_store::StoreError;
use jiff::Timestamp;
use serde::Serialize;

use crate::{
    commands::schedule::{every, words},
    failure::Failed,
    output::{Output, plain},
};

/// Show one connection
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The connection
    connection: ConnectionId,
}

/// A connection and its generation, which `edit --if-generation` takes.
#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    connection: Connection,
    generation: u64,
    next: Due,
}

pub(crate) async fn run(args: Args, installation: &Installation, output: &Output) -> Result<(), Failed> {
    let state = installation.existing_state()?;
    let state = state.ok_or_else(|| StoreError::UnknownConnection(args.connection.clone()))?;
    let found = state.connection(&args.connection).await?;
    let found = found.ok_or(StoreError::UnknownConnection(args.connection))?;
    let now = Timestamp::now();
    let next = schedule::next(state, &found.value, now).await?;
    let shown = Shown { connection: found.value.shown(), generation: found.generation, next };
    output.value(&shown, |shown| {
        let next = words(shown.next, now);
        format!("{}\n{:<17} {next}", in_full(&shown.connection), "next sync")
    })
}

/// Everything but what is at its default.
pub(crate) fn in_full(connection: &Connection) -> String {
    let tenant = match &connection.domain {
        Some(domain) => format!("{} ({domain})", connection.tenant),
        None => connection.tenant.to_string(),
    };
    let mut lines = vec![
        ("connection", connection.id.to_string()),
        ("connector", connection.connector.clone()),
        ("cloud", connection.cloud.to_string()),
        ("tenant", tenant),
        ("client id", connection.client_id.to_string()),
        ("credential", connection.credential.as_ref().map_or_else(none, credential)),
        ("mode", connection.mode.to_string()),
    ];
    let scope = &connection.scope;
    if !scope.subscriptions.is_empty() {
        let ids = scope.subscriptions.iter().map(ToString::to_string).collect::<Vec<_>>();
        lines.push(("subscriptions", ids.join(" ")));
    }
    lines.extend(scope.management_group.clone().map(|name| ("management group", name)));
    let disabled = if connection.enabled { "" } else { " (disabled)" };
    lines.push(("synced every", format!("{}{disabled}", every(connection.schedule))));
    lines.extend(connection.owner.clone().map(|owner| ("owner", owner)));
    let teams = connection.teams.join(", ");
    lines.push(("shared with", if teams.is_empty() { "nobody".to_owned() } else { teams }));
    if !connection.tags.is_empty() {
        lines.push(("tags", connection.tags.as_slice().join(" ")));
    }
    if !connection.description.is_empty() {
        lines.push(("description", connection.description.clone()));
    }
    if !connection.settings.is_empty() {
        lines.push(("settings", serde_json::Value::Object(connection.settings.clone()).to_string()));
    }
    lines.push(("added", format!("{:.0}", connection.created_at)));
    lines.extend(connection.updated_at.map(|at| ("changed", format!("{at:.0}"))));
    lines.iter().map(|(name, value)| format!("{name:<17} {}", plain(value))).collect::<Vec<_>>().join("\n")
}

fn none() -> String {
    "none is kept: it comes with each command".to_owned()
}

fn credential(record: &CredentialRecord) -> String {
    let what = match &record.source {
        CredentialSource::ClientSecret { rotates: false } => "client secret".to_owned(),
        CredentialSource::ClientSecret { rotates: true } => "client secret, rotated by itself".to_owned(),
        CredentialSource::Certificate { thumbprint } => format!("certificate {thumbprint}"),
        CredentialSource::Federated { assertion: AssertionSource::File(file) } => {
            format!("federated, by the token in {}", file.display())
        }
        CredentialSource::Federated { assertion: AssertionSource::Command(command) } => {
            format!("federated, by the token that {} prints", command.join(" "))
        }
        CredentialSource::Federated { assertion: AssertionSource::AwsSts { region } } => {
            let region = region.as_ref().map(|region| format!(" in {region}")).unwrap_or_default();
            format!("federated, by a token of AWS STS{region}")
        }
    };
    match record.expires_at {
        Some(at) => format!("{what}, ends {at:.0}"),
        None => what,
    }
}
