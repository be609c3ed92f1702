//! State: connections, runs, leases and artifacts on object storage; collections and files on `SQLite`.
//!
//! What several processes write is a chain of numbered objects that are only ever created (see
//! [`State`]). What one run collects is one `SQLite` file that is queue and records at once (see
//! [`WorkFile`]) and becomes a [`Snapshot`]. What a connector makes of it is written by
//! [`DatabaseWriter`], or one on a [`DatabaseThread`], and [`FileWriter`].

mod announcements;
mod artifact;
mod bucket;
mod chain;
mod checkpoint;
mod database;
mod durable;
mod endpoints;
mod error;
mod files;
mod forget;
mod held;
mod hooks;
mod lease;
mod location;
mod names;
mod objects;
mod overview;
mod process;
mod reports;
mod retention;
mod snapshot;
mod standings;
mod state;
mod validations;
mod work;

pub use artifact::{DatabaseThread, DatabaseWriter, FileWriter};
pub use chain::Versioned;
pub use checkpoint::WorkCopy;
pub use error::StoreError;
pub use hooks::Hook;
pub use lease::{Lease, RegistryLease};
pub use location::{Bucket, StateLocation};
pub use overview::{Looked, Overview};
pub use retention::Removed;
pub use snapshot::{Counts, ItemRow, LinkRow, Queried, QueryLimits, Snapshot, Value};
pub use state::{Listed, State};
pub use work::{WorkFile, Writer};
