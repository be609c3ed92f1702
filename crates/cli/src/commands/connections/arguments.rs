//! What several of the commands take: clouds, settings, the part of a tenant.

use std::{
    fs,
    path::{Path, PathBuf},
    str::FromStr,
};

use fairlead_engine::toml_problem;
use fairlead_model::{Cloud, CustomCloud, InvalidName, Mode, Schedule, Scope, management_group_id};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::failure::Failed;

/// The part of the tenant.
#[derive(clap::Args, Default)]
pub(crate) struct ScopeArgs {
    /// A subscription it is about; may be given more than once [default: every one the application sees]
    #[arg(
        long = "subscription",
        value_name = "ID",
        value_parser = subscription,
        conflicts_with = "management_group"
    )]
    subscriptions: Vec<Uuid>,
    /// The management group it is about, by its ID: the subscriptions below it
    #[arg(long, value_name = "ID", value_parser = management_group_id)]
    management_group: Option<String>,
}

impl ScopeArgs {
    pub(crate) fn is_given(&self) -> bool {
        !self.subscriptions.is_empty() || self.management_group.is_some()
    }

    pub(crate) fn scope(self) -> Scope {
        let Self { mut subscriptions, management_group } = self;
        subscriptions.sort();
        subscriptions.dedup();
        Scope { subscriptions, management_group }
    }
}

fn subscription(given: &str) -> Result<Uuid, String> {
    given.trim().parse().map_err(|_| {
        "that is no id: give the subscription's, which `az account list --output table` shows beside its name".to_owned()
    })
}

/// An application's client id.
pub(crate) fn client_id(given: &str) -> Result<Uuid, String> {
    given.trim().parse().map_err(|_| {
        "that is no id: copy \"Application (client) ID\" from the app registration's overview page".to_owned()
    })
}

/// The connector's settings.
#[derive(clap::Args)]
pub(crate) struct SettingsArgs {
    /// One setting of the connector; may be given more than once
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = setting)]
    pub(crate) set: Vec<(String, Value)>,
    /// Settings of the connector as a JSON or TOML file; --set beats it
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
}

impl SettingsArgs {
    /// The file's settings, where one is given.
    pub(crate) fn file(&self) -> Result<Option<Map<String, Value>>, Failed> {
        self.settings.as_deref().map(from_file).transpose()
    }

    pub(crate) fn all(self) -> Result<Map<String, Value>, Failed> {
        let mut settings = self.file()?.unwrap_or_default();
        settings.extend(self.set);
        Ok(settings)
    }
}

/// `NAME=VALUE`; the value is JSON where it can be, and text otherwise.
fn setting(given: &str) -> Result<(String, Value), String> {
    let (name, value) = given.split_once('=').ok_or("say NAME=VALUE")?;
    let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
    Ok((name.to_owned(), value))
}

fn from_file(file: &Path) -> Result<Map<String, Value>, Failed> {
    let text = read(file)?;
    let wrong =
        |error: String| Failed::usage(format!("the settings file {} is wrong: {error}", file.display()));
    if is_toml(file) {
        toml::from_str(&text).map_err(|error| wrong(toml_problem(&text, &error)))
    } else {
        serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))
    }
}

/// How often to sync, or never.
#[derive(Clone, Copy)]
pub(crate) struct Every(pub(crate) Option<Schedule>);

impl FromStr for Every {
    type Err = InvalidName;

    fn from_str(given: &str) -> Result<Self, InvalidName> {
        Ok(Self(if given == "never" { None } else { Some(given.parse()?) }))
    }
}

pub(crate) fn mode(given: &str) -> Result<Mode, String> {
    match given {
        "read" => Ok(Mode::Read),
        "read-write" => Ok(Mode::ReadWrite),
        _ => Err("it is read or read-write".to_owned()),
    }
}

pub(crate) fn cloud(given: &str) -> Result<Cloud, Failed> {
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
    let text = read(file)?;
    let mut cloud: CustomCloud = toml::from_str(&text).map_err(|error| {
        Failed::usage(format!("the cloud file {} is wrong: {}", file.display(), toml_problem(&text, &error)))
    })?;
    // The connection outlives the folder the command was typed in.
    if let Some(ca_file) = &mut cloud.ca_file {
        let beside = file.parent().unwrap_or(Path::new(".")).join(&*ca_file);
        *ca_file = fs::canonicalize(&beside)
            .map_err(|error| Failed::usage(format!("the cloud file names {}: {error}", beside.display())))?;
    }
    Ok(Cloud::Custom(Box::new(cloud)))
}

fn is_toml(file: &Path) -> bool {
    file.extension().is_some_and(|extension| extension == "toml")
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
    fn a_name_in_place_of_an_id_is_told_with_where_the_id_is() {
        assert!(subscription("Production").unwrap_err().contains("az account list"));
        assert!(client_id("Fairlead").unwrap_err().contains("overview page"));
        assert!(subscription(" 60000000-0000-4000-8000-000000000001").is_ok());
    }

    #[test]
    fn an_unknown_cloud_is_told_with_those_there_are() {
        let error = cloud("germany").unwrap_err();
        assert!(error.message.contains("us-government"), "{}", error.message);
        assert_eq!(error.kind, crate::failure::Kind::Usage);
    }
}
