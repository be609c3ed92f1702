//! `fairlead connections`: add, list, show, remove.

use std::{
    fs,
    io::{self, BufRead as _, IsTerminal as _},
    path::{Path, PathBuf},
};

use clap::Subcommand;
use fairlead_engine::{NewConnection, add_connection, remove_connection};
use fairlead_model::{Cloud, Connection, ConnectionId, CustomCloud, Mode, TenantId};
use fairlead_store::Listed;
use serde::Serialize;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::{
    context::Context,
    failure::Failed,
    output::{self, Output},
};

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Connect a tenant
    Add(Box<Add>),
    /// List connections
    List,
    /// Show one connection
    Show {
        /// The connection
        connection: ConnectionId,
    },
    /// Remove a connection; its runs and files stay
    Remove(Remove),
}

#[derive(clap::Args)]
pub(crate) struct Add {
    /// Name for the connection: lower-case letters, digits and hyphens
    connection: ConnectionId,
    /// The connector (see `fairlead connectors`)
    #[arg(long)]
    connector: String,
    /// Directory (tenant) ID, or one of the tenant's domains
    #[arg(long)]
    tenant: TenantId,
    /// Application (client) ID of the app registration
    #[arg(long)]
    client_id: Uuid,
    /// public, us-government, us-dod, china, or a TOML file with the addresses of another cloud
    #[arg(long, default_value = "public")]
    cloud: String,
    /// What the connector may do in the tenant: read or read-write
    #[arg(long, default_value = "read", value_parser = mode)]
    mode: Mode,
    /// A remark for people
    #[arg(long, default_value = "")]
    description: String,
    /// One setting of the connector; may be given more than once
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = setting)]
    set: Vec<(String, Value)>,
    /// Settings of the connector as a JSON or TOML file; --set beats it
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    /// Check everything, change nothing
    #[arg(long)]
    dry_run: bool,
}

#[derive(clap::Args)]
pub(crate) struct Remove {
    /// The connection
    connection: ConnectionId,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
    /// Say what would be removed, change nothing
    #[arg(long)]
    dry_run: bool,
}

#[derive(Serialize)]
struct Removed<'a> {
    connection: &'a ConnectionId,
    removed: bool,
}

pub(crate) async fn run(command: Command, context: &Context, output: &Output) -> Result<(), Failed> {
    match command {
        Command::Add(args) => add(*args, context, output).await,
        Command::List => list(context, output).await,
        Command::Show { connection } => output.value(&context.connection(&connection).await?, in_full),
        Command::Remove(args) => remove(args, context, output).await,
    }
}

async fn list(context: &Context, output: &Output) -> Result<(), Failed> {
    let Listed { found, unreadable } = context.state()?.connections().await?;
    output::warn_of(&unreadable);
    let nothing = found.is_empty() && unreadable.is_empty();
    output.value(&found, |all| if nothing { NONE_YET.to_owned() } else { as_table(all) })
}

async fn add(args: Add, context: &Context, output: &Output) -> Result<(), Failed> {
    let new = NewConnection {
        id: args.connection,
        cloud: cloud(&args.cloud)?,
        tenant: args.tenant,
        client_id: args.client_id,
        mode: args.mode,
        description: args.description,
        settings: settings(args.settings.as_deref(), args.set)?,
    };
    let connector = context.connector(&args.connector).await?;
    let added = add_connection(&context.state()?, &connector, new, args.dry_run).await?;
    if args.dry_run {
        output.note(&format!("{} could be added; nothing was changed.", added.id));
    } else {
        output.note(&format!("{0} is added. Next: `fairlead sync {0}`.", added.id));
    }
    output.value(&added, in_full)
}

async fn remove(args: Remove, context: &Context, output: &Output) -> Result<(), Failed> {
    let connection = context.connection(&args.connection).await?;
    let removed = !args.dry_run;
    if removed {
        confirm(&args, &connection)?;
        remove_connection(&context.state()?, &connection.id).await?;
    }
    output.value(&Removed { connection: &connection.id, removed }, |removed| {
        let done = if removed.removed { "is removed" } else { "would be removed" };
        format!("{} {done}; its runs and files stay.", removed.connection)
    })
}

fn confirm(args: &Remove, connection: &Connection) -> Result<(), Failed> {
    if args.yes {
        return Ok(());
    }
    if !io::stdin().is_terminal() {
        return Err(Failed::usage("removing a connection asks first: say --yes when nobody can answer"));
    }
    eprint!("Remove {} (tenant {})? [y/N] ", connection.id, connection.tenant);
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    if matches!(answer.trim(), "y" | "Y" | "yes") {
        Ok(())
    } else {
        Err(Failed::usage("nothing was removed"))
    }
}

const NONE_YET: &str = "No connections yet: `fairlead connections add` makes one.";

fn as_table(connections: &[Connection]) -> String {
    let mut table = output::table(["CONNECTION", "CONNECTOR", "TENANT", "CLOUD", "MODE"]);
    for connection in connections {
        table.add_row([
            connection.id.to_string(),
            connection.connector.clone(),
            connection.tenant.to_string(),
            connection.cloud.to_string(),
            connection.mode.to_string(),
        ]);
    }
    table.to_string()
}

fn in_full(connection: &Connection) -> String {
    let mut lines = vec![
        format!("connection   {}", connection.id),
        format!("connector    {}", connection.connector),
        format!("tenant       {}", connection.tenant),
        format!("client id    {}", connection.client_id),
        format!("cloud        {}", connection.cloud),
        format!("mode         {}", connection.mode),
        format!("added        {}", connection.created_at),
    ];
    if !connection.description.is_empty() {
        lines.push(format!("description  {}", connection.description));
    }
    lines.extend(connection.settings.iter().map(|(name, value)| format!("setting      {name} = {value}")));
    lines.join("\n")
}

fn mode(given: &str) -> Result<Mode, String> {
    match given {
        "read" => Ok(Mode::Read),
        "read-write" => Ok(Mode::ReadWrite),
        _ => Err("a mode is read or read-write".to_owned()),
    }
}

fn setting(given: &str) -> Result<(String, Value), String> {
    let (name, value) = given.split_once('=').ok_or("a setting is NAME=VALUE")?;
    let value = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned()));
    Ok((name.to_owned(), value))
}

fn settings(file: Option<&Path>, set: Vec<(String, Value)>) -> Result<Map<String, Value>, Failed> {
    let mut settings = file.map(read_settings).transpose()?.unwrap_or_default();
    settings.extend(set);
    Ok(settings)
}

fn read_settings(file: &Path) -> Result<Map<String, Value>, Failed> {
    let text = read(file)?;
    let wrong =
        |error: String| Failed::usage(format!("the settings file {} is wrong: {error}", file.display()));
    if is_toml(file) {
        toml::from_str(&text).map_err(|error| wrong(error.to_string()))
    } else {
        serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))
    }
}

fn is_toml(file: &Path) -> bool {
    file.extension().is_some_and(|extension| extension == "toml")
}

fn cloud(given: &str) -> Result<Cloud, Failed> {
    match given {
        "public" => Ok(Cloud::Public),
        "us-government" => Ok(Cloud::UsGovernment),
        "us-dod" => Ok(Cloud::UsDod),
        "china" => Ok(Cloud::China),
        file if is_toml(Path::new(file)) => custom_cloud(Path::new(file)),
        _ => Err(Failed::usage(format!(
            "there is no cloud \"{given}\": use public, us-government, us-dod, china, or a TOML file with \
             the addresses of another one"
        ))),
    }
}

fn custom_cloud(file: &Path) -> Result<Cloud, Failed> {
    let mut cloud: CustomCloud = toml::from_str(&read(file)?)
        .map_err(|error| Failed::usage(format!("the cloud file {} is wrong: {error}", file.display())))?;
    // The connection outlives the folder the command was typed in.
    if let Some(ca_file) = &mut cloud.ca_file {
        let beside = file.parent().unwrap_or(Path::new(".")).join(&*ca_file);
        *ca_file = fs::canonicalize(&beside)
            .map_err(|error| Failed::usage(format!("the cloud file names {}: {error}", beside.display())))?;
    }
    Ok(Cloud::Custom(Box::new(cloud)))
}

fn read(file: &Path) -> Result<String, Failed> {
    fs::read_to_string(file)
        .map_err(|error| Failed::usage(format!("cannot read {}: {error}", file.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_is_json_where_it_can_be_and_text_otherwise() {
        assert_eq!(setting("page-size=10").unwrap(), ("page-size".into(), Value::from(10)));
        assert_eq!(setting("filter=a=b").unwrap(), ("filter".into(), Value::from("a=b")));
        assert!(setting("page-size").is_err());
    }

    #[test]
    fn an_unknown_cloud_is_told_with_those_there_are() {
        let error = cloud("germany").unwrap_err();
        assert!(error.message.contains("us-government"), "{}", error.message);
        assert_eq!(error.kind, crate::failure::Kind::Usage);
    }
}
