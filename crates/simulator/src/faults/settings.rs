//! What can be set about the physics: by scenario, by flag and, while running, over the admin API.

use std::time::Duration;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use crate::entra::aadsts::DescriptionStyle;
use crate::server::service::Service;

/// Latency, limits, faults and delays.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct PhysicsSettings {
    /// Milliseconds that every answer of Entra, Graph and Resource Manager takes at least.
    pub latency_ms: u64,
    /// Up to this many milliseconds more, by lot.
    pub jitter_ms: u64,
    /// Seconds until a new grant, role assignment or secret takes effect.
    pub propagation_s: u32,
    /// How client secrets that are added while the simulator runs begin to work.
    pub new_secrets: NewSecrets,
    /// Seconds that access tokens live; absent: 60 to 90 minutes by lot.
    pub token_lifetime_s: Option<u32>,
    /// How the tail of Entra's error descriptions is set.
    pub description_style: DescriptionStyle,
    /// What goes wrong, and how often.
    pub faults: FaultRates,
    /// How much is allowed.
    pub limits: Limits,
}

impl PhysicsSettings {
    /// Says which value makes no sense.
    pub fn check(&self) -> Result<(), String> {
        self.faults.check()?;
        self.limits.check()
    }

    /// How long a change takes to be seen.
    pub fn propagation(&self) -> SignedDuration {
        SignedDuration::from_secs(i64::from(self.propagation_s))
    }

    /// The latency of one answer; `lot` between 0 and 1 places it within the jitter.
    pub fn latency(&self, lot: f64) -> Duration {
        let jitter = Duration::from_millis(self.jitter_ms).mul_f64(lot.clamp(0.0, 1.0));
        Duration::from_millis(self.latency_ms) + jitter
    }
}

/// How client secrets that are added while the simulator runs begin to work: beside `propagation-s`, by the sign-ins
/// they are tried with, since validity spreads from one front end of Entra to the next and is not monotonic (source:
/// github.com/hashicorp/vault-plugin-secrets-azure/issues/23).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct NewSecrets {
    /// So many sign-ins with one are refused before the first that succeeds.
    pub refusals: u32,
    /// So many are refused once more after that first one.
    pub relapses: u32,
}

impl NewSecrets {
    /// Whether the `number`-th sign-in with a new secret, from 0, succeeds.
    pub fn accept(self, number: u32) -> bool {
        let first = self.refusals;
        number == first || number > first.saturating_add(self.relapses)
    }
}

/// Shares (0 to 1) of the requests that fail in a way. At most one befalls a request, so their sum is at most 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct FaultRates {
    /// Answered 429 with `Retry-After`.
    pub throttled: f64,
    /// Answered 503 with `Retry-After`.
    pub unavailable: f64,
    /// Answered 500.
    pub internal: f64,
    /// The connection is reset before an answer.
    pub reset: f64,
    /// The answer breaks off in the middle of its body.
    pub truncated: f64,
    /// A page of a Graph collection is empty, with a link to the same place. Drawn apart from the others.
    pub empty_page: f64,
    /// `Retry-After` of injected 429 and 503, in seconds.
    pub retry_after_s: u32,
    /// The services that are hit. Token requests only when `entra` is named.
    pub services: Vec<Service>,
}

impl Default for FaultRates {
    fn default() -> Self {
        Self {
            throttled: 0.0,
            unavailable: 0.0,
            internal: 0.0,
            reset: 0.0,
            truncated: 0.0,
            empty_page: 0.0,
            retry_after_s: 1,
            services: vec![Service::Graph, Service::Arm],
        }
    }
}

impl FaultRates {
    fn check(&self) -> Result<(), String> {
        let rates = [
            ("throttled", self.throttled),
            ("unavailable", self.unavailable),
            ("internal", self.internal),
            ("reset", self.reset),
            ("truncated", self.truncated),
            ("empty-page", self.empty_page),
        ];
        if let Some((name, rate)) = rates.iter().find(|(_, rate)| !(0.0..=1.0).contains(rate)) {
            return Err(format!("the fault rate `{name}` is {rate}, but a share lies between 0 and 1"));
        }
        let sum: f64 = rates[..5].iter().map(|(_, rate)| rate).sum();
        if sum > 1.0 {
            return Err(format!("the fault rates add up to {sum}, but a request fails in one way at most"));
        }
        if self.empty_page >= 1.0 {
            return Err("`empty-page` is 1: with nothing but empty pages no list would ever end".to_owned());
        }
        Ok(())
    }
}

/// The limits of the services. Absent numbers are Azure's own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Limits {
    /// Whether anything is limited.
    pub enabled: bool,
    /// Graph: Resource Units in 10 seconds, per app and tenant. Absent: 3,500, 5,000 or 8,000 by the
    /// number of users (source: Graph throttling limits, identity and access).
    pub graph_units: Option<u32>,
    /// Graph: writes in 150 seconds, per app and tenant.
    pub graph_writes: u32,
    /// Graph: requests for reports in 10 seconds.
    pub graph_reports: u32,
    /// Graph: requests for users with `signInActivity` in a minute.
    pub graph_sign_in_activity: u32,
    /// Resource Manager: reads, per principal and subscription (source: token buckets since 2024).
    pub arm_reads: TokenBucket,
    /// Resource Manager: writes.
    pub arm_writes: TokenBucket,
    /// Resource Manager: deletes.
    pub arm_deletes: TokenBucket,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            enabled: true,
            graph_units: None,
            graph_writes: 3_000,
            graph_reports: 5,
            graph_sign_in_activity: 10,
            arm_reads: TokenBucket { capacity: 250, per_second: 25.0 },
            arm_writes: TokenBucket { capacity: 200, per_second: 10.0 },
            arm_deletes: TokenBucket { capacity: 200, per_second: 10.0 },
        }
    }
}

impl Limits {
    fn check(&self) -> Result<(), String> {
        let buckets = [
            ("arm-reads", self.arm_reads),
            ("arm-writes", self.arm_writes),
            ("arm-deletes", self.arm_deletes),
        ];
        if let Some((name, _)) =
            buckets.iter().find(|(_, it)| it.capacity == 0 || it.per_second.is_nan() || it.per_second <= 0.0)
        {
            return Err(format!(
                "the limit `{name}` lets nothing through: capacity and refill must be positive"
            ));
        }
        let counts = [
            ("graph-units", self.graph_units.unwrap_or(1)),
            ("graph-writes", self.graph_writes),
            ("graph-reports", self.graph_reports),
            ("graph-sign-in-activity", self.graph_sign_in_activity),
        ];
        match counts.iter().find(|(_, count)| *count == 0) {
            Some((name, _)) => Err(format!("the limit `{name}` is 0 and lets nothing through")),
            None => Ok(()),
        }
    }
}

/// A bucket that holds `capacity` requests and refills evenly.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TokenBucket {
    /// How many requests can come at once.
    pub capacity: u32,
    /// How many come back every second.
    pub per_second: f64,
}

impl TokenBucket {
    /// `count` requests in a window of so many seconds.
    pub fn window(count: u32, seconds: f64) -> Self {
        Self { capacity: count, per_second: f64::from(count) / seconds }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_that_make_no_sense_are_named() {
        let rates = |change: fn(&mut FaultRates)| {
            let mut settings = PhysicsSettings::default();
            change(&mut settings.faults);
            settings.check()
        };
        assert!(rates(|_| ()).is_ok());
        assert!(rates(|it| it.reset = -0.1).unwrap_err().contains("`reset`"));
        assert!(rates(|it| it.empty_page = 1.0).unwrap_err().contains("empty-page"));
        let sum = rates(|it| {
            it.throttled = 0.6;
            it.unavailable = 0.6;
        });
        assert!(sum.unwrap_err().contains("1.2"));
    }

    #[test]
    fn a_new_secret_works_only_after_some_tries_and_fails_once_more() {
        let told = |refusals, relapses| {
            let new = NewSecrets { refusals, relapses };
            (0..6).map(|number| new.accept(number)).collect::<Vec<_>>()
        };
        assert_eq!(told(0, 0), [true; 6]);
        assert_eq!(told(2, 1), [false, false, true, false, true, true]);
    }

    #[test]
    fn jitter_adds_to_latency() {
        let settings = PhysicsSettings { latency_ms: 20, jitter_ms: 10, ..PhysicsSettings::default() };
        assert_eq!(settings.latency(0.0), Duration::from_millis(20));
        assert_eq!(settings.latency(0.5), Duration::from_millis(25));
    }
}
