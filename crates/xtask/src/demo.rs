//! `cargo xtask demo`: an Azure on this machine, a tenant connected, synced, and looked at.

use std::{ffi::OsString, fs};

use anyhow::{Context as _, Result};
use fairlead_tests::{Installation, Simulator};

use crate::{
    build::{self, Profile},
    plugins,
    shell::{run, target},
};

/// A mid-size tenant: large enough for pages, batches and nesting to matter, small enough to wait for.
const TENANT: &[&str] = &[
    "--seed",
    "7",
    "--users",
    "5000",
    "--groups",
    "500",
    "--memberships",
    "40000",
    "--service-principals",
    "300",
    "--subscriptions",
    "3",
    "--role-assignments",
    "1000",
    "--latency-ms",
    "20",
];

pub(crate) fn show() -> Result<()> {
    let connectors = plugins::build_all()?;
    build::binaries(Profile::Dev, &[])?;
    let folder = target().join("demo");
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("cannot clear {}", folder.display()))?;
    }
    fs::create_dir_all(&folder)?;
    let simulator = Simulator::start(&Profile::Dev.binary("fairlead-simulator"), &folder, TENANT)?;
    let home = folder.join("home");
    let installation = Installation { binaries: Profile::Dev.folder(), connectors, home };
    let fairlead = |arguments: &[&str]| {
        eprintln!("\n$ fairlead {}", shown(arguments));
        run(installation.command_as(&simulator).envs(colour()).args(arguments))
    };
    let connect = Installation::connect(&simulator, "demo", "c1");
    fairlead(&connect.iter().map(String::as_str).collect::<Vec<_>>())?;
    fairlead(&["sync", "demo"])?;
    fairlead(&["query", "demo", QUESTION])?;
    eprintln!("\nEverything is in {}.", folder.display());
    Ok(())
}

/// What decides how a terminal is written to.
fn colour() -> impl Iterator<Item = (&'static str, OsString)> {
    ["TERM", "NO_COLOR", "COLUMNS"].into_iter().filter_map(|name| Some((name, std::env::var_os(name)?)))
}

/// Something a person would want to know of a tenant.
const QUESTION: &str = "select g.name as team, count(*) as members from links l \
     join items g on g.kind = l.origin_kind and g.id = l.origin_id \
     where l.kind = 'member' group by g.id order by members desc, g.name limit 5";

fn shown(arguments: &[&str]) -> String {
    let quoted = arguments.iter().map(|argument| {
        if argument.contains(' ') { format!("\"{argument}\"") } else { (*argument).to_owned() }
    });
    quoted.collect::<Vec<_>>().join(" ")
}
