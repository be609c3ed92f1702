//! What an installation is told: one file and one set of `FAIRLEAD_*` variables, with the same names in both.

use std::{
    collections::BTreeMap,
    num::NonZeroUsize,
    path::{Path, PathBuf},
};

use fairlead_azure::Pace;
use fairlead_host::Limits;
use fairlead_store::StateLocation;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use super::{SecretsSettings, variables};
use crate::{EngineError, HoldBelow, KEEP_RUNS};

/// Tasks in flight beyond the gateway's concurrency, so that a batch of calls can gather while one is out.
const PARALLEL: NonZeroUsize = NonZeroUsize::new(24).unwrap();
/// Connections synced side by side by one process: a sync of a large tenant takes some hundred MiB.
const PARALLEL_CONNECTIONS: NonZeroUsize = NonZeroUsize::new(4).unwrap();

/// What is told, as far as it is. Everything has a default.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Told {
    /// Folder for everything that is kept on this machine.
    pub home: Option<PathBuf>,
    /// Where connections, runs and files are kept; absent: in `home`.
    pub state: Option<StateLocation>,
    /// Folders with connectors.
    pub connectors: Vec<PathBuf>,
    /// Tasks of one sync worked on at a time.
    pub parallel: Option<NonZeroUsize>,
    /// Connections synced at a time.
    pub parallel_connections: Option<NonZeroUsize>,
    /// Finished runs of each connection whose files are kept.
    pub keep_runs: Option<NonZeroUsize>,
    /// The part of what the latest run has below which a sync is held until it is accepted; 0: never.
    pub hold_below: HoldBelow,
    /// Where secrets are kept.
    pub secrets: SecretsSettings,
    /// How requests to Azure are paced.
    pub pace: Pace,
    /// What one call of a connector may use.
    pub limits: Limits,
}

/// The settings in force.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Settings {
    /// The file they come from, if there is one; it is no setting itself.
    #[serde(skip)]
    pub file: Option<PathBuf>,
    /// Folder for everything that is kept on this machine.
    pub home: PathBuf,
    /// Where connections, runs and files are kept.
    pub state: StateLocation,
    /// Folders with connectors.
    pub connectors: Vec<PathBuf>,
    /// Tasks of one sync worked on at a time.
    pub parallel: NonZeroUsize,
    /// Connections synced at a time.
    pub parallel_connections: NonZeroUsize,
    /// Finished runs of each connection whose files are kept.
    pub keep_runs: NonZeroUsize,
    /// The part of what the latest run has below which a sync is held until it is accepted; 0: never.
    pub hold_below: HoldBelow,
    /// Where secrets are kept.
    pub secrets: SecretsSettings,
    /// How requests to Azure are paced.
    pub pace: Pace,
    /// What one call of a connector may use.
    pub limits: Limits,
    /// The passphrase of the secrets' key file, which is a variable and never in a file.
    #[serde(skip)]
    pub passphrase: Option<SecretString>,
}

impl Told {
    /// Reads the configuration file, if there is one, and the variables, which win.
    ///
    /// # Errors
    /// A sentence that names the file or the variable.
    pub fn read(
        file: Option<&Path>,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, EngineError> {
        let mut table = file.map(from_file).transpose()?.unwrap_or_default();
        let set = variables::settings(variables)?;
        let names = set.keys().cloned().collect::<Vec<_>>();
        variables::lay_over(&mut table, set);
        Value::Table(table).try_into().map_err(|error| {
            let from = if names.is_empty() { String::new() } else { format!(" (from {})", names.join(", ")) };
            EngineError::Installation(format!("a setting is wrong{from}: {error}"))
        })
    }

    /// The settings in force, where `home` and `connectors` are meant unless something else is told.
    ///
    /// # Errors
    /// When there is no home.
    pub fn in_force(
        self,
        file: Option<PathBuf>,
        home: Option<PathBuf>,
        connectors: impl FnOnce(&Path) -> Vec<PathBuf>,
    ) -> Result<Settings, EngineError> {
        let home = self.home.or(home).ok_or_else(|| {
            EngineError::Installation("this user has no home folder: name one with FAIRLEAD_HOME".to_owned())
        })?;
        let connectors = if self.connectors.is_empty() { connectors(&home) } else { self.connectors };
        Ok(Settings {
            file,
            state: self.state.unwrap_or_else(|| StateLocation::Folder { path: home.join("state") }),
            home,
            connectors,
            parallel: self.parallel.unwrap_or(PARALLEL),
            parallel_connections: self.parallel_connections.unwrap_or(PARALLEL_CONNECTIONS),
            keep_runs: self.keep_runs.unwrap_or(KEEP_RUNS),
            hold_below: self.hold_below,
            secrets: self.secrets,
            pace: self.pace,
            limits: self.limits,
            passphrase: None,
        })
    }
}

fn from_file(path: &Path) -> Result<Table, EngineError> {
    let wrong = |problem: String| {
        EngineError::Installation(format!("the configuration file {} {problem}", path.display()))
    };
    let text = std::fs::read_to_string(path).map_err(|error| wrong(format!("cannot be read: {error}")))?;
    // Read as what it is to become too, so that an error is told with its line.
    let refused = |error: toml::de::Error| wrong(format!("is wrong: {}", toml_problem(&text, &error)));
    toml::from_str::<Told>(&text).map_err(refused)?;
    toml::from_str(&text).map_err(refused)
}

/// What is wrong with a TOML file, in one line.
pub fn toml_problem(text: &str, error: &toml::de::Error) -> String {
    let line = error.span().map(|span| text.get(..span.start).unwrap_or_default().matches('\n').count() + 1);
    let place = line.map(|line| format!("line {line}: ")).unwrap_or_default();
    format!("{place}{}", error.message().replace('\n', " "))
}

/// Variables by name, as the process was given them; what is not Unicode is no setting of ours.
pub fn environment() -> BTreeMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(file: &str, variables: &[(&str, &str)]) -> Result<Told, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("fairlead.toml");
        std::fs::write(&path, file).unwrap();
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Told::read(Some(&path), variables).map_err(|error| error.to_string())
    }

    #[test]
    fn a_variable_has_the_name_of_its_setting_and_wins_over_the_file() {
        let told = told(
            "parallel = 3\nkeep-runs = 2\n[secrets]\nstore = \"aws\"\nregion = \"eu-west-1\"\n[pace]\nbatch = false",
            &[
                ("FAIRLEAD_KEEP_RUNS", "5"),
                ("FAIRLEAD_CONNECTORS", "/a:/b"),
                ("FAIRLEAD_SECRETS_KMS_KEY", "1234"),
                ("FAIRLEAD_PACE_MAX_CONCURRENCY", "2"),
                ("FAIRLEAD_LIMITS_CPU_MS", "77"),
                ("PATH", "/bin"),
            ],
        )
        .unwrap();
        assert_eq!(told.parallel.map(NonZeroUsize::get), Some(3));
        assert_eq!(told.keep_runs.map(NonZeroUsize::get), Some(5));
        assert_eq!(told.connectors, [PathBuf::from("/a"), PathBuf::from("/b")]);
        assert!(!told.pace.batch && told.pace.max_concurrency == 2);
        assert_eq!(told.limits.cpu_ms, 77);
        let SecretsSettings::Aws { kms_key, region, .. } = told.secrets else { panic!("{told:?}") };
        assert_eq!((kms_key.as_deref(), region.as_deref()), (Some("1234"), Some("eu-west-1")));
    }

    #[test]
    fn what_is_no_setting_is_left_alone_and_what_is_wrong_is_told_by_name() {
        let fine = [
            ("FAIRLEAD_LOG", "debug"),
            ("FAIRLEAD_CLIENT_SECRET", "x"),
            ("FAIRLEAD_SECRETS_PASSPHRASE", "x"),
        ];
        assert!(told("", &fine).is_ok());
        let wrong = told("", &[("FAIRLEAD_PARALLEL", "0")]).unwrap_err();
        assert!(wrong.contains("FAIRLEAD_PARALLEL"), "{wrong}");
        let wrong = told("", &[("FAIRLEAD_PACE_SPEED", "9")]).unwrap_err();
        assert!(wrong.contains("FAIRLEAD_PACE_SPEED") && wrong.contains("speed"), "{wrong}");
        let wrong = told("paralel = 1", &[]).unwrap_err();
        assert!(wrong.contains("fairlead.toml") && wrong.contains("line 1"), "{wrong}");
    }
}
