//! wasmtime as connectors meet it: what is switched on, how instances are allocated, and the clock that
//! interrupts them.

use std::{sync::Arc, thread, time::Duration};

use serde::{Deserialize, Serialize};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wasmtime::{Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, WasmBacktraceDetails};

use crate::{
    error::LoadError,
    limits::{Limit, Limits},
};

/// How often a computing guest is interrupted: to let others run, and to see whether its time is up.
const TICK: Duration = Duration::from_millis(10);

/// What a guest's stack leaves to the host's functions: requests to Azure are driven from there, and a stack
/// that ends inside the host ends the process. Untouched pages of it cost nothing.
const HOST_STACK: usize = 3 << 20;

/// What a slot of the pool keeps of an instance's memory, cleared, for the next one. A task that reads a
/// page of a collection needs three quarters of it; what the system has to map anew costs more than clearing it.
const KEPT_MEMORY: usize = 4 << 20;

/// The same for a slot's tables,
const KEPT_TABLE: usize = 64 << 10;

/// and for its stack.
const KEPT_STACK: usize = 128 << 10;

/// Where the memory of instances comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Allocation {
    /// Mapped for each call and given back after it.
    #[default]
    OnDemand,
    /// Taken from a pool that is mapped once. Needs hundreds of gigabytes of address space; where the system
    /// does not give them, instances are allocated on demand.
    Pooled {
        /// Calls that can run at the same time; others wait for their turn.
        calls: u32,
    },
}

/// Makes the engine, and starts the clock that lasts as long as it does. Says how it allocates.
pub(crate) fn start(limits: &Limits, allocation: Allocation) -> Result<(Engine, Allocation), LoadError> {
    let (engine, allocation) = match (new(limits, allocation), allocation) {
        (Err(error), Allocation::Pooled { .. }) => {
            tracing::debug!(
                error = format!("{error:#}"),
                "there is no pool: instances are allocated on demand"
            );
            (new(limits, Allocation::OnDemand), Allocation::OnDemand)
        }
        made => made,
    };
    let engine = engine.map_err(|error| LoadError::Engine(format!("{error:#}")))?;
    tick(&engine)?;
    Ok((engine, allocation))
}

fn new(limits: &Limits, allocation: Allocation) -> wasmtime::Result<Engine> {
    let mut config = config(limits);
    // A stack from the pool may have been another connector's.
    config.async_stack_zeroing(matches!(allocation, Allocation::Pooled { .. }));
    if let Allocation::Pooled { calls } = allocation {
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(limits, calls)));
    }
    Engine::new(&config)
}

/// What is the same wherever code is compiled and wherever it runs.
pub(crate) fn config(limits: &Limits) -> Config {
    let stack = limits.kib(Limit::Stack);
    let mut config = Config::new();
    config
        .epoch_interruption(true)
        .max_wasm_stack(stack)
        .async_stack_size(stack + HOST_STACK)
        .wasm_backtrace_details(WasmBacktraceDetails::Disable)
        .native_unwind_info(false);
    config
}

fn pool(limits: &Limits, calls: u32) -> PoolingAllocationConfig {
    let count = |limit| u32::try_from(limits.of(limit)).unwrap_or(u32::MAX);
    let mut pool = PoolingAllocationConfig::default();
    pool.total_component_instances(calls)
        .total_stacks(calls)
        .total_core_instances(calls.saturating_mul(count(Limit::Instances)))
        .total_memories(calls.saturating_mul(count(Limit::Memories)))
        .total_tables(calls.saturating_mul(count(Limit::Tables)))
        .max_core_instances_per_component(count(Limit::Instances))
        .max_memories_per_component(count(Limit::Memories))
        .max_tables_per_component(count(Limit::Tables))
        .max_tables_per_module(count(Limit::Tables))
        .max_memories_per_module(count(Limit::Memories))
        .table_elements(limits.count(Limit::TableElements))
        .linear_memory_keep_resident(KEPT_MEMORY)
        .table_keep_resident(KEPT_TABLE)
        .async_stack_keep_resident(KEPT_STACK);
    pool
}

/// Calls take turns when there is a pool of a certain size.
#[derive(Debug, Clone)]
pub(crate) struct Turns(Option<Arc<Semaphore>>);

impl Turns {
    pub(crate) fn new(allocation: Allocation) -> Self {
        Self(match allocation {
            Allocation::OnDemand => None,
            Allocation::Pooled { calls } => Some(Arc::new(Semaphore::new(calls as usize))),
        })
    }

    /// Waits for a turn, which lasts until the returned value is dropped.
    pub(crate) async fn take(&self) -> Option<OwnedSemaphorePermit> {
        // The semaphore is never closed.
        self.0.clone()?.acquire_owned().await.ok()
    }
}

/// Advances the engine's epoch until the engine is gone.
fn tick(engine: &Engine) -> Result<(), LoadError> {
    let engine = engine.weak();
    let beat = move || {
        while let Some(engine) = engine.upgrade() {
            engine.increment_epoch();
            drop(engine);
            thread::sleep(TICK);
        }
    };
    let thread = thread::Builder::new().name("fairlead-epoch".to_owned()).spawn(beat);
    thread.map(drop).map_err(|error| LoadError::Engine(format!("no thread can be started: {error}")))
}
