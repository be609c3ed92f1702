//! What the commands share: state, connectors and the host, opened when first needed.

use std::path::PathBuf;

use fairlead_engine::{Catalogue, EngineError};
use fairlead_host::{Allocation, Connector, Host, HostOptions};
use fairlead_model::{Connection, ConnectionId};
use fairlead_store::{Listed, Snapshot, State, StoreError};

use crate::{config::Config, failure::Failed, output, stores::Stores};

pub(crate) struct Context {
    pub(crate) config: Config,
    pub(crate) catalogue: Catalogue,
}

impl Context {
    pub(crate) fn new(config: Config) -> Self {
        let catalogue = Catalogue::new(config.connectors.clone());
        Self { config, catalogue }
    }

    pub(crate) fn state(&self) -> Result<State, Failed> {
        Ok(State::folder(&self.config.home.join("state"))?)
    }

    /// Folder for files of runs that are not finished.
    pub(crate) fn work_folder(&self) -> PathBuf {
        self.config.home.join("work")
    }

    pub(crate) fn host(&self) -> Result<Host, Failed> {
        let options = HostOptions {
            limits: self.config.limits.clone(),
            cache_dir: self.config.home.join("cache"),
            // Publishing runs beside nothing, a sync's tasks beside each other.
            allocation: Allocation::Pooled { calls: u32::try_from(self.config.parallel).unwrap_or(u32::MAX) },
        };
        Ok(Host::new(options).map_err(EngineError::from)?)
    }

    pub(crate) async fn connector(&self, id: &str) -> Result<Connector, Failed> {
        Ok(self.catalogue.load(&self.host()?, id).await?)
    }

    pub(crate) async fn connection(&self, id: &ConnectionId) -> Result<Connection, Failed> {
        let found = self.state()?.connection(id).await?;
        found.map(|versioned| versioned.value).ok_or_else(|| StoreError::UnknownConnection(id.clone()).into())
    }

    /// Every connection that can be read.
    pub(crate) async fn connections(&self) -> Result<Vec<Connection>, Failed> {
        let Listed { found, unreadable } = self.state()?.connections().await?;
        output::warn_of(&unreadable);
        Ok(found)
    }

    /// Connections and secrets.
    pub(crate) async fn stores(&self) -> Result<Stores, Failed> {
        Stores::open(self).await
    }

    /// The latest finished snapshot of a connection.
    pub(crate) async fn snapshot(&self, id: &ConnectionId) -> Result<Snapshot, Failed> {
        self.connection(id).await?;
        let copies = self.config.home.join("cache").join("snapshots");
        Ok(fairlead_engine::latest_snapshot(&self.state()?, id, &copies).await?)
    }
}
