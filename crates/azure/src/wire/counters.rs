//! What a gateway did, in numbers.

use std::{
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Duration,
};

use fairlead_model::Statistics;

/// Counts as things happen; read at any time.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    requests: AtomicU64,
    batched: AtomicU64,
    bytes_received: AtomicU64,
    retries: AtomicU64,
    throttled: AtomicU64,
    throttle_wait_us: AtomicU64,
}

impl Counters {
    pub(crate) fn request(&self) {
        self.requests.fetch_add(1, Relaxed);
    }

    pub(crate) fn batched(&self, calls: usize) {
        self.batched.fetch_add(calls as u64, Relaxed);
    }

    pub(crate) fn received(&self, bytes: usize) {
        self.bytes_received.fetch_add(bytes as u64, Relaxed);
    }

    pub(crate) fn retry(&self) {
        self.retries.fetch_add(1, Relaxed);
    }

    /// A service asked to slow down, which made its pause so much longer. A pause counts once, however
    /// many calls wait for its end.
    pub(crate) fn throttled(&self, longer: Duration) {
        self.throttled.fetch_add(1, Relaxed);
        let longer = u64::try_from(longer.as_micros()).unwrap_or(u64::MAX);
        self.throttle_wait_us.fetch_add(longer, Relaxed);
    }

    pub(crate) fn statistics(&self) -> Statistics {
        Statistics {
            requests: self.requests.load(Relaxed),
            batched: self.batched.load(Relaxed),
            bytes_received: self.bytes_received.load(Relaxed),
            retries: self.retries.load(Relaxed),
            throttled: self.throttled.load(Relaxed),
            throttle_wait_ms: self.throttle_wait_us.load(Relaxed) / 1000,
            ..Statistics::default()
        }
    }
}
