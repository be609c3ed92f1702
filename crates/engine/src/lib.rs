//! The use cases of Fairlead: onboard a connection, sync it, read what was collected.
//!
//! The engine joins the rooms and owns the rules; it knows the others by their public types only.
//! The command, the daemon and the function call it and hold no rules of their own.

mod catalogue;
mod connect;
mod error;
mod event;
pub mod guide;
mod info;
mod likeness;
mod queue;
mod runs;
mod settings;
mod snapshot;
mod sync;
pub mod validate;

pub use catalogue::Catalogue;
pub use connect::{
    Added, Changes, Collected, Connectors, Edited, Gone, NewConnection, NewCredential, Registry, Remark,
};
pub use error::{EngineError, Fault};
pub use event::{Event, Phase, Quiet, Subscriber};
pub use info::requirements_of;
pub use queue::{Handled, Queue};
pub use runs::runs;
pub use snapshot::{latest_run, latest_snapshot};
pub use sync::{KEEP_RUNS, SyncOptions, Syncer};
