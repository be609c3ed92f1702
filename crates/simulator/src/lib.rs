//! An Azure that runs on this machine: Entra, Microsoft Graph and Azure Resource Manager over one port.
//!
//! A request finds its service by host name when that is one of Azure's own
//! ([`server::service::PUBLIC_NAMES`]), and by path on any other host, with no prefix of our own, so that
//! clients which join absolute paths to a host work unchanged:
//!
//! | path | service |
//! |---|---|
//! | `/{tenant}/oauth2/…`, `/{tenant}/v2.0/.well-known/…`, `/{tenant}/discovery/…`, `/{tenant}/adminconsent` | Entra |
//! | `/v1.0/…`, `/beta/…` | Microsoft Graph |
//! | `/_simulator/…` | the admin API ([`admin`]) |
//! | everything else | Azure Resource Manager |
//!
//! From Rust, [`Simulator::builder`] starts one; the `fairlead-simulator` command starts one for everybody else.

pub mod admin;
pub mod arm;
pub mod clock;
pub mod entra;
pub mod faults;
pub mod graph;
pub mod log;
pub mod odata;
pub mod scenario;
pub mod server;
pub mod world;

pub use clock::Clock;
pub use entra::caller::Caller;
pub use scenario::Scenario;
pub use server::call::{Call, Request, Response, Route, RouteKind};
pub use server::connection::{CloudAddresses, Connection};
pub use server::running::{Builder, Running, Simulator, StartError};
pub use server::service::Service;
pub use world::{World, WorldHandle};
