//! Syncs through the real binaries: an Azure on this machine, the command, connectors in their sandbox.

mod collected;
mod errors;
mod faults;
mod history;
mod hostile;
mod killed;
#[cfg(feature = "full")]
mod million;
mod secrets;
mod world;
