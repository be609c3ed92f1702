//! How requests are paced, as an operator sets it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How requests to Azure are paced and how long is tried. Every value has a default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Pace {
    /// Requests to one service of one tenant in flight at the beginning.
    pub start_concurrency: u16,
    /// The most the gateway grows to while the service is happy. Microsoft advises 4 to 8 for a tenant
    /// that others use too.
    pub max_concurrency: u16,
    /// Whether waiting Graph reads may travel together in one `$batch`.
    pub batch: bool,
    /// How often one call is tried before it is given up.
    pub attempts: u16,
    /// How long one call may take, with all its tries and waits, in seconds.
    pub call_seconds: u32,
    /// The longest wait before the second try of a call, in milliseconds; it doubles with each further
    /// one, and the actual wait is random up to it.
    pub first_wait_ms: u32,
    /// The longest wait before any try, in milliseconds, unless the service asks for more.
    pub longest_wait_ms: u32,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            start_concurrency: 4,
            max_concurrency: 8,
            batch: true,
            attempts: 8,
            call_seconds: 300,
            first_wait_ms: 500,
            longest_wait_ms: 30_000,
        }
    }
}

impl Pace {
    pub(crate) fn call_time(&self) -> Duration {
        Duration::from_secs(self.call_seconds.into())
    }

    /// The ceiling of the wait after `tries` failed tries.
    pub(crate) fn ceiling(&self, tries: u32) -> Duration {
        let doubled = u64::from(self.first_wait_ms) << tries.saturating_sub(1).min(20);
        Duration::from_millis(doubled.min(self.longest_wait_ms.into()))
    }

    /// A wait after `tries` failed tries: anything up to the ceiling, so that calls which failed together
    /// do not come back together.
    pub(crate) fn back_off(&self, tries: u32) -> Duration {
        self.ceiling(tries).mul_f64(rand::random::<f64>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest() {
        let pace = Pace { first_wait_ms: 100, longest_wait_ms: 1000, ..Pace::default() };
        let ceilings: Vec<_> = (1..=6).map(|tries| pace.ceiling(tries).as_millis()).collect();
        assert_eq!(ceilings, [100, 200, 400, 800, 1000, 1000]);
        assert_eq!(pace.ceiling(u32::MAX).as_millis(), 1000);
        assert!((0..1000).all(|_| pace.back_off(3) <= pace.ceiling(3)));
    }

    #[test]
    fn what_is_not_set_has_its_default_and_an_unknown_name_is_told() {
        let pace: Pace = serde_json::from_str(r#"{"max-concurrency": 2}"#).unwrap();
        assert_eq!(pace, Pace { max_concurrency: 2, ..Pace::default() });
        let error = serde_json::from_str::<Pace>(r#"{"max": 2}"#).unwrap_err();
        assert!(error.to_string().contains("max-concurrency"), "{error}");
    }
}
