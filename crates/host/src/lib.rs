//! Runs connectors: WebAssembly components that turn tasks into records, each call in a fresh instance with
//! limits on everything it can use.
//!
//! ```text
//! file ─ admission (ours to import? our version?) ─ shipped code, the cache, or the compiler ─ describe ─► Connector
//! Connector.run(task) ─ new store and instance ─ imports served by `Services` ─ step checked ─► Step
//! ```
//!
//! A connector never sees a secret or a token: what it can reach is what [`Services`] gives it, and that speaks
//! of paths and bodies only. What goes wrong with one costs its call a [`CallError`] and nothing else.
//!
//! # Instances on demand
//!
//! Instances are made for each call and thrown away after it. Their memory comes from the system each time
//! ([`Allocation::OnDemand`]) unless a pool is asked for. `cargo run -p fairlead-host --example allocation`
//! measures both; on two busy processors, a whole call of the hostile connector that returns a small step took
//!
//! | | on demand | pooled |
//! |---|---|---|
//! | a call | 77 to 132 µs | 55 to 76 µs |
//! | loading from the cache | 1.3 to 4 ms | 4.6 to 12 ms |
//!
//! A sync of 1,500 tasks would gain some 60 ms from the pool. That is not worth terabytes of reserved address
//! space, which not every machine gives, and memory that one connector leaves and another is handed.

mod admission;
mod ahead;
mod bindings;
#[cfg(feature = "compiler")]
mod cache;
mod call;
#[cfg(feature = "compiler")]
mod compile;
mod connector;
mod convert;
mod description;
mod engine;
mod error;
mod guest;
mod host;
mod imports;
mod limits;
mod meter;
mod onboarding;
mod precompiled;
mod services;
mod step;
mod work;

#[cfg(feature = "compiler")]
pub use compile::{Architecture, compile_ahead};
pub use connector::{Called, ConnectionInfo, Connector, Usage};
pub use engine::Allocation;
pub use error::{CallError, Cause, LoadError};
pub use host::{Host, HostOptions};
pub use limits::{Described, Limit, Limits};
pub use services::{Artifacts, Azure, DatabaseSink, FileSink, Services, SnapshotReader};
pub use work::Work;
