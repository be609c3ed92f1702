//! Diagnostics on standard error; results never go through here.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

/// Starts logging. `FAIRLEAD_LOG` takes a filter and wins over `-v`.
pub(crate) fn start(verbose: u8) {
    let default = match verbose {
        0 => "warn",
        1 => "warn,fairlead=info,fairlead_engine=info,fairlead_azure=info,fairlead_host=info",
        _ => {
            "warn,fairlead=debug,fairlead_engine=debug,fairlead_azure=debug,fairlead_host=debug,fairlead_store=debug"
        }
    };
    let filter = EnvFilter::try_from_env("FAIRLEAD_LOG").unwrap_or_else(|_| EnvFilter::new(default));
    let ansi = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(ansi).init();
}
