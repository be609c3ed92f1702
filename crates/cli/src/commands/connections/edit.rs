//! `fairlead connections edit`, `enable` and `disable`.

use std::collections::BTreeSet;

use fairlead_engine::{Changes, Edited, Installation};
use fairlead_model::{Connection, ConnectionId, Mode, Scope, Tags, TenantId};
use jiff::Timestamp;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{
    arguments::{Every, ScopeArgs, SettingsArgs, client_id, cloud, mode},
    show, tell,
};
use crate::{credential::end, failure::Failed, output::Output};

/// Change a connection
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The connection
    connection: ConnectionId,
    /// Directory (tenant) ID, or one of the tenant's verified domains
    #[arg(long)]
    tenant: Option<TenantId>,
    /// Application (client) ID of the app registration
    #[arg(long, value_parser = client_id)]
    client_id: Option<Uuid>,
    /// When the client secret it keeps ends, such as 2027-05-01: so that its end is told in time
    #[arg(long, value_name = "DATE", value_parser = end)]
    client_secret_expires: Option<Timestamp>,
    /// public, us-government, us-dod, china, or a TOML file with the addresses of another cloud
    #[arg(long)]
    cloud: Option<String>,
    /// Whether Fairlead makes the application's next client secrets by itself: on or off. The application needs
    /// Application.ReadWrite.OwnedBy for it and must own itself; `fairlead validate` says what is missing
    #[arg(long, value_name = "ON|OFF", value_parser = switch_word)]
    rotate: Option<bool>,
    /// What the connector may do in the tenant: read or read-write
    #[arg(long, value_parser = mode)]
    mode: Option<Mode>,
    #[command(flatten)]
    scope: ScopeArgs,
    /// Every subscription the application sees
    #[arg(long, conflicts_with = "ScopeArgs")]
    all_subscriptions: bool,
    /// A remark for people; "" takes it away
    #[arg(long)]
    description: Option<String>,
    /// The words to find it by, in place of the ones it has; may be given up to 10 times
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,
    /// No tags
    #[arg(long, conflicts_with = "tags")]
    no_tags: bool,
    /// How often to sync it: 15m to 30d, such as 6h or 1d; never: only when asked
    #[arg(long, value_name = "TIME")]
    every: Option<Every>,
    /// Who answers for it; "" for nobody
    #[arg(long)]
    owner: Option<String>,
    /// The teams to share it with, in place of the ones it has; may be given more than once
    #[arg(long = "team", value_name = "TEAM")]
    teams: Vec<String>,
    /// Share it with no team
    #[arg(long, conflicts_with = "teams")]
    private: bool,
    #[command(flatten)]
    settings: SettingsArgs,
    /// Put one setting of the connector back to its default; may be given more than once
    #[arg(long, value_name = "NAME")]
    unset: Vec<String>,
    /// Only if it is still of this generation (see `connections show --json`)
    #[arg(long, value_name = "GENERATION")]
    if_generation: Option<u64>,
    /// Say what would be different, change nothing
    #[arg(long)]
    dry_run: bool,
}

/// Switches a connection on or off.
#[derive(clap::Args)]
pub(crate) struct Switch {
    /// The connections
    #[arg(required = true)]
    connections: Vec<ConnectionId>,
    /// Say what would be different, change nothing
    #[arg(long)]
    dry_run: bool,
}

pub(crate) async fn run(args: Args, installation: &Installation, output: &Output) -> Result<(), Failed> {
    let (id, expected, dry_run) = (args.connection.clone(), args.if_generation, args.dry_run);
    let changes = changes(args)?;
    if changes.is_empty() {
        return Err(Failed::usage("nothing to change: say what, such as --mode read-write (see --help)"));
    }
    let edited = edit(&id, expected, &changes, dry_run, installation).await?;
    tell(&edited.remarks, output);
    let (done, _) = words(&edited, dry_run);
    output.note(&format!("{id} {done}"));
    for line in differences(&edited.before, &edited.after) {
        output.note(&line);
    }
    output.value(&edited.after.shown(), show::in_full)
}

pub(crate) async fn switch(
    args: Switch,
    on: bool,
    installation: &Installation,
    output: &Output,
) -> Result<(), Failed> {
    let changes = Changes { enabled: Some(on), ..Changes::default() };
    // All of them, or none: a name that is wrong is told before anything is changed.
    for id in &args.connections {
        installation.connection(id).await?;
    }
    let mut switched = Vec::new();
    for id in &args.connections {
        switched.push(edit(id, None, &changes, args.dry_run, installation).await?);
    }
    let after = switched.iter().map(|edited| edited.after.clone().shown()).collect::<Vec<_>>();
    output.value(&after, |_| {
        let state = if on { "enabled" } else { "disabled: left out of the schedule, its data stays" };
        let line = |edited: &Edited| {
            let (_, word) = words(edited, args.dry_run);
            format!("{} {word} {state}", edited.after.id)
        };
        switched.iter().map(line).collect::<Vec<_>>().join("\n")
    })
}

fn switch_word(given: &str) -> Result<bool, String> {
    match given {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err("it is on or off".to_owned()),
    }
}

async fn edit(
    id: &ConnectionId,
    expected: Option<u64>,
    changes: &Changes,
    dry_run: bool,
    installation: &Installation,
) -> Result<Edited, Failed> {
    // Before anything is opened for writing: where a mistyped folder leads, nothing is made.
    installation.connection(id).await?;
    Ok(installation.registry().await?.edit(installation, id, expected, changes, dry_run).await?)
}

fn words(edited: &Edited, dry_run: bool) -> (&'static str, &'static str) {
    match (edited.before == edited.after, dry_run) {
        (true, _) => ("is like that already; nothing was changed.", "is already"),
        (false, true) => ("could be changed; nothing was:", "would be"),
        (false, false) => ("is changed:", "is"),
    }
}

fn changes(args: Args) -> Result<Changes, Failed> {
    let scope = if args.all_subscriptions {
        Some(Scope::default())
    } else {
        args.scope.is_given().then(|| args.scope.scope())
    };
    let tags = (args.no_tags || !args.tags.is_empty()).then(|| Tags::new(&args.tags));
    Ok(Changes {
        cloud: args.cloud.as_deref().map(cloud).transpose()?,
        tenant: args.tenant,
        client_id: args.client_id,
        credential_ends: args.client_secret_expires,
        rotates: args.rotate,
        mode: args.mode,
        scope,
        description: args.description,
        tags: tags.transpose().map_err(|error| Failed::usage(error.to_string()))?,
        schedule: args.every.map(|every| every.0),
        owner: args.owner,
        teams: (args.private || !args.teams.is_empty()).then_some(args.teams),
        settings: args.settings.file()?,
        set: args.settings.set,
        unset: args.unset,
        ..Changes::default()
    })
}

/// What is different, a line for each field.
/// Follows from the rest, or says nothing to people.
const UNTOLD: [&str; 3] = ["updated-at", "aimed-at", "credential.fingerprint"];

/// What a credential's record says, each by itself.
fn one_by_one(mut fields: Map<String, Value>) -> Map<String, Value> {
    if let Some(Value::Object(of)) = fields.remove("credential") {
        fields.extend(of.into_iter().map(|(name, value)| (format!("credential.{name}"), value)));
    }
    fields
}

fn differences(before: &Connection, after: &Connection) -> Vec<String> {
    let fields = |connection: &Connection| match serde_json::to_value(connection.clone().shown()) {
        Ok(Value::Object(fields)) => one_by_one(fields),
        _ => Map::new(),
    };
    let (before, after) = (fields(before), fields(after));
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let shown = |value: Option<&Value>| value.map_or_else(|| "nothing".to_owned(), Value::to_string);
    names
        .into_iter()
        .filter(|name| before.get(*name) != after.get(*name) && !UNTOLD.contains(&name.as_str()))
        .map(|name| format!("  {name}: {} -> {}", shown(before.get(name)), shown(after.get(name))))
        .collect()
}
