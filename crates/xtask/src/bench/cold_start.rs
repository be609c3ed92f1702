//! From the start of a function's process to its first answer, with every connector of the package loaded.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Result, bail};
use serde::Deserialize;

use super::measure::Measure;
use crate::{
    build::{self, Profile},
    package,
    shell::{cargo, run, target},
};

/// What the issue allows, in milliseconds.
const BOUND: f64 = 60.0;

/// The same for the archive, in megabytes.
const LARGEST: f64 = 25.0;

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Start {
    first_answer: f64,
    ready: f64,
    connectors: f64,
}

pub(super) fn measure() -> Result<Vec<Measure>> {
    let content = package::to_measure()?;
    let archive = target().join("bench/function.zip");
    fs::create_dir_all(target().join("bench"))?;
    package::zip(&content, &archive)?;
    let compiling = compiling()?;
    build::shipped(&["fairlead-cold-start"])?;
    let shipped = start(&content, &content.join("bootstrap"), "15")?;
    fs::rename(content.join("compiled"), content.join("not-compiled"))?;
    let compiled = start(&content, &compiling, "3");
    fs::rename(content.join("not-compiled"), content.join("compiled"))?;
    Ok(vec![
        Measure::new("first-answer", shipped.first_answer, "ms").against(BOUND),
        Measure::new("  until it asks for work", shipped.ready, "ms"),
        Measure::new("  loading all connectors", shipped.connectors, "ms"),
        Measure::new("compiling at its start", compiled?.first_answer, "ms"),
        Measure::new("package", megabytes(&archive)?, "MB").against(LARGEST),
        Measure::new("program", megabytes(&content.join("bootstrap"))?, "MB"),
        Measure::new("program with a compiler", megabytes(&compiling)?, "MB"),
    ])
}

fn megabytes(file: &Path) -> Result<f64> {
    let kilobytes = u32::try_from(fs::metadata(file)?.len() / 1000)?;
    Ok(f64::from(kilobytes) / 1000.0)
}

/// The same program with the compiler in it.
fn compiling() -> Result<PathBuf> {
    let mut build = cargo();
    build.args(["build", "--release", "--package", "fairlead-lambda", "--features", "compiler"]);
    run(&mut build)?;
    let kept = target().join("bench/bootstrap-with-compiler");
    fs::copy(Profile::Release.binary("bootstrap"), &kept)?;
    Ok(kept)
}

fn start(package: &Path, program: &Path, rounds: &str) -> Result<Start> {
    let mut measure = Command::new(Profile::Release.binary("fairlead-cold-start"));
    let output = measure.arg(package).arg("--program").arg(program).args(["--rounds", rounds]).output()?;
    if !output.status.success() {
        bail!("fairlead-cold-start failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}
