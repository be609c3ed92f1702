//! Compiles components ahead, for machines of a kind rather than for this one.

#![allow(unsafe_code, reason = "wasmtime takes a processor's features on the caller's word")]

use std::{
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
};

use wasmtime::{Config, Engine};

use crate::{ahead, engine, error::LoadError, host, limits::Limits};

/// A kind of machine, by AWS Lambda's word for it; the system is Linux.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Architecture {
    /// Intel and AMD since 2013: with AVX2, which every such machine of Lambda's has
    /// (<https://docs.aws.amazon.com/lambda/latest/dg/runtimes-avx2.html>).
    X86_64,
    /// Arm since 2018: with atomic instructions, which every Graviton that Lambda runs on has
    /// (<https://docs.aws.amazon.com/lambda/latest/dg/foundation-arch.html>).
    Arm64,
}

impl Architecture {
    /// Each there is.
    pub const ALL: [Self; 2] = [Self::X86_64, Self::Arm64];

    /// Its name.
    pub fn as_str(self) -> &'static str {
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

    fn features(self) -> &'static [&'static str] {
        match self {
            Self::X86_64 => &[
                "has_sse3",
                "has_ssse3",
                "has_sse41",
                "has_sse42",
                "has_popcnt",
                "has_avx",
                "has_avx2",
                "has_fma",
                "has_bmi1",
                "has_bmi2",
                "has_lzcnt",
            ],
            Self::Arm64 => &["has_lse"],
        }
    }
}

impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Architecture {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|architecture| architecture.as_str() == name);
        found.ok_or_else(|| format!("\"{name}\" is no architecture Lambda has: write x86_64 or arm64"))
    }
}

/// Compiles a connector for machines of a kind and puts the code into `folder`, where a host finds it that was told
/// of the folder. Says which file it is.
///
/// # Errors
/// What keeps the file from being a connector, `NoCompiler`, and `Unkept` when the folder takes no file.
pub fn compile_ahead(
    path: &Path,
    architecture: Architecture,
    limits: &Limits,
    folder: &Path,
) -> Result<PathBuf, LoadError> {
    let file = host::read_component(path, limits)?;
    let mut config = engine::config(limits);
    let engine = aim(&mut config, architecture).and_then(|()| Engine::new(&config));
    let engine = engine.map_err(|error| LoadError::NoCompiler {
        architecture: architecture.as_str(),
        problem: format!("{error:#}"),
    })?;
    let code = engine
        .precompile_component(&file.bytes)
        .map_err(|error| LoadError::Unsound { path: path.to_owned(), problem: format!("{error:#}") })?;
    ahead::put(folder, &file.digest, &code)
        .map_err(|error| LoadError::Unkept { folder: folder.to_owned(), error })
}

fn aim(config: &mut Config, architecture: Architecture) -> wasmtime::Result<()> {
    config.target(architecture.triple())?;
    for feature in architecture.features() {
        // SAFETY: code that uses a feature is loaded only where wasmtime has found the processor to have it.
        unsafe { config.cranelift_flag_enable(feature) };
    }
    Ok(())
}
