//! Loads connectors: reads, admits, compiles or takes from the cache, and has them describe themselves.

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use aws_lc_rs::digest;
use fairlead_model::Description;
use wasmtime::{
    Engine,
    component::{Component, HasSelf, Linker},
};

use crate::{
    admission::{self, Refused},
    bindings::{Connector as Bindings, ConnectorPre},
    cache::Cache,
    connector::{Connector, Program, describe},
    engine::{self, Allocation, Turns},
    error::LoadError,
    guest::Guest,
    limits::{Limit, Limits},
    precompiled,
};

/// How connectors are run.
#[derive(Debug, Clone, Default)]
pub struct HostOptions {
    /// What one call may use.
    pub limits: Limits,
    /// Folder for compiled connectors. Only this user may be able to write there. Empty: nothing is kept.
    pub cache_dir: PathBuf,
    /// Where the memory of instances comes from.
    pub allocation: Allocation,
}

/// Loads connectors and lets them run within limits.
#[derive(Clone)]
pub struct Host {
    shared: Arc<Shared>,
}

struct Shared {
    engine: Engine,
    linker: Linker<Guest>,
    limits: Arc<Limits>,
    cache: Option<Cache>,
    turns: Turns,
}

impl Host {
    /// A host with these options. A cache that cannot be used is a warning, not an error.
    ///
    /// # Errors
    /// `Limits` when one of them lets nothing work, `Engine` when WebAssembly cannot run here.
    pub fn new(options: HostOptions) -> Result<Self, LoadError> {
        let HostOptions { limits, cache_dir, allocation } = options;
        if let Some(limit) = limits.unusable() {
            let (name, value) = (limit.name(), limits.of(limit));
            return Err(LoadError::Limits { name, value, meaning: limit.meaning() });
        }
        let (engine, allocation) = engine::start(&limits, allocation)?;
        let mut linker = Linker::new(&engine);
        Bindings::add_to_linker::<_, HasSelf<_>>(&mut linker, |guest: &mut Guest| guest)
            .map_err(|error| LoadError::Engine(format!("{error:#}")))?;
        let cache = open_cache(&cache_dir, &engine);
        let turns = Turns::new(allocation);
        Ok(Self { shared: Arc::new(Shared { engine, linker, limits: Arc::new(limits), cache, turns }) })
    }

    /// The limits in force.
    pub fn limits(&self) -> &Limits {
        &self.shared.limits
    }

    /// Loads a connector from its file.
    ///
    /// # Errors
    /// What keeps the file from being a connector that can be used.
    pub async fn load(&self, path: &Path) -> Result<Connector, LoadError> {
        let shared = self.shared.clone();
        let file = path.to_owned();
        // Compiling takes from 0.1 s to several seconds, on all processors.
        let prepared = tokio::task::spawn_blocking(move || shared.prepare(&file)).await;
        let prepared =
            prepared.map_err(|error| LoadError::Engine(format!("loading a connector failed: {error}")))??;
        let description = self.describe(path, &prepared).await?;
        let program = Program {
            pre: prepared.pre,
            limits: self.shared.limits.clone(),
            description: Arc::new(description),
            digest: prepared.digest,
            turns: self.shared.turns.clone(),
        };
        Ok(Connector::new(program))
    }

    async fn describe(&self, path: &Path, prepared: &Prepared) -> Result<Description, LoadError> {
        let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let _turn = self.shared.turns.take().await;
        let described = describe(&prepared.pre, &self.shared.limits, &name).await;
        let given =
            described.map_err(|error| LoadError::Mute { path: path.to_owned(), error: Box::new(error) })?;
        crate::description::take(given)
            .map_err(|problem| LoadError::Description { path: path.to_owned(), problem })
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host").field("limits", &self.shared.limits).finish_non_exhaustive()
    }
}

fn open_cache(folder: &Path, engine: &Engine) -> Option<Cache> {
    if folder.as_os_str().is_empty() {
        return None;
    }
    match Cache::open(folder, engine) {
        Ok(cache) => Some(cache),
        Err(error) => {
            tracing::warn!(folder = %folder.display(), %error, "no cache: connectors are compiled each time");
            None
        }
    }
}

/// A component that is ready to be instantiated.
struct Prepared {
    pre: ConnectorPre<Guest>,
    digest: String,
}

impl Shared {
    fn prepare(&self, path: &Path) -> Result<Prepared, LoadError> {
        let bytes = read(path, &self.limits)?;
        admission::admit(&bytes).map_err(|refused| refusal(refused, path))?;
        let digest = hex::encode(digest::digest(&digest::SHA256, &bytes));
        let component = match self.kept(&digest) {
            Some(component) => component,
            None => self.compile(&digest, &bytes, path)?,
        };
        let unsound = |error: wasmtime::Error| LoadError::Unsound {
            path: path.to_owned(),
            problem: format!("{error:#}"),
        };
        let pre = self.linker.instantiate_pre(&component).and_then(ConnectorPre::new).map_err(unsound)?;
        Ok(Prepared { pre, digest })
    }

    fn kept(&self, digest: &str) -> Option<Component> {
        let code = self.cache.as_ref()?.get(digest)?;
        precompiled::load(&self.engine, &code)
            .inspect_err(
                |error| tracing::warn!(%error, "a compiled connector does not load: compiling it again"),
            )
            .ok()
    }

    fn compile(&self, digest: &str, bytes: &[u8], path: &Path) -> Result<Component, LoadError> {
        tracing::info!(path = %path.display(), "compiling a connector");
        let compiled = Component::from_binary(&self.engine, bytes)
            .map_err(|error| LoadError::Unsound { path: path.to_owned(), problem: format!("{error:#}") })?;
        if let Some(cache) = &self.cache {
            let kept = compiled
                .serialize()
                .map_err(|error| io::Error::other(format!("{error:#}")))
                .and_then(|code| cache.put(digest, &code));
            if let Err(error) = kept {
                tracing::warn!(%error, "a compiled connector cannot be kept: it will be compiled again");
            }
        }
        Ok(compiled)
    }
}

fn read(path: &Path, limits: &Limits) -> Result<Vec<u8>, LoadError> {
    let unreadable = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => LoadError::NotFound(path.to_owned()),
        _ => LoadError::Unreadable { path: path.to_owned(), error },
    };
    let bytes = fs::metadata(path).map_err(unreadable)?.len();
    if bytes > limits.mib(Limit::Component) as u64 {
        let allowed = limits.of(Limit::Component);
        return Err(LoadError::TooLarge { path: path.to_owned(), bytes, allowed });
    }
    fs::read(path).map_err(unreadable)
}

fn refusal(refused: Refused, path: &Path) -> LoadError {
    let path = path.to_owned();
    match refused {
        Refused::NotComponent(problem) => LoadError::NotComponent { path, problem },
        Refused::ForeignImport(import) => LoadError::ForeignImport { path, import },
        Refused::Version { interface, newer } => LoadError::Version { path, interface, newer },
        Refused::MissingExport(interface) => LoadError::MissingExport { path, interface },
    }
}
