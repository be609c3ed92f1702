//! `fairlead connections add`.

use fairlead_engine::{NewConnection, purpose_of};
use fairlead_model::{ConnectionId, Mode, Tags, TenantId};
use uuid::Uuid;

use super::{
    arguments::{ScopeArgs, SettingsArgs, cloud, mode},
    show, tell,
};
use crate::{
    commands::validate, context::Context, credential::NewCredentialArgs, failure::Failed, output::Output,
};

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
    #[arg(long)]
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

pub(crate) async fn run(args: Args, context: &Context, output: &Output) -> Result<(), Failed> {
    let none = args.no_credential || args.dry_run && !args.credential.is_given();
    let credential = if none { None } else { Some(args.credential.read(&args.connection).await?) };
    let connector = context.connector(&args.connector).await?;
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
        owner: args.owner.or_else(user),
        teams: args.teams,
        settings: args.settings.all()?,
    };
    let stores = context.stores().await?;
    let added = stores.registry().add(&connector, new, credential, args.dry_run).await?;
    tell(&added.remarks, output);
    output.note(&purpose_of(connector.description(), added.connection.mode));
    let id = &added.connection.id;
    if args.validate {
        output.note(&format!("{id} is added."));
        return validate::once(&added.connection, context, output).await;
    }
    if args.dry_run {
        output.note(&format!("{id} could be added; nothing was changed."));
    } else {
        output.note(&format!("{id} is added. Next: `fairlead validate {id}`, then `fairlead sync {id}`."));
    }
    output.value(&added.connection, show::in_full)
}

/// Whoever is logged in.
fn user() -> Option<String> {
    ["USER", "LOGNAME", "USERNAME"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok())
        .filter(|it| !it.is_empty())
}
