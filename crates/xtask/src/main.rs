//! The project's own commands: everything a developer or CI runs goes through here.

mod bench;
mod build;
mod demo;
mod package;
mod plugins;
mod python;
mod shell;
mod test;

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
    /// Show Fairlead at work: start an Azure on this machine, connect a tenant, sync it
    Demo,
    /// Run the tests: format, lints, unit, whole-system and fidelity tests
    Test(test::Args),
    /// Measure, print a table, and write target/bench/NAME.json
    Bench(bench::Args),
    /// Build the connectors: WebAssembly components under target/plugins/
    Plugins,
    /// Build what AWS Lambda runs: target/package/function.zip
    Package(package::Args),
}

fn main() -> Result<()> {
    match Args::parse().command {
        Command::Demo => demo::show(),
        Command::Test(args) => test::suites(&args),
        Command::Bench(args) => bench::measure(&args),
        Command::Plugins => plugins::build_all().map(drop),
        Command::Package(args) => package::function(&args),
    }
}
