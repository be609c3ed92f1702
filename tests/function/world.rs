//! A tenant, an AWS with connections to it, and the function.

use std::{
    fs::File,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use fairlead_test_support::{Installation, Ran, Simulator as Azure, folder_from};
use lambda_simulator::{FreezeMode, InvocationStatus, Simulator as Lambda};
use serde_json::Value;
use tempfile::TempDir;

use crate::aws::Aws;

/// How large the tenant is.
#[derive(Clone, Copy)]
pub(crate) enum Size {
    /// Synced at once.
    Small,
    /// Large enough that a sync has a middle.
    #[cfg(feature = "full")]
    Large,
}

impl Size {
    fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Small => &["--seed", "11", "--users", "60", "--groups", "10", "--memberships", "200"],
            #[cfg(feature = "full")]
            Self::Large => &["--seed", "11", "--users", "1200", "--groups", "100", "--memberships", "3000"],
        }
    }
}

/// What any tenant has besides.
const TENANT: &[&str] = &["--service-principals", "40", "--subscriptions", "2", "--role-assignments", "100"];

/// How long anything is waited for before a test gives up.
const PATIENCE: Duration = Duration::from_mins(2);

/// A simulated tenant, an AWS, and the command that works on both.
pub(crate) struct World {
    pub(crate) aws: Aws,
    pub(crate) azure: Azure,
    installation: Installation,
    folder: TempDir,
}

/// What came of an invocation.
#[derive(Debug)]
pub(crate) struct Invoked {
    pub(crate) status: InvocationStatus,
    pub(crate) answer: Value,
    /// The type of its error, and what it says.
    pub(crate) error: Option<(String, String)>,
}

impl World {
    pub(crate) async fn new(size: Size, more: &[&str]) -> Self {
        let folder = TempDir::with_prefix("fairlead-").expect("a temporary folder");
        let installation = Installation {
            binaries: folder_from("FAIRLEAD_BINARIES", "debug"),
            connectors: vec![folder_from("FAIRLEAD_PLUGINS", "plugins")],
            home: folder.path().join("home"),
        };
        let program = installation.binaries.join("fairlead-simulator");
        let tenant = [size.arguments(), TENANT, more].concat();
        let azure = Azure::start(&program, folder.path(), &tenant).expect("the simulator starts");
        Self { aws: Aws::start().await, azure, installation, folder }
    }

    /// The command, with state and secrets in AWS.
    pub(crate) fn command(&self) -> Command {
        let mut command = self.installation.command_as(&self.azure);
        command.envs(self.aws.environment());
        command
    }

    /// Connects the tenant under a name, synced so seldom that no second moment comes in between.
    pub(crate) fn connect(&self, name: &str) {
        let connect = Installation::connect(&self.azure, name, "c1");
        let output = self.command().args(connect).args(["--every", "30d"]).output();
        let _added = Ran::from(output.expect("fairlead starts")).succeeded();
    }

    /// Connects the tenant under many names, a few at a time.
    pub(crate) fn connect_all(&self, names: &[String]) {
        thread::scope(|scope| {
            for some in names.chunks(names.len().div_ceil(4)) {
                scope.spawn(|| some.iter().for_each(|name| self.connect(name)));
            }
        });
    }

    /// The runs of a connection, newest first.
    pub(crate) fn runs(&self, connection: &str) -> Vec<Value> {
        let output = self.command().args(["--json", "runs", connection]).output();
        Ran::from(output.expect("fairlead starts")).succeeded().json()
    }

    /// A question to a connection's latest snapshot.
    pub(crate) fn query(&self, connection: &str, sql: &str) -> Value {
        let output = self.command().args(["--json", "query", connection, sql]).output();
        Ran::from(output.expect("fairlead starts")).succeeded().json()
    }

    /// Everything that was logged, by whatever function.
    pub(crate) fn logs(&self) -> String {
        let entries = std::fs::read_dir(self.folder.path()).expect("a folder");
        let files = entries.map(|entry| entry.expect("an entry").path());
        files
            .filter(|path| path.extension().is_some_and(|extension| extension == "log"))
            .map(|path| std::fs::read_to_string(path).expect("a log"))
            .collect()
    }

    /// Starts a function of this role whose invocations may take that long.
    pub(crate) async fn function(&self, role: &str, timeout: Duration) -> Function {
        self.function_with(role, timeout, &[]).await
    }

    /// The same, with more in its environment.
    pub(crate) async fn function_with(
        &self,
        role: &str,
        timeout: Duration,
        more: &[(&str, &str)],
    ) -> Function {
        let lambda = Lambda::builder()
            .function_name(role)
            .invocation_timeout(timeout)
            .freeze_mode(FreezeMode::Process)
            .build()
            .await
            .expect("a Runtime API");
        let name = uuid::Uuid::new_v4();
        let log = File::create(self.folder.path().join(format!("{role}-{name}.log"))).expect("a log");
        // As it is deployed: connectors are in the package, and compiled.
        let package = folder_from("FAIRLEAD_PACKAGE", "package/tests");
        let mut command = Command::new(package.join("bootstrap"));
        command
            .env_clear()
            .envs(lambda.lambda_env_vars())
            .envs(self.aws.environment())
            .env("FAIRLEAD_ROLE", role)
            .env("FAIRLEAD_QUEUE_URL", &self.aws.queue)
            .env("FAIRLEAD_DEAD_LETTERS_URL", &self.aws.dead_letters)
            .env("FAIRLEAD_HOME", self.folder.path().join(format!("scratch-{name}")))
            .env("LAMBDA_TASK_ROOT", &package)
            .env("FAIRLEAD_LOG", "info,fairlead_engine=debug")
            .envs(more.iter().copied())
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a log"))
            .stderr(log);
        let process = command.spawn().expect("bootstrap starts");
        lambda.register_freeze_pid(process.id());
        Function { lambda, process, timeout }
    }
}

/// A function that runs. It is killed when it is dropped.
pub(crate) struct Function {
    lambda: Lambda,
    process: Child,
    timeout: Duration,
}

impl Function {
    /// Invokes it and waits for what comes of it.
    pub(crate) async fn invoke(&self, event: Value) -> Invoked {
        let id = self.lambda.enqueue_payload(event).await;
        let state = self.lambda.wait_for_invocation_complete(&id, PATIENCE.max(self.timeout)).await;
        let state = state.expect("the invocation ends");
        self.halted().await;
        Invoked {
            status: state.status,
            answer: state.response.map_or(Value::Null, |response| response.payload),
            error: state.error.map(|error| (error.error_type, error.error_message)),
        }
    }

    /// Waits until it is halted after an invocation: asked in the moment before, it would be halted with the work.
    async fn halted(&self) {
        let stat = format!("/proc/{}/stat", self.process.id());
        let is_halted = async || {
            let stat = tokio::fs::read_to_string(&stat).await.unwrap_or_default();
            // After the program's name, which is in parentheses.
            stat.rsplit(") ").next().is_some_and(|rest| rest.starts_with('T'))
        };
        let waiting = async {
            while !is_halted().await {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await.expect("it is halted after each invocation");
    }

    #[cfg(feature = "full")]
    /// Begins an invocation, and kills the function once `until` says so.
    pub(crate) async fn invoke_and_kill(mut self, event: Value, until: impl AsyncFn() -> bool) {
        self.lambda.enqueue_payload(event).await;
        let waiting = async {
            while !until().await {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await.expect("the moment comes");
        self.process.kill().expect("it runs");
    }
}

impl Drop for Function {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
