//! What Fairlead answers over HTTP, and how it tells others: webhooks, in both directions.
//!
//! One router serves the daemon and the function. It knows the words of HTTP and of those who call; what comes of a
//! call is the engine's business. Nothing a caller sends is logged but ids, and only once its signature is right.

mod inbound;
mod outgoing;
mod problem;
mod rate;
mod router;
pub mod standard;

pub use outgoing::{CourierError, HttpCourier};
pub use router::{Service, router};
