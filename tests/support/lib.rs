//! What whole-system tests, the demo and the benchmarks share: a simulator that runs while it is needed,
//! and an installation of Fairlead that knows it.

mod installation;
mod process;
mod simulator;

pub use installation::Installation;
pub use process::Ran;
pub use simulator::{Simulator, Tenant};
