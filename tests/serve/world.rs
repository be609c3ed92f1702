//! A tenant, an installation with connections to it, and a server that tells what it does.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
    time::Duration,
};

use fairlead_test_support::{Installation, Ran, Simulator, folder_from};
use serde_json::Value;
use tempfile::TempDir;

/// Large enough that a sync has a middle; small enough for a test.
const TENANT: &[&str] = &[
    "--seed",
    "7",
    "--users",
    "1500",
    "--groups",
    "80",
    "--memberships",
    "3000",
    "--service-principals",
    "40",
    "--subscriptions",
    "2",
    "--role-assignments",
    "100",
    "--latency-ms",
    "50",
];

/// How long a line is waited for before a test gives up.
const PATIENCE: Duration = Duration::from_mins(2);

/// A simulated tenant and an installation of its own.
pub(crate) struct World {
    pub(crate) installation: Installation,
    simulator: Simulator,
    _folder: TempDir,
}

impl World {
    pub(crate) fn new() -> Self {
        let folder = TempDir::with_prefix("fairlead-").expect("a temporary folder");
        let installation = Installation {
            binaries: folder_from("FAIRLEAD_BINARIES", "debug"),
            connectors: vec![folder_from("FAIRLEAD_PLUGINS", "plugins")],
            home: folder.path().join("home"),
        };
        let program = installation.binaries.join("fairlead-simulator");
        let simulator = Simulator::start(&program, folder.path(), TENANT).expect("the simulator starts");
        Self { installation, simulator, _folder: folder }
    }

    /// Connects the tenant under a name, its secret kept.
    pub(crate) fn connect(&self, name: &str, more: &[&str]) {
        let connect = Installation::connect(&self.simulator, name, "c1");
        let output = self.installation.command_as(&self.simulator).args(connect).args(more).output();
        let _added = Ran::from(output.expect("fairlead starts")).succeeded();
    }

    /// Runs the command without anything but what is kept.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.installation.run(arguments).expect("fairlead starts")
    }

    /// The runs of a connection, newest first.
    pub(crate) fn runs(&self, connection: &str) -> Vec<Value> {
        self.run(&["--json", "runs", connection]).succeeded().json()
    }

    /// Starts `fairlead serve`.
    pub(crate) fn serve(&self, more: &[&str]) -> Server {
        let mut command = self.installation.command();
        command.args(["serve", "--tick", "1"]).args(more);
        if !more.contains(&"--listen") {
            command.args(["--listen", "none"]);
        }
        Server::start(command)
    }
}

/// A server under way. It is killed when it is dropped.
pub(crate) struct Server {
    child: Child,
    log: Receiver<String>,
}

impl Server {
    fn start(mut command: Command) -> Self {
        let mut child = command.stderr(Stdio::piped()).spawn().expect("fairlead starts");
        let lines = BufReader::new(child.stderr.take().expect("a pipe")).lines().map_while(Result::ok);
        let (sender, log) = mpsc::channel();
        // Read even when nobody looks, or it stops once the pipe is full.
        thread::spawn(move || lines.for_each(|line| drop(sender.send(line))));
        Self { child, log }
    }

    /// Reads the log up to the line that is looked for.
    pub(crate) fn until(&self, mut is_it: impl FnMut(&Value) -> bool) -> Value {
        let mut seen = Vec::new();
        loop {
            let text = self.log.recv_timeout(PATIENCE);
            let text = text.unwrap_or_else(|_| panic!("it did not come to that: {}", seen.join("\n")));
            let line: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
            seen.push(text);
            if is_it(&line) {
                return line;
            }
        }
    }

    /// Ends it as a crash would.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("it ends");
    }

    /// Asks it to end, and says how it did, and what it said meanwhile.
    pub(crate) fn terminate(mut self) -> (Option<i32>, Vec<Value>) {
        let asked = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        assert!(asked.expect("kill starts").success());
        let mut said = Vec::new();
        while let Ok(line) = self.log.recv_timeout(PATIENCE) {
            said.push(serde_json::from_str(&line).expect("JSON"));
        }
        (self.child.wait().expect("it ends").code(), said)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It has ended already, unless the test failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whether a line says this.
pub(crate) fn says(line: &Value, message: &str) -> bool {
    line["message"] == message
}
