//! One installation of Fairlead: its settings and everything they lead to, opened when first needed and kept. The
//! command, `fairlead serve` and the function stand on it.

mod connectors;
mod handle;
mod secrets;
mod settings;
mod variables;

use std::{
    fmt,
    path::PathBuf,
    sync::{Arc, OnceLock},
};

use async_trait::async_trait;
use fairlead_azure::{Credential, Gateway, GatewayOptions};
use fairlead_host::{Allocation, Connector, Host, HostOptions};
use fairlead_model::{Connection, ConnectionId, RunRecord};
use fairlead_secrets::SecretStore;
use fairlead_store::{Listed, Snapshot, State, StateLocation, StoreError};
use jiff::Timestamp;
use tokio::sync::OnceCell;
use tokio_util::sync::CancellationToken;

use crate::{
    CHECKPOINT_EVERY, Catalogue, Connectors, EngineError, Quiet, Registry, Subscriber, SyncOptions, Syncer,
    announce::{Deliver, Nobody},
    observe::{Observer, Uncounted},
    validate::{Validation, Validator},
};

use self::connectors::Loaded;

pub use self::{
    handle::Deadline,
    secrets::{Passphrase, SecretsSettings},
    settings::{Settings, Told, environment, toml_problem},
};

/// What one installation has.
pub struct Installation {
    settings: Settings,
    catalogue: Catalogue,
    deliver: Arc<dyn Deliver>,
    observer: Arc<dyn Observer>,
    state: OnceLock<State>,
    secrets: OnceCell<Arc<dyn SecretStore>>,
    ahead: Option<PathBuf>,
    host: OnceLock<Host>,
    connectors: Loaded,
    passphrase: Option<Arc<dyn Passphrase>>,
}

/// How a connection is to be synced.
pub struct Syncing {
    /// What it signs in with.
    pub credential: Credential,
    /// Throw away an unfinished run instead of continuing it.
    pub fresh: bool,
    /// Publish a held run as it is, without collecting again.
    pub accept_smaller: bool,
    /// The moment of the schedule it is for; absent: somebody asked for it.
    pub scheduled_for: Option<Timestamp>,
    /// Told of everything that happens.
    pub subscriber: Arc<dyn Subscriber>,
    /// Stops it; what was collected is kept.
    pub stop: CancellationToken,
    /// When this process has to be done, if that is known: its lease does not last longer.
    pub ends_at: Option<Timestamp>,
}

/// How a connection is to be validated.
pub struct Looking {
    /// What it signs in with.
    pub credential: Credential,
    /// Whether that is the connection's own, so that what is found of it may be remembered.
    pub is_own: bool,
    /// The keyed hash of its secret, where it is not the connection's own.
    pub fingerprint: Option<String>,
    /// Stops it.
    pub stop: CancellationToken,
}

impl Installation {
    /// An installation with these settings. Nothing is opened yet.
    pub fn new(settings: Settings) -> Self {
        let catalogue = Catalogue::new(settings.connectors.clone());
        Self {
            settings,
            catalogue,
            deliver: Arc::new(Nobody),
            observer: Arc::new(Uncounted),
            state: OnceLock::new(),
            secrets: OnceCell::new(),
            ahead: None,
            host: OnceLock::new(),
            connectors: Loaded::default(),
            passphrase: None,
        }
    }

    /// The same, with these stores instead of those the settings name.
    #[must_use]
    pub fn with_stores(mut self, state: State, secrets: Arc<dyn SecretStore>) -> Self {
        self.state = OnceLock::from(state);
        self.secrets = OnceCell::new_with(Some(secrets));
        self
    }

    /// The same, telling listeners what happens.
    #[must_use]
    pub fn with_listeners(mut self, deliver: Arc<dyn Deliver>) -> Self {
        self.deliver = deliver;
        self
    }

    /// The same, shown to somebody who counts.
    #[must_use]
    pub fn with_observer(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observer = observer;
        self
    }

    /// The same, with connectors that were compiled ahead in this folder, which comes with the program and nobody else
    /// can write to: what is in it is run as machine code.
    #[must_use]
    pub fn with_compiled(mut self, folder: PathBuf) -> Self {
        self.ahead = Some(folder);
        self
    }

    /// The same, asking for the passphrase of the secrets' key file once it is needed and was not given.
    #[must_use]
    pub fn with_passphrase(mut self, passphrase: Arc<dyn Passphrase>) -> Self {
        self.passphrase = Some(passphrase);
        self
    }

    /// The settings in force.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Where connectors are found.
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// Folder for files of runs that are not finished.
    pub fn work_folder(&self) -> PathBuf {
        self.settings.home.join("work")
    }

    /// Folders of this machine in which connections have one each: of unfinished runs, and of copies.
    pub fn folders(&self) -> [PathBuf; 2] {
        [self.work_folder(), self.copies()]
    }

    /// Folder for copies of snapshots that are stored elsewhere.
    fn copies(&self) -> PathBuf {
        self.settings.home.join("cache").join("snapshots")
    }

    /// Connections, runs and files, for whoever only looks: where a mistyped folder leads, none is made.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn existing_state(&self) -> Result<Option<&State>, EngineError> {
        if self.state.get().is_none()
            && let StateLocation::Folder { path } = &self.settings.state
            && State::existing(path)?.is_none()
        {
            return Ok(None);
        }
        self.state().map(Some)
    }

    /// Connections, runs and files.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn state(&self) -> Result<&State, EngineError> {
        if let Some(state) = self.state.get() {
            return Ok(state);
        }
        let opened = State::open(&self.settings.state)?;
        Ok(self.state.get_or_init(|| opened))
    }

    /// Secrets.
    ///
    /// # Errors
    /// When the store cannot be opened.
    pub async fn secrets(&self) -> Result<&Arc<dyn SecretStore>, EngineError> {
        self.secrets.get_or_try_init(|| secrets::open(&self.settings, self.passphrase.as_deref())).await
    }

    /// Connections and their secrets.
    ///
    /// # Errors
    /// When one of the stores cannot be opened.
    pub async fn registry(&self) -> Result<Registry<'_>, EngineError> {
        Ok(Registry { state: self.state()?, secrets: &**self.secrets().await? })
    }

    /// What connectors run in.
    ///
    /// # Errors
    /// When WebAssembly cannot run here, or a limit lets nothing work.
    pub fn host(&self) -> Result<&Host, EngineError> {
        if let Some(host) = self.host.get() {
            return Ok(host);
        }
        let options = HostOptions {
            limits: self.settings.limits.clone(),
            cache_dir: self.settings.home.join("cache"),
            ahead: self.ahead.clone(),
            // Publishing runs beside nothing, a sync's tasks beside each other.
            allocation: Allocation::Pooled {
                calls: u32::try_from(self.settings.parallel.get()).unwrap_or(u32::MAX),
            },
        };
        let made = Host::new(options)?;
        Ok(self.host.get_or_init(|| made))
    }

    /// A connector, loaded once in the life of this process.
    ///
    /// # Errors
    /// `UnknownConnector`, or what the host says against its file.
    pub async fn connector(&self, id: &str) -> Result<Connector, EngineError> {
        self.connectors.get(&self.catalogue, self.host()?, id).await
    }

    /// Every connection.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub async fn connections(&self) -> Result<Listed<Connection>, EngineError> {
        match self.existing_state()? {
            Some(state) => Ok(state.connections().await?),
            None => Ok(Listed { found: Vec::new(), unreadable: Vec::new() }),
        }
    }

    /// A connection, which there must be.
    ///
    /// # Errors
    /// `UnknownConnection`, or what the state says.
    pub async fn connection(&self, id: &ConnectionId) -> Result<Connection, EngineError> {
        let found = match self.existing_state()? {
            Some(state) => state.connection(id).await?,
            None => None,
        };
        found.map(|versioned| versioned.value).ok_or_else(|| StoreError::UnknownConnection(id.clone()).into())
    }

    /// The credential that is kept for a connection.
    ///
    /// # Errors
    /// `NoCredential` when it comes with each command, or what the secret store says.
    pub async fn credential(&self, connection: &Connection) -> Result<Credential, EngineError> {
        let kept = self.registry().await?.credential(connection).await?;
        kept.ok_or_else(|| EngineError::NoCredential(connection.id.clone()))
    }

    /// A connection's way to Azure.
    ///
    /// # Errors
    /// When its cloud or the credential cannot be used.
    pub fn gateway(
        &self,
        connection: &Connection,
        credential: Credential,
        stop: CancellationToken,
    ) -> Result<Gateway, EngineError> {
        let (cloud, tenant) = (connection.cloud.clone(), connection.tenant.clone());
        Ok(Gateway::connect(GatewayOptions {
            pace: self.settings.pace.clone(),
            stop,
            ..GatewayOptions::new(cloud, tenant, connection.client_id, credential)
        })?)
    }

    /// Syncs a connection, or continues its run.
    ///
    /// # Errors
    /// What kept it from completing.
    pub async fn sync(&self, connection: &Connection, how: Syncing) -> Result<RunRecord, EngineError> {
        let connector = self.connector(&connection.connector).await?;
        let gateway = self.gateway(connection, how.credential, how.stop.clone())?;
        let syncer = Syncer {
            state: self.state()?,
            connector: &connector,
            connection,
            gateway: &gateway,
            work_folder: &self.work_folder(),
            subscriber: how.subscriber,
            stop: how.stop,
            ends_at: how.ends_at,
        };
        let options = SyncOptions {
            fresh: how.fresh,
            accept_smaller: how.accept_smaller,
            hold_below: self.settings.hold_below,
            checkpoint_every: CHECKPOINT_EVERY,
            parallel: self.settings.parallel.get(),
            keep_runs: self.settings.keep_runs,
            scheduled_for: how.scheduled_for,
        };
        Box::pin(syncer.sync(&options)).await
    }

    /// Validates a connection, or one that is only proposed. When its credential ends, if the directory tells, is
    /// remembered with the connection.
    ///
    /// # Errors
    /// Faults of our own or of the connector; whatever is wrong with the tenant is a finding.
    pub async fn validate(&self, connection: &Connection, how: Looking) -> Result<Validation, EngineError> {
        let connector = self.connector(&connection.connector).await?;
        let registry = self.registry().await?;
        let listed = self.state()?.connections().await?;
        for error in &listed.unreadable {
            tracing::warn!(%error, "a connection is left out of the comparison with others");
        }
        let mut others = listed.found;
        others.retain(|other| other.id != connection.id);
        let validator = Validator {
            connection,
            credential: how.credential,
            fingerprint: how.fingerprint,
            others: &others,
            witnesses: &registry,
            now: Timestamp::now(),
            subscriber: Arc::new(Quiet),
            stop: how.stop,
        };
        let validation = validator.validate(&connector).await?;
        self.observer.validated(&validation.report);
        if let Some(end) = validation.credential_ends
            && how.is_own
        {
            self.observer.credential_ends(connection.id.as_str(), end);
            registry.learn_end(connection, end).await?;
        }
        Ok(validation)
    }

    /// The latest finished snapshot of a connection; of one that was removed, too.
    ///
    /// # Errors
    /// `UnknownConnection`, `NoSnapshot`, or what the store says.
    pub async fn snapshot(&self, id: &ConnectionId) -> Result<Snapshot, EngineError> {
        let state = self.existing_state()?.ok_or_else(|| StoreError::UnknownConnection(id.clone()))?;
        crate::latest_snapshot(state, id, &self.copies()).await
    }
}

#[async_trait]
impl Connectors for Installation {
    async fn connector(&self, id: &str) -> Result<Connector, EngineError> {
        Self::connector(self, id).await
    }
}

impl fmt::Debug for Installation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Installation").field("settings", &self.settings).finish_non_exhaustive()
    }
}
