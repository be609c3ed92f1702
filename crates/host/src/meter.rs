//! Tells apart the time a guest computes, the time it waits for Azure, and the rest.
//!
//! Ticks of the epoch alone would not do: a guest that comes back from waiting meets the tick that went by
//! meanwhile and would be charged for it. So the clock is stopped whenever control leaves the guest.

use std::{
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use crate::limits::{Budget, Limit};

/// The times of one call.
#[derive(Debug)]
pub(crate) struct Meter {
    started: Instant,
    clocks: Mutex<Clocks>,
}

#[derive(Debug, Default)]
struct Clocks {
    guest: Clock,
    azure: Clock,
}

#[derive(Debug, Default)]
struct Clock {
    before: Duration,
    since: Option<Instant>,
}

impl Clock {
    fn start(&mut self) {
        self.since.get_or_insert_with(Instant::now);
    }

    fn stop(&mut self) {
        self.before += self.since.take().map_or(Duration::ZERO, |since| since.elapsed());
    }

    fn read(&self) -> Duration {
        self.before + self.since.map_or(Duration::ZERO, |since| since.elapsed())
    }
}

/// Where control is while it is not with the guest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Away {
    /// In a call to Azure.
    Azure,
    /// Anywhere else in the host: the disk, or another task's turn.
    Host,
}

impl Meter {
    pub(crate) fn start() -> Arc<Self> {
        let meter = Self { started: Instant::now(), clocks: Mutex::default() };
        meter.clocks().guest.start();
        Arc::new(meter)
    }

    /// Stops the guest's clock until the returned value is dropped.
    pub(crate) fn away(self: &Arc<Self>, away: Away) -> Absence {
        let mut clocks = self.clocks();
        clocks.guest.stop();
        if away == Away::Azure {
            clocks.azure.start();
        }
        drop(clocks);
        Absence { meter: self.clone(), away }
    }

    /// Time the guest has computed.
    pub(crate) fn guest(&self) -> Duration {
        self.clocks().guest.read()
    }

    /// Time the guest has waited for Azure.
    pub(crate) fn azure(&self) -> Duration {
        self.clocks().azure.read()
    }

    /// Time since the call began.
    pub(crate) fn wall(&self) -> Duration {
        self.started.elapsed()
    }

    /// How long the call may go on before this has to be asked again, or the limit it has passed.
    fn left(&self, budget: &Budget) -> Result<Duration, Limit> {
        let azure = self.azure();
        let left = |used: Duration, allowed: Duration, limit: Limit| {
            allowed.checked_sub(used).filter(|left| !left.is_zero()).ok_or(limit)
        };
        let waiting = left(azure, budget.azure.amount, budget.azure.limit)?;
        let rest = left(self.wall().saturating_sub(azure), budget.wall.amount, budget.wall.limit)?;
        Ok(waiting.min(rest))
    }

    /// Runs a call to its end, or until a limit on its time is passed; then it is dropped.
    pub(crate) async fn within<T>(&self, budget: &Budget, call: impl Future<Output = T>) -> Result<T, Limit> {
        let watch = async {
            loop {
                match self.left(budget) {
                    Ok(left) => tokio::time::sleep(left).await,
                    Err(limit) => return limit,
                }
            }
        };
        tokio::select! {
            biased;
            value = call => Ok(value),
            limit = watch => Err(limit),
        }
    }

    fn clocks(&self) -> MutexGuard<'_, Clocks> {
        self.clocks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Control is not with the guest while this lives.
#[derive(Debug)]
pub(crate) struct Absence {
    meter: Arc<Meter>,
    away: Away,
}

impl Drop for Absence {
    fn drop(&mut self) {
        let mut clocks = self.meter.clocks();
        if self.away == Away::Azure {
            clocks.azure.stop();
        }
        clocks.guest.start();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_guests_clock_stands_still_while_control_is_elsewhere() {
        let meter = Meter::start();
        let absence = meter.away(Away::Azure);
        let (guest, azure) = (meter.guest(), meter.azure());
        std::thread::yield_now();
        assert_eq!(meter.guest(), guest);
        assert!(meter.azure() > azure);
        drop(absence);
        let azure = meter.azure();
        std::thread::yield_now();
        assert!(meter.guest() > guest);
        assert_eq!(meter.azure(), azure);
    }
}
