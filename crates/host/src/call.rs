//! One call: a fresh store with its limits, and what its end means.

use std::sync::Arc;

use fairlead_model::Description;
use tokio::sync::OwnedSemaphorePermit;
use wasmtime::{Engine, Store, StoreContextMut, UpdateDeadline};

use crate::{
    bindings::fairlead::connector::types as wit,
    connector::Called,
    error::{CallError, Cause, Stop},
    guest::{Guest, Log, stop},
    limits::{Budget, Limit, Limits},
    meter::{Away, Meter},
    services::Services,
    work::Work,
};

/// A call in progress. Dropped, it takes the instance and everything it held with it.
pub(crate) struct Call {
    pub(crate) store: Store<Guest>,
    connector: String,
    work: Work,
    budget: Budget,
    _turn: Option<OwnedSemaphorePermit>,
}

impl Call {
    pub(crate) fn new(
        engine: &Engine,
        limits: &Arc<Limits>,
        description: Arc<Description>,
        work: Work,
        services: Services,
        turn: Option<OwnedSemaphorePermit>,
    ) -> Self {
        let connector = description.id.clone();
        Self::start(engine, limits, connector, Some(description), work, services, turn)
    }

    /// A call that asks what the connector is; until that is known it goes by `name`.
    pub(crate) fn describing(engine: &Engine, limits: &Arc<Limits>, name: &str) -> Self {
        Self::start(engine, limits, name.to_owned(), None, Work::Describe, Services::default(), None)
    }

    fn start(
        engine: &Engine,
        limits: &Arc<Limits>,
        connector: String,
        description: Option<Arc<Description>>,
        work: Work,
        services: Services,
        turn: Option<OwnedSemaphorePermit>,
    ) -> Self {
        let budget = limits.budget(&work);
        let log = Log::new(connector.clone(), work.clone(), services.run, limits);
        let guest = Guest::new(limits.clone(), &budget, services, description, log);
        let mut store = Store::new(engine, guest);
        store.limiter(|guest| &mut guest.growth);
        store.set_hostcall_fuel(match message_limit(&work) {
            Limit::Description => limits.kib(Limit::Description),
            limit => limits.mib(limit),
        });
        store.set_max_component_handles(limits.count(Limit::Handles));
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(move |context| interrupt(&context, &budget));
        Self { store, connector, work, budget, _turn: turn }
    }

    /// The call's clock, and what it may use.
    pub(crate) fn terms(&self) -> (Arc<Meter>, Budget) {
        (self.store.data().meter.clone(), self.budget)
    }

    /// Says what the end of the call means, and takes over what it returned.
    pub(crate) fn end<T, U>(
        self,
        ended: Result<wasmtime::Result<Result<T, wit::Failure>>, Limit>,
        take: impl FnOnce(T) -> Result<U, Cause>,
    ) -> Result<Called<U>, CallError> {
        let guest = self.store.data();
        let taken = match ended {
            Ok(Ok(Ok(value))) => take(value),
            Ok(Ok(Err(failure))) => Err(Cause::Failed(failure.into())),
            Ok(Err(error)) => {
                tracing::debug!(connector = self.connector, work = %self.work, error = ?error, "a call failed");
                Err(Cause::of(&error, message_limit(&self.work), &guest.limits, guest.log.last_error()))
            }
            Err(limit) => Err(Cause::exceeded(limit, &guest.limits)),
        };
        match taken {
            Ok(value) => Ok(Called { value, usage: guest.usage() }),
            Err(cause) => Err(CallError::new(&self.connector, self.work, cause)),
        }
    }
}

/// The limit on what is handed over at once.
fn message_limit(work: &Work) -> Limit {
    match work {
        Work::Describe | Work::Requirements | Work::Check => Limit::Description,
        Work::Plan | Work::Task { .. } | Work::Publish => Limit::Message,
    }
}

/// Called every tick while the guest computes: ends it when its time is up, and lets others have a turn.
fn interrupt(context: &StoreContextMut<'_, Guest>, budget: &Budget) -> wasmtime::Result<UpdateDeadline> {
    let meter = &context.data().meter;
    if meter.guest() > budget.cpu.amount {
        return Err(stop(Stop::Exceeded(budget.cpu.limit)));
    }
    let away = meter.away(Away::Host);
    let others = async move {
        tokio::task::yield_now().await;
        drop(away);
    };
    Ok(UpdateDeadline::YieldCustom(1, Box::pin(others)))
}
