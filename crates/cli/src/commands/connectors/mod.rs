//! `fairlead connectors`: which there are, what one of them is and asks for, and their code for a package.

mod compile;

use std::fmt::Write as _;

use clap::Subcommand;
use fairlead_engine::Installation;
use fairlead_model::{ApiNeed, Description};
use serde::Serialize;

use crate::{
    failure::Failed,
    output::{self, Output, fitted, plain, row},
};

/// List the connectors there are, or show one
#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Args {
    /// Show this one in full: settings, the calls it may make, what it collects
    connector: Option<String>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    Compile(compile::Args),
}

#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    description: Description,
    digest: String,
}

/// A file that should be a connector and is none.
#[derive(Serialize)]
struct Unusable {
    file: String,
    problem: String,
}

#[derive(Serialize)]
struct Listing {
    connectors: Vec<Shown>,
    unusable: Vec<Unusable>,
}

pub(crate) async fn run(args: Args, installation: &Installation, output: &Output) -> Result<(), Failed> {
    if let Some(Command::Compile(args)) = args.command {
        return compile::run(args, installation, output).await;
    }
    match args.connector {
        Some(id) => {
            let connector = installation.connector(&id).await?;
            let shown =
                Shown { description: connector.description().clone(), digest: connector.digest().to_owned() };
            output.value(&shown, in_full)
        }
        None => output.value(&list(installation).await?, as_table),
    }
}

async fn list(installation: &Installation) -> Result<Listing, Failed> {
    let host = installation.host()?;
    let mut listing = Listing { connectors: Vec::new(), unusable: Vec::new() };
    for file in installation.catalogue().files() {
        match host.load(&file).await {
            Ok(connector) => listing.connectors.push(Shown {
                description: connector.description().clone(),
                digest: connector.digest().to_owned(),
            }),
            Err(error) => listing
                .unusable
                .push(Unusable { file: file.display().to_string(), problem: error.to_string() }),
        }
    }
    Ok(listing)
}

fn as_table(listing: &Listing) -> String {
    let mut table = output::table(["CONNECTOR", "VERSION", "VENDOR", "WHAT IT DOES"]);
    for Shown { description, .. } in &listing.connectors {
        let cells = [&description.id, &description.version, &description.vendor, &description.summary];
        row(&mut table, cells);
    }
    let mut text = if listing.connectors.is_empty() {
        "No connectors: put components (*.wasm) into a folder and name it with --connectors.".to_owned()
    } else {
        fitted(&mut table, &[2, 1], Some(3))
    };
    for unusable in &listing.unusable {
        // The problem names the file.
        let _ = write!(text, "\n{}", plain(&unusable.problem));
    }
    text
}

fn in_full(shown: &Shown) -> String {
    let description = &shown.description;
    let mut lines = vec![
        format!("{} {} ({})", description.title, description.version, description.vendor),
        description.summary.clone(),
        String::new(),
        format!("id        {}", description.id),
        format!("digest    sha256:{}", shown.digest),
        String::new(),
        "Modes".to_owned(),
    ];
    lines.extend(description.modes.iter().map(|mode| format!("  {:<12} {}", mode.name, mode.summary)));
    lines.extend([String::new(), "Calls it may make".to_owned()]);
    lines.extend(description.needs.iter().map(need));
    lines.extend([String::new(), "Collects".to_owned()]);
    let kinds = description.items.iter().chain(&description.links);
    lines.extend(kinds.map(|kind| format!("  {:<24} {}", kind.name, kind.title)));
    lines.extend([String::new(), "Makes".to_owned()]);
    lines.extend(description.artifacts.iter().map(|made| format!("  {:<24} {}", made.name, made.title)));
    lines.extend([String::new(), "Settings".to_owned()]);
    lines.extend(settings(&description.settings_schema));
    lines.join("\n")
}

fn need(need: &ApiNeed) -> String {
    let methods = need.methods.iter().map(|method| method.as_str()).collect::<Vec<_>>().join(", ");
    let mut text = format!("  {methods} on {}: {}", need.api, need.why);
    for path in &need.paths {
        let _ = write!(text, "\n      {path}");
    }
    text
}

fn settings(schema: &str) -> Vec<String> {
    let schema: serde_json::Value = serde_json::from_str(schema).unwrap_or_default();
    let Some(properties) = schema["properties"].as_object().filter(|properties| !properties.is_empty())
    else {
        return vec!["  none".to_owned()];
    };
    properties
        .iter()
        .map(|(name, property)| {
            let default = match &property["default"] {
                serde_json::Value::Null => String::new(),
                default => format!(" [default: {default}]"),
            };
            let description = property["description"].as_str().unwrap_or_default();
            format!("  {name}{default}\n      {description}")
        })
        .collect()
}
