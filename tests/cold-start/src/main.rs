//! How long a function takes from its start to its first answer, which it gives once every connector of its package
//! is loaded. Prints the middle of many starts and its parts, in milliseconds.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use clap::Parser;
use jiff::Timestamp;
use lambda_simulator::Simulator;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tempfile::TempDir;

/// How long one start may take.
const PATIENCE: Duration = Duration::from_mins(1);

#[derive(Parser)]
struct Args {
    /// The package, unpacked
    package: PathBuf,
    /// The function's program, if it is not the package's
    #[arg(long)]
    program: Option<PathBuf>,
    /// Starts to measure
    #[arg(long, default_value_t = 15)]
    rounds: usize,
}

/// One start.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Start {
    /// From the start of the process to its answer.
    first_answer: f64,
    /// Of that, until it asked for something to do,
    ready: f64,
    /// and until every connector was loaded.
    connectors: f64,
}

/// What the function says of itself.
#[derive(Deserialize)]
struct Described {
    connectors: Vec<Loaded>,
}

#[derive(Deserialize)]
struct Loaded {
    #[serde(rename = "connector")]
    id: String,
    #[serde(rename = "loaded-in-ms")]
    milliseconds: Option<f64>,
    problem: Option<String>,
}

#[tokio::main]
async fn main() -> Result<()> {
    let Args { package, program, rounds } = Args::parse();
    let program = program.unwrap_or_else(|| package.join("bootstrap"));
    let mut starts = Vec::with_capacity(rounds);
    for _ in 0..rounds.max(1) {
        starts.push(start(&package, &program).await?);
    }
    starts.sort_by(|a, b| a.first_answer.total_cmp(&b.first_answer));
    let middle = starts.swap_remove(starts.len() / 2);
    println!("{}", serde_json::to_string(&middle)?);
    Ok(())
}

async fn start(package: &Path, program: &Path) -> Result<Start> {
    let lambda = Simulator::builder().function_name("worker").invocation_timeout(PATIENCE).build().await?;
    let asked = lambda.enqueue_payload(json!({"kind": "describe"})).await;
    let scratch = TempDir::with_prefix("fairlead-")?;
    let mut command = Command::new(program);
    command
        .env_clear()
        .envs(lambda.lambda_env_vars())
        .env("LAMBDA_TASK_ROOT", package)
        .env("FAIRLEAD_HOME", scratch.path())
        .env("FAIRLEAD_ROLE", "worker")
        .env("FAIRLEAD_STATE", "s3://nobody-asks-for-it/fairlead")
        .env("FAIRLEAD_SECRETS_STORE", "aws")
        .env("FAIRLEAD_QUEUE_URL", "http://127.0.0.1:9/000000000000/work")
        .envs([("AWS_ACCESS_KEY_ID", "none"), ("AWS_SECRET_ACCESS_KEY", "none"), ("AWS_REGION", "eu-west-1")])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let began = Timestamp::now();
    let mut process = command.spawn().with_context(|| format!("cannot start {}", program.display()))?;
    let ended = lambda.wait_for_invocation_complete(&asked, PATIENCE).await;
    let answered = Timestamp::now();
    process.kill()?;
    process.wait()?;
    let ended = ended?;
    let response = ended.response.with_context(|| format!("the function failed: {:?}", ended.error))?;
    let described: Described = serde_json::from_value(response.payload)?;
    let taken = ended.started_at.context("it was answered, so it was taken")?;
    let taken = Timestamp::from_microsecond(taken.timestamp_micros())?;
    Ok(Start {
        first_answer: between(began, answered),
        ready: between(began, taken),
        connectors: loading(&described.connectors)?,
    })
}

fn loading(connectors: &[Loaded]) -> Result<f64> {
    if connectors.is_empty() {
        bail!("the package has no connectors");
    }
    let mut sum = 0.0;
    for Loaded { id, milliseconds, problem } in connectors {
        let problem = problem.as_deref().unwrap_or("no time is given");
        sum += milliseconds.with_context(|| format!("the connector {id} cannot be used: {problem}"))?;
    }
    Ok(sum)
}

fn between(from: Timestamp, until: Timestamp) -> f64 {
    until.duration_since(from).as_secs_f64() * 1000.0
}
