//! `fairlead guide`: how to set a tenant up for a connector.

mod text;

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::ValueEnum;
use fairlead_engine::{
    Installation,
    guide::{self, Federation, Guide, GuideError, GuideOptions, Language},
    purpose_of, requirements_of,
};
use fairlead_host::Connector;
use fairlead_model::{
    AssertionSource, Connection, ConnectionId, CredentialKind, CredentialRecord, CredentialSource, Mode,
    Tags, TenantId,
};
use jiff::Timestamp;
use uuid::Uuid;

use crate::{
    commands::{
        connections::arguments::{ScopeArgs, SettingsArgs, cloud, mode},
        validate,
    },
    credential::CredentialArgs,
    failure::Failed,
    output::{self, Output},
    style::Style,
};

/// Stands for a tenant nobody has named yet.
const ANY_TENANT: &str = "your-tenant.onmicrosoft.com";

/// Say how to set a tenant up for a connector: as steps, as a script, or what of it is still to do
///
/// The steps, the scripts and what `fairlead validate` checks are made from the same requirements.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// A connection, or a connector for a connection there is not yet
    what: String,
    /// Directory (tenant) ID, or a domain, of a tenant that is not connected yet
    #[arg(long)]
    tenant: Option<TenantId>,
    /// What the connector may do in the tenant: read or read-write
    #[arg(long, value_parser = mode)]
    mode: Option<Mode>,
    /// public, us-government, us-dod, china, or a TOML file with the addresses of another cloud
    #[arg(long)]
    cloud: Option<String>,
    #[command(flatten)]
    scope: ScopeArgs,
    #[command(flatten)]
    settings: SettingsArgs,
    /// What the connection is to be called [default: the connector's id]
    #[arg(long, value_name = "NAME")]
    connection: Option<ConnectionId>,
    /// What the application is to be called
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Ask for the smaller set wherever the vendor asks for more than the feature needs
    #[arg(long)]
    least: bool,
    /// How the application is to sign in [default: the first way the vendor takes]
    #[arg(long, value_name = "KIND")]
    credential: Option<Kind>,
    /// Have the application able to make its own next client secrets
    #[arg(long)]
    rotate: bool,
    /// Trust the AWS role this runs as: a token of AWS STS tells issuer and subject. With --subject, trust that role of
    /// the same account instead
    #[arg(long, conflicts_with_all = ["issuer", "rotate"])]
    federated_aws: bool,
    /// Who issues the assertions of a federated credential
    #[arg(long, requires = "subject", value_name = "URL")]
    issuer: Option<String>,
    /// For whom they are issued
    #[arg(long)]
    subject: Option<String>,
    /// To whom they are addressed [default: what Entra ID recommends]
    #[arg(long, requires = "issuer")]
    audience: Option<String>,
    /// Write a script that does the steps, instead of listing them
    #[arg(long, value_name = "LANGUAGE")]
    script: Option<ScriptLanguage>,
    /// Write the script that takes back what the other one made
    #[arg(long, requires = "script")]
    teardown: bool,
    /// Write to a file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Look at the tenant, and list only what is still to do
    #[arg(long, conflicts_with = "script")]
    check: bool,
    #[command(flatten)]
    sign_in: CredentialArgs,
}

#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    ClientSecret,
    Certificate,
    Federated,
}

#[derive(Clone, Copy, ValueEnum)]
enum ScriptLanguage {
    /// Bash with the Azure CLI
    Az,
    /// PowerShell 7 with the modules Microsoft.Graph and Az
    #[value(name = "powershell")]
    PowerShell,
    /// Terraform with the providers azuread and azurerm
    Terraform,
}

impl ScriptLanguage {
    /// How a script is run.
    fn run(self, file: &Path) -> String {
        let file = file.display();
        match self {
            Self::Az => format!("Run it: bash {file} (--help says how)"),
            Self::PowerShell => format!("Run it: pwsh {file}"),
            Self::Terraform => "Run it: terraform init && terraform plan".to_owned(),
        }
    }
}

pub(crate) async fn run(mut args: Args, installation: &Installation, output: &Output) -> Result<(), Failed> {
    let (connection, exists) = subject(&mut args, installation).await?;
    let connector = installation.connector(&connection.connector).await?;
    let guide = make(&args, &connection, exists, &connector).await?;
    if args.check {
        if !exists {
            return Err(Failed::usage("--check looks at a connection's tenant: name a connection"));
        }
        let report = validate::look(&connection, &args.sign_in, installation).await?;
        let difference = guide.difference(&report);
        output.styled(&difference, text::difference)?;
        return validate::verdict(difference.outcome);
    }
    match args.script {
        Some(language) => write_script(&args, &guide, language, output),
        None if args.output.is_some() => write(&args, text::guide(&guide, Style::plain()), output),
        None => output.styled(&guide, text::guide),
    }
}

/// The connection the guide is for: one there is, or one as it would be.
async fn subject(args: &mut Args, installation: &Installation) -> Result<(Connection, bool), Failed> {
    let settings = (args.settings.file()?, std::mem::take(&mut args.settings.set));
    let kept = match args.what.parse::<ConnectionId>() {
        Ok(id) => match installation.existing_state()? {
            Some(state) => state.connection(&id).await?.map(|found| found.value),
            None => None,
        },
        Err(_) => None,
    };
    let exists = kept.is_some();
    let mut connection = match kept {
        Some(kept) => kept,
        None => planned(args)?,
    };
    if let Some(mode) = args.mode {
        connection.mode = mode;
    }
    if let Some(given) = &args.cloud {
        connection.cloud = cloud(given)?;
    }
    if let Some(tenant) = args.tenant.take() {
        connection.tenant = tenant;
    }
    if args.scope.is_given() {
        connection.scope = std::mem::take(&mut args.scope).scope();
    }
    if let Some(file) = settings.0 {
        connection.settings = file;
    }
    connection.settings.extend(settings.1);
    if args.rotate {
        let set_at = connection.created_at;
        let none = || CredentialRecord {
            source: CredentialSource::ClientSecret { rotates: true },
            fingerprint: None,
            expires_at: None,
            set_at,
            rotated_at: None,
        };
        let record = connection.credential.get_or_insert_with(none);
        record.source = CredentialSource::ClientSecret { rotates: true };
    }
    Ok((connection, exists))
}

fn planned(args: &Args) -> Result<Connection, Failed> {
    let wrong = |error: fairlead_model::InvalidName| Failed::usage(error.to_string());
    let id = match &args.connection {
        Some(id) => id.clone(),
        None => args.what.parse().map_err(wrong)?,
    };
    if args.script.is_some() && args.tenant.is_none() {
        return Err(Failed::usage("a script is for one tenant: name it with --tenant"));
    }
    Ok(Connection {
        id,
        connector: args.what.clone(),
        cloud: fairlead_model::Cloud::Public,
        tenant: ANY_TENANT.parse().map_err(wrong)?,
        domain: None,
        client_id: Uuid::nil(),
        credential: None,
        mode: Mode::Read,
        scope: fairlead_model::Scope::default(),
        description: String::new(),
        tags: Tags::default(),
        enabled: true,
        schedule: None,
        owner: None,
        teams: Vec::new(),
        settings: serde_json::Map::new(),
        created_at: Timestamp::now(),
        updated_at: None,
        aimed_at: None,
    })
}

async fn make(
    args: &Args,
    connection: &Connection,
    exists: bool,
    connector: &Connector,
) -> Result<Guide, Failed> {
    let requirements = requirements_of(connector, connection).await?;
    let federation = match (&args.issuer, &args.subject) {
        (Some(issuer), Some(subject)) => Some(Federation {
            issuer: issuer.clone(),
            subject: subject.clone(),
            audience: args.audience.clone(),
        }),
        (None, subject) if args.federated_aws || is_by_aws(connection) => {
            let told = Federation::by_aws(&connection.cloud).await?;
            Some(Federation { subject: subject.clone().unwrap_or(told.subject), ..told })
        }
        (None, Some(_)) => {
            return Err(Failed::usage("--subject needs to know whose: add --issuer, or --federated-aws"));
        }
        _ => None,
    };
    let kept = connection.credential.as_ref().map(|credential| credential.source.kind());
    let options = GuideOptions {
        connector: &connection.connector,
        product: &connector.description().title,
        connection: &connection.id,
        name: args.name.as_deref(),
        cloud: &connection.cloud,
        tenant: &connection.tenant,
        client_id: exists.then_some(connection.client_id),
        mode: connection.mode,
        purpose: &purpose_of(connector.description(), connection.mode),
        settings: &connection.settings,
        scope: &connection.scope,
        credential: args.credential.map(CredentialKind::from).or(kept.filter(|_| federation.is_none())),
        federation,
        least: args.least,
        requirements: &requirements,
    };
    guide::guide(&options).map_err(wrong)
}

/// Whether the connection signs in with AWS's assertions already.
fn is_by_aws(connection: &Connection) -> bool {
    let source = connection.credential.as_ref().map(|credential| &credential.source);
    matches!(source, Some(CredentialSource::Federated { assertion: AssertionSource::AwsSts { .. } }))
}

fn write_script(args: &Args, guide: &Guide, language: ScriptLanguage, output: &Output) -> Result<(), Failed> {
    let script = guide::script(guide, language.into()).map_err(wrong)?;
    if output.is_json() && args.output.is_none() {
        return output.value(&script, |script| script.setup.clone());
    }
    let text = match (args.teardown, script.teardown) {
        (false, _) => script.setup,
        (true, Some(teardown)) => teardown,
        (true, None) => {
            return Err(Failed::usage(
                "Terraform takes back by itself what it made: run `terraform destroy`",
            ));
        }
    };
    write(args, text, output)?;
    if let Some(file) = &args.output {
        output.note(&language.run(file));
    }
    Ok(())
}

fn write(args: &Args, text: String, output: &Output) -> Result<(), Failed> {
    let Some(file) = &args.output else { return output::raw(&text) };
    fs::write(file, text)
        .map_err(|error| Failed::usage(format!("cannot write {}: {error}", file.display())))?;
    output.note(&format!("{} is written.", file.display()));
    Ok(())
}

fn wrong(error: GuideError) -> Failed {
    match error {
        GuideError::Permission { .. } | GuideError::Grant { .. } | GuideError::Role { .. } => {
            Failed::ours(error.to_string())
        }
        error => Failed::usage(error.to_string()),
    }
}

impl From<Kind> for CredentialKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::ClientSecret => Self::ClientSecret,
            Kind::Certificate => Self::Certificate,
            Kind::Federated => Self::Federated,
        }
    }
}

impl From<ScriptLanguage> for Language {
    fn from(language: ScriptLanguage) -> Self {
        match language {
            ScriptLanguage::Az => Self::Az,
            ScriptLanguage::PowerShell => Self::PowerShell,
            ScriptLanguage::Terraform => Self::Terraform,
        }
    }
}
