//! What a connector's author depends on: the interface's types, and what makes them pleasant to use.
//!
//! A connector is a type that implements [`Connector`] and is handed to [`export!`]. It asks for calls through
//! the [`Azure`] trait, reads answers with [`judge`] and [`Page`] without copying them, and builds a [`Step`]
//! from batches. All of it compiles natively too: with the feature `testing`, collectors run against answers
//! held in memory ([`testing`]).
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
#[doc(hidden)]
pub mod export;
pub mod log;
mod page;
mod step;
mod task;
#[cfg(feature = "testing")]
pub mod testing;

pub use answer::{Answer, AzureError, judge};
pub use azure::{Azure, HostAzure, encode};
pub use connector::{Connector, Context};
pub use page::{Page, Raw, Text, element, parse};

pub use bindings::exports::fairlead::connector::descriptor::{
    ApiNeed, ArtifactKind, Description, Kind, Mode,
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
