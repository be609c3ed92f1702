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

/// The environment's interpreter; made and filled when it is missing or the requirements changed.
pub(crate) fn environment() -> Result<PathBuf> {
    Ok(filled("venv", REQUIREMENTS)?.join("python"))
}

/// The Azure CLI in an environment of its own.
pub(crate) fn azure_cli() -> Result<PathBuf> {
    Ok(filled("venv-azure-cli", AZURE_CLI)?.join("az"))
}

/// The folder with cargo-lambda, and zig, by which it links against the C library of Lambda's system.
pub(crate) fn cargo_lambda() -> Result<PathBuf> {
    filled("venv-cargo-lambda", CARGO_LAMBDA)
}

/// The folder of an environment's programs.
fn filled(name: &str, requirements: &str) -> Result<PathBuf> {
    let folder = target().join(name);
    let programs = folder.join("bin");
    let wanted = fs::read_to_string(root().join(requirements))
        .with_context(|| format!("cannot read {requirements}"))?;
    let stamp = folder.join("requirements.txt");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(programs);
    }
    create(&folder)?;
    let mut install = Command::new(programs.join("python"));
    install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements]);
    run(install.current_dir(root()))?;
    fs::write(stamp, wanted)?;
    Ok(programs)
}

/// Debian keeps the module that makes environments in a package of its own.
fn create(folder: &Path) -> Result<()> {
    if venv(folder)? {
        return Ok(());
    }
    for arguments in [["update", "-qq"].as_slice(), &["install", "-y", "-qq", "python3-venv"]] {
        run(as_root("apt-get").args(arguments))?;
    }
    if !venv(folder)? {
        bail!(
            "cannot make a Python environment in {}: install Python 3 with its venv module",
            folder.display()
        );
    }
    Ok(())
}

fn venv(folder: &Path) -> Result<bool> {
    let made = Command::new("python3").args(["-m", "venv", "--clear"]).arg(folder).output();
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
