//! `cargo xtask test`: everything that must hold before a change lands.

use std::time::Instant;

use anyhow::Result;
use clap::ValueEnum;

use crate::{
    build::{self, Profile},
    package, plugins, python,
    shell::{cargo, root, run},
};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Run this suite only
    suite: Option<Suite>,
    /// Add the long suites: a million users, the Azure CLI, LocalStack
    #[arg(long)]
    full: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Suite {
    /// rustfmt and clippy, warnings as errors
    Lint,
    /// Unit and crate tests
    Unit,
    /// A sync through the real binaries, with kills, faults and a hostile connector
    Sync,
    /// Scheduled syncs through the real binaries, with kills and stops
    Serve,
    /// The function under a Runtime API, with moto's AWS
    Function,
    /// Onboarding through the real binaries; with --full, setup scripts through the real Azure CLI
    Onboarding,
    /// The official Azure clients for Python against the simulator
    Fidelity,
    /// What deploys it, by CloudFormation's rules, SAM's and ours
    Infra,
    /// The template deployed to LocalStack, and each way into the functions (only with --full, or by name)
    Deployed,
}

/// The suites of the `tests` folder.
const SYSTEM: [&str; 4] = ["sync", "serve", "function", "onboarding"];

pub(crate) fn suites(args: &Args) -> Result<()> {
    let suites = args.suite.map_or_else(|| Suite::value_variants().to_vec(), |suite| vec![suite]);
    let is_asked = |suite: &Suite| *suite != Suite::Deployed || args.full || args.suite.is_some();
    for suite in suites.into_iter().filter(is_asked) {
        let name = suite.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
        eprintln!("==> {name}");
        let started = Instant::now();
        match suite {
            Suite::Lint => lint()?,
            Suite::Unit => unit()?,
            Suite::Sync | Suite::Serve | Suite::Function | Suite::Onboarding => system(&name, args.full)?,
            Suite::Fidelity => fidelity()?,
            Suite::Infra => infra()?,
            Suite::Deployed => deployed()?,
        }
        eprintln!("==> {name} passed in {} s", started.elapsed().as_secs());
    }
    Ok(())
}

fn lint() -> Result<()> {
    run(cargo().args(["fmt", "--all", "--check"]))?;
    let mut clippy = cargo();
    clippy.args(["clippy", "--quiet", "--workspace", "--all-targets", "--features", "fairlead-tests/full"]);
    // All targets are those that `cargo test` runs without being told which.
    clippy.args(SYSTEM.into_iter().flat_map(|suite| ["--test", suite]));
    run(clippy.args(["--", "-D", "warnings"]))
}

fn unit() -> Result<()> {
    let plugins = plugins::build_all()?;
    let mut command = cargo();
    command.args(["test", "--quiet", "--workspace", "--no-fail-fast"]);
    command.env("FAIRLEAD_PLUGINS", plugins).env("FAIRLEAD_PYTHON", python::environment()?);
    run(&mut command)
}

/// A suite of the `tests` folder, which drives the real binaries.
fn system(suite: &str, full: bool) -> Result<()> {
    let plugins = plugins::build_all()?;
    build::binaries()?;
    let mut command = cargo();
    command.args(["test", "--quiet", "--workspace", "--test", suite]);
    if full {
        command.args(["--features", "fairlead-tests/full"]).env("FAIRLEAD_AZ", python::azure_cli()?);
    }
    if suite == "function" {
        let packaged = package::for_tests()?;
        command.env("FAIRLEAD_PACKAGE", packaged);
    }
    command
        .env("FAIRLEAD_PLUGINS", plugins)
        .env("FAIRLEAD_BINARIES", Profile::Dev.folder())
        .env("FAIRLEAD_PYTHON", python::environment()?);
    run(&mut command)
}

fn infra() -> Result<()> {
    let mut pytest = std::process::Command::new(python::environment()?);
    run(pytest.args(["-m", "pytest", "-q", "tests/infra"]).current_dir(root()))?;
    let mut sam = std::process::Command::new(python::sam()?);
    sam.args(["validate", "--lint", "--region", "eu-west-1", "--template", "infra/template.yaml"]);
    run(sam.env("SAM_CLI_TELEMETRY", "0").current_dir(root()))
}

fn deployed() -> Result<()> {
    build::binaries()?;
    let mut pytest = std::process::Command::new(python::localstack()?);
    pytest.args(["-m", "pytest", "-q", "tests/deployed"]).current_dir(root());
    pytest.env("FAIRLEAD_PACKAGE", package::for_tests()?);
    run(pytest.env("FAIRLEAD_BINARIES", Profile::Dev.folder()))
}

fn fidelity() -> Result<()> {
    build::binaries()?;
    let mut pytest = std::process::Command::new(python::environment()?);
    pytest.args(["-m", "pytest", "-q", "tests/fidelity"]).current_dir(root());
    run(pytest.env("FAIRLEAD_SIMULATOR", Profile::Dev.binary("fairlead-simulator")))
}
