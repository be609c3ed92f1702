//! `cargo xtask package`: what AWS Lambda runs, as the archive that `infra/template.yaml` names.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, bail};
use clap::ValueEnum;

use crate::{
    build::{self, Profile},
    plugins, python,
    shell::{cargo, root, run, target},
};

/// The largest archive Lambda takes directly is 50 MB; ours is to stay far below.
const LARGEST: u64 = 25 * 1024 * 1024;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The machines it runs on, as `Architectures` of the template says
    #[arg(long, default_value = "arm64")]
    architecture: Architecture,
    /// A folder with connectors of yours, to go into the package too
    #[arg(long, value_name = "FOLDER")]
    connectors: Option<PathBuf>,
}

/// By Lambda's words.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Architecture {
    #[value(name = "x86_64")]
    X86_64,
    #[value(name = "arm64")]
    Arm64,
}

impl Architecture {
    /// That of this machine.
    pub(crate) fn native() -> Self {
        if cfg!(target_arch = "aarch64") { Self::Arm64 } else { Self::X86_64 }
    }

    fn name(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64",
            Self::Arm64 => "arm64",
        }
    }

    fn triple(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64-unknown-linux-gnu",
            Self::Arm64 => "aarch64-unknown-linux-gnu",
        }
    }
}

/// Builds the archive and says where it is.
pub(crate) fn function(args: &Args) -> Result<()> {
    let bootstrap = bootstrap(args.architecture)?;
    let compiler = compiler(args.architecture)?;
    let content = target().join("package").join(args.architecture.name());
    lay_out(&content, &bootstrap, args.connectors.as_deref())?;
    compile(&content, &compiler, args.architecture)?;
    let archive = target().join("package/function.zip");
    let bytes = zip(&content, &archive)?;
    if bytes > LARGEST {
        bail!("{} has {bytes} bytes, and is to have {LARGEST} at most", archive.display());
    }
    println!("{} ({}, {} KiB)", archive.display(), args.architecture.name(), bytes / 1024);
    Ok(())
}

/// Puts a package's content into an archive; returns its size in bytes.
pub(crate) fn zip(content: &Path, archive: &Path) -> Result<u64> {
    let mut zip = Command::new("python3");
    zip.args(["-m", "zipfile", "-c"]).arg(archive).args(["bootstrap", "connectors", "compiled"]);
    run(zip.current_dir(content))?;
    Ok(fs::metadata(archive)?.len())
}

/// The package as this machine would run it, to be measured: as shipped, but for the C library it is linked against.
pub(crate) fn to_measure() -> Result<PathBuf> {
    build::shipped(&["fairlead-lambda"])?;
    let content = target().join("package/measured");
    lay_out(&content, &Profile::Release.binary("bootstrap"), None)?;
    compile(&content, &compiler(Architecture::native())?, Architecture::native())?;
    Ok(content)
}

/// The package with binaries that are not for shipping: quick to build.
pub(crate) fn for_tests() -> Result<PathBuf> {
    let content = target().join("package/tests");
    lay_out(&content, &Profile::Dev.binary("bootstrap"), None)?;
    compile(&content, &Profile::Dev.binary("fairlead"), Architecture::native())?;
    Ok(content)
}

fn lay_out(content: &Path, bootstrap: &Path, more: Option<&Path>) -> Result<()> {
    if content.exists() {
        fs::remove_dir_all(content).with_context(|| format!("cannot clear {}", content.display()))?;
    }
    let connectors = content.join("connectors");
    fs::create_dir_all(&connectors)?;
    copy(bootstrap, &content.join("bootstrap"))?;
    let ours = plugins::build_all()?;
    for folder in [Some(ours.as_path()), more].into_iter().flatten() {
        for component in components_in(folder)? {
            let name = component.file_name().context("a component has a name")?;
            copy(&component, &connectors.join(name))?;
        }
    }
    Ok(())
}

/// Puts the connectors' code beside them.
fn compile(content: &Path, fairlead: &Path, architecture: Architecture) -> Result<()> {
    let mut compile = Command::new(fairlead);
    compile.args(["--quiet", "connectors", "compile", "--for", architecture.name(), "--into"]);
    compile.arg(content.join("compiled")).arg("--connectors").arg(content.join("connectors"));
    run(compile.stdout(std::process::Stdio::null()))
}

/// The function's program, linked against a C library that is old enough for Lambda's system.
fn bootstrap(architecture: Architecture) -> Result<PathBuf> {
    run(Command::new("rustup").args(["target", "add", architecture.triple()]).current_dir(root()))?;
    let programs = python::cargo_lambda()?;
    let folder = target().join("lambda").join(architecture.name());
    let mut build = Command::new(programs.join("cargo-lambda"));
    build.args(["lambda", "build", "--release", "--package", "fairlead-lambda", "--bin", "bootstrap"]);
    build.args(["--target", architecture.triple(), "--lambda-dir"]).arg(&folder);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths([programs].into_iter().chain(std::env::split_paths(&path)))?;
    run(build.env("PATH", path).current_dir(root()))?;
    Ok(folder.join("bootstrap/bootstrap"))
}

/// The command, with a compiler for those machines.
fn compiler(architecture: Architecture) -> Result<PathBuf> {
    let mut build = cargo();
    build.args(["build", "--release", "--package", "fairlead-cli"]);
    if architecture != Architecture::native() {
        build.args(["--features", "all-arch"]);
    }
    run(&mut build)?;
    Ok(Profile::Release.binary("fairlead"))
}

fn components_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut components = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
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
