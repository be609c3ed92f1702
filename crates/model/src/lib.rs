//! The words of Fairlead as types. No I/O, no async: every other room builds on these.

pub mod artifact;
mod call;
mod cloud;
mod columns;
mod connection;
mod connector;
mod coverage;
mod record;
mod run;
pub mod snapshot;
mod task;

pub use call::{Api, Header, Method, Refusal, Request, Response};
pub use cloud::{Cloud, CustomCloud};
pub use columns::{Blobs, Texts};
pub use connection::{Connection, ConnectionId, InvalidName, Mode, TenantId};
pub use connector::{ApiNeed, ArtifactKind, Description, Kind, ModeDescription};
pub use coverage::{Coverage, CoverageNote};
pub use record::{ItemBatch, LinkBatch, Reference, Step};
pub use run::{ArtifactRecord, Outcome, RunId, RunRecord, Statistics};
pub use task::{Bookmark, Failure, Task, TaskId};
