//! Politeness: how many requests a service of a tenant gets at a time, and when it is left alone.

mod limiter;
mod pace;
mod registry;
mod signals;

pub(crate) use limiter::{Limiter, Permit};
pub use pace::Pace;
pub(crate) use registry::{Service, limiter_for};
pub(crate) use signals::{Pressure, Signals};
