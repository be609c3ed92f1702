//! Connections, runs and the latest snapshot of each connection.
//!
//! ```text
//! connections/{connection}/{generation}.json      the connection, or a tombstone
//! runs/{connection}/{run}/{fence}-{generation}.json   how the run stands
//! latest/{connection}/{fence}-{generation}.json   the last complete run, or a tombstone
//! leases/{connection}/{generation}.json           who works on the connection
//! files/{connection}/{run}/…                      snapshots and artifacts
//! registry/lease/{generation}.json                who changes what connections there are
//! ```
//!
//! Anybody may read and change connections; what is said of runs is written by the holder of the
//! connection's lease alone (see [`crate::Lease`]).

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use fairlead_model::{Connection, ConnectionId, RunId, RunRecord};
use futures::{StreamExt as _, stream};
use object_store::{ObjectStore, local::LocalFileSystem};
use serde::de::DeserializeOwned;

use crate::{
    StoreError,
    chain::{self, Chain, Number, Versioned},
    durable,
};

/// Objects read side by side.
const READERS: usize = 16;

/// What a listing found. A record that cannot be understood keeps nobody from the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed<T> {
    /// What could be read.
    pub found: Vec<T>,
    /// What could not: each names the record and what to do.
    pub unreadable: Vec<StoreError>,
}

/// The state shared by every process that works on the same connections.
#[derive(Debug, Clone)]
pub struct State {
    pub(crate) store: Arc<dyn ObjectStore>,
    /// Where the objects lie as files, when they do.
    pub(crate) folder: Option<PathBuf>,
}

impl State {
    /// State kept as files in a folder of this machine; the folder is created when it is missing.
    ///
    /// # Errors
    /// When the folder cannot be created or read.
    pub fn folder(folder: &Path) -> Result<Self, StoreError> {
        durable::create_folder(folder)?;
        let folder = folder.canonicalize().map_err(|error| StoreError::io(folder, &error))?;
        let store = LocalFileSystem::new_with_prefix(&folder)
            .map_err(|error| StoreError::object(folder.display().to_string(), &error))?
            .with_fsync(true);
        Ok(Self { store: Arc::new(store), folder: Some(folder) })
    }

    /// State in a folder of this machine, for whoever only reads: none where there is no such folder, and none is
    /// made.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn existing(folder: &Path) -> Result<Option<Self>, StoreError> {
        let is_there = folder.try_exists().map_err(|error| StoreError::io(folder, &error))?;
        if is_there { Self::folder(folder).map(Some) } else { Ok(None) }
    }

    /// State kept in any object store that can create an object only if it does not exist.
    pub fn objects(store: Arc<dyn ObjectStore>) -> Self {
        Self { store, folder: None }
    }

    /// Every connection, in the order of their names.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub async fn connections(&self) -> Result<Listed<Connection>, StoreError> {
        let chains = chain::chains_below(&self.store, "connections").await?;
        let Listed { found, unreadable } = self.read_each::<Option<Connection>>(chains.into_iter()).await?;
        Ok(Listed { found: found.into_iter().flatten().collect(), unreadable })
    }

    /// One connection, and the generation to give back when changing it.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub async fn connection(&self, id: &ConnectionId) -> Result<Option<Versioned<Connection>>, StoreError> {
        let newest = self.connection_chain(id).newest::<Option<Connection>>().await?;
        Ok(newest
            .and_then(|Versioned { value, generation }| value.map(|value| Versioned { value, generation })))
    }

    /// Adds a connection.
    ///
    /// # Errors
    /// `ConnectionExists`, also when somebody else adds it at the same moment.
    pub async fn add_connection(&self, connection: &Connection) -> Result<(), StoreError> {
        let exists = || StoreError::ConnectionExists(connection.id.clone());
        let chain = self.connection_chain(&connection.id);
        let before = chain.newest::<Option<Connection>>().await?;
        if before.as_ref().is_some_and(|before| before.value.is_some()) {
            return Err(exists());
        }
        let generation = before.map_or(1, |before| before.generation + 1);
        if chain.create(generation, &Some(connection)).await? { Ok(()) } else { Err(exists()) }
    }

    /// Replaces a connection as it was read.
    ///
    /// # Errors
    /// `ConnectionChanged` when it is not what was read any more.
    pub async fn update_connection(
        &self,
        changed: &Versioned<Connection>,
    ) -> Result<Versioned<Connection>, StoreError> {
        let id = &changed.value.id;
        let chain = self.connection_chain(id);
        let generation = changed.generation + 1;
        let is_last = chain.highest().await? == Some(Number::unfenced(changed.generation));
        if is_last && chain.create(generation, &Some(&changed.value)).await? {
            return Ok(Versioned { value: changed.value.clone(), generation });
        }
        Err(StoreError::ConnectionChanged(id.clone()))
    }

    /// One run; without a connection it is looked for under every one.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub async fn run(
        &self,
        connection: Option<&ConnectionId>,
        id: RunId,
    ) -> Result<Option<RunRecord>, StoreError> {
        let prefix = match connection {
            Some(connection) => Some(format!("runs/{connection}/{id}")),
            None => self.run_prefixes(None).await?.into_iter().find(|(run, _)| *run == id).map(|(_, at)| at),
        };
        match prefix {
            Some(prefix) => {
                let newest = Chain::new(&self.store, &prefix).newest().await?;
                Ok(newest.map(|newest| newest.value))
            }
            None => Ok(None),
        }
    }

    /// The newest runs, newest first: of one connection, which may be gone by now, or of all.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub async fn runs(
        &self,
        connection: Option<&ConnectionId>,
        limit: usize,
    ) -> Result<Listed<RunRecord>, StoreError> {
        let mut prefixes = self.run_prefixes(connection).await?;
        prefixes.sort_by_key(|(run, _)| std::cmp::Reverse(*run));
        prefixes.truncate(limit);
        self.read_each(prefixes.into_iter().map(|(_, prefix)| prefix)).await
    }

    /// A connection's last complete run.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub async fn latest(&self, connection: &ConnectionId) -> Result<Option<RunId>, StoreError> {
        let newest = self.latest_chain(connection).newest::<Option<RunId>>().await?;
        Ok(newest.and_then(|newest| newest.value))
    }

    pub(crate) fn chain<T: std::fmt::Display>(&self, folder: &str, of: &T) -> Chain {
        Chain::new(&self.store, &format!("{folder}/{of}"))
    }

    pub(crate) fn connection_chain(&self, id: &ConnectionId) -> Chain {
        self.chain("connections", id)
    }

    pub(crate) fn latest_chain(&self, id: &ConnectionId) -> Chain {
        self.chain("latest", id)
    }

    pub(crate) fn run_chain(&self, connection: &ConnectionId, run: RunId) -> Chain {
        Chain::new(&self.store, &format!("runs/{connection}/{run}"))
    }

    /// The runs there are, by id, each with its chain's prefix.
    async fn run_prefixes(
        &self,
        connection: Option<&ConnectionId>,
    ) -> Result<Vec<(RunId, String)>, StoreError> {
        let prefix = connection.map_or_else(|| "runs".to_owned(), |id| format!("runs/{id}"));
        let chains = chain::chains_below(&self.store, &prefix).await?;
        let run_of = |prefix: &str| prefix.rsplit('/').next()?.parse().ok();
        Ok(chains.into_iter().filter_map(|prefix| Some((run_of(&prefix)?, prefix))).collect())
    }

    async fn read_each<T: DeserializeOwned + Send>(
        &self,
        prefixes: impl Iterator<Item = String> + Send,
    ) -> Result<Listed<T>, StoreError> {
        let chains: Vec<Chain> = prefixes.map(|prefix| Chain::new(&self.store, &prefix)).collect();
        let mut reading =
            stream::iter(chains).map(|chain| async move { chain.newest::<T>().await }).buffered(READERS);
        let mut listed = Listed { found: Vec::new(), unreadable: Vec::new() };
        while let Some(read) = reading.next().await {
            match read {
                Ok(newest) => listed.found.extend(newest.map(|newest| newest.value)),
                Err(error @ (StoreError::DamagedRecord { .. } | StoreError::Newer { .. })) => {
                    listed.unreadable.push(error);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(listed)
    }
}
