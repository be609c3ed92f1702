//! The project's own commands: everything a developer or CI runs goes through here.

mod plugins;
mod shell;

use anyhow::Result;
use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Build, show, test and measure Fairlead", bin_name = "cargo xtask")]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build the connectors: WebAssembly components under target/plugins/
    Plugins,
}

fn main() -> Result<()> {
    match Args::parse().command {
        Command::Plugins => plugins::build_all().map(drop),
    }
}
