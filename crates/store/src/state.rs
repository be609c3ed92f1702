//! Connections, runs and the latest snapshot of each connection.
//!
//! ```text
//! connections/{connection}/{generation}.json      the connection, or a tombstone
//! runs/{connection}/{run}/{fence}-{generation}.json   how the run stands
//! latest/{connection}/{fence}-{generation}.json   the last complete run, or a tombstone
//! standings/{connection}/{fence}-{generation}.json   how its newest run stands, for the schedule
//! reports/{connection}/{generation}.json          its last validation, or a tombstone
//! leases/{connection}/{generation}.json           who works on the connection
//! checkpoints/{connection}/{run}/…                packed work files of runs that may be continued elsewhere
//! files/{connection}/{run}/…                      snapshots and artifacts
//! registry/lease/{generation}.json                who changes what connections there are
//! validations/{validation}/{generation}.json      a validation somebody asked for
//! hooks/{sender}/{hash of the id}/00000001.json   a message that was taken
//! hints/{connection}/{minute}/00000001.json       a sync that was asked for by Azure
//! endpoints/{endpoint}/{generation}.json          who is told what happens, or a tombstone
//! announcements/{announcement}/00000001.json      what happened
//! deliveries/{announcement}/{endpoint}/{generation}.json   how far the telling is
//! undelivered/{announcement}                      there is somebody still to be told
//! ```
//!
//! Anybody may read and change connections; what is said of runs is written by the holder of the
//! connection's lease alone (see [`crate::Lease`]).
//!
//! In S3 every listing of a thousand objects and every object that is read is a request. A connection, its latest run
//! and a run take two each; all N connections N and their listing; a connection's newest run two, however many there
//! were before it; a change three, or five where a lease protects what is changed; a run's record, with which goes how
//! the connection stands, twelve.

use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
};

use fairlead_model::{Connection, ConnectionId, RunId, RunRecord};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use jiff::{SignedDuration, Timestamp};
use object_store::{ObjectStore, local::LocalFileSystem, path::Path as Key};
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::{
    StateLocation, StoreError, bucket,
    chain::{self, Chain, Number, Versioned},
    durable,
    objects::{Objects, Place},
};

/// Requests on their way side by side.
const READERS: usize = 16;

/// How far back the newest runs are looked for, in days, before all there are are listed.
const LOOK_BACK: [i64; 2] = [2, 60];

/// What a listing found. A record that cannot be understood keeps nobody from the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed<T> {
    /// What could be read.
    pub found: Vec<T>,
    /// What could not: each names the record and what to do.
    pub unreadable: Vec<StoreError>,
}

/// The state shared by every process that works on the same connections.
#[derive(Clone)]
pub struct State {
    pub(crate) objects: Objects,
    /// Where the objects lie as files, when they do.
    pub(crate) folder: Option<PathBuf>,
    clock: Clock,
}

/// Tells the time by which leases are judged.
type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State")
            .field("objects", &self.objects)
            .field("folder", &self.folder)
            .finish_non_exhaustive()
    }
}

impl State {
    /// State kept where a person says. A bucket is not asked for before it is first used.
    ///
    /// # Errors
    /// When the folder cannot be created or read, or `Location` for a bucket that cannot be.
    pub fn open(location: &StateLocation) -> Result<Self, StoreError> {
        match location {
            StateLocation::Folder { path } => Self::folder(path),
            StateLocation::S3(bucket) => Ok(Self::over(bucket::open(bucket)?, None)),
        }
    }

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
        Ok(Self::over(Objects::new(Arc::new(store), Place::Folder), Some(folder)))
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
        Self::over(Objects::new(store, Place::Objects), None)
    }

    fn over(objects: Objects, folder: Option<PathBuf>) -> Self {
        Self { objects, folder, clock: Arc::new(Timestamp::now) }
    }

    /// The same, judging leases by this clock instead of the system's: for tests of what happens later.
    #[must_use]
    pub fn with_clock(self, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self { clock: Arc::new(clock), ..self }
    }

    /// Whether everything lies in a folder of this machine, so that what is in its other folders is as good as
    /// what is here. Otherwise the next to work on a connection may be another machine.
    pub fn is_local(&self) -> bool {
        self.folder.is_some()
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// Every connection, in the order of their names.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub async fn connections(&self) -> Result<Listed<Connection>, StoreError> {
        let chains = chain::chains_of(&self.objects.list(&Key::from("connections")).await?);
        let Listed { found, unreadable } = self.read_each::<Option<Connection>>(chains).await?;
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

    /// One run; without a connection it is looked for under every one there ever was.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub async fn run(
        &self,
        connection: Option<&ConnectionId>,
        id: RunId,
    ) -> Result<Option<RunRecord>, StoreError> {
        let of = match connection {
            Some(connection) => vec![connection.to_string()],
            None => self.connections_with_runs().await?,
        };
        let looking = of.into_iter().map(|of| {
            let chain = Chain::new(&self.objects, &format!("runs/{of}/{id}"));
            async move { chain.newest().await }
        });
        let found = stream::iter(looking).buffered(READERS).try_filter_map(async |found| Ok(found));
        let found: Option<Versioned<RunRecord>> = std::pin::pin!(found).try_next().await?;
        Ok(found.map(|found| found.value))
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
        let of = match connection {
            Some(connection) => vec![connection.to_string()],
            None => self.connections_with_runs().await?,
        };
        let listing = of.into_iter().map(|of| self.newest_chains(of, limit));
        let listed: Vec<_> = stream::iter(listing).buffer_unordered(READERS).try_collect().await?;
        let mut runs: Vec<_> = listed.into_iter().flatten().collect();
        runs.sort_by_key(|(run, _)| std::cmp::Reverse(*run));
        runs.truncate(limit);
        self.read_each(runs.into_iter().map(|(_, chain)| chain)).await
    }

    /// A connection's last complete run.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub async fn latest(&self, connection: &ConnectionId) -> Result<Option<RunId>, StoreError> {
        let newest = self.latest_chain(connection).newest::<Option<RunId>>().await?;
        Ok(newest.and_then(|newest| newest.value))
    }

    pub(crate) fn chain<T: fmt::Display>(&self, folder: &str, of: &T) -> Chain {
        Chain::new(&self.objects, &format!("{folder}/{of}"))
    }

    pub(crate) fn connection_chain(&self, id: &ConnectionId) -> Chain {
        self.chain("connections", id)
    }

    pub(crate) fn latest_chain(&self, id: &ConnectionId) -> Chain {
        self.chain("latest", id)
    }

    pub(crate) fn run_chain(&self, connection: &ConnectionId, run: RunId) -> Chain {
        Chain::new(&self.objects, &format!("runs/{connection}/{run}"))
    }

    /// The names under which runs were made, those of connections that are gone included.
    async fn connections_with_runs(&self) -> Result<Vec<String>, StoreError> {
        self.objects.names_below(&Key::from("runs")).await
    }

    /// The chains of a connection's newest runs, at least `limit` if there are so many.
    ///
    /// A connection has thousands of runs after a year. Their ids sort by time, so the listing starts not long
    /// ago, and further back only if that was not enough.
    async fn newest_chains(
        &self,
        connection: String,
        limit: usize,
    ) -> Result<Vec<(RunId, (String, Number))>, StoreError> {
        let prefix = Key::from(format!("runs/{connection}"));
        for days in LOOK_BACK {
            let since = Timestamp::now().saturating_sub(SignedDuration::from_hours(days * 24));
            let since = since.map_or(Uuid::nil(), first_id_of);
            let after = prefix.clone().join(since.to_string());
            let found = runs_of(&self.objects.list_after(&prefix, &after).await?);
            if found.len() >= limit {
                return Ok(found);
            }
        }
        Ok(runs_of(&self.objects.list(&prefix).await?))
    }

    pub(crate) async fn read_each<T: DeserializeOwned + Send>(
        &self,
        chains: impl IntoIterator<Item = (String, Number)>,
    ) -> Result<Listed<T>, StoreError> {
        let chains: Vec<(Chain, Number)> =
            chains.into_iter().map(|(prefix, number)| (Chain::new(&self.objects, &prefix), number)).collect();
        let mut reading = stream::iter(chains)
            .map(|(chain, number)| async move { chain.newest_at::<T>(number).await })
            .buffered(READERS);
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

/// The lowest id of a run that starts at this moment or later.
pub(crate) fn first_id_of(moment: Timestamp) -> Uuid {
    // A UUIDv7 begins with 48 bits of milliseconds.
    let milliseconds = u128::try_from(moment.as_millisecond()).unwrap_or(0);
    Uuid::from_u128(milliseconds << 80)
}

/// The chains of a listing that are of runs.
fn runs_of(listed: &[object_store::ObjectMeta]) -> Vec<(RunId, (String, Number))> {
    let run_of = |prefix: &str| prefix.rsplit('/').next()?.parse().ok();
    let chains: BTreeMap<String, Number> = chain::chains_of(listed);
    chains.into_iter().filter_map(|chain| Some((run_of(&chain.0)?, chain))).collect()
}
