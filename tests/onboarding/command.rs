//! A simulated tenant and an installation of the command that has nothing yet.

use std::{path::PathBuf, process::Stdio};

use fairlead_test_support::{Installation, Ran, Simulator, folder_from};
use serde_json::Value;
use tempfile::TempDir;

pub(crate) struct Desk {
    pub(crate) simulator: Simulator,
    pub(crate) installation: Installation,
    pub(crate) folder: TempDir,
}

impl Desk {
    /// A tenant as a scenario has it.
    pub(crate) fn of(name: &str) -> Self {
        let folder = TempDir::with_prefix("fairlead-").expect("a temporary folder");
        let installation = Installation {
            binaries: folder_from("FAIRLEAD_BINARIES", "debug"),
            connectors: vec![folder_from("FAIRLEAD_PLUGINS", "plugins")],
            home: folder.path().join("home"),
        };
        let program = installation.binaries.join("fairlead-simulator");
        let file =
            PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("onboarding/scenarios/{name}.toml"));
        let file = file.to_string_lossy().into_owned();
        let simulator = Simulator::start(&program, folder.path(), &["--scenario", &file]);
        Self { simulator: simulator.expect("the simulator starts"), installation, folder }
    }

    /// Connects the tenant as it should be connected.
    pub(crate) fn connect(&self, name: &str, connector: &str, more: &[&str]) -> Ran {
        let mut connect = Installation::connect(&self.simulator, name, connector);
        // What is said again counts.
        for given in more.iter().filter(|it| it.starts_with("--")) {
            if let Some(place) = connect.iter().position(|argument| argument == given) {
                connect.drain(place..place + 2);
            }
        }
        let arguments: Vec<&str> = connect.iter().map(String::as_str).chain(more.iter().copied()).collect();
        self.run_as(&self.simulator.tenant.client_secret, &arguments)
    }

    /// Runs the command without any credential around it.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.installation.run(arguments).expect("fairlead starts")
    }

    /// Runs the command with a client secret in its environment.
    pub(crate) fn run_as(&self, secret: &str, arguments: &[&str]) -> Ran {
        let mut command = self.installation.command();
        command.env("FAIRLEAD_CLIENT_SECRET", secret).args(arguments).stdin(Stdio::null());
        command.output().expect("fairlead starts").into()
    }

    /// Runs the command with everything logged that anybody logs, perhaps with a client secret around it.
    pub(crate) fn traced(&self, secret: Option<&str>, arguments: &[&str]) -> Ran {
        let mut command = self.installation.command();
        command.env("FAIRLEAD_LOG", "trace").args(arguments).stdin(Stdio::null());
        command.envs(secret.map(|secret| ("FAIRLEAD_CLIENT_SECRET", secret)));
        command.output().expect("fairlead starts").into()
    }

    /// A connection as `show --json` tells it.
    pub(crate) fn shown(&self, name: &str) -> Value {
        self.run(&["--json", "connections", "show", name]).succeeded().json()
    }
}

/// One line, the exit code, and each of the words a person needs.
pub(crate) fn told(ran: &Ran, code: i32, words: &[&str]) {
    assert_eq!(ran.code, Some(code), "{ran:?}");
    let line = ran.stderr.lines().rfind(|line| line.starts_with("error: "));
    let line = line.unwrap_or_else(|| panic!("no error is told: {ran:?}"));
    for word in words {
        assert!(line.contains(word), "\"{word}\" is missing in: {line}");
    }
}
