//! `cargo xtask bench`: measurements as shipped, against what physics allows.

mod cold_start;
mod measure;
mod sync;

use anyhow::Result;
use clap::ValueEnum;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// What to measure
    bench: Bench,
}

#[derive(Clone, Copy, ValueEnum)]
enum Bench {
    /// A sync of 10,000 users, 1,000 groups and 100,000 memberships at 20 ms a request
    Sync,
    /// A function's start until its first answer, as packaged and as a build that compiles connectors at its start
    ColdStart,
}

pub(crate) fn measure(args: &Args) -> Result<()> {
    match args.bench {
        Bench::Sync => measure::report("sync", &sync::measure()?),
        Bench::ColdStart => measure::report("cold-start", &cold_start::measure()?),
    }
}
