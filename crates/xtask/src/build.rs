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
    fn name(self) -> &'static str {
        match self {
            Self::Dev => "dev",
            Self::Release => "release",
        }
    }

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

/// Builds the command and the simulator, and other packages asked for.
pub(crate) fn binaries(profile: Profile, more: &[&str]) -> Result<()> {
    let mut command = cargo();
    command.args(["build", "--profile", profile.name(), "--bins"]);
    for package in ["fairlead-cli", "fairlead-simulator"].iter().chain(more) {
        command.args(["--package", package]);
    }
    run(&mut command)
}
