//! Collecting: tasks run side by side, each in a fresh instance; their steps are committed in order.
//!
//! A follow-up task starts as soon as its parent's step is back, while the step is still on its way to
//! the disk. That is safe because commits are written in the order they are handed over: a child's
//! records can never be there without its parent's.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use fairlead_azure::Policy;
use fairlead_host::{CallError, ConnectionInfo, Connector, Limit, Services};
use fairlead_model::{FailedTasks, Failure, RunRecord, Step, Task};
use fairlead_store::{Lease, WorkFile, Writer};
use tokio::{task::JoinSet, time::Instant};

use super::{SyncOptions, Syncer, checkpoint, services::PolicedAzure};
use crate::{EngineError, Event};

/// Failures of the kind "not now" after which the rest is not tried any more.
const GIVE_UP_AFTER: usize = 3;

/// Runs every pending task of the work file and all that follow from them; notes those that fail.
pub(super) async fn collect(
    syncer: &Syncer<'_>,
    lease: &Lease,
    file: &WorkFile,
    record: &mut RunRecord,
    options: &SyncOptions,
) -> Result<(), EngineError> {
    let description = syncer.connector.description();
    let policy = Policy::new(&description.needs, syncer.connection.mode);
    let azure = PolicedAzure::new(syncer.gateway.policed(policy));
    let services = Services { azure: Some(azure.clone()), ..Services::default() };
    let info = Arc::new(syncer.info());
    if !file.is_planned()? {
        let planned = syncer.connector.plan(services.clone(), &info, &[]).await?;
        file.plan(&planned.value)?;
    }
    let mut pool = Pool {
        connector: syncer.connector.clone(),
        azure,
        services,
        info,
        ready: file.pending()?.into(),
        running: JoinSet::new(),
        failed: FailedTasks::default(),
        first_failure: None,
        postponed: 0,
    };
    let writer = file.writer()?;
    let ended = tokio::select! {
        ended = pool.run(syncer, &writer, options.parallel) => ended,
        never = checkpoint::keep_storing(syncer, lease, file, record, options.checkpoint_every) => match never {},
    };
    pool.running.shutdown().await;
    let closed = writer.close().await;
    record.failed_tasks.clone_from(&pool.failed);
    ended?;
    closed?;
    pool.into_result()
}

struct Pool {
    connector: Connector,
    azure: Arc<PolicedAzure>,
    services: Services,
    info: Arc<ConnectionInfo>,
    ready: VecDeque<Task>,
    running: JoinSet<(Task, Result<Step, CallError>)>,
    failed: FailedTasks,
    first_failure: Option<EngineError>,
    postponed: usize,
}

impl Pool {
    async fn run(
        &mut self,
        syncer: &Syncer<'_>,
        writer: &Writer,
        parallel: usize,
    ) -> Result<(), EngineError> {
        let mut waits = syncer.gateway.waits();
        loop {
            while self.running.len() < parallel {
                let Some(task) = self.ready.pop_front() else { break };
                self.start(task);
            }
            if self.running.is_empty() {
                return Ok(());
            }
            let joined = tokio::select! {
                biased;
                () = syncer.stop.cancelled() => {
                    return Err(EngineError::Stopped(syncer.connection.id.clone()));
                }
                Ok(()) = waits.changed() => {
                    let until = waits.borrow_and_update().as_ref().map(|wait| wait.until);
                    syncer.tell(Event::Waiting(until.map(|until| until.duration_since(Instant::now()))));
                    continue;
                }
                joined = self.running.join_next() => joined,
            };
            match joined {
                Some(Ok((task, Ok(step)))) => self.took(syncer, writer, task, step).await?,
                Some(Ok((task, Err(error)))) => self.lost(syncer, &task, error)?,
                Some(Err(panic)) => return Err(EngineError::Defect(format!("a task panicked: {panic}"))),
                None => return Ok(()),
            }
        }
    }

    fn start(&mut self, task: Task) {
        let connector = self.connector.clone();
        let services = self.services.clone();
        let info = self.info.clone();
        self.running.spawn(async move {
            let called = connector.run(services, &info, &task).await;
            (task, called.map(|called| called.value))
        });
    }

    async fn took(
        &mut self,
        syncer: &Syncer<'_>,
        writer: &Writer,
        task: Task,
        step: Step,
    ) -> Result<(), EngineError> {
        // Each task is bounded; that there is an end to them is for the run to see.
        if writer.tasks_with(&step) > self.connector.limits().of(Limit::RunTasks) {
            self.ready.clear();
            let error = self.connector.exceeded(&task, Limit::RunTasks);
            return self.lost(syncer, &task, error);
        }
        let records = records_of(&step);
        let followers = writer.commit(&task, step).await?;
        tracing::info!(task = task.kind, key = task.key, followers = followers.len(), "task done");
        for follower in followers.into_iter().rev() {
            // A page's next page goes first: the longest chain of pages decides how long a sync takes.
            if follower.kind == task.kind {
                self.ready.push_front(follower);
            } else {
                self.ready.push_back(follower);
            }
        }
        let remaining = (self.ready.len() + self.running.len()) as u64;
        syncer.tell(Event::Task { kind: task.kind, records, remaining });
        syncer.tell(Event::Statistics(syncer.gateway.statistics()));
        Ok(())
    }

    /// Notes a task that failed. The others go on, unless going on is pointless.
    fn lost(&mut self, syncer: &Syncer<'_>, task: &Task, error: CallError) -> Result<(), EngineError> {
        if self.azure.credential_refused() {
            return Err(EngineError::Credential(error));
        }
        if syncer.stop.is_cancelled() {
            return Err(EngineError::Stopped(syncer.connection.id.clone()));
        }
        tracing::info!(task = task.kind, key = task.key, %error, "task failed");
        let reason = error.to_string();
        self.failed.add(task, &reason);
        syncer.tell(Event::TaskFailed { kind: task.kind.clone(), key: task.key.clone(), error: reason });
        if matches!(error.failure(), Some(Failure::RetryLater(_))) {
            self.postponed += 1;
        }
        self.first_failure.get_or_insert(error.into());
        if self.postponed >= GIVE_UP_AFTER {
            self.ready.clear();
        }
        Ok(())
    }

    fn into_result(self) -> Result<(), EngineError> {
        let more = self.failed.count.saturating_sub(1);
        match self.first_failure {
            None => Ok(()),
            Some(only) if more == 0 => Err(only),
            Some(first) => Err(EngineError::Tasks { first: Box::new(first), more }),
        }
    }
}

fn records_of(step: &Step) -> BTreeMap<String, u64> {
    let mut records = BTreeMap::new();
    for batch in &step.items {
        *records.entry(batch.kind.clone()).or_default() += batch.ids.len() as u64;
    }
    for batch in &step.links {
        *records.entry(batch.kind.clone()).or_default() += batch.targets.len() as u64;
    }
    records
}
