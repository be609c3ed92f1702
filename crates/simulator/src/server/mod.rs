//! The listener: TLS, routing by path and host name, headers, compression.

pub(crate) mod authenticate;
pub mod call;
pub mod connection;
pub(crate) mod dress;
pub(crate) mod errors;
pub(crate) mod exchange;
pub(crate) mod listener;
pub(crate) mod reply;
pub mod running;
pub mod service;
pub mod tls;

use std::sync::Arc;

use crate::clock::Clock;
use crate::entra::Entra;
use crate::faults::Physics;
use crate::log::RequestLog;
use crate::world::WorldHandle;
use connection::Connection;

/// All that a running simulator is made of, shared by its connections.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) world: WorldHandle,
    pub(crate) clock: Clock,
    pub(crate) physics: Physics,
    pub(crate) log: Arc<RequestLog>,
    pub(crate) entra: Entra,
    pub(crate) connection: Connection,
    /// Whether answers are compressed for clients that ask for it.
    pub(crate) compress: bool,
    /// The certificate authority, PEM; none without TLS.
    pub(crate) authority_pem: Option<String>,
}
