//! The sync: plan, collect, publish, store. It can be killed at any moment and continued.

mod artifacts;
mod checkpoint;
mod collect;
mod guard;
mod lease;
mod publish;
mod services;
mod unstarted;
mod work;

use std::{
    num::NonZeroUsize,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use fairlead_azure::{Gateway, SignInError};
use fairlead_host::{ConnectionInfo, Connector, Services};
use fairlead_model::{Api, Connection, Outcome, RunRecord};
use fairlead_store::{Lease, Removed, State, StoreError, WorkFile};
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::{EngineError, Event, Phase, Subscriber, info::connection_info, settings};

pub use self::{checkpoint::CHECKPOINT_EVERY, guard::HoldBelow};
use self::{lease::Held, work::Work};

pub(crate) use self::unstarted::note_failure;

/// After so many attempts without a finished task, somebody has to look.
const FRUITLESS: u64 = 3;

/// Finished runs of a connection that keep their snapshot and files, unless somebody says otherwise: enough to
/// look back over a week of nightly syncs, and a disk bears ten times what a tenant has.
pub const KEEP_RUNS: NonZeroUsize = NonZeroUsize::new(10).unwrap();

/// How a sync is to be done.
#[derive(Debug, Clone)]
pub struct SyncOptions {
    /// Throw away an unfinished run instead of continuing it.
    pub fresh: bool,
    /// Publish the run that is held because it is so much smaller than the one before, instead of collecting.
    pub accept_smaller: bool,
    /// How much smaller that is.
    pub hold_below: HoldBelow,
    /// How often a run that another machine may have to continue stores what it has; see [`CHECKPOINT_EVERY`].
    pub checkpoint_every: Duration,
    /// Tasks worked on at a time.
    pub parallel: usize,
    /// Finished runs of the connection that keep their snapshot and files; see [`KEEP_RUNS`]. The latest one
    /// always does.
    pub keep_runs: NonZeroUsize,
    /// The moment of the schedule it is for; absent: somebody asked for it.
    pub scheduled_for: Option<Timestamp>,
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
    /// Folder for the files of unfinished runs; each connection has a folder of its own in it.
    pub work_folder: &'a Path,
    /// Told of everything that happens.
    pub subscriber: Arc<dyn Subscriber>,
    /// Stops the sync; what was collected is kept.
    pub stop: CancellationToken,
    /// When this process ends in any case, as a function's invocation does; absent: when it is done. The connection
    /// is held no longer than that. Cancel `stop` in time for the run to be stored.
    pub ends_at: Option<Timestamp>,
}

impl Syncer<'_> {
    /// Runs the sync, or continues one that was stopped or killed.
    ///
    /// # Errors
    /// What kept it from completing; the run's record, which says the same, is stored before.
    pub async fn sync(&self, options: &SyncOptions) -> Result<RunRecord, EngineError> {
        settings::check(self.connector.description(), &self.connection.settings)?;
        self.collects().await?;
        let held = Held::claim(self.state, &self.connection.id, self.ends_at, self.stop.clone()).await?;
        let done = match self.unchanged().await {
            Ok(()) => self.sync_held(held.lease(), options).await,
            Err(error) => Err(error),
        };
        let released = held.release().await;
        if let Err(lost @ EngineError::Store(StoreError::LeaseLost { .. })) = released {
            // The run stopped because of it: that is what there is to tell.
            return Err(lost);
        }
        let record = done?;
        released?;
        Ok(record)
    }

    /// A connector without kinds has nothing to collect, and says itself why; nobody is asked to sign in for that.
    async fn collects(&self) -> Result<(), EngineError> {
        let description = self.connector.description();
        if description.collects() {
            return Ok(());
        }
        self.connector.plan(Services::default(), &self.info(), &[]).await?;
        Err(EngineError::NothingToCollect(description.id.clone()))
    }

    /// What was read before the lease was held may have been removed or replaced meanwhile. What is for people, or
    /// says when to sync, may change at any time.
    async fn unchanged(&self) -> Result<(), EngineError> {
        let id = &self.connection.id;
        match self.state.connection(id).await? {
            Some(now) if now.value.works_like(self.connection) => Ok(()),
            _ => Err(StoreError::ConnectionChanged(id.clone()).into()),
        }
    }

    async fn sync_held(&self, lease: &Lease, options: &SyncOptions) -> Result<RunRecord, EngineError> {
        let Work { mut record, file } = self.open(lease, options).await?;
        let path = file.path().to_owned();
        let finished_before = record.statistics.tasks;
        self.tell(Event::Started { run: record.id, finished_before });
        let done = self.collect_and_publish(lease, &mut record, file, options).await;
        let done = self.or_fruitless(&mut record, finished_before, done);
        let closed = self.close(lease, &mut record, &path, &done).await;
        if done.is_ok() && closed.is_ok() {
            self.tidy(lease, options.keep_runs).await;
        }
        self.tell(Event::Ended(record.outcome));
        // The error that ended the run is the one to tell; failing to clear up after it comes second.
        done?;
        closed?;
        Ok(record)
    }

    /// A run that finishes nothing in the time there is would be continued without end: after a few times that is
    /// an error of its own.
    fn or_fruitless(
        &self,
        record: &mut RunRecord,
        finished_before: u64,
        done: Result<(), EngineError>,
    ) -> Result<(), EngineError> {
        let is_out_of_time = self.ends_at.is_some() && matches!(done, Err(EngineError::Stopped(_)));
        let statistics = &mut record.statistics;
        if !is_out_of_time || statistics.tasks > finished_before {
            statistics.fruitless = 0;
            return done;
        }
        statistics.fruitless += 1;
        let (connection, attempts) = (self.connection.id.clone(), statistics.fruitless);
        if attempts < FRUITLESS { done } else { Err(EngineError::Fruitless { connection, attempts }) }
    }

    /// The run to work on.
    async fn open(&self, lease: &Lease, options: &SyncOptions) -> Result<Work, EngineError> {
        if options.accept_smaller {
            // Everything is collected: the tenant is not asked for anything.
            return work::accept(self, lease).await;
        }
        self.tell(Event::Phase(Phase::SigningIn));
        self.sign_in().await?;
        if self.state.is_local() {
            // What killed processes left takes space that this run may need.
            self.tidy(lease, options.keep_runs).await;
        }
        work::open(self, lease, options).await
    }

    /// Removes files that nobody needs any more. That it fails keeps nobody from syncing.
    async fn tidy(&self, lease: &Lease, keep: NonZeroUsize) {
        match lease.tidy(keep).await {
            Ok(removed) => {
                for Removed { run, files, bytes } in removed {
                    tracing::info!(%run, files, bytes, "files removed");
                    self.tell(Event::FilesRemoved { run, files, bytes });
                }
            }
            Err(error) => tracing::warn!(%error, "old files could not be removed"),
        }
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
        lease: &Lease,
        record: &mut RunRecord,
        file: WorkFile,
        options: &SyncOptions,
    ) -> Result<(), EngineError> {
        if !file.is_finished() {
            let started = Instant::now();
            self.tell(Event::Phase(Phase::Collecting));
            let collected = collect::collect(self, lease, &file, record, options).await;
            record.statistics.collect_ms += milliseconds(started);
            record.statistics.tasks = file.finished_tasks()?;
            self.count(record);
            if let Err(error) = collected {
                self.let_go(file).await;
                return Err(error);
            }
        }
        let started = Instant::now();
        let published = publish::publish(self, record, file, options.hold_below).await;
        record.statistics.publish_ms += milliseconds(started);
        published
    }

    /// Leaves the file of a run that did not get to its end in one piece, for it may have to be stored.
    async fn let_go(&self, file: WorkFile) {
        if !self.state.is_local()
            && let Err(error) = file.close().await
        {
            tracing::warn!(%error, "the unfinished run's file could not be closed");
        }
    }

    /// Writes down how the run ended, whichever way.
    async fn close(
        &self,
        lease: &Lease,
        record: &mut RunRecord,
        path: &Path,
        done: &Result<(), EngineError>,
    ) -> Result<(), EngineError> {
        record.outcome = match done {
            Ok(()) => Outcome::Complete,
            Err(EngineError::Held { .. }) => Outcome::Held,
            Err(error) if work::can_continue(error) => Outcome::Stopped,
            Err(_) => Outcome::Failed,
        };
        record.error = done.as_ref().err().map(ToString::to_string);
        record.failure = done.as_ref().err().and_then(EngineError::kind);
        if !record.outcome.can_continue() {
            record.ended_at = Some(Timestamp::now());
        }
        let is_kept = matches!(record.outcome, Outcome::Stopped | Outcome::Held);
        let replaced = if is_kept {
            checkpoint::store_last(self, lease, path, record).await
        } else {
            record.checkpoint.take()
        };
        save(lease, record).await?;
        // Only now: until the record names another one, or none, this is what the run is continued from.
        checkpoint::forget(self, replaced).await;
        if !is_kept {
            work::remove(path)?;
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
        connection_info(self.connection, self.gateway.tenant_id())
    }

    fn tell(&self, event: Event) {
        self.subscriber.event(event);
    }
}

/// Readers move to the new snapshot only after its run is on record as complete.
async fn save(lease: &Lease, record: &RunRecord) -> Result<(), EngineError> {
    lease.save_run(record).await?;
    if record.outcome == Outcome::Complete {
        lease.set_latest(record.id).await?;
    }
    Ok(())
}

fn milliseconds(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}
