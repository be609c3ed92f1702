//! The sync: plan, collect, publish, store. It can be killed at any moment and continued.

mod artifacts;
mod collect;
mod lease;
mod publish;
mod services;
mod work;

use std::{path::Path, sync::Arc, time::Instant};

use fairlead_azure::{Gateway, SignInError};
use fairlead_host::{ConnectionInfo, Connector};
use fairlead_model::{Api, Connection, Outcome, RunRecord};
use fairlead_store::{State, StoreError, WorkFile};
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::{EngineError, Event, Phase, Subscriber, settings};

use self::lease::Held;

/// How a sync is to be done.
#[derive(Debug, Clone)]
pub struct SyncOptions {
    /// Throw away an unfinished run instead of continuing it.
    pub fresh: bool,
    /// Tasks worked on at a time.
    pub parallel: usize,
}

/// Everything one sync needs.
pub struct Syncer<'a> {
    /// Connections, runs and artifacts.
    pub state: &'a State,
    /// The vendor's logic.
    pub connector: &'a Connector,
    /// What is synced.
    pub connection: &'a Connection,
    /// The way to Azure, for this connection's tenant.
    pub gateway: &'a Gateway,
    /// Folder for the files of unfinished runs.
    pub work_folder: &'a Path,
    /// Told of everything that happens.
    pub subscriber: Arc<dyn Subscriber>,
    /// Stops the sync; what was collected is kept.
    pub stop: CancellationToken,
}

impl Syncer<'_> {
    /// Runs the sync, or continues one that was stopped or killed.
    ///
    /// # Errors
    /// What kept it from completing; the run's record, which says the same, is stored before.
    pub async fn sync(&self, options: &SyncOptions) -> Result<RunRecord, EngineError> {
        settings::check(self.connector.description(), &self.connection.settings)?;
        let lease = Held::claim(self.state, &self.connection.id, self.stop.clone()).await?;
        let done = match self.unchanged().await {
            Ok(()) => self.sync_held(options).await,
            Err(error) => Err(error),
        };
        let released = lease.release().await;
        if let Err(lost @ EngineError::Store(StoreError::LeaseLost { .. })) = released {
            // The run stopped because of it: that is what there is to tell.
            return Err(lost);
        }
        let record = done?;
        released?;
        Ok(record)
    }

    /// What was read before the lease was held may have been removed or replaced meanwhile.
    async fn unchanged(&self) -> Result<(), EngineError> {
        let id = &self.connection.id;
        match self.state.connection(id).await? {
            Some(now) if now.value == *self.connection => Ok(()),
            _ => Err(StoreError::ConnectionChanged(id.clone()).into()),
        }
    }

    async fn sync_held(&self, options: &SyncOptions) -> Result<RunRecord, EngineError> {
        self.tell(Event::Phase(Phase::SigningIn));
        self.sign_in().await?;
        let (mut record, file) = work::open(self, options.fresh).await?;
        let path = file.path().to_owned();
        self.tell(Event::Started { run: record.id, finished_before: record.statistics.tasks });
        let done = self.collect_and_publish(&mut record, file, options.parallel).await;
        self.close(record, &path, done).await
    }

    /// Gets the tokens the connector will need, so that a wrong credential is the first thing to be told.
    async fn sign_in(&self) -> Result<(), EngineError> {
        let mut apis: Vec<Api> = self.connector.description().needs.iter().map(|need| need.api).collect();
        apis.sort();
        apis.dedup();
        let signing = apis.into_iter().map(|api| self.gateway.sign_in(api));
        match futures::future::try_join_all(signing).await {
            Ok(_) => Ok(()),
            Err(SignInError::Stopping) => Err(EngineError::Stopped(self.connection.id.clone())),
            Err(refused) => Err(refused.into()),
        }
    }

    async fn collect_and_publish(
        &self,
        record: &mut RunRecord,
        file: WorkFile,
        parallel: usize,
    ) -> Result<(), EngineError> {
        if !file.is_finished() {
            let started = Instant::now();
            self.tell(Event::Phase(Phase::Collecting));
            let collected = collect::collect(self, &file, parallel).await;
            record.statistics.collect_ms += milliseconds(started);
            record.statistics.tasks = file.finished_tasks()?;
            self.count(record);
            collected?;
        }
        let started = Instant::now();
        let published = publish::publish(self, record, file).await;
        record.statistics.publish_ms += milliseconds(started);
        published
    }

    /// Writes down how the run ended, whichever way.
    async fn close(
        &self,
        mut record: RunRecord,
        path: &Path,
        done: Result<(), EngineError>,
    ) -> Result<RunRecord, EngineError> {
        record.outcome = match &done {
            Ok(()) => Outcome::Complete,
            Err(error) if work::can_continue(error) => Outcome::Stopped,
            Err(_) => Outcome::Failed,
        };
        record.error = done.as_ref().err().map(ToString::to_string);
        if !record.outcome.can_continue() {
            record.ended_at = Some(Timestamp::now());
        }
        let saved = self.save(&record).await;
        self.tell(Event::Ended(record.outcome));
        let removed = match saved {
            Ok(()) if !record.outcome.can_continue() => WorkFile::remove(path).map_err(Into::into),
            saved => saved,
        };
        // The error that ended the run is the one to tell; failing to clear up after it comes second.
        done?;
        removed?;
        Ok(record)
    }

    /// Readers move to the new snapshot only after its run is on record as complete.
    async fn save(&self, record: &RunRecord) -> Result<(), EngineError> {
        self.state.save_run(record).await?;
        if record.outcome == Outcome::Complete {
            self.state.set_latest(&self.connection.id, record.id).await?;
        }
        Ok(())
    }

    fn count(&self, record: &mut RunRecord) {
        let seen = self.gateway.statistics();
        let total = &mut record.statistics;
        total.requests += seen.requests;
        total.batched += seen.batched;
        total.bytes_received += seen.bytes_received;
        total.retries += seen.retries;
        total.throttled += seen.throttled;
        total.throttle_wait_ms += seen.throttle_wait_ms;
        self.tell(Event::Statistics(total.clone()));
    }

    fn info(&self) -> ConnectionInfo {
        ConnectionInfo {
            name: self.connection.id.to_string(),
            tenant_id: self.gateway.tenant_id(),
            mode: self.connection.mode,
            settings: serde_json::Value::Object(self.connection.settings.clone()).to_string(),
            subscriptions: self.connection.scope.subscriptions.iter().map(ToString::to_string).collect(),
            management_group: self.connection.scope.management_group.clone(),
            entra_portal: self.gateway.entra_portal().to_owned(),
        }
    }

    fn tell(&self, event: Event) {
        self.subscriber.event(event);
    }
}

fn milliseconds(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}
