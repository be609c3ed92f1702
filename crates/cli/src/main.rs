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

use std::{process::ExitCode, sync::Arc};

use clap::{Parser, Subcommand};
use fairlead_engine::Installation;

use crate::{config::ConfigArgs, failure::Failed, logging::Logging, output::Output};

/// Connects Azure tenants to the products that need them.
#[derive(Parser)]
#[command(
    name = "fairlead",
    version,
    propagate_version = true,
    after_help = "Exit codes: 0 done; 2 the command line or a setting is wrong; 3 the tenant or Azure \
                  refused; 4 something failed on this side; 5 nothing is wrong, but not everything \
                  could be looked at; 130 interrupted.\n\
                  Every option that names a variable can be set by it; what the configuration file takes \
                  says `fairlead help config`."
)]
struct Args {
    #[command(flatten)]
    config: ConfigArgs,
    /// Print JSON instead of tables and text
    #[arg(
        long,
        global = true,
        env = "FAIRLEAD_JSON",
        value_parser = clap::builder::FalseyValueParser::new(),
        help_heading = config::EVERYWHERE
    )]
    json: bool,
    /// Say more: -v for progress of the work, -vv for every request
    #[arg(short, long, global = true, action = clap::ArgAction::Count, help_heading = config::EVERYWHERE)]
    verbose: u8,
    /// Print nothing but results and errors
    #[arg(short, long, global = true, conflicts_with = "verbose", help_heading = config::EVERYWHERE)]
    quiet: bool,
    /// How log lines are written [default: text; for `serve` without a terminal, json]
    #[arg(long, global = true, env = "FAIRLEAD_LOG_FORMAT", value_enum, value_name = "FORMAT", help_heading = config::EVERYWHERE)]
    log_format: Option<logging::Format>,
    #[command(subcommand)]
    command: Command,
}

// What a command does stands at its arguments: said here too, it would hide what is said there.
#[derive(Subcommand)]
enum Command {
    Connectors(commands::connectors::Args),
    /// Add, change, list, show and remove connections
    #[command(subcommand)]
    Connections(commands::connections::Command),
    Guide(Box<commands::guide::Args>),
    Validate(commands::validate::Args),
    Sync(commands::sync::Args),
    Serve(commands::serve::Args),
    Schedule(commands::schedule::Args),
    Runs(commands::runs::Args),
    Show(commands::show::Args),
    Export(commands::export::Args),
    Query(commands::query::Args),
    /// Say who may ask by webhook, and who is told what happens
    #[command(subcommand)]
    Webhooks(commands::webhooks::Command),
    Config(commands::config::Args),
    Completions(commands::completions::Args),
}

fn main() -> ExitCode {
    let args = Args::parse();
    Logging {
        verbose: args.verbose,
        quiet: args.quiet,
        format: args.log_format,
        is_service: matches!(args.command, Command::Serve(_)),
    }
    .start();
    let output = Output::new(args.json, args.quiet);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let done = match runtime {
        Ok(runtime) => {
            let done = runtime.block_on(run(args, &output));
            // A thread that waits for a file system that does not answer would be waited for.
            runtime.shutdown_background();
            done
        }
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
    let installation =
        Installation::new(config::load(&args.config)?).with_passphrase(Arc::new(config::Person));
    match command {
        Command::Connectors(args) => commands::connectors::run(args, &installation, output).await,
        Command::Connections(command) => commands::connections::run(command, &installation, output).await,
        Command::Guide(args) => commands::guide::run(*args, &installation, output).await,
        Command::Validate(args) => commands::validate::run(args, &installation, output).await,
        Command::Sync(args) => commands::sync::run(args, &installation, output).await,
        Command::Serve(args) => commands::serve::run(args, installation, output).await,
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
