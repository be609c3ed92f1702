//! State: connections, runs, leases and artifacts on object storage; collections and files on `SQLite`.
//!
//! What several processes write is a chain of numbered objects that are only ever created (see
//! [`State`]). What one run collects is one `SQLite` file that is queue and records at once (see
//! [`WorkFile`]) and becomes a [`Snapshot`]. What a connector makes of it is written by
//! [`DatabaseWriter`], or one on a [`DatabaseThread`], and [`FileWriter`].

mod artifact;
mod chain;
mod database;
mod durable;
mod error;
mod files;
mod held;
mod lease;
mod names;
mod process;
mod retention;
mod snapshot;
mod state;
mod validations;
mod work;

pub use artifact::{DatabaseThread, DatabaseWriter, FileWriter};
pub use chain::Versioned;
pub use error::StoreError;
pub use lease::{Lease, RegistryLease};
pub use retention::Removed;
pub use snapshot::{Counts, ItemRow, LinkRow, Queried, QueryLimits, Snapshot, Value};
pub use state::{Listed, State};
pub use work::{WorkFile, Writer};
