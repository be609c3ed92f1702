//! What can go wrong when a connector is loaded or called. Each message is a sentence that says what to do next.

use std::{io, path::PathBuf};

use fairlead_model::Failure;
use thiserror::Error;
use wasmtime::Trap;

use crate::{
    limits::{Limit, Limits},
    work::{Plain, Work, plain},
};

/// A connector could not be loaded.
#[derive(Debug, Error)]
pub enum LoadError {
    /// The limits let no connector work.
    #[error(
        "the limit {name} = {value} lets no connector work: it bounds {meaning}; change it under [limits]"
    )]
    Limits {
        /// The limit's name.
        name: &'static str,
        /// Its value.
        value: u64,
        /// What it bounds.
        meaning: &'static str,
    },
    /// The machine does not let WebAssembly run.
    #[error("WebAssembly cannot run on this machine: {0}")]
    Engine(String),
    /// There is no such file.
    #[error("there is no connector at {}: check the path, or build it with `cargo xtask plugins`", .0.display())]
    NotFound(PathBuf),
    /// The file cannot be read.
    #[error("the connector {} cannot be read: {error}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The file is larger than a connector may be.
    #[error(
        "{} is {bytes} bytes, more than a connector may have (limit {limit} = {allowed}): raise it under [limits] if it is meant to be that large",
        path.display(),
        limit = Limit::Component.name()
    )]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size.
        bytes: u64,
        /// The limit, in MiB.
        allowed: u64,
    },
    /// The file is something else.
    #[error(
        "{} is not a WebAssembly component ({problem}): a connector's core module is made one by `wasm-tools component new`",
        path.display()
    )]
    NotComponent {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The component wants something from outside Fairlead.
    #[error(
        "{} asks for \"{}\", which is not Fairlead's to give: a connector may import interfaces of {} only (WASI can be stubbed when it is built)",
        path.display(),
        Plain(import),
        crate::admission::PACKAGE
    )]
    ForeignImport {
        /// The file.
        path: PathBuf,
        /// The import's name.
        import: String,
    },
    /// The component was made for another version of the interface.
    #[error(
        "{} was made for \"{}\", and this Fairlead speaks {}@{}: {}",
        path.display(),
        Plain(interface),
        crate::admission::PACKAGE,
        crate::admission::VERSION,
        if *newer { "update Fairlead" } else { "get a newer version of the connector" }
    )]
    Version {
        /// The file.
        path: PathBuf,
        /// The interface as the component names it.
        interface: String,
        /// Whether the component's version is the newer one.
        newer: bool,
    },
    /// The component lacks what every connector has.
    #[error(
        "{} is a component but not a connector: it does not export {}/{interface}@{}",
        path.display(),
        crate::admission::PACKAGE,
        crate::admission::VERSION
    )]
    MissingExport {
        /// The file.
        path: PathBuf,
        /// What is missing.
        interface: &'static str,
    },
    /// The component was not compiled ahead, and this program has no compiler.
    #[error(
        "{} was not compiled for this program, which has no compiler of its own: put it into the package (`cargo xtask package --connectors FOLDER`) and deploy that",
        .0.display()
    )]
    NotCompiled(PathBuf),
    /// This program's compiler knows no such machines.
    #[error(
        "this program cannot compile for {architecture} ({problem}): do it on such a machine, or build the command with the feature all-arch"
    )]
    NoCompiler {
        /// The kind of machine.
        architecture: &'static str,
        /// What the compiler says.
        problem: String,
    },
    /// The folder for compiled code takes none.
    #[error("{} does not take compiled code: {error}", folder.display())]
    Unkept {
        /// The folder.
        folder: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The component cannot be made to run.
    #[error("{} cannot be compiled: {problem}; build the connector anew with current tools", path.display())]
    Unsound {
        /// The file.
        path: PathBuf,
        /// What the compiler says.
        problem: String,
    },
    /// The component does not say what it is.
    #[error("{} cannot be used: {error}", path.display())]
    Mute {
        /// The file.
        path: PathBuf,
        /// What happened when it was asked.
        #[source]
        error: Box<CallError>,
    },
    /// The description makes no sense.
    #[error("{} describes itself wrongly: {problem}; tell the connector's vendor", path.display())]
    Description {
        /// The file.
        path: PathBuf,
        /// What is wrong and where.
        problem: String,
    },
}

/// A call to a connector failed. It cost that call and nothing else.
#[derive(Debug, Error)]
#[error("connector {connector}, {work}: {cause}")]
pub struct CallError {
    connector: String,
    work: Box<Work>,
    cause: Box<Cause>,
}

/// Why a call failed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Cause {
    /// The connector says so itself.
    #[error(transparent)]
    Failed(Failure),
    /// It went past a limit.
    #[error(
        "it went past the limit {} = {allowed}, which bounds {}; if the connector is sound, raise the limit under [limits] in the configuration",
        limit.name(),
        limit.meaning()
    )]
    Exceeded {
        /// Which.
        limit: Limit,
        /// The limit's value, in the unit its name says.
        allowed: u64,
    },
    /// It crashed.
    #[error("it crashed ({reason}){}; tell the connector's vendor", last_words(said.as_deref()))]
    Trapped {
        /// What WebAssembly says.
        reason: String,
        /// The last error it had logged, which is where a panic's message goes.
        said: Option<String>,
    },
    /// It asked the host for something that is not there for it.
    #[error("it {0}; tell the connector's vendor")]
    Misuse(String),
    /// What it returned makes no sense or was not declared.
    #[error("it returned what cannot be accepted: {0}; tell the connector's vendor")]
    InvalidOutput(String),
    /// Fairlead's own side failed while the connector ran.
    #[error("{0}")]
    Host(String),
}

fn last_words(said: Option<&str>) -> String {
    said.map(|said| format!(", saying \"{said}\"")).unwrap_or_default()
}

impl CallError {
    pub(crate) fn new(connector: &str, work: Work, cause: Cause) -> Self {
        Self { connector: plain(connector), work: Box::new(work), cause: Box::new(cause) }
    }

    /// The connector's id.
    pub fn connector(&self) -> &str {
        &self.connector
    }

    /// What it was called for.
    pub fn work(&self) -> &Work {
        &self.work
    }

    /// Why the call failed.
    pub fn cause(&self) -> &Cause {
        &self.cause
    }

    /// What the connector itself gave as the reason, if it did.
    pub fn failure(&self) -> Option<&Failure> {
        match &*self.cause {
            Cause::Failed(failure) => Some(failure),
            _ => None,
        }
    }

    /// The limit that was passed, if one was.
    pub fn limit(&self) -> Option<Limit> {
        match *self.cause {
            Cause::Exceeded { limit, .. } => Some(limit),
            _ => None,
        }
    }
}

/// Why the host stopped a guest; travels through wasmtime as the error of the call.
#[derive(Debug, Clone, Error)]
pub(crate) enum Stop {
    #[error("the limit {} was passed", .0.name())]
    Exceeded(Limit),
    #[error("it {0}")]
    Misuse(String),
    #[error("{0}")]
    Host(String),
}

/// wasmtime's words for a guest that hands over too much; it has no public type for it.
const TOO_MUCH_DATA: &str = "too much data is being copied between the host and the guest";
/// The same for one that holds on to too many handles.
const TOO_MANY_HANDLES: &str = "store handle limit exceeded";
/// The same for a component with too many parts; the part follows.
const RESOURCE_LIMIT: &str = "resource limit exceeded: ";

impl Cause {
    pub(crate) fn exceeded(limit: Limit, limits: &Limits) -> Self {
        Self::Exceeded { limit, allowed: limits.of(limit) }
    }

    /// What an error of wasmtime means. `said`: the last error the guest had logged.
    pub(crate) fn of(error: &wasmtime::Error, message: Limit, limits: &Limits, said: Option<String>) -> Self {
        if let Some(stop) = error.downcast_ref::<Stop>() {
            return match stop.clone() {
                Stop::Exceeded(limit) => Self::exceeded(limit, limits),
                Stop::Misuse(what) => Self::Misuse(what),
                Stop::Host(problem) => Self::Host(problem),
            };
        }
        match error.downcast_ref::<Trap>() {
            Some(Trap::StackOverflow) => return Self::exceeded(Limit::Stack, limits),
            Some(trap) => return Self::Trapped { reason: trap.to_string(), said },
            None => {}
        }
        let root = error.root_cause().to_string();
        if root.starts_with(TOO_MUCH_DATA) {
            return Self::exceeded(message, limits);
        }
        if root.contains(TOO_MANY_HANDLES) {
            return Self::exceeded(Limit::Handles, limits);
        }
        if let Some(what) = root.strip_prefix(RESOURCE_LIMIT) {
            let limit =
                [("instance", Limit::Instances), ("memory", Limit::Memories), ("table", Limit::Tables)]
                    .into_iter()
                    .find_map(|(word, limit)| what.starts_with(word).then_some(limit));
            if let Some(limit) = limit {
                return Self::exceeded(limit, limits);
            }
        }
        Self::Trapped { reason: plain(&root), said }
    }
}
