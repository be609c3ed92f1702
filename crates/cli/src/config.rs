//! Configuration: one file and one set of `FAIRLEAD_*` variables, with the same names in both.

use std::{
    fs,
    num::NonZeroUsize,
    path::{Path, PathBuf},
};

use directories::ProjectDirs;
use fairlead_azure::Pace;
use fairlead_engine::KEEP_RUNS;
use fairlead_host::Limits;
use serde::{Deserialize, Serialize};

use crate::{
    failure::{Failed, of_toml},
    stores::SecretsConfig,
};

/// What options that every command takes are listed under.
pub(crate) const EVERYWHERE: &str = "Options of every command";

/// Options that say where things are; each beats its variable, which beats the file.
#[derive(clap::Args)]
pub(crate) struct ConfigArgs {
    /// Configuration file [default: fairlead.toml in the user's configuration folder]
    #[arg(long, global = true, env = "FAIRLEAD_CONFIG", value_name = "FILE", help_heading = EVERYWHERE)]
    config: Option<PathBuf>,
    /// Folder for connections, runs and snapshots [default: the user's data folder]
    #[arg(long, global = true, env = "FAIRLEAD_HOME", value_name = "FOLDER", help_heading = EVERYWHERE)]
    home: Option<PathBuf>,
    /// Folder with connectors; may be given more than once
    #[arg(long, global = true, env = "FAIRLEAD_CONNECTORS", value_name = "FOLDER", value_delimiter = ':', help_heading = EVERYWHERE)]
    connectors: Vec<PathBuf>,
}

/// The file's content. Every value has a default.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
struct ConfigFile {
    home: Option<PathBuf>,
    connectors: Vec<PathBuf>,
    parallel: Option<usize>,
    keep_runs: Option<NonZeroUsize>,
    secrets: SecretsConfig,
    pace: Pace,
    limits: Limits,
}

/// The settings in force.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Config {
    /// The file they come from, if there is one; it is no setting itself.
    #[serde(skip)]
    pub(crate) file: Option<PathBuf>,
    /// Folder for connections, runs and snapshots.
    pub(crate) home: PathBuf,
    /// Folders with connectors.
    pub(crate) connectors: Vec<PathBuf>,
    /// Tasks of one sync worked on at a time.
    pub(crate) parallel: usize,
    /// Finished runs of each connection whose files are kept.
    pub(crate) keep_runs: NonZeroUsize,
    /// Where secrets are kept.
    pub(crate) secrets: SecretsConfig,
    /// How requests to Azure are paced.
    pub(crate) pace: Pace,
    /// What one call of a connector may use.
    pub(crate) limits: Limits,
}

/// Tasks in flight beyond the gateway's concurrency, so that a batch of calls can gather while one is out.
const PARALLEL: usize = 24;

/// Reads the configuration.
pub(crate) fn load(args: &ConfigArgs) -> Result<Config, Failed> {
    let project = ProjectDirs::from("", "", "fairlead");
    let file = args.config.clone().or_else(|| discovered(project.as_ref()));
    let content = file.as_deref().map(read).transpose()?.unwrap_or_default();
    let home = args
        .home
        .clone()
        .or(content.home)
        .or_else(|| project.as_ref().map(|project| project.data_dir().to_path_buf()))
        .ok_or_else(|| Failed::usage("this user has no home folder: name one with --home"))?;
    let mut connectors =
        if args.connectors.is_empty() { content.connectors } else { args.connectors.clone() };
    if connectors.is_empty() {
        connectors.push(home.join("connectors"));
        connectors.extend(beside_the_program());
    }
    let parallel = content.parallel.unwrap_or(PARALLEL);
    if parallel == 0 {
        return Err(Failed::usage("parallel = 0 would do nothing: set it to 1 or more"));
    }
    Ok(Config {
        file,
        home,
        connectors,
        parallel,
        keep_runs: content.keep_runs.unwrap_or(KEEP_RUNS),
        secrets: content.secrets,
        pace: content.pace,
        limits: content.limits,
    })
}

fn discovered(project: Option<&ProjectDirs>) -> Option<PathBuf> {
    // Never the current folder, which may be anybody's: the file says where the secret goes and what runs.
    project.map(|project| project.config_dir().join("fairlead.toml")).filter(|path| path.is_file())
}

fn read(path: &Path) -> Result<ConfigFile, Failed> {
    let text = fs::read_to_string(path).map_err(|error| {
        Failed::usage(format!("cannot read the configuration file {}: {error}", path.display()))
    })?;
    toml::from_str(&text).map_err(|error| {
        let problem = of_toml(&text, &error);
        Failed::usage(format!("the configuration file {} is wrong: {problem}", path.display()))
    })
}

/// Where an unpacked release keeps its connectors.
fn beside_the_program() -> Option<PathBuf> {
    Some(std::env::current_exe().ok()?.parent()?.join("connectors"))
}
