//! A simulator that runs as long as the value that stands for it.

use std::{
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;

/// The tenant a simulator made, as its connection file tells.
#[derive(Debug, Clone, Deserialize)]
pub struct Tenant {
    /// The tenant's id.
    pub tenant_id: String,
    /// The application that may read it.
    pub client_id: String,
    /// That application's secret. There is nothing behind it but a simulator.
    pub client_secret: String,
}

/// A running simulator.
#[derive(Debug)]
pub struct Simulator {
    child: Child,
    /// Where it answers, such as `https://127.0.0.1:4321`.
    pub address: String,
    /// The tenant to connect.
    pub tenant: Tenant,
    /// The file with its addresses, as `fairlead connections add --cloud` takes it.
    pub cloud_file: PathBuf,
    /// The certificate authority it is to be trusted by, as PEM.
    pub ca_file: PathBuf,
}

/// The line it prints once it answers.
#[derive(Deserialize)]
struct Ready {
    base_url: String,
}

impl Simulator {
    /// Starts `program` with its files in `folder`, and waits until it answers.
    ///
    /// # Errors
    /// When it cannot be started, or ends before it answers.
    pub fn start(program: &Path, folder: &Path, arguments: &[&str]) -> Result<Self> {
        let cloud_file = folder.join("cloud.toml");
        let ca_file = folder.join("ca.pem");
        let connection_file = folder.join("connection.json");
        let mut child = Command::new(program)
            .args(["--port", "0", "--until-stdin-closes"])
            .arg("--cloud-file")
            .arg(&cloud_file)
            .arg("--connection-file")
            .arg(&connection_file)
            .arg("--ca-file")
            .arg(&ca_file)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        let mut line = String::new();
        if let Some(stdout) = child.stdout.take() {
            BufReader::new(stdout).read_line(&mut line)?;
        }
        let Ok(ready) = serde_json::from_str::<Ready>(&line) else {
            // It has ended or talks nonsense; either way it is of no use.
            let _ = child.kill();
            bail!("the simulator did not start ({}): {line}", child.wait()?);
        };
        let tenant = std::fs::read(&connection_file)
            .with_context(|| format!("the simulator left no {}", connection_file.display()))?;
        Ok(Self {
            child,
            address: ready.base_url,
            tenant: serde_json::from_slice(&tenant)?,
            cloud_file,
            ca_file,
        })
    }

    /// Ends it at once, as a crash would.
    pub fn kill(&mut self) {
        // It may be gone already, which is what was wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.kill();
    }
}
