//! What a function is told by its environment: the settings of any installation, and what only a function has.

use std::path::{Path, PathBuf};

use fairlead_engine::{Settings as Installed, Told, environment};

use crate::error::FunctionError;

/// Where the package is unpacked, read-only.
const PACKAGE: &str = "/var/task";
/// What a function may write to. It may outlive an invocation, and may not.
const SCRATCH: &str = "/tmp/fairlead";

/// What a function does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Ticks, messages of the queue, direct invocations.
    Worker,
    /// Requests to its address.
    Webhook,
    /// Steps of rotations.
    Rotator,
}

impl Role {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Worker => "worker",
            Self::Webhook => "webhook",
            Self::Rotator => "rotator",
        }
    }
}

/// What the function is told.
#[derive(Debug)]
pub(crate) struct Settings {
    /// `FAIRLEAD_ROLE`.
    pub(crate) role: Role,
    /// `FAIRLEAD_QUEUE_URL`: where work goes.
    pub(crate) queue: String,
    /// `FAIRLEAD_DEAD_LETTERS_URL`: where messages go that nobody can do.
    pub(crate) dead_letters: Option<String>,
    /// `FAIRLEAD_METRICS_NAMESPACE`: of the metrics in CloudWatch.
    pub(crate) metrics_namespace: String,
    /// Connectors of the package, compiled.
    pub(crate) compiled: PathBuf,
    /// The settings of any installation.
    pub(crate) installed: Installed,
}

impl Settings {
    /// Reads the environment, and `fairlead.toml` of the package if it has one.
    ///
    /// # Errors
    /// A sentence that names what is missing or wrong.
    pub(crate) fn read() -> Result<Self, FunctionError> {
        let mut variables = environment();
        let mut take = |name: &str| variables.remove(name).filter(|value| !value.is_empty());
        let role = match take("FAIRLEAD_ROLE").as_deref() {
            Some("worker") => Role::Worker,
            Some("webhook") => Role::Webhook,
            Some("rotator") => Role::Rotator,
            _ => {
                return Err(FunctionError::Settings(
                    "FAIRLEAD_ROLE says what this function does: set it to worker, webhook or rotator"
                        .to_owned(),
                ));
            }
        };
        let queue = take("FAIRLEAD_QUEUE_URL");
        let dead_letters = take("FAIRLEAD_DEAD_LETTERS_URL");
        let metrics_namespace = take("FAIRLEAD_METRICS_NAMESPACE").unwrap_or_else(|| "Fairlead".to_owned());
        let queue = match (queue, role) {
            (Some(queue), _) => queue,
            (None, Role::Rotator) => String::new(),
            (None, Role::Worker | Role::Webhook) => {
                return Err(FunctionError::Settings(
                    "FAIRLEAD_QUEUE_URL says where work goes: set it to the queue's URL".to_owned(),
                ));
            }
        };
        let package = variables.get("LAMBDA_TASK_ROOT").map_or_else(|| PathBuf::from(PACKAGE), PathBuf::from);
        let file = Some(package.join("fairlead.toml")).filter(|file| file.is_file());
        let told = Told::read(file.as_deref(), variables)?;
        let compiled = package.join("compiled");
        let shipped = move |_: &Path| vec![package.join("connectors")];
        let installed = told.in_force(file, Some(PathBuf::from(SCRATCH)), shipped)?;
        Ok(Self { role, queue, dead_letters, metrics_namespace, compiled, installed })
    }
}
