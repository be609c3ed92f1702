//! `fairlead connectors compile`.

use std::{fs, path::PathBuf};

use fairlead_engine::{EngineError, Installation};
use fairlead_host::{Architecture, compile_ahead};
use serde::Serialize;

use crate::{
    failure::Failed,
    output::{self, Output, fitted, row},
};

/// Compile connectors for the package of a function
///
/// A function has no compiler: beside every connector, its package holds the code for the machines it runs on, in
/// the folder `compiled`. `cargo xtask package` makes the whole package; this is for one that gets another connector.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The function's architecture
    #[arg(long = "for", value_name = "x86_64|arm64")]
    architecture: Architecture,
    /// Folder to put the code into
    #[arg(long, value_name = "FOLDER")]
    into: PathBuf,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Compiled {
    connector: PathBuf,
    code: PathBuf,
    bytes: u64,
}

pub(crate) async fn run(args: Args, installation: &Installation, output: &Output) -> Result<(), Failed> {
    let Args { architecture, into } = args;
    let files = installation.catalogue().files();
    if files.is_empty() {
        return Err(Failed::usage("there are no connectors: name their folder with --connectors".to_owned()));
    }
    let limits = installation.settings().limits.clone();
    let compile = move || {
        let compiled = files.into_iter().map(|connector| {
            let code = compile_ahead(&connector, architecture, &limits, &into).map_err(EngineError::from)?;
            let bytes = fs::metadata(&code)?.len();
            Ok(Compiled { connector, code, bytes })
        });
        compiled.collect::<Result<Vec<_>, Failed>>()
    };
    let compiled = tokio::task::spawn_blocking(compile).await;
    let compiled = compiled.map_err(|error| Failed::ours(format!("compiling ended early: {error}")))??;
    output.value(&compiled, |compiled| as_table(compiled))
}

fn as_table(compiled: &[Compiled]) -> String {
    let mut table = output::table(["CONNECTOR", "KIB", "CODE"]);
    for Compiled { connector, code, bytes } in compiled {
        let cells = [connector.display().to_string(), (bytes / 1024).to_string(), code.display().to_string()];
        row(&mut table, cells);
    }
    fitted(&mut table, &[2], None)
}
