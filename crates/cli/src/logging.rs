//! Diagnostics on standard error; results never go through here.

use std::io::{self, Write};

use tracing_subscriber::{EnvFilter, fmt::MakeWriter};

use crate::{progress, style::Style};

/// Starts logging. `FAIRLEAD_LOG` takes a filter and wins over `-v` and `--quiet`.
pub(crate) fn start(verbose: u8, quiet: bool) {
    let default = match verbose {
        0 if quiet => "error",
        0 => "warn",
        1 => {
            "warn,fairlead=info,fairlead_web=info,fairlead_engine=info,fairlead_azure=info,fairlead_host=info"
        }
        _ => {
            "warn,fairlead=debug,fairlead_web=debug,fairlead_engine=debug,fairlead_azure=debug,fairlead_host=debug,fairlead_store=debug"
        }
    };
    // What a library says of a certificate stands, as a sentence, in the error that follows.
    let default = format!("{default},rustls_platform_verifier=off");
    let filter = EnvFilter::try_from_env("FAIRLEAD_LOG").unwrap_or_else(|_| EnvFilter::new(default));
    let ansi = Style::of_stderr().is_coloured();
    let logging = tracing_subscriber::fmt().with_env_filter(filter).with_writer(Beside).with_ansi(ansi);
    if verbose == 0 {
        logging.without_time().with_target(false).init();
    } else {
        logging.init();
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
