//! What whole-system tests, the demo and the benchmarks share: a simulator that runs while it is needed,
//! and an installation of Fairlead that knows it.

mod installation;
mod process;
mod simulator;

pub use installation::Installation;
pub use process::Ran;
pub use simulator::{Simulator, Tenant};

use std::path::{Path, PathBuf};

/// A folder that `cargo xtask test` names in this variable, or the one below `target` where it is usually left.
pub fn folder_from(variable: &str, usual: &str) -> PathBuf {
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target");
    std::env::var_os(variable).map_or_else(|| target.join(usual), PathBuf::from)
}
