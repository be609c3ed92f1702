//! Where the settings come from: options beat variables, which beat the configuration file.

use std::{
    io::{self, IsTerminal as _},
    path::{Path, PathBuf},
};

use async_trait::async_trait;
use directories::ProjectDirs;
use fairlead_engine::{EngineError, Passphrase, SecretsSettings, Settings, Told, environment};
use secrecy::{ExposeSecret as _, SecretString};

use crate::{credential, failure::Failed, prompt};

/// What options that every command takes are listed under.
pub(crate) const EVERYWHERE: &str = "Options of every command";
/// The variable the passphrase of the secrets' key file may be given in.
const PASSPHRASE: &str = "FAIRLEAD_SECRETS_PASSPHRASE";

/// Options that say where things are; each beats its variable, which beats the file.
#[derive(clap::Args)]
pub(crate) struct ConfigArgs {
    /// Configuration file [default: fairlead.toml in the user's configuration folder]
    #[arg(long, global = true, env = "FAIRLEAD_CONFIG", value_name = "FILE", help_heading = EVERYWHERE)]
    config: Option<PathBuf>,
    /// Folder for everything that is kept on this machine [default: the user's data folder]
    #[arg(long, global = true, env = "FAIRLEAD_HOME", value_name = "FOLDER", help_heading = EVERYWHERE)]
    home: Option<PathBuf>,
    /// Folder with connectors; may be given more than once
    #[arg(long, global = true, env = "FAIRLEAD_CONNECTORS", value_name = "FOLDER", value_delimiter = ':', help_heading = EVERYWHERE)]
    connectors: Vec<PathBuf>,
}

/// Reads the settings.
///
/// # Errors
/// A sentence that names the file or the variable that is wrong.
pub(crate) fn load(args: &ConfigArgs) -> Result<Settings, Failed> {
    let project = ProjectDirs::from("", "", "fairlead");
    let file = args.config.clone().or_else(|| discovered(project.as_ref()));
    let mut told = Told::read(file.as_deref(), environment())?;
    if let Some(home) = &args.home {
        told.home = Some(home.clone());
    }
    if !args.connectors.is_empty() {
        told.connectors.clone_from(&args.connectors);
    }
    let home = project.as_ref().map(|project| project.data_dir().to_path_buf());
    let mut settings = told.in_force(file, home, connectors)?;
    if matches!(settings.secrets, SecretsSettings::File { .. }) {
        settings.passphrase = passphrase()?;
    }
    Ok(settings)
}

/// The passphrase of the key file, where one is given.
fn passphrase() -> Result<Option<SecretString>, Failed> {
    let given = credential::variable(PASSPHRASE)?;
    if given.as_ref().is_some_and(|given| given.expose_secret().is_empty()) {
        return Err(Failed::usage(format!(
            "{PASSPHRASE} is set, and empty: an empty passphrase protects nothing; unset it, or give one"
        )));
    }
    Ok(given)
}

/// Asks a person for the passphrase of the key file.
pub(crate) struct Person;

#[async_trait]
impl Passphrase for Person {
    async fn ask(&self, key: &Path) -> Result<Option<SecretString>, EngineError> {
        if !io::stdin().is_terminal() {
            return Ok(None);
        }
        let asked = prompt::secret(&format!("Passphrase of {}: ", key.display())).await;
        asked.map(Some).map_err(|failed| EngineError::Installation(failed.message))
    }
}

fn discovered(project: Option<&ProjectDirs>) -> Option<PathBuf> {
    // Never the current folder, which may be anybody's: the file says where the secret goes and what runs.
    project.map(|project| project.config_dir().join("fairlead.toml")).filter(|path| path.is_file())
}

/// Where connectors are, unless somebody says otherwise: in the home folder, and where an unpacked release keeps
/// them.
fn connectors(home: &Path) -> Vec<PathBuf> {
    let beside_the_program =
        std::env::current_exe().ok().and_then(|program| Some(program.parent()?.join("connectors")));
    [home.join("connectors")].into_iter().chain(beside_the_program).collect()
}
