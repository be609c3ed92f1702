//! Colours, where whoever looks wants them: a terminal that is not dumb, and no NO_COLOR.

use std::io;

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Effects};
use fairlead_model::FindingOutcome;

use crate::output::plain;

/// Colours, or none.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Style {
    coloured: bool,
}

impl Style {
    pub(crate) fn of_stdout() -> Self {
        Self { coloured: AutoStream::choice(&io::stdout()) != ColorChoice::Never }
    }

    pub(crate) fn of_stderr() -> Self {
        Self { coloured: AutoStream::choice(&io::stderr()) != ColorChoice::Never }
    }

    /// No colours at all.
    pub(crate) fn plain() -> Self {
        Self { coloured: false }
    }

    pub(crate) fn is_coloured(self) -> bool {
        self.coloured
    }

    pub(crate) fn strong(self, text: &str) -> String {
        self.paint(text, anstyle::Style::new().bold())
    }

    pub(crate) fn error(self, text: &str) -> String {
        self.paint(text, AnsiColor::Red.on_default().effects(Effects::BOLD))
    }

    pub(crate) fn warning(self, text: &str) -> String {
        self.paint(text, AnsiColor::Yellow.on_default().effects(Effects::BOLD))
    }

    pub(crate) fn faint(self, text: &str) -> String {
        self.paint(text, anstyle::Style::new().dimmed())
    }

    pub(crate) fn outcome(self, outcome: FindingOutcome, text: &str) -> String {
        let colour = match outcome {
            FindingOutcome::Pass => AnsiColor::Green,
            FindingOutcome::Warn => AnsiColor::Yellow,
            FindingOutcome::Unknown => AnsiColor::Magenta,
            FindingOutcome::Waiting => AnsiColor::Cyan,
            FindingOutcome::Fail => AnsiColor::Red,
        };
        self.paint(text, colour.on_default().effects(Effects::BOLD))
    }

    fn paint(self, text: &str, style: anstyle::Style) -> String {
        let text = plain(text);
        if self.coloured { format!("{style}{text}{style:#}") } else { text }
    }
}
