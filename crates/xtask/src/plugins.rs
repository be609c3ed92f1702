//! Builds the guests and turns each into a component that imports Fairlead's interfaces and nothing else.

use std::{fs, path::PathBuf, process::Command};

use anyhow::{Context as _, Result};
use wit_component::ComponentEncoder;

use crate::shell::{cargo, root, run, target};

const TARGET: &str = "wasm32-unknown-unknown";

/// Guests: package, and the component's file.
const GUESTS: &[(&str, &str)] = &[
    ("fairlead-c1", "c1"),
    ("fairlead-cado", "cado"),
    ("fairlead-cloudcraft", "cloudcraft"),
    ("fairlead-segura-entitlements", "segura-entitlements"),
    ("fairlead-segura-iam", "segura-iam"),
    // Not where people look for connectors: it exists for the tests.
    ("fairlead-hostile", "tests/hostile"),
];

/// The folder the components are left in.
pub(crate) fn folder() -> PathBuf {
    target().join("plugins")
}

/// Builds every guest; returns the folder.
pub(crate) fn build_all() -> Result<PathBuf> {
    add_target()?;
    let mut command = cargo();
    command.args(["build", "--quiet", "--profile", "plugin", "--target", TARGET]);
    for (package, _) in GUESTS {
        command.args(["--package", package]);
    }
    run(&mut command)?;
    fs::create_dir_all(folder().join("tests"))?;
    for (package, name) in GUESTS {
        componentize(package, name)?;
    }
    Ok(folder())
}

fn componentize(package: &str, name: &str) -> Result<()> {
    let module = target().join(TARGET).join("plugin").join(format!("{}.wasm", package.replace('-', "_")));
    let bytes = fs::read(&module).with_context(|| format!("cannot read {}", module.display()))?;
    let component = ComponentEncoder::default()
        .validate(true)
        .module(&bytes)
        .and_then(|mut encoder| encoder.encode())
        .with_context(|| format!("{package} does not make a component"))?;
    let path = folder().join(format!("{name}.wasm"));
    if fs::read(&path).is_ok_and(|present| present == component) {
        return Ok(());
    }
    fs::write(&path, component).with_context(|| format!("cannot write {}", path.display()))
}

/// Adds the guests' target where rustup runs the show and it is missing.
fn add_target() -> Result<()> {
    let mut list = Command::new("rustup");
    list.args(["target", "list", "--installed"]).current_dir(root());
    match list.output() {
        Ok(output) if String::from_utf8_lossy(&output.stdout).lines().any(|line| line == TARGET) => Ok(()),
        Ok(_) => run(Command::new("rustup").args(["target", "add", TARGET]).current_dir(root())),
        // No rustup: a distribution's toolchain has the target or the build will say so.
        Err(_) => Ok(()),
    }
}
