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

#[cfg(feature = "compiler")]
use crate::cache::Cache;
use crate::{
    admission::{self, Refused},
    ahead::Ahead,
    bindings::{Connector as Bindings, ConnectorPre},
    connector::{Connector, Program, describe},
    engine::{self, Allocation, Turns},
    error::LoadError,
    guest::Guest,
    limits::{Limit, Limits},
    precompiled::{self, Authentic},
};

/// How connectors are run.
#[derive(Debug, Clone, Default)]
pub struct HostOptions {
    /// What one call may use.
    pub limits: Limits,
    /// Folder for compiled connectors. Only this user may be able to write there. Empty: nothing is kept.
    pub cache_dir: PathBuf,
    /// Folder of connectors that were compiled ahead ([`compile_ahead`](crate::compile_ahead)). What is there is run
    /// as machine code, so it must be as trustworthy as the program itself.
    pub ahead: Option<PathBuf>,
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
    ahead: Option<Ahead>,
    #[cfg(feature = "compiler")]
    cache: Option<Cache>,
    turns: Turns,
}

impl Host {
    /// A host with these options. A cache that cannot be used is a warning, not an error.
    ///
    /// # Errors
    /// `Limits` when one of them lets nothing work, `Engine` when WebAssembly cannot run here.
    pub fn new(options: HostOptions) -> Result<Self, LoadError> {
        let HostOptions { limits, cache_dir, ahead, allocation } = options;
        if let Some(limit) = limits.unusable() {
            let (name, value) = (limit.name(), limits.of(limit));
            return Err(LoadError::Limits { name, value, meaning: limit.meaning() });
        }
        let (engine, allocation) = engine::start(&limits, allocation)?;
        let mut linker = Linker::new(&engine);
        Bindings::add_to_linker::<_, HasSelf<_>>(&mut linker, |guest: &mut Guest| guest)
            .map_err(|error| LoadError::Engine(format!("{error:#}")))?;
        #[cfg(not(feature = "compiler"))]
        drop(cache_dir);
        let shared = Shared {
            #[cfg(feature = "compiler")]
            cache: open_cache(&cache_dir, &engine),
            engine,
            linker,
            limits: Arc::new(limits),
            ahead: ahead.map(Ahead::new),
            turns: Turns::new(allocation),
        };
        Ok(Self { shared: Arc::new(shared) })
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

#[cfg(feature = "compiler")]
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
        let file = read_component(path, &self.limits)?;
        let component = match self.compiled_before(&file.digest) {
            Some(component) => component,
            None => self.compile(&file, path)?,
        };
        let unsound = |error: wasmtime::Error| LoadError::Unsound {
            path: path.to_owned(),
            problem: format!("{error:#}"),
        };
        let pre = self.linker.instantiate_pre(&component).and_then(ConnectorPre::new).map_err(unsound)?;
        Ok(Prepared { pre, digest: file.digest })
    }

    fn compiled_before(&self, digest: &str) -> Option<Component> {
        let ahead = self.ahead.as_ref().and_then(|ahead| self.loaded(&ahead.get(digest)?));
        #[cfg(feature = "compiler")]
        let ahead = ahead.or_else(|| self.loaded(&self.cache.as_ref()?.get(digest)?));
        ahead
    }

    fn loaded(&self, code: &Authentic) -> Option<Component> {
        let loaded = precompiled::load(&self.engine, code);
        loaded.inspect_err(|error| tracing::warn!(%error, "a compiled connector does not load")).ok()
    }

    #[cfg(not(feature = "compiler"))]
    #[expect(clippy::unused_self, reason = "with the compiler there is something to compile with")]
    fn compile(&self, _: &ComponentFile, path: &Path) -> Result<Component, LoadError> {
        Err(LoadError::NotCompiled(path.to_owned()))
    }

    #[cfg(feature = "compiler")]
    fn compile(&self, file: &ComponentFile, path: &Path) -> Result<Component, LoadError> {
        tracing::info!(path = %path.display(), "compiling a connector");
        let ComponentFile { bytes, digest } = file;
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

/// A file that may be a connector, and the digest it is known by.
pub(crate) struct ComponentFile {
    #[cfg(feature = "compiler")]
    pub(crate) bytes: Vec<u8>,
    pub(crate) digest: String,
}

/// Reads a component and decides whether it is admitted.
pub(crate) fn read_component(path: &Path, limits: &Limits) -> Result<ComponentFile, LoadError> {
    let bytes = read(path, limits)?;
    admission::admit(&bytes).map_err(|refused| refusal(refused, path))?;
    let digest = hex::encode(digest::digest(&digest::SHA256, &bytes));
    Ok(ComponentFile {
        #[cfg(feature = "compiler")]
        bytes,
        digest,
    })
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
