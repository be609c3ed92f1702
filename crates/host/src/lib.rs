//! Runs connectors: WebAssembly components that turn tasks into records, each call in a fresh instance with
//! limits on everything it can use.
//!
//! ```text
//! file ─ admission (ours to import? our version?) ─ compile, or the cache ─ describe ─► Connector
//! Connector.run(task) ─ new store and instance ─ imports served by `Services` ─ step checked ─► Step
//! ```
//!
//! A connector never sees a secret or a token: what it can reach is what [`Services`] gives it, and that speaks
//! of paths and bodies only. What goes wrong with one costs its call a [`CallError`] and nothing else.
//!
//! # Instances on demand
//!
//! Instances are made for each call and thrown away after it. Their memory comes from the system each time
//! ([`Allocation::OnDemand`]) unless a pool is asked for; `cargo run -p fairlead-host --example allocation`
//! measures both.

mod admission;
mod bindings;
mod cache;
mod call;
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
mod precompiled;
mod services;
mod step;
mod work;

pub use connector::{Called, ConnectionInfo, Connector, Usage};
pub use engine::Allocation;
pub use error::{CallError, Cause, LoadError};
pub use host::{Host, HostOptions};
pub use limits::{Described, Limit, Limits};
pub use services::{Artifacts, Azure, DatabaseSink, FileSink, Services, SnapshotReader};
pub use work::Work;
