//! An installation of Fairlead with a state folder of its own.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result};

use crate::{Ran, Simulator};

/// Binaries, connectors and a home folder.
#[derive(Debug, Clone)]
pub struct Installation {
    /// Folder of the binaries.
    pub binaries: PathBuf,
    /// Folders of the connectors.
    pub connectors: Vec<PathBuf>,
    /// Folder of everything it keeps.
    pub home: PathBuf,
}

impl Installation {
    /// The `fairlead` command with nothing of the surroundings in its environment but `PATH`.
    #[must_use]
    pub fn command(&self) -> Command {
        let mut command = Command::new(self.binaries.join("fairlead"));
        command.env_clear().envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        command.env("FAIRLEAD_HOME", &self.home).env("FAIRLEAD_CONNECTORS", self.connectors());
        command.stdin(Stdio::null());
        command
    }

    /// The command as the application of a simulator's tenant.
    #[must_use]
    pub fn command_as(&self, simulator: &Simulator) -> Command {
        let mut command = self.command();
        command.env("FAIRLEAD_CLIENT_SECRET", &simulator.tenant.client_secret);
        command
    }

    /// The folders of the connectors, as `FAIRLEAD_CONNECTORS` takes them.
    ///
    /// # Panics
    /// When the path of one holds what separates them.
    pub fn connectors(&self) -> OsString {
        std::env::join_paths(&self.connectors).expect("no folder's path holds a separator")
    }

    /// Runs the command to its end.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn run(&self, arguments: &[&str]) -> Result<Ran> {
        let output = self.command().args(arguments).output();
        Ok(output.with_context(|| format!("cannot start fairlead from {}", self.binaries.display()))?.into())
    }

    /// The arguments that connect a simulator's tenant under a name.
    #[must_use]
    pub fn connect(simulator: &Simulator, name: &str, connector: &str) -> Vec<String> {
        let cloud = simulator.cloud_file.to_string_lossy().into_owned();
        let tenant = simulator.tenant.clone();
        ["connections", "add", name, "--connector", connector, "--cloud", &cloud]
            .into_iter()
            .chain(["--tenant", &tenant.tenant_id, "--client-id", &tenant.client_id])
            .map(str::to_owned)
            .collect()
    }

    /// The folder of everything it keeps.
    #[must_use]
    pub fn home(&self) -> &Path {
        &self.home
    }
}
