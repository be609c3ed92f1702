//! What the commands share: state, connectors and the host, opened when first needed.

use std::{path::PathBuf, sync::OnceLock};

use async_trait::async_trait;
use fairlead_engine::{Catalogue, Connectors, EngineError};
use fairlead_host::{Allocation, Connector, Host, HostOptions};
use fairlead_model::{Connection, ConnectionId};
use fairlead_store::{Listed, State, StoreError};
use tokio::sync::OnceCell;

use crate::{config::Config, failure::Failed, stores::Stores};

pub(crate) struct Context {
    pub(crate) config: Config,
    pub(crate) catalogue: Catalogue,
    host: OnceLock<Host>,
    stores: OnceCell<Stores>,
}

impl Context {
    pub(crate) fn new(config: Config) -> Self {
        let catalogue = Catalogue::new(config.connectors.clone());
        Self { config, catalogue, host: OnceLock::new(), stores: OnceCell::new() }
    }

    /// State for whoever only looks: where a mistyped folder leads, none is made.
    pub(crate) fn existing_state(&self) -> Result<Option<State>, Failed> {
        Ok(State::existing(&self.config.home.join("state"))?)
    }

    pub(crate) fn state(&self) -> Result<State, Failed> {
        Ok(State::folder(&self.config.home.join("state"))?)
    }

    /// Folder for files of runs that are not finished.
    pub(crate) fn work_folder(&self) -> PathBuf {
        self.config.home.join("work")
    }

    pub(crate) fn host(&self) -> Result<&Host, EngineError> {
        if let Some(host) = self.host.get() {
            return Ok(host);
        }
        let options = HostOptions {
            limits: self.config.limits.clone(),
            cache_dir: self.config.home.join("cache"),
            // Publishing runs beside nothing, a sync's tasks beside each other.
            allocation: Allocation::Pooled { calls: u32::try_from(self.config.parallel).unwrap_or(u32::MAX) },
        };
        let made = Host::new(options)?;
        Ok(self.host.get_or_init(|| made))
    }

    pub(crate) async fn connection(&self, id: &ConnectionId) -> Result<Connection, Failed> {
        let found = match self.existing_state()? {
            Some(state) => state.connection(id).await?,
            None => None,
        };
        found.map(|versioned| versioned.value).ok_or_else(|| StoreError::UnknownConnection(id.clone()).into())
    }

    /// Every connection.
    pub(crate) async fn connections(&self) -> Result<Listed<Connection>, Failed> {
        match self.existing_state()? {
            Some(state) => Ok(state.connections().await?),
            None => Ok(Listed { found: Vec::new(), unreadable: Vec::new() }),
        }
    }

    /// Connections and secrets, opened once: a passphrase costs a second and much memory.
    pub(crate) async fn stores(&self) -> Result<&Stores, Failed> {
        self.stores.get_or_try_init(|| Stores::open(self)).await
    }
}

#[async_trait]
impl Connectors for Context {
    async fn connector(&self, id: &str) -> Result<Connector, EngineError> {
        self.catalogue.load(self.host()?, id).await
    }
}
