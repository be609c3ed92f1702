//! `cargo xtask package`: what AWS Lambda runs, as the archive that `infra/template.yaml` names.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, bail};

use crate::{
    build::{self, Profile},
    plugins,
    shell::{run, target},
};

/// The largest archive Lambda takes directly is 50 MB; ours is to stay far below.
const LARGEST: u64 = 25 * 1024 * 1024;

/// Builds the archive and says where it is.
pub(crate) fn function() -> Result<()> {
    let components = plugins::build_all()?;
    build::shipped(&["fairlead-lambda"])?;
    let folder = target().join("package");
    let content = folder.join("function");
    if content.exists() {
        fs::remove_dir_all(&content).with_context(|| format!("cannot clear {}", content.display()))?;
    }
    fs::create_dir_all(content.join("connectors"))?;
    copy(&Profile::Release.binary("bootstrap"), &content.join("bootstrap"))?;
    for component in components_in(&components)? {
        let name = component.file_name().context("a component has a name")?;
        copy(&component, &content.join("connectors").join(name))?;
    }
    let archive = folder.join("function.zip");
    let mut zip = Command::new("python3");
    zip.args(["-m", "zipfile", "-c"]).arg(&archive).args(["bootstrap", "connectors"]).current_dir(&content);
    run(&mut zip)?;
    let bytes = fs::metadata(&archive)?.len();
    if bytes > LARGEST {
        bail!("{} has {bytes} bytes, and is to have {LARGEST} at most", archive.display());
    }
    println!("{} ({} KiB)", archive.display(), bytes / 1024);
    Ok(())
}

fn components_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut components = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "wasm") {
            components.push(path);
        }
    }
    components.sort();
    Ok(components)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::copy(from, to)
        .with_context(|| format!("cannot copy {} to {}", from.display(), to.display()))
        .map(drop)
}
