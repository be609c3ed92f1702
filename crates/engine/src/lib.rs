//! The use cases of Fairlead: onboard a connection, sync it, read what was collected.
//!
//! The engine joins the rooms and owns the rules; it knows the others by their public types only.
//! The command, the daemon and the function call it and hold no rules of their own.

pub mod announce;
mod catalogue;
mod connect;
mod error;
mod event;
pub mod guide;
mod info;
mod installation;
mod likeness;
mod local;
pub mod logs;
mod observe;
mod queue;
mod quote;
pub mod rotate;
mod runs;
pub mod schedule;
mod settings;
mod snapshot;
mod sync;
pub mod validate;
pub mod webhooks;

pub use catalogue::Catalogue;
pub use connect::{
    Added, AwsAssertions, Changes, Collected, Connectors, Edited, Gone, NewConnection, NewCredential,
    Registry, Remark,
};
pub use error::{EngineError, Fault};
pub use event::{Event, Phase, Quiet, Subscriber};
pub use info::{purpose_of, requirements_of};
pub use installation::{
    Deadline, Installation, Looking, Passphrase, SecretsSettings, Settings, Syncing, Told, environment,
    toml_problem,
};
pub use local::{LocalQueue, Until, Worked};
pub use observe::Observer;
pub use queue::{Handled, Queue};
pub use runs::runs;
pub use snapshot::{latest_run, latest_snapshot};
pub use sync::{CHECKPOINT_EVERY, HoldBelow, KEEP_RUNS, SyncOptions, Syncer};
