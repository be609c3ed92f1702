//! A simulator that runs while a command of ours needs it.

use std::{
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;

use crate::build::Profile;

/// The tenant a simulator made, as its connection file tells.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Tenant {
    pub(crate) tenant: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
}

/// A running simulator; it ends with this value.
pub(crate) struct Simulator {
    child: Child,
    /// The tenant to connect.
    pub(crate) tenant: Tenant,
    /// The file with its addresses, as `fairlead connections add --cloud` takes it.
    pub(crate) cloud_file: PathBuf,
}

impl Simulator {
    /// Starts one that keeps its files in `folder`, and waits until it answers.
    pub(crate) fn start(profile: Profile, folder: &Path, arguments: &[&str]) -> Result<Self> {
        let cloud_file = folder.join("cloud.toml");
        let connection_file = folder.join("connection.json");
        let program = profile.binary("fairlead-simulator");
        let mut child = Command::new(&program)
            .args(["--port", "0", "--until-stdin-closes"])
            .arg("--cloud-file")
            .arg(&cloud_file)
            .arg("--connection-file")
            .arg(&connection_file)
            .arg("--ca-file")
            .arg(folder.join("ca.pem"))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        let mut ready = String::new();
        if let Some(stdout) = child.stdout.take() {
            BufReader::new(stdout).read_line(&mut ready)?;
        }
        if ready.is_empty() {
            bail!("the simulator ended before it answered: {}", child.wait()?);
        }
        let tenant = std::fs::read(&connection_file)
            .with_context(|| format!("the simulator left no {}", connection_file.display()))?;
        Ok(Self { child, tenant: serde_json::from_slice(&tenant)?, cloud_file })
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        // It ends by itself when its standard input closes; this is for the case that it hangs.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
