//! Shows a sync's progress: a live display on a terminal, plain lines elsewhere.

mod lines;
mod live;
mod tally;

use std::sync::Arc;

use fairlead_engine::{Quiet, Subscriber};
use fairlead_model::Description;

use crate::output::Output;

/// Does something to the screen while no live display is on it.
pub(crate) fn aside<T>(work: impl FnOnce() -> T) -> T {
    live::aside(work)
}

/// A display, started.
pub(crate) enum Progress {
    None,
    Lines(Arc<lines::Lines>),
    Live(Arc<live::Live>),
}

impl Progress {
    /// The display that fits where standard error goes and what was asked for.
    pub(crate) fn start(output: &Output, connector: &Description) -> Self {
        if output.is_quiet() {
            Self::None
        } else if live::fits() {
            Self::Live(Arc::new(live::Live::new(connector)))
        } else {
            Self::Lines(Arc::new(lines::Lines::new(connector)))
        }
    }

    /// Who is to be told of the engine's events.
    pub(crate) fn subscriber(&self) -> Arc<dyn Subscriber> {
        match self {
            Self::None => Arc::new(Quiet),
            Self::Lines(lines) => lines.clone(),
            Self::Live(live) => live.clone(),
        }
    }

    /// Clears what is not to stay on the screen.
    pub(crate) fn end(&self) {
        if let Self::Live(live) = self {
            live.end();
        }
    }
}
