//! `cargo xtask demo`: an Azure on this machine, a tenant connected, synced, and looked at.

use std::{ffi::OsString, fs};

use anyhow::{Context as _, Result, bail};
use fairlead_test_support::{Installation, Simulator};

use crate::{
    build::{self, Profile},
    plugins,
    shell::{root, target},
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
    build::binaries()?;
    let folder = target().join("demo");
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("cannot clear {}", folder.display()))?;
    }
    fs::create_dir_all(&folder)?;
    let scenario = root().join(SCENARIO).to_string_lossy().into_owned();
    let arguments = [&["--scenario", &scenario], TENANT].concat();
    let simulator = Simulator::start(&Profile::Dev.binary("fairlead-simulator"), &folder, &arguments)?;
    let home = folder.join("home");
    let installation = Installation { binaries: Profile::Dev.folder(), connectors: vec![connectors], home };
    let demo = Demo { installation, simulator };

    say("A tenant is connected, with the secret's ID pasted in place of its value.");
    let connect = Installation::connect(&demo.simulator, "demo", "c1");
    let connect = connect.iter().map(String::as_str).chain(["--client-secret-expires", SECRET_EXPIRES]);
    demo.fairlead_with(SECRET_ID, &connect.collect::<Vec<_>>(), DONE)?;
    demo.fairlead(&["validate", "demo"], WRONG)?;
    say("Mended, the next mistake shows: the tenant has no Entra ID P2.");
    demo.fairlead(&["connections", "rotate", "demo", "--client-secret-expires", SECRET_EXPIRES], DONE)?;
    demo.fairlead(&["validate", "demo"], WRONG)?;
    demo.fairlead(&["connections", "edit", "demo", "--set", "skip-entra-id-p2-license-features=true"], DONE)?;
    demo.fairlead(&["validate", "demo"], DONE)?;
    say("Now it is synced, and asked.");
    demo.fairlead(&["sync", "demo"], DONE)?;
    demo.fairlead(&["query", "demo", QUESTION], DONE)?;
    eprintln!("\nEverything is in {}.", folder.display());
    Ok(())
}

/// The exit codes of a command that did its work, and of one that found a mistake in the tenant.
const DONE: i32 = 0;
const WRONG: i32 = 3;

/// What the portal shows beside the secret's value.
const SECRET_ID: &str = "50000000-0000-4000-8000-00000000000d";
const SECRET_EXPIRES: &str = "2099-12-31";
const SCENARIO: &str = "crates/xtask/src/demo.toml";

struct Demo {
    installation: Installation,
    simulator: Simulator,
}

impl Demo {
    /// Runs a command as somebody who has the right secret.
    fn fairlead(&self, arguments: &[&str], ends_with: i32) -> Result<()> {
        self.fairlead_with(&self.simulator.tenant.client_secret, arguments, ends_with)
    }

    fn fairlead_with(&self, secret: &str, arguments: &[&str], ends_with: i32) -> Result<()> {
        eprintln!("\n$ fairlead {}", shown(arguments));
        let mut command = self.installation.command();
        let ended = command.env("FAIRLEAD_CLIENT_SECRET", secret).envs(colour()).args(arguments).status()?;
        if ended.code() != Some(ends_with) {
            bail!("`fairlead {}` ended with {ended}", shown(arguments));
        }
        Ok(())
    }
}

fn say(text: &str) {
    eprintln!("\n{text}");
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
