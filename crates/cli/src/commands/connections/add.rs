//! `fairlead connections add`.

use fairlead_engine::{Installation, NewConnection, purpose_of};
use fairlead_model::{ConnectionId, Mode, Tags, TenantId};
use uuid::Uuid;

use super::{
    arguments::{Every, ScopeArgs, SettingsArgs, client_id, cloud, mode},
    show, tell,
};
use crate::{commands::validate, credential::NewCredentialArgs, failure::Failed, output::Output};

/// Connect a tenant
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Name for the connection: lower-case letters, digits and hyphens
    connection: ConnectionId,
    /// The connector (see `fairlead connectors`)
    #[arg(long)]
    connector: String,
    /// Directory (tenant) ID, or one of the tenant's verified domains
    #[arg(long)]
    tenant: TenantId,
    /// Application (client) ID of the app registration
    #[arg(long, value_parser = client_id)]
    client_id: Uuid,
    #[command(flatten)]
    credential: NewCredentialArgs,
    /// Keep no credential: it comes with each command
    #[arg(long, conflicts_with = "NewCredentialArgs")]
    no_credential: bool,
    /// public, us-government, us-dod, china, or a TOML file with the addresses of another cloud
    #[arg(long, default_value = "public")]
    cloud: String,
    /// What the connector may do in the tenant: read or read-write
    #[arg(long, default_value = "read", value_parser = mode)]
    mode: Mode,
    #[command(flatten)]
    scope: ScopeArgs,
    /// A remark for people
    #[arg(long, default_value = "")]
    description: String,
    /// A word to find it by; may be given up to 10 times
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,
    /// Who answers for it [default: the user of this machine]
    #[arg(long)]
    owner: Option<String>,
    /// A team to share it with; may be given more than once [default: it is its owner's alone]
    #[arg(long = "team", value_name = "TEAM")]
    teams: Vec<String>,
    /// How often to sync it: 15m to 30d, such as 6h or 1d; never: only when asked
    #[arg(long, value_name = "TIME", default_value = "never")]
    every: Every,
    /// Leave it out of the schedule for now
    #[arg(long)]
    disabled: bool,
    #[command(flatten)]
    settings: SettingsArgs,
    /// Check everything, change nothing
    #[arg(long)]
    dry_run: bool,
    /// Validate it once it is added
    #[arg(long, conflicts_with = "dry_run")]
    validate: bool,
}

pub(crate) async fn run(args: Args, installation: &Installation, output: &Output) -> Result<(), Failed> {
    let connector = installation.connector(&args.connector).await?;
    let new = NewConnection {
        id: args.connection,
        cloud: cloud(&args.cloud)?,
        tenant: args.tenant,
        client_id: args.client_id,
        mode: args.mode,
        scope: args.scope.scope(),
        description: args.description,
        tags: Tags::new(&args.tags).map_err(|error| Failed::usage(error.to_string()))?,
        enabled: !args.disabled,
        schedule: args.every.0,
        owner: args.owner.or_else(user),
        teams: args.teams,
        settings: args.settings.all()?,
    };
    let registry = installation.registry().await?;
    let none = args.no_credential || args.dry_run && !args.credential.is_given();
    if !none && !args.credential.is_given() {
        // Nobody is asked for a secret before everything else is right.
        registry.add(&connector, new.clone(), None, true).await?;
    }
    let credential = if none { None } else { Some(args.credential.read(&new.id).await?) };
    let added = registry.add(&connector, new, credential, args.dry_run).await?;
    tell(&added.remarks, output);
    output.note(&purpose_of(connector.description(), added.connection.mode));
    let id = &added.connection.id;
    if args.validate {
        output.note(&format!("{id} is added."));
        return validate::once(&added.connection, installation, output).await;
    }
    if args.dry_run {
        let untried = if none && !args.no_credential { " Its credential was not looked at." } else { "" };
        output.note(&format!("{id} could be added; nothing was changed.{untried}"));
    } else {
        let sync = if connector.description().collects() {
            format!(", then `fairlead sync {id}`")
        } else {
            String::new()
        };
        output.note(&format!("{id} is added. Next: `fairlead validate {id}`{sync}."));
    }
    output.value(&added.connection.shown(), show::in_full)
}

/// Whoever is logged in.
fn user() -> Option<String> {
    ["USER", "LOGNAME", "USERNAME"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok())
        .filter(|it| !it.is_empty())
}
