//! The Python environment of the tests whose clients nobody here wrote.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, bail};

use crate::shell::{root, run, target};

/// What the environment holds: the official clients, what reads files that are made, and a Secrets Manager.
const REQUIREMENTS: &str = "tests/fidelity/requirements.txt";
/// The Azure CLI. It pins older releases of half of the above, and is large.
const AZURE_CLI: &str = "tests/onboarding/azure-cli.txt";
/// What builds the function for Lambda's system.
const CARGO_LAMBDA: &str = "infra/cargo-lambda.txt";
/// An AWS on this machine.
const LOCALSTACK: &str = "tests/deployed/requirements.txt";
/// What looks at the template as its users' tool does.
const SAM: &str = "infra/sam.txt";

/// The environment's interpreter; made and filled when it is missing or the requirements changed.
pub(crate) fn environment() -> Result<PathBuf> {
    Ok(filled("venv", REQUIREMENTS, Path::new("python3"))?.join("python"))
}

/// The Azure CLI in an environment of its own.
pub(crate) fn azure_cli() -> Result<PathBuf> {
    Ok(filled("venv-azure-cli", AZURE_CLI, Path::new("python3"))?.join("az"))
}

/// The folder with cargo-lambda, and zig, by which it links against the C library of Lambda's system.
pub(crate) fn cargo_lambda() -> Result<PathBuf> {
    filled("venv-cargo-lambda", CARGO_LAMBDA, Path::new("python3"))
}

/// The SAM CLI.
pub(crate) fn sam() -> Result<PathBuf> {
    Ok(filled("venv-sam", SAM, Path::new("python3"))?.join("sam"))
}

/// The interpreter of an environment with LocalStack, which has Python 3.13's grammar.
pub(crate) fn localstack() -> Result<PathBuf> {
    let works =
        |python: &Path| Command::new(python).arg("--version").output().is_ok_and(|ran| ran.status.success());
    let versions = std::env::home_dir().map(|home| home.join(".pyenv/versions"));
    let mut pythons: Vec<PathBuf> = vec!["python3.13".into()];
    if let Some(Ok(entries)) = versions.map(fs::read_dir) {
        pythons.extend(entries.flatten().map(|entry| entry.path().join("bin/python3.13")));
    }
    let python = pythons.into_iter().find(|python| works(python));
    let python = python.context("LocalStack needs Python 3.13, and there is no python3.13: install it")?;
    Ok(filled("venv-localstack", LOCALSTACK, &python)?.join("python"))
}

/// The folder of an environment's programs.
fn filled(name: &str, requirements: &str, python: &Path) -> Result<PathBuf> {
    let folder = target().join(name);
    let programs = folder.join("bin");
    let wanted = fs::read_to_string(root().join(requirements))
        .with_context(|| format!("cannot read {requirements}"))?;
    let stamp = folder.join("requirements.txt");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(programs);
    }
    create(&folder, python)?;
    let mut install = Command::new(programs.join("python"));
    install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements]);
    run(install.current_dir(root()))?;
    fs::write(stamp, wanted)?;
    Ok(programs)
}

/// Debian keeps the module that makes environments in a package of its own.
fn create(folder: &Path, python: &Path) -> Result<()> {
    if venv(folder, python)? {
        return Ok(());
    }
    for arguments in [["update", "-qq"].as_slice(), &["install", "-y", "-qq", "python3-venv"]] {
        run(as_root("apt-get").args(arguments))?;
    }
    if !venv(folder, python)? {
        bail!(
            "cannot make a Python environment in {}: install Python 3 with its venv module",
            folder.display()
        );
    }
    Ok(())
}

fn venv(folder: &Path, python: &Path) -> Result<bool> {
    let made = Command::new(python).args(["-m", "venv", "--clear"]).arg(folder).output();
    Ok(made.context("cannot start python3: install Python 3")?.status.success())
}

fn as_root(program: &str) -> Command {
    let user = Command::new("id").arg("-u").output();
    if user.is_ok_and(|id| id.stdout.starts_with(b"0\n")) {
        return Command::new(program);
    }
    let mut command = Command::new("sudo");
    command.arg(program);
    command
}
