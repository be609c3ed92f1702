//! `fairlead config`: the settings in force and where they come from.

use crate::{failure::Failed, output::Output};
use fairlead_engine::Installation;

/// Shows what configuration file, variables and options add up to.
///
/// The configuration file is TOML, found as fairlead.toml in the user's configuration folder, and takes what this command prints: home, connectors, parallel, keep-runs, hold-below (the part of what the latest run has below which a sync is held until `sync --accept-smaller`; 0: never), [secrets], [pace] and [limits]. In [secrets], store = "file" takes path and key, and store = "aws" takes prefix, kms-key, region, profile, endpoint and tags.
#[derive(clap::Args)]
pub(crate) struct Args {}

pub(crate) fn run(installation: &Installation, output: &Output) -> Result<(), Failed> {
    let shown = toml::to_string_pretty(installation.settings())
        .map_err(|error| Failed::ours(format!("cannot show the configuration: {error}")))?;
    output.value(installation.settings(), |config| {
        let source = config
            .file
            .as_ref()
            .map_or_else(|| "no configuration file".to_owned(), |file| file.display().to_string());
        format!("# from {source}\n{shown}")
    })
}
