//! `cargo xtask demo`: an Azure on this machine, a tenant connected, synced, and looked at.

use std::{fs, path::Path, process::Command};

use anyhow::{Context as _, Result};

use crate::{
    build::{self, Profile},
    plugins,
    shell::{run, target},
    simulator::Simulator,
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

pub(crate) fn run() -> Result<()> {
    let connectors = plugins::build_all()?;
    build::binaries(Profile::Dev, &[])?;
    let folder = target().join("demo");
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("cannot clear {}", folder.display()))?;
    }
    fs::create_dir_all(&folder)?;
    let simulator = Simulator::start(Profile::Dev, &folder, TENANT)?;
    let fairlead = |arguments: &[&str]| {
        let mut command = command(Profile::Dev, &folder, &connectors, &simulator);
        eprintln!("\n$ fairlead {}", shown(arguments));
        run(command.args(arguments))
    };
    let cloud = simulator.cloud_file.to_string_lossy();
    let tenant = &simulator.tenant;
    fairlead(&[
        "connections",
        "add",
        "demo",
        "--connector",
        "c1",
        "--tenant",
        &tenant.tenant,
        "--client-id",
        &tenant.client_id,
        "--cloud",
        &cloud,
    ])?;
    fairlead(&["sync", "demo"])?;
    fairlead(&["query", "demo", QUESTION])?;
    eprintln!("\nEverything is in {}.", folder.display());
    Ok(())
}

/// Something a person would want to know of a tenant.
const QUESTION: &str = "select g.name as \"group\", count(*) as members from links l \
     join items g on g.kind = l.origin_kind and g.id = l.origin_id \
     where l.kind = 'member' group by g.id order by members desc, g.name limit 5";

/// The command against a simulator, with its state under `folder`.
pub(crate) fn command(profile: Profile, folder: &Path, connectors: &Path, simulator: &Simulator) -> Command {
    let mut command = Command::new(profile.binary("fairlead"));
    command
        .env("FAIRLEAD_HOME", folder.join("home"))
        .env("FAIRLEAD_CONNECTORS", connectors)
        .env("FAIRLEAD_CLIENT_SECRET", &simulator.tenant.client_secret)
        .env_remove("FAIRLEAD_CONFIG");
    command
}

fn shown(arguments: &[&str]) -> String {
    let quoted = arguments.iter().map(|argument| {
        if argument.contains(' ') { format!("'{argument}'") } else { (*argument).to_owned() }
    });
    quoted.collect::<Vec<_>>().join(" ")
}
