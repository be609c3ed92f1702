//! How much of an invocation's time there is to work in.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// Kept back for storing what a run has, unless the whole time is short.
const MARGIN: Duration = Duration::from_secs(20);
/// A deadline further back than this was not meant: some local runners send one of 1970.
const IMPLAUSIBLE: SignedDuration = SignedDuration::from_hours(24);

/// When work has to stop, of an invocation that ends at `deadline`; absent: nobody knows.
///
/// The margin is a tenth of the time, at least twenty seconds, and at most a third.
pub(crate) fn stop_at(deadline: Timestamp, now: Timestamp) -> Option<Timestamp> {
    let left = deadline.duration_since(now);
    if left < -IMPLAUSIBLE {
        return None;
    }
    let left = Duration::try_from(left).unwrap_or_default();
    let margin = (left / 10).max(MARGIN.min(left / 3));
    deadline.checked_sub(margin).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    #[test]
    fn a_margin_is_kept_back_that_fits_the_time_there_is() {
        assert_eq!(stop_at(after(600), after(0)), Some(after(540)));
        assert_eq!(stop_at(after(90), after(0)), Some(after(70)));
        assert_eq!(stop_at(after(3), after(0)), Some(after(2)));
        assert_eq!(stop_at(after(-5), after(0)), Some(after(-5)), "there is no time left");
    }

    #[test]
    fn a_deadline_of_1970_is_none() {
        assert_eq!(stop_at(Timestamp::from_millisecond(600_000).unwrap(), after(0)), None);
    }
}
