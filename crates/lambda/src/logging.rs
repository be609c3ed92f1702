//! Logs as JSON lines, which CloudWatch takes apart.

use fairlead_engine::logs::JsonLines;
use tracing_subscriber::{EnvFilter, fmt::format::JsonFields};

/// What is said unless `FAIRLEAD_LOG` or `AWS_LAMBDA_LOG_LEVEL` says otherwise.
const USUAL: &str = "warn,bootstrap=info,fairlead_engine=info,fairlead_web=info,fairlead_azure=info";

/// Starts logging to standard output. `FAIRLEAD_LOG` takes a filter; `AWS_LAMBDA_LOG_LEVEL`, which Lambda sets
/// from the function's logging configuration, a level.
pub(crate) fn start() {
    let asked = |name| std::env::var(name).ok().filter(|value: &String| !value.is_empty());
    let filter = asked("FAIRLEAD_LOG")
        .or_else(|| asked("AWS_LAMBDA_LOG_LEVEL").map(|level| level_as_filter(&level)))
        .and_then(|filter| filter.parse().ok())
        .unwrap_or_else(|| EnvFilter::new(USUAL));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stdout)
        .fmt_fields(JsonFields::new())
        .event_format(JsonLines)
        .init();
}

/// A level is meant for Fairlead: libraries have too much to say.
fn level_as_filter(level: &str) -> String {
    let level = level.to_ascii_lowercase();
    let level = if level == "fatal" { "error" } else { level.as_str() };
    format!(
        "warn,bootstrap={level},fairlead_engine={level},fairlead_web={level},fairlead_azure={level},fairlead_host={level}"
    )
}
