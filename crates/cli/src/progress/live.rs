//! Progress on a terminal: phase, tasks, counts, rates and waits, redrawn in place.

use std::{
    fmt::Write as _,
    io::IsTerminal as _,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use fairlead_engine::{Event, Phase, Subscriber};
use fairlead_model::Description;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::tally::{self, Tally};
use crate::output::{bytes, plain, thousands};

/// Whether standard error can redraw a line.
pub(super) fn fits() -> bool {
    std::io::stderr().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// The display of this process, while there is one: there is one terminal.
static SCREEN: Mutex<Option<MultiProgress>> = Mutex::new(None);

fn screen() -> MutexGuard<'static, Option<MultiProgress>> {
    SCREEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Does something to the screen while the display is off it.
pub(super) fn aside<T>(work: impl FnOnce() -> T) -> T {
    let lines = screen().clone();
    match lines {
        Some(lines) => lines.suspend(work),
        None => work(),
    }
}

pub(crate) struct Live {
    tally: Mutex<Tally>,
    lines: MultiProgress,
    work: ProgressBar,
    counts: ProgressBar,
    traffic: ProgressBar,
}

impl Live {
    pub(super) fn new(connector: &Description) -> Self {
        let lines = MultiProgress::new();
        let colour = std::env::var_os("NO_COLOR").is_none();
        let work = if colour { "{spinner:.cyan} {msg} {elapsed:.dim}" } else { "{spinner} {msg} {elapsed}" };
        let plain =
            ProgressStyle::with_template("  {wide_msg}").unwrap_or_else(|_| ProgressStyle::default_bar());
        let work = ProgressStyle::with_template(work).unwrap_or_else(|_| plain.clone());
        let live = Self {
            tally: Mutex::new(Tally::new(connector)),
            work: lines.add(ProgressBar::new_spinner().with_style(work)),
            counts: lines.add(ProgressBar::new_spinner().with_style(plain.clone())),
            traffic: lines.add(ProgressBar::new_spinner().with_style(plain)),
            lines,
        };
        *screen() = Some(live.lines.clone());
        live.work.enable_steady_tick(Duration::from_millis(100));
        live
    }

    /// Takes the display off the screen.
    pub(super) fn end(&self) {
        *screen() = None;
        for line in [&self.work, &self.counts, &self.traffic] {
            line.finish_and_clear();
        }
    }

    fn draw(&self, tally: &Tally) {
        let phase = tally.phase.map_or("starting", tally::name);
        if tally.phase == Some(Phase::Collecting) {
            let (finished, remaining) = (thousands(tally.finished), thousands(tally.remaining));
            self.work.set_message(format!("{phase}: {finished} tasks done, {remaining} to do,"));
        } else {
            self.work.set_message(phase);
        }
        self.counts.set_message(tally.counts());
        let seen = &tally.statistics;
        let mut traffic = format!(
            "{} requests, {}, {} records/s",
            thousands(seen.requests),
            bytes(seen.bytes_received),
            thousands(tally.rate())
        );
        if seen.throttled > 0 {
            let _ = write!(traffic, ", asked {} times to slow down", thousands(seen.throttled));
        }
        if let Some(time) = tally.waiting {
            let _ = write!(traffic, ", waiting {} s as Azure asked", time.as_secs().max(1));
        }
        self.traffic.set_message(traffic);
    }
}

impl Subscriber for Live {
    fn event(&self, event: Event) {
        let mut tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        tally.add(&event);
        match &event {
            Event::TaskFailed { kind, key, error } => {
                // Failing to print a line is no reason to stop a sync.
                let _ = self.lines.println(plain(&format!("{kind} {key}: {error}")));
            }
            Event::Started { run, finished_before } if *finished_before > 0 => {
                let done = thousands(*finished_before);
                let _ = self.lines.println(format!("run {run} continues: {done} tasks were done before"));
            }
            _ => {}
        }
        self.draw(&tally);
    }
}
