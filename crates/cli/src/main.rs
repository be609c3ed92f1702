//! The `fairlead` command: reads arguments, calls the engine, prints what came of it.

mod commands;
mod config;
mod credential;
mod failure;
mod logging;
mod output;
mod process;
mod progress;
mod prompt;
mod rows;
mod signals;
mod style;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use fairlead_engine::Installation;

use crate::{config::ConfigArgs, failure::Failed, output::Output};

/// Connects Azure tenants to the products that need them.
#[derive(Parser)]
#[command(
    name = "fairlead",
    version,
    propagate_version = true,
    after_help = "Exit codes: 0 done; 2 the command line or a setting is wrong; 3 the tenant or Azure \
                  refused; 4 something failed on this side; 5 nothing is wrong, but not everything \
                  could be looked at; 130 interrupted.\n\
                  Every option that names a variable can be set by it; the configuration file takes the \
                  same names (see `fairlead help config`)."
)]
struct Args {
    #[command(flatten)]
    config: ConfigArgs,
    /// Print JSON instead of tables and text
    #[arg(long, global = true, env = "FAIRLEAD_JSON", value_parser = clap::builder::FalseyValueParser::new())]
    json: bool,
    /// Say more: -v for progress of the work, -vv for every request
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    verbose: u8,
    /// Print nothing but results and errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    quiet: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// List the connectors there are, or show one
    Connectors(commands::connectors::Args),
    /// Add, change, list, show and remove connections
    #[command(subcommand)]
    Connections(commands::connections::Command),
    /// Say how to set a tenant up for a connector: as steps, as a script, or what of it is still to do
    Guide(Box<commands::guide::Args>),
    /// Look at everything a connector requires of a tenant, and say how to mend what is wrong
    Validate(commands::validate::Args),
    /// Collect a tenant and make the connector's files
    Sync(commands::sync::Args),
    /// Show which connection is synced when
    Schedule(commands::schedule::Args),
    /// List past runs, or show one
    Runs(commands::runs::Args),
    /// Show what the latest snapshot of a connection holds
    Show(commands::show::Args),
    /// Write items or links of a snapshot as NDJSON or CSV, or copy a connector's file
    Export(commands::export::Args),
    /// Ask a snapshot in SQL; nothing can be changed
    Query(commands::query::Args),
    /// Say who may ask by webhook, and who is told what happens
    #[command(subcommand)]
    Webhooks(commands::webhooks::Command),
    /// Show the settings in force and where they come from
    Config(commands::config::Args),
    /// Print completions for a shell
    Completions(commands::completions::Args),
}

fn main() -> ExitCode {
    let args = Args::parse();
    logging::start(args.verbose, args.quiet);
    let output = Output::new(args.json, args.quiet);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let done = match runtime {
        Ok(runtime) => runtime.block_on(run(args, &output)),
        Err(error) => Err(Failed::ours(format!("cannot start the asynchronous runtime: {error}"))),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failed) => {
            output.error(&failed);
            failed.exit_code()
        }
    }
}

async fn run(args: Args, output: &Output) -> Result<(), Failed> {
    let command = match args.command {
        Command::Completions(args) => return commands::completions::run::<Args>(&args),
        command => command,
    };
    let installation = Installation::new(config::load(&args.config)?);
    match command {
        Command::Connectors(args) => commands::connectors::run(args, &installation, output).await,
        Command::Connections(command) => commands::connections::run(command, &installation, output).await,
        Command::Guide(args) => commands::guide::run(*args, &installation, output).await,
        Command::Validate(args) => commands::validate::run(args, &installation, output).await,
        Command::Sync(args) => commands::sync::run(args, &installation, output).await,
        Command::Schedule(args) => commands::schedule::run(args, &installation, output).await,
        Command::Runs(args) => commands::runs::run(args, &installation, output).await,
        Command::Show(args) => commands::show::run(args, &installation, output).await,
        Command::Export(args) => commands::export::run(args, &installation, output).await,
        Command::Query(args) => commands::query::run(args, &installation, output).await,
        Command::Webhooks(command) => commands::webhooks::run(command, &installation, output).await,
        Command::Config(_) => commands::config::run(&installation, output),
        Command::Completions(_) => Ok(()),
    }
}
