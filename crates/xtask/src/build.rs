//! Builds the binaries and says where they are.

use std::path::PathBuf;

use anyhow::Result;

use crate::shell::{cargo, run, target};

/// Which of cargo's profiles.
#[derive(Clone, Copy)]
pub(crate) enum Profile {
    /// Quick to build: tests and the demo.
    Dev,
    /// As shipped: measurements.
    Release,
}

impl Profile {
    /// The folder cargo leaves binaries in.
    pub(crate) fn folder(self) -> PathBuf {
        target().join(match self {
            Self::Dev => "debug",
            Self::Release => "release",
        })
    }

    /// A binary of this profile.
    pub(crate) fn binary(self, name: &str) -> PathBuf {
        self.folder().join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
    }
}

/// Builds the binaries of these packages, as shipped or measured.
pub(crate) fn shipped(packages: &[&str]) -> Result<()> {
    let mut command = cargo();
    command.args(["build", "--release", "--bins"]);
    for package in packages {
        command.args(["--package", package]);
    }
    run(&mut command)
}

/// Builds every binary for tests and the demo: of the whole workspace, as tests are, so that both ask the same
/// features of every dependency and it is compiled once.
pub(crate) fn binaries() -> Result<()> {
    run(cargo().args(["build", "--workspace", "--bins"]))
}
