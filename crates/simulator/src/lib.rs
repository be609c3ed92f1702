//! An Azure that runs on this machine: Entra, Microsoft Graph and Azure Resource Manager over one port.

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
pub use server::service::Service;
pub use server::running::{Builder, Running, Simulator};
pub use world::{World, WorldHandle};
