//! Diagnostics on standard error; results never go through here.

use std::io::{self, IsTerminal as _, Write};

use clap::ValueEnum;
use fairlead_engine::logs::JsonLines;
use tracing_subscriber::{
    EnvFilter,
    fmt::{MakeWriter, format::JsonFields},
};

use crate::{progress, style::Style};

/// How log lines are written.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Text,
    /// One JSON object a line, for programs
    Json,
}

/// What is logged, and how.
pub(crate) struct Logging {
    /// How often -v was given.
    pub(crate) verbose: u8,
    pub(crate) quiet: bool,
    /// As asked for; otherwise as fits.
    pub(crate) format: Option<Format>,
    /// Whether nobody looks at anything but the log.
    pub(crate) is_service: bool,
}

impl Logging {
    /// Starts logging. `FAIRLEAD_LOG` takes a filter and wins over `-v` and `--quiet`.
    pub(crate) fn start(&self) {
        // What a library says of a certificate stands, as a sentence, in the error that follows.
        let default = format!("{},rustls_platform_verifier=off", self.filter());
        let filter = EnvFilter::try_from_env("FAIRLEAD_LOG").unwrap_or_else(|_| EnvFilter::new(default));
        let logging = tracing_subscriber::fmt().with_env_filter(filter).with_writer(Beside);
        let unattended = self.is_service && !io::stderr().is_terminal();
        let usual = if unattended { Format::Json } else { Format::Text };
        match self.format.unwrap_or(usual) {
            Format::Json => logging.fmt_fields(JsonFields::new()).event_format(JsonLines).init(),
            Format::Text => {
                let logging = logging.with_ansi(Style::of_stderr().is_coloured());
                if self.verbose > 0 {
                    logging.init();
                } else if self.is_service {
                    logging.with_target(false).init();
                } else {
                    logging.without_time().with_target(false).init();
                }
            }
        }
    }

    fn filter(&self) -> &'static str {
        match self.verbose {
            0 if self.quiet => "error",
            // A line for each task is for who looks closer.
            0 if self.is_service => {
                "warn,fairlead=info,fairlead_engine=info,fairlead_web=info,fairlead_engine::sync::collect=warn"
            }
            0 => "warn",
            1 => {
                "warn,fairlead=info,fairlead_engine=info,fairlead_web=info,fairlead_azure=info,fairlead_host=info"
            }
            _ => {
                "warn,fairlead=debug,fairlead_engine=debug,fairlead_web=debug,fairlead_azure=debug,fairlead_host=debug,fairlead_store=debug"
            }
        }
    }
}

/// Standard error, with a live display taken off the screen while a line is written.
struct Beside;

impl<'a> MakeWriter<'a> for Beside {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        Self
    }
}

impl Write for Beside {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        progress::aside(|| io::stderr().lock().write(line))
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}
