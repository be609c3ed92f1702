//! The simulator's clock: real time plus an offset, or standing still; tests move it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};

/// A clock that all parts of the simulator share.
#[derive(Clone, Debug, Default)]
pub struct Clock(Arc<State>);

#[derive(Debug, Default)]
struct State {
    frozen: AtomicBool,
    /// Milliseconds to add to real time, or since the epoch when frozen.
    milliseconds: AtomicI64,
}

impl Clock {
    /// A clock that shows real time until it is moved.
    pub fn real() -> Self {
        Self::default()
    }

    /// A clock that stands at this moment until it is moved.
    pub fn frozen_at(moment: Timestamp) -> Self {
        let clock = Self::default();
        clock.freeze(moment);
        clock
    }

    /// The moment it shows.
    pub fn now(&self) -> Timestamp {
        let milliseconds = self.0.milliseconds.load(Ordering::Relaxed);
        let shown = if self.0.frozen.load(Ordering::Relaxed) {
            milliseconds
        } else {
            Timestamp::now().as_millisecond().saturating_add(milliseconds)
        };
        Timestamp::from_millisecond(shown).unwrap_or(Timestamp::MAX)
    }

    /// Moves it forward (or back).
    pub fn advance(&self, by: SignedDuration) {
        let milliseconds = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        self.0.milliseconds.fetch_add(milliseconds, Ordering::Relaxed);
    }

    /// Stops it at a moment.
    pub fn freeze(&self, moment: Timestamp) {
        self.0.milliseconds.store(moment.as_millisecond(), Ordering::Relaxed);
        self.0.frozen.store(true, Ordering::Relaxed);
    }

    /// Lets it show real time again.
    pub fn reset(&self) {
        self.0.frozen.store(false, Ordering::Relaxed);
        self.0.milliseconds.store(0, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frozen_clock_moves_only_when_told() {
        let start = Timestamp::from_second(1_800_000_000).unwrap();
        let clock = Clock::frozen_at(start);
        assert_eq!(clock.now(), start);
        clock.advance(SignedDuration::from_hours(2));
        assert_eq!(clock.now(), start + SignedDuration::from_hours(2));
    }

    #[test]
    fn clones_show_the_same_time() {
        let clock = Clock::frozen_at(Timestamp::UNIX_EPOCH);
        let other = clock.clone();
        clock.advance(SignedDuration::from_secs(5));
        assert_eq!(other.now().as_second(), 5);
    }
}
