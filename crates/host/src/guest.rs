//! The host's side of one call: what the guest may reach, and the ledger of what it has used.

use std::sync::Arc;

use fairlead_model::{Description, RunId};
use wasmtime::{
    ResourceLimiter,
    component::{Resource, ResourceTable},
};

use crate::{
    connector::Usage,
    error::Stop,
    limits::{Allowance, Budget, Limit, Limits},
    meter::Meter,
    services::Services,
    work::{Plain, Work, plain},
};

/// The data of a call's store.
pub(crate) struct Guest {
    pub(crate) limits: Arc<Limits>,
    pub(crate) meter: Arc<Meter>,
    pub(crate) services: Services,
    /// Absent while the description is being read.
    pub(crate) description: Option<Arc<Description>>,
    pub(crate) table: ResourceTable,
    pub(crate) ledger: Ledger,
    pub(crate) log: Log,
    pub(crate) growth: Growth,
}

impl Guest {
    pub(crate) fn new(
        limits: Arc<Limits>,
        budget: &Budget,
        services: Services,
        description: Option<Arc<Description>>,
        log: Log,
    ) -> Self {
        let mut table = ResourceTable::new();
        table.set_max_capacity(limits.count(Limit::Handles));
        let growth = Growth::new(&limits, budget);
        let meter = Meter::start();
        let ledger = Ledger::new(budget);
        Self { limits, meter, services, description, table, ledger, log, growth }
    }

    /// Notes a resource the guest now holds.
    pub(crate) fn hold<T: Send + 'static>(&mut self, value: T) -> wasmtime::Result<Resource<T>> {
        self.table.push(value).map_err(|_| stop(Stop::Exceeded(Limit::Handles)))
    }

    pub(crate) fn usage(&self) -> Usage {
        Usage {
            guest: self.meter.guest(),
            azure: self.meter.azure(),
            wall: self.meter.wall(),
            memory_peak: self.growth.memory.peak as u64,
            requests: self.ledger.requests,
            received: self.ledger.received,
            written: self.ledger.written,
        }
    }
}

/// An error that ends the call.
pub(crate) fn stop(reason: Stop) -> wasmtime::Error {
    wasmtime::Error::new(reason)
}

/// An error that ends the call because the guest asked for what is not there for it.
pub(crate) fn misuse(what: impl Into<String>) -> wasmtime::Error {
    stop(Stop::Misuse(what.into()))
}

/// What a call has used of what is counted.
#[derive(Debug)]
pub(crate) struct Ledger {
    /// How many requests it may make.
    allowed: Allowance<u64>,
    requests: u64,
    received: u64,
    written: u64,
}

impl Ledger {
    fn new(budget: &Budget) -> Self {
        Self { allowed: budget.requests, requests: 0, received: 0, written: 0 }
    }

    pub(crate) fn asks(&mut self, requests: usize) -> wasmtime::Result<()> {
        add(&mut self.requests, requests as u64, self.allowed.amount, self.allowed.limit)
    }

    pub(crate) fn receives(&mut self, bytes: usize, limits: &Limits) -> wasmtime::Result<()> {
        add(&mut self.received, bytes as u64, limits.mib(Limit::Received) as u64, Limit::Received)
    }

    pub(crate) fn writes(&mut self, bytes: u64, limits: &Limits) -> wasmtime::Result<()> {
        add(&mut self.written, bytes, limits.mib(Limit::Artifacts) as u64, Limit::Artifacts)
    }
}

fn add(sum: &mut u64, more: u64, allowed: u64, limit: Limit) -> wasmtime::Result<()> {
    *sum = sum.saturating_add(more);
    if *sum > allowed { Err(stop(Stop::Exceeded(limit))) } else { Ok(()) }
}

/// Sums what the component's memories and tables hold: wasmtime's own limits are for each of them alone.
#[derive(Debug)]
pub(crate) struct Growth {
    memory: Sum,
    elements: Sum,
    instances: usize,
    tables: usize,
    memories: usize,
}

#[derive(Debug)]
struct Sum {
    limit: Limit,
    allowed: usize,
    held: usize,
    peak: usize,
    /// The last growth granted, to be taken back if it then fails.
    granted: usize,
}

impl Sum {
    fn new(limit: Limit, allowed: usize) -> Self {
        Self { limit, allowed, held: 0, peak: 0, granted: 0 }
    }

    /// Refusing ends the call: a guest told "no" would only crash, and with a worse message.
    fn grow(&mut self, current: usize, desired: usize) -> wasmtime::Result<bool> {
        let more = desired.saturating_sub(current);
        let wanted = self.held.saturating_add(more);
        if wanted > self.allowed {
            return Err(stop(Stop::Exceeded(self.limit)));
        }
        self.held = wanted;
        self.peak = self.peak.max(wanted);
        self.granted = more;
        Ok(true)
    }

    fn take_back(&mut self) {
        self.held -= std::mem::take(&mut self.granted);
    }
}

impl Growth {
    fn new(limits: &Limits, budget: &Budget) -> Self {
        Self {
            memory: Sum::new(budget.memory.limit, budget.memory.amount),
            elements: Sum::new(Limit::TableElements, limits.count(Limit::TableElements)),
            instances: limits.count(Limit::Instances),
            tables: limits.count(Limit::Tables),
            memories: limits.count(Limit::Memories),
        }
    }
}

impl ResourceLimiter for Growth {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        self.memory.grow(current, desired)
    }

    fn memory_grow_failed(&mut self, _: wasmtime::Error) -> wasmtime::Result<()> {
        self.memory.take_back();
        Ok(())
    }

    fn table_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        self.elements.grow(current, desired)
    }

    fn table_grow_failed(&mut self, _: wasmtime::Error) -> wasmtime::Result<()> {
        self.elements.take_back();
        Ok(())
    }

    fn instances(&self) -> usize {
        self.instances
    }

    fn tables(&self) -> usize {
        self.tables
    }

    fn memories(&self) -> usize {
        self.memories
    }
}

/// How urgent a connector finds what it logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    Trace,
    Debug,
    Info,
    Warn,
    Error,
}

/// Passes on what the guest logs, up to the limit.
pub(crate) struct Log {
    connector: String,
    work: Work,
    run: Option<RunId>,
    left: usize,
    last_error: Option<String>,
}

impl Log {
    pub(crate) fn new(connector: String, work: Work, run: Option<RunId>, limits: &Limits) -> Self {
        Self { connector, work, run, left: limits.kib(Limit::Log), last_error: None }
    }

    /// The last error the guest logged: a panic's message, when it panicked.
    pub(crate) fn last_error(&self) -> Option<String> {
        self.last_error.clone()
    }

    pub(crate) fn write(&mut self, level: Level, message: &str) {
        if level == Level::Error {
            // Kept even when the log is full: it may be the guest's last words.
            self.last_error = Some(plain(message));
        }
        if self.left == 0 {
            return;
        }
        // Empty lines cost something too, or there would be no end to them.
        self.left = self.left.saturating_sub(message.len().max(16));
        self.emit(level, message);
        if self.left == 0 {
            self.emit(Level::Warn, "(the rest of what it logged is dropped: limit log-kib)");
        }
    }

    fn emit(&self, level: Level, message: &str) {
        let run = self.run.as_ref().map(tracing::field::display);
        let (connector, task, message) = (&self.connector, &self.work, Plain(message));
        macro_rules! emit {
            ($event:ident) => {
                tracing::$event!(target: "fairlead_host::connector", run, connector, %task, "{message}")
            };
        }
        match level {
            Level::Trace => emit!(trace),
            Level::Debug => emit!(debug),
            Level::Info => emit!(info),
            Level::Warn => emit!(warn),
            Level::Error => emit!(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_summed_over_the_component() {
        let mut sum = Sum::new(Limit::Memory, 100);
        assert!(sum.grow(0, 60).unwrap());
        let refused = sum.grow(0, 60).unwrap_err();
        assert!(matches!(refused.downcast_ref(), Some(Stop::Exceeded(Limit::Memory))));
        assert!(sum.grow(0, 40).unwrap());
        sum.take_back();
        assert!(sum.grow(60, 100).unwrap());
        assert_eq!(sum.peak, 100);
    }

    #[test]
    fn the_log_ends_at_its_limit_but_last_words_are_kept() {
        let limits = Limits { log_kib: 1, ..Limits::default() };
        let mut log = Log::new("example".into(), Work::Plan, None, &limits);
        for _ in 0..100 {
            log.write(Level::Info, "");
        }
        assert_eq!(log.left, 0);
        log.write(Level::Error, "panicked");
        assert_eq!(log.last_error().as_deref(), Some("panicked"));
    }
}
