//! `fairlead config`: the settings in force and where they come from.

use crate::{context::Context, failure::Failed, output::Output};

/// Show the settings in force and where they come from
///
/// The configuration file is TOML, found as fairlead.toml in the user's configuration folder, and takes what this command prints: home, connectors, parallel, keep-runs, [secrets], [pace] and [limits]. In [secrets], store = "file" takes path and key, and store = "aws" takes prefix, kms-key, region, profile, endpoint and tags. FAIRLEAD_SECRETS_PASSPHRASE protects the key of the secret file: given when the first secret is kept, it is needed from then on, and is asked for at a terminal.
#[derive(clap::Args)]
pub(crate) struct Args {}

pub(crate) fn run(context: &Context, output: &Output) -> Result<(), Failed> {
    let shown = toml::to_string_pretty(&context.config)
        .map_err(|error| Failed::ours(format!("cannot show the configuration: {error}")))?;
    output.value(&context.config, |config| {
        let source = config
            .file
            .as_ref()
            .map_or_else(|| "no configuration file".to_owned(), |file| file.display().to_string());
        format!("# from {source}\n{shown}")
    })
}
