//! When a delivery is attempted again.

use fairlead_model::{Attempt, Delivery, DeliveryState};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};

/// Pauses after a failed attempt, in seconds: close at first, for a restart; then further apart, for nights and
/// weekends. Together almost three days, as Standard Webhooks 1.0.0 suggests; none is longer than the twelve hours
/// a queue of AWS can hold a message back.
const PAUSES: [i64; 13] = [5, 30, 120, 600, 1800, 3600, 7200, 14_400, 28_800, 43_200, 43_200, 43_200, 43_200];
/// No pause an endpoint asks for is longer than this.
const LONGEST: SignedDuration = SignedDuration::from_hours(12);

/// What an endpoint answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status; absent: there was no answer.
    pub status: Option<u16>,
    /// How long it asks to be left alone.
    pub retry_after: Option<SignedDuration>,
    /// Why there was no answer, as a sentence.
    pub problem: Option<String>,
}

impl Answer {
    /// There was none; why, as a sentence.
    pub fn none(problem: impl Into<String>) -> Self {
        Self { status: None, retry_after: None, problem: Some(problem.into()) }
    }

    /// Whether the endpoint wants to be told nothing any more.
    pub(super) fn is_gone(&self) -> bool {
        self.status == Some(410)
    }
}

/// How a delivery stands after an attempt.
pub(super) fn after(delivery: &Delivery, answer: Answer, now: Timestamp) -> Delivery {
    let state = match answer.status {
        Some(200..300) => DeliveryState::Delivered,
        Some(410) => DeliveryState::GivenUp,
        _ => match pause(delivery) {
            Some(pause) => {
                let asked = answer.retry_after.unwrap_or(SignedDuration::ZERO).min(LONGEST);
                DeliveryState::Waiting { until: now.saturating_add(pause.max(asked)).unwrap_or(now) }
            }
            None => DeliveryState::GivenUp,
        },
    };
    let problem = answer.problem.or_else(|| {
        let status = answer.status.filter(|status| !(200..300).contains(status))?;
        Some(format!("it answered with status {status}"))
    });
    let last = Some(Attempt { at: now, status: answer.status, problem });
    Delivery { state, last, ..delivery.clone() }
}

/// The pause after a delivery's last attempt; none: it was the last one. Up to a fifth is added, another for each
/// delivery, so that what failed together is not repeated together.
fn pause(delivery: &Delivery) -> Option<SignedDuration> {
    let which = usize::try_from(delivery.attempts.checked_sub(1)?).ok()?;
    let pause = SignedDuration::from_secs(*PAUSES.get(which)?);
    let hash = Sha256::new()
        .chain_update(delivery.announcement)
        .chain_update(delivery.endpoint)
        .chain_update(delivery.attempts.to_be_bytes())
        .finalize();
    Some((pause + pause * i32::from(hash[0]) / (5 * 255)).min(LONGEST))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn attempted(attempts: u32) -> Delivery {
        let new = Delivery::new(Uuid::from_u128(1), Uuid::from_u128(2), Timestamp::UNIX_EPOCH);
        Delivery { attempts, ..new }
    }

    fn answered(status: u16) -> Answer {
        Answer { status: Some(status), retry_after: None, problem: None }
    }

    fn waits(delivery: &Delivery) -> Option<i64> {
        delivery.due().map(Timestamp::as_second)
    }

    #[test]
    fn pauses_grow_and_end_after_almost_three_days() {
        let mut now = Timestamp::UNIX_EPOCH;
        let mut pauses = Vec::new();
        for attempts in 1.. {
            let Some(until) = after(&attempted(attempts), answered(500), now).due() else { break };
            pauses.push(until.duration_since(now));
            now = until;
        }
        assert_eq!(pauses.len(), PAUSES.len());
        assert!(pauses.is_sorted() && *pauses.last().unwrap() == LONGEST, "{pauses:?}");
        let days = now.duration_since(Timestamp::UNIX_EPOCH).as_hours() / 24;
        assert_eq!(days, 2, "{now}");
    }

    #[test]
    fn an_endpoint_may_ask_for_a_longer_pause_but_not_for_any() {
        let asks =
            |seconds| Answer { retry_after: Some(SignedDuration::from_secs(seconds)), ..answered(429) };
        let shorter = waits(&after(&attempted(3), asks(1), Timestamp::UNIX_EPOCH)).unwrap();
        assert!((120..=144).contains(&shorter), "{shorter}");
        assert_eq!(waits(&after(&attempted(3), asks(1000), Timestamp::UNIX_EPOCH)), Some(1000));
        assert_eq!(waits(&after(&attempted(3), asks(i64::MAX), Timestamp::UNIX_EPOCH)), Some(43_200));
    }

    #[test]
    fn what_was_taken_or_unwanted_is_not_repeated() {
        for status in [200, 202, 299, 410] {
            assert_eq!(waits(&after(&attempted(1), answered(status), Timestamp::UNIX_EPOCH)), None);
        }
        for status in [100, 301, 400, 401, 404, 429, 500, 503] {
            let after = after(&attempted(1), answered(status), Timestamp::UNIX_EPOCH);
            assert!(waits(&after).is_some(), "{status}");
            assert!(after.last.unwrap().problem.unwrap().contains(&status.to_string()));
        }
        let unreached = after(&attempted(1), Answer::none("nobody answered"), Timestamp::UNIX_EPOCH);
        assert!(waits(&unreached).is_some());
    }
}
