//! The words of Fairlead as types. No I/O, no async: every other room builds on these.

mod announcement;
pub mod artifact;
mod call;
mod cloud;
mod columns;
mod connection;
mod connector;
mod coverage;
mod credential;
mod delivery;
mod endpoint;
mod failed;
mod finding;
mod message;
mod record;
mod requirement;
mod run;
mod schedule;
mod sender;
pub mod snapshot;
mod standing;
mod tags;
mod task;
mod validation;

pub use announcement::{Announcement, Happening};
pub use call::{Api, Header, Method, Refusal, Request, Response};
pub use cloud::{Cloud, CustomCloud};
pub use columns::{Blobs, Texts};
pub use connection::{Connection, ConnectionId, InvalidName, Mode, Scope, TenantId, management_group_id};
pub use connector::{ApiNeed, ArtifactKind, Description, Kind, ModeDescription};
pub use coverage::{Coverage, CoverageNote};
pub use credential::{AssertionSource, CredentialRecord, CredentialSource};
pub use delivery::{Attempt, Delivery, DeliveryState};
pub use endpoint::{Disabled, Endpoint};
pub use failed::{FailedTask, FailedTasks};
pub use finding::{Evidence, Finding, FindingOutcome, PortalPlace, Remedy, Report};
pub use message::{Message, Subject};
pub use record::{ItemBatch, LinkBatch, Reference, Step};
pub use requirement::{
    Audience, CredentialKind, Grant, Need, Plan, Requirement, RoleScope, Smaller, UniqueBy, Weight,
};
pub use run::{ArtifactRecord, Outcome, RunId, RunRecord, Statistics};
pub use schedule::Schedule;
pub use sender::Sender;
pub use standing::{FailureKind, Standing};
pub use tags::{LONGEST_TAG, MOST_TAGS, Tags};
pub use task::{Bookmark, Failure, Task, TaskId};
pub use validation::{ValidationRecord, ValidationState};
