//! A loaded connector. Every call runs in an instance of its own, and nothing of it outlives the call but what
//! it returned.

use std::{fmt, sync::Arc, time::Duration};

use fairlead_model::{Bookmark, Description, Finding, Mode, Requirement, Step, Task};

use crate::{
    bindings::{ConnectorPre, exports::fairlead::connector::descriptor, fairlead::connector::types as wit},
    call::Call,
    engine::Turns,
    error::{CallError, Cause},
    guest::Guest,
    limits::{Limit, Limits},
    onboarding,
    services::Services,
    step,
    work::Work,
};

/// The connection a call is made for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionInfo {
    /// The connection's name.
    pub name: String,
    /// The tenant's id.
    pub tenant_id: String,
    /// What the connector may do in the tenant.
    pub mode: Mode,
    /// A JSON object that fits the connector's settings schema.
    pub settings: String,
    /// Ids of the subscriptions it is about; empty: every one the application can see.
    pub subscriptions: Vec<String>,
    /// Name of the management group it is about, if it is narrowed to one.
    pub management_group: Option<String>,
    /// Address of the Entra admin centre in the connection's cloud.
    pub entra_portal: String,
}

/// What a call gave back, and what it took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Called<T> {
    /// What it gave back.
    pub value: T,
    /// What it took.
    pub usage: Usage,
}

/// What a call took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// Time the guest computed.
    pub guest: Duration,
    /// Time it waited for Azure.
    pub azure: Duration,
    /// Time from beginning to end.
    pub wall: Duration,
    /// The most memory it had, in bytes.
    pub memory_peak: u64,
    /// Requests to Azure it asked for.
    pub requests: u64,
    /// Bytes Azure answered.
    pub received: u64,
    /// Bytes it wrote into files and databases.
    pub written: u64,
}

/// A connector that can be called. Cheap to clone.
#[derive(Clone)]
pub struct Connector {
    program: Arc<Program>,
}

/// What all calls of a connector share.
pub(crate) struct Program {
    pub(crate) pre: ConnectorPre<Guest>,
    pub(crate) limits: Arc<Limits>,
    pub(crate) description: Arc<Description>,
    pub(crate) digest: String,
    pub(crate) turns: Turns,
}

impl Connector {
    pub(crate) fn new(program: Program) -> Self {
        Self { program: Arc::new(program) }
    }

    /// What it says of itself.
    pub fn description(&self) -> &Description {
        &self.program.description
    }

    /// SHA-256 of its component, in hex.
    pub fn digest(&self) -> &str {
        &self.program.digest
    }

    /// The limits it runs within.
    pub fn limits(&self) -> &Limits {
        &self.program.limits
    }

    /// The error of a task that went past a limit which only whoever runs the tasks can watch.
    pub fn exceeded(&self, task: &Task, limit: Limit) -> CallError {
        let cause = Cause::exceeded(limit, &self.program.limits);
        CallError::new(&self.description().id, Work::from(task), cause)
    }

    /// Asks what a tenant must have for the connection's mode and settings. The connector may call nobody
    /// for that, whatever the services.
    ///
    /// # Errors
    /// What kept the connector from answering, or what is wrong with its answer. Settings that make no sense to
    /// the connector are its own failure.
    pub async fn requirements(
        &self,
        services: Services,
        connection: &ConnectionInfo,
    ) -> Result<Called<Vec<Requirement>>, CallError> {
        let services = Services { run: services.run, ..Services::default() };
        let mut call = self.call(Work::Requirements, services).await;
        let (meter, budget) = call.terms();
        let calling = async {
            let guest = self.program.pre.instantiate_async(&mut call.store).await?;
            guest.fairlead_connector_onboarding().call_requirements(&mut call.store, &connection.into()).await
        };
        let ended = meter.within(&budget, calling).await;
        call.end(ended, |given| onboarding::requirements(given).map_err(Cause::InvalidOutput))
    }

    /// Has the connector look at what only it can look at.
    ///
    /// # Errors
    /// What kept the connector from looking, or what is wrong with its findings.
    pub async fn check(
        &self,
        services: Services,
        connection: &ConnectionInfo,
    ) -> Result<Called<Vec<Finding>>, CallError> {
        let mut call = self.call(Work::Check, services).await;
        let (meter, budget) = call.terms();
        let calling = async {
            let guest = self.program.pre.instantiate_async(&mut call.store).await?;
            guest.fairlead_connector_onboarding().call_check(&mut call.store, &connection.into()).await
        };
        let ended = meter.within(&budget, calling).await;
        call.end(ended, |given| onboarding::findings(given).map_err(Cause::InvalidOutput))
    }

    /// Asks what there is to do.
    ///
    /// # Errors
    /// What kept the connector from answering, or what is wrong with its answer.
    pub async fn plan(
        &self,
        services: Services,
        connection: &ConnectionInfo,
        bookmarks: &[Bookmark],
    ) -> Result<Called<Vec<Task>>, CallError> {
        let mut call = self.call(Work::Plan, services).await;
        let bookmarks: Vec<wit::Bookmark> = bookmarks.iter().map(Into::into).collect();
        let (meter, budget) = call.terms();
        let calling = async {
            let guest = self.program.pre.instantiate_async(&mut call.store).await?;
            guest.fairlead_connector_sync().call_plan(&mut call.store, &connection.into(), &bookmarks).await
        };
        let ended = meter.within(&budget, calling).await;
        call.end(ended, |tasks| step::tasks(tasks, &self.program.limits))
    }

    /// Has a task done.
    ///
    /// # Errors
    /// What kept the connector from doing it, or what is wrong with its result.
    pub async fn run(
        &self,
        services: Services,
        connection: &ConnectionInfo,
        task: &Task,
    ) -> Result<Called<Step>, CallError> {
        let mut call = self.call(Work::from(task), services).await;
        let (meter, budget) = call.terms();
        let calling = async {
            let guest = self.program.pre.instantiate_async(&mut call.store).await?;
            guest.fairlead_connector_sync().call_run(&mut call.store, &connection.into(), &task.into()).await
        };
        let ended = meter.within(&budget, calling).await;
        call.end(ended, |given| step::step(given, &self.program.description, &self.program.limits))
    }

    /// Has the connector's files made.
    ///
    /// # Errors
    /// What kept the connector from making them.
    pub async fn publish(
        &self,
        services: Services,
        connection: &ConnectionInfo,
    ) -> Result<Called<()>, CallError> {
        let mut call = self.call(Work::Publish, services).await;
        let (meter, budget) = call.terms();
        let calling = async {
            let guest = self.program.pre.instantiate_async(&mut call.store).await?;
            guest.fairlead_connector_sync().call_publish(&mut call.store, &connection.into()).await
        };
        let ended = meter.within(&budget, calling).await;
        call.end(ended, Ok)
    }

    async fn call(&self, work: Work, services: Services) -> Call {
        let Program { limits, description, turns, .. } = &*self.program;
        let turn = turns.take().await;
        Call::new(self.program.pre.engine(), limits, description.clone(), work, services, turn)
    }
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Description { id, version, .. } = self.description();
        f.debug_struct("Connector").field("id", id).field("version", version).finish_non_exhaustive()
    }
}

/// Asks a component what it is. `name` stands for its id until that is known.
pub(crate) async fn describe(
    pre: &ConnectorPre<Guest>,
    limits: &Arc<Limits>,
    name: &str,
) -> Result<descriptor::Description, CallError> {
    let mut call = Call::describing(pre.engine(), limits, name);
    let (meter, budget) = call.terms();
    let calling = async {
        let guest = pre.instantiate_async(&mut call.store).await?;
        guest.fairlead_connector_descriptor().call_describe(&mut call.store).await.map(Ok)
    };
    let ended = meter.within(&budget, calling).await;
    call.end(ended, Ok).map(|called| called.value)
}
