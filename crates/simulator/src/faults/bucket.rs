//! Token buckets: how much of a limit is left, and when there will be more.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use super::settings::TokenBucket;

/// The buckets of all who draw on a limit.
#[derive(Debug)]
pub(super) struct Buckets<K>(Mutex<HashMap<K, Level>>);

#[derive(Clone, Copy, Debug)]
struct Level {
    size: TokenBucket,
    left: f64,
    at: Instant,
}

/// What a draw left behind.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Draw {
    /// Granted: the share of the bucket in use (0 to 1) and whole requests left.
    Granted {
        /// 0 when the bucket is full, 1 when it is empty.
        used: f64,
        /// What is left, rounded down.
        left: u32,
    },
    /// Refused: whole seconds until the same draw would be granted, at least 1.
    Refused {
        /// For `Retry-After`.
        seconds: u32,
    },
}

impl<K> Default for Buckets<K> {
    fn default() -> Self {
        Self(Mutex::new(HashMap::new()))
    }
}

impl<K: Eq + Hash> Buckets<K> {
    /// Draws `cost` from a bucket, which is full when first used and again when its size was changed.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to the bucket's size"
    )]
    pub(super) fn draw(&self, key: K, size: TokenBucket, cost: u32, now: Instant) -> Draw {
        let capacity = f64::from(size.capacity);
        // What costs more than the bucket holds would wait for ever.
        let cost = f64::from(cost).min(capacity);
        let mut levels = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let level = levels.entry(key).or_insert(Level { size, left: capacity, at: now });
        if level.size != size {
            *level = Level { size, left: capacity, at: now };
        }
        let elapsed = now.saturating_duration_since(level.at).as_secs_f64();
        level.left = (level.left + elapsed * size.per_second).min(capacity);
        level.at = now;
        if level.left < cost {
            let seconds = ((cost - level.left) / size.per_second).ceil().clamp(1.0, 86_400.0);
            return Draw::Refused { seconds: seconds as u32 };
        }
        level.left -= cost;
        Draw::Granted { used: 1.0 - level.left / capacity, left: level.left as u32 }
    }

    /// Fills all buckets.
    pub(super) fn refill(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn exactly_the_capacity_passes_and_time_brings_more() {
        let buckets = Buckets::default();
        let size = TokenBucket { capacity: 10, per_second: 2.0 };
        let start = Instant::now();
        let granted =
            (0..20).filter(|_| matches!(buckets.draw("a", size, 1, start), Draw::Granted { .. })).count();
        assert_eq!(granted, 10);
        assert_eq!(buckets.draw("a", size, 5, start), Draw::Refused { seconds: 3 });
        assert!(matches!(buckets.draw("b", size, 5, start), Draw::Granted { left: 5, .. }));
        let later = start + Duration::from_secs(3);
        assert!(matches!(buckets.draw("a", size, 5, later), Draw::Granted { left: 1, .. }));
    }

    #[test]
    fn what_costs_more_than_the_bucket_holds_passes_when_it_is_full() {
        let buckets = Buckets::default();
        let size = TokenBucket::window(4, 10.0);
        assert!(matches!(buckets.draw((), size, 9, Instant::now()), Draw::Granted { left: 0, .. }));
    }
}
