//! The Python environment of the tests whose clients nobody here wrote.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, bail};

use crate::shell::{root, run, target};

/// What the environment holds: the official clients, and what reads a connector's file.
const REQUIREMENTS: &str = "tests/fidelity/requirements.txt";

/// The environment's interpreter; made and filled when it is missing or the requirements changed.
pub(crate) fn environment() -> Result<PathBuf> {
    let folder = target().join("venv");
    let python = folder.join("bin/python");
    let wanted = fs::read_to_string(root().join(REQUIREMENTS))
        .with_context(|| format!("cannot read {REQUIREMENTS}"))?;
    let stamp = folder.join("requirements.txt");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(python);
    }
    create(&folder)?;
    let mut install = Command::new(&python);
    install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", REQUIREMENTS]);
    run(install.current_dir(root()))?;
    fs::write(stamp, wanted)?;
    Ok(python)
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
