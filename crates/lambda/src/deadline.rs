//! How much of an invocation's time there is to work in.

use std::time::Duration;

use fairlead_engine::Deadline;
use jiff::{SignedDuration, Timestamp};

/// Kept back for storing what a run has, unless the whole time is short.
const MARGIN: Duration = Duration::from_secs(20);
/// A deadline further back than this was not meant: some local runners send one of 1970.
const IMPLAUSIBLE: SignedDuration = SignedDuration::from_hours(24);

/// How long there is to work in an invocation that ends at `deadline`; absent: nobody knows.
///
/// Work stops a tenth of the time before, at least twenty seconds, and at most a third.
pub(crate) fn of(deadline: Timestamp, now: Timestamp) -> Option<Deadline> {
    let left = deadline.duration_since(now);
    if left < -IMPLAUSIBLE {
        return None;
    }
    let left = Duration::try_from(left).unwrap_or_default();
    let margin = (left / 10).max(MARGIN.min(left / 3));
    let stop_at = deadline.checked_sub(margin).ok()?;
    Some(Deadline { stop_at, ends_at: deadline })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    #[test]
    fn a_margin_is_kept_back_that_fits_the_time_there_is() {
        let stops = |ends: i64| of(after(ends), after(0)).map(|deadline| deadline.stop_at);
        assert_eq!(stops(600), Some(after(540)));
        assert_eq!(stops(90), Some(after(70)));
        assert_eq!(stops(3), Some(after(2)));
        assert_eq!(stops(-5), Some(after(-5)), "there is no time left");
        assert_eq!(of(after(90), after(0)).map(|deadline| deadline.ends_at), Some(after(90)));
    }

    #[test]
    fn a_deadline_of_1970_is_none() {
        assert_eq!(of(Timestamp::from_millisecond(600_000).unwrap(), after(0)), None);
    }
}
