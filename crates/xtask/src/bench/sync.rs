//! The sync of a tenant as a mid-size company has it, at the latency of a service far away.

use std::{fs, path::Path, process::Command, time::Instant};

use anyhow::{Context as _, Result, bail};
use fairlead_test_support::{Installation, Ran, Simulator};
use serde::Deserialize;

use super::measure::Measure;
use crate::{
    build::{self, Profile},
    plugins,
    shell::target,
};

const LATENCY_MS: f64 = 20.0;
const USERS: u32 = 10_000;

/// Requests to one service at a time, at most: the gateway's default.
const CONCURRENCY: f64 = 8.0;

/// Users in a page, at most (Graph).
const PAGE: u32 = 999;

const TENANT: &[&str] = &[
    "--seed",
    "1",
    "--users",
    "10000",
    "--groups",
    "1000",
    "--memberships",
    "100000",
    "--service-principals",
    "500",
    "--subscriptions",
    "3",
    "--role-assignments",
    "2000",
    "--latency-ms",
    "20",
    // Syncs one after the other would use up Azure's quota of ten seconds and measure its end.
    "--no-limits",
];

/// Of how many syncs the middle one counts.
const ROUNDS: usize = 5;

/// What `fairlead sync --json` says of itself.
#[derive(Deserialize)]
struct Synced {
    statistics: Statistics,
    process: Process,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Statistics {
    requests: u32,
    collect_ms: f64,
    publish_ms: f64,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Process {
    cpu_ms: f64,
    peak_memory: f64,
}

/// What the sandbox costs, measured by a program of its own.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Sandbox {
    native_ms: f64,
    component_ms: f64,
}

pub(super) fn measure() -> Result<Vec<Measure>> {
    let connectors = plugins::build_all()?;
    build::shipped(&["fairlead-cli", "fairlead-simulator", "fairlead-sandbox-cost"])?;
    let folder = target().join("bench/sync");
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("cannot clear {}", folder.display()))?;
    }
    fs::create_dir_all(&folder)?;
    let simulator = Simulator::start(&Profile::Release.binary("fairlead-simulator"), &folder, TENANT)?;
    let home = folder.join("home");
    let installation =
        Installation { binaries: Profile::Release.folder(), connectors: vec![connectors.clone()], home };
    let connect = Installation::connect(&simulator, "bench", "c1");
    let added: Ran = installation.command_as(&simulator).args(&connect).output()?.into();
    if added.code != Some(0) {
        bail!("the tenant could not be connected: {}", added.stderr);
    }
    let mut rounds = (0..ROUNDS).map(|_| sync(&installation, &simulator)).collect::<Result<Vec<_>>>()?;
    rounds.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (wall, synced) = rounds.swap_remove(ROUNDS / 2);
    let sandbox = sandbox(&installation, &connectors.join("c1.wasm"), &simulator)?;
    Ok(vec![
        Measure::new("requests", f64::from(synced.statistics.requests), "requests"),
        Measure::new("wall", wall, "ms").against(bound(synced.statistics.requests)),
        Measure::new("collecting", synced.statistics.collect_ms, "ms"),
        Measure::new("publishing", synced.statistics.publish_ms, "ms"),
        Measure::new("cpu", synced.process.cpu_ms, "ms"),
        Measure::new("peak-memory", synced.process.peak_memory / 1_048_576.0, "MiB").against(300.0),
        Measure::new("sandbox-cost", sandbox.component_ms / sandbox.native_ms, "ratio").against(1.5),
    ])
}

/// What no client can beat: the longest chain of requests that need each other's answers, which is the
/// token and then the pages of users, and the rest as wide as is allowed; in milliseconds.
fn bound(requests: u32) -> f64 {
    let chain = 1 + USERS.div_ceil(PAGE);
    (f64::from(chain) + f64::from(requests) / CONCURRENCY) * LATENCY_MS
}

fn sync(installation: &Installation, simulator: &Simulator) -> Result<(f64, Synced)> {
    let started = Instant::now();
    let ran: Ran =
        installation.command_as(simulator).args(["--json", "--quiet", "sync", "bench"]).output()?.into();
    let wall = started.elapsed().as_secs_f64() * 1000.0;
    if ran.code != Some(0) {
        bail!("the sync failed: {}", ran.stderr);
    }
    Ok((wall, ran.json()))
}

fn sandbox(installation: &Installation, component: &Path, simulator: &Simulator) -> Result<Sandbox> {
    let output = Command::new(installation.binaries.join("fairlead-sandbox-cost"))
        .arg(component)
        .arg(&simulator.cloud_file)
        .arg(&simulator.tenant.tenant_id)
        .arg(&simulator.tenant.client_id)
        .env("FAIRLEAD_CLIENT_SECRET", &simulator.tenant.client_secret)
        .output()?;
    if !output.status.success() {
        bail!("fairlead-sandbox-cost failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}
