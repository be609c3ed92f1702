//! What a connector's author depends on: the interface's types, and what makes them pleasant to use.
//!
//! A connector is a type that implements [`Connector`] and is handed to [`export!`]. It asks for calls through
//! the [`Azure`] trait, reads answers with [`judge`] and [`Page`] without copying them, and builds a [`Step`]
//! from batches. All of it compiles natively too: with the feature `testing`, collectors run against answers
//! held in memory ([`testing`]).
//!
//! ```
//! use fairlead_connector::*;
//! use serde::Deserialize;
//!
//! struct Example;
//!
//! #[derive(Deserialize)]
//! #[serde(rename_all = "kebab-case", deny_unknown_fields)]
//! struct Settings {}
//!
//! #[derive(Deserialize)]
//! #[serde(rename_all = "camelCase")]
//! struct User<'a> {
//!     #[serde(borrow)]
//!     id: Text<'a>,
//!     display_name: Option<Text<'a>>,
//! }
//!
//! impl Connector for Example {
//!     type Settings = Settings;
//!
//!     fn describe() -> Description {
//!         Description {
//!             id: "example".into(),
//!             vendor: "Example".into(),
//!             title: "Example".into(),
//!             summary: "Collects users.".into(),
//!             version: "0.1.0".into(),
//!             settings_schema: r#"{"type": "object", "additionalProperties": false}"#.into(),
//!             modes: vec![],
//!             needs: vec![ApiNeed {
//!                 api: Api::Graph,
//!                 methods: vec![Method::Get],
//!                 paths: vec!["/v1.0/users".into()],
//!                 why: "Lists people.".into(),
//!             }],
//!             items: vec![Kind { name: "user".into(), title: "Users".into() }],
//!             links: vec![],
//!             artifacts: vec![],
//!         }
//!     }
//!
//!     fn requirements(_: &Context<Settings>) -> Result<Vec<Requirement>, Failure> {
//!         Ok(vec![requirement::application("User.Read.All").why("Lists people.")])
//!     }
//!
//!     fn plan(_: &Context<Settings>, _: &[Bookmark]) -> Result<Vec<Task>, Failure> {
//!         Ok(vec![Task::new("users", "1", &"/v1.0/users?$select=id,displayName&$top=999")?])
//!     }
//!
//!     fn run(_: &Context<Settings>, task: &Task, azure: &impl Azure) -> Result<Step, Failure> {
//!         let what = "the list of users";
//!         let path: String = task.read()?;
//!         let mut step = Step::new();
//!         match judge(what, azure.send(Request::get(Api::Graph, path)))? {
//!             Answer::Found(body) => {
//!                 let page: Page<'_> = parse(what, &body)?;
//!                 let mut users = ItemBatch::new("user");
//!                 for raw in &page.value {
//!                     let user: User<'_> = element(what, raw).map_err(Failure::Fatal)?;
//!                     users.push_lower(&user.id, &user.display_name.unwrap_or_default(), raw.get());
//!                 }
//!                 step.add_items(users);
//!                 match page.next() {
//!                     Some(link) => step.then(Task::new("users", format!("after {}", task.key), &link)?),
//!                     None => step.complete("user", ""),
//!                 }
//!             }
//!             Answer::Denied(why) => step.note("user", "", Coverage::Denied, why),
//!             Answer::Unlicensed(why) => step.note("user", "", Coverage::Unlicensed, why),
//!             Answer::Gone => step.note("user", "", Coverage::Partial, "the list is gone"),
//!             Answer::Rejected(error) => return Err(error.into_failure(what)),
//!         }
//!         Ok(step)
//!     }
//! }
//!
//! export!(Example);
//! ```
//!
//! Guests are built for `wasm32-unknown-unknown`: no WASI, no clock and no randomness but [`now`] and
//! [`random`].

// The bindings name this crate by its name, also from inside.
extern crate self as fairlead_connector;

mod answer;
mod azure;
mod batch;
#[allow(clippy::all, clippy::pedantic, reason = "generated")]
#[doc(hidden)]
pub mod bindings;
mod columns;
mod connector;
mod elements;
#[doc(hidden)]
pub mod export;
pub mod finding;
pub mod log;
mod page;
pub mod requirement;
mod step;
mod task;
#[cfg(feature = "testing")]
pub mod testing;

pub use answer::{Answer, AzureError, judge};
pub use azure::{Azure, HostAzure, encode};
pub use connector::{Connector, Context};
pub use elements::{Element, elements};
pub use page::{Page, Raw, Text, element, parse};

pub use bindings::exports::fairlead::connector::descriptor::{
    ApiNeed, ArtifactKind, Description, Kind, Mode,
};
pub use bindings::exports::fairlead::connector::onboarding::{
    Audience, AzureRole, CredentialKind, CredentialNeed, Evidence, Finding, Grant, GraphPermission, Licence,
    Need, Outcome as FindingOutcome, Plan, PortalPlace, Remedy, Requirement, RoleScope, Smaller, UniqueBy,
    Weight,
};
pub use bindings::fairlead::connector::types::{
    Api, Blobs, Bookmark, Connection, Coverage, CoverageNote, Failure, Header, ItemBatch, LinkBatch, Method,
    Reference, Refusal, Request, Response, Step, Task, Texts,
};
pub use bindings::fairlead::connector::{artifact, snapshot};

#[doc(hidden)]
pub use wit_bindgen;

/// The time, in milliseconds since 1970.
pub fn now() -> u64 {
    bindings::fairlead::connector::clock::now()
}

/// Random bytes, as many as asked.
pub fn random(length: u32) -> Vec<u8> {
    bindings::fairlead::connector::random::bytes(length)
}
