//! `fairlead config`: the settings in force and where they come from.

use crate::{failure::Failed, output::Output};
use fairlead_engine::Installation;

/// Show the settings in force and where they come from
///
/// The configuration file is TOML, found as fairlead.toml in the user's configuration folder, and takes what this command prints: home, state, connectors, parallel, parallel-connections, keep-runs, hold-below (the part of what the latest run has below which a sync is held until `sync --accept-smaller`; 0: never), [secrets], [pace] and [limits]. In [secrets], store = "file" takes path and key, and store = "aws" takes prefix, kms-key, region, profile, endpoint and tags. FAIRLEAD_SECRETS_PASSPHRASE protects the key of the secret file: given when the first secret is kept, it is needed from then on, and is asked for at a terminal. Each setting can be set by a variable of its name: FAIRLEAD_KEEP_RUNS, FAIRLEAD_SECRETS_REGION, FAIRLEAD_PACE_MAX_CONCURRENCY.
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
