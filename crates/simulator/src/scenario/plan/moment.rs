//! A moment in a scenario file: absolute, or counted from the simulator's start.

use std::str::FromStr;

use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};
use serde::{Deserialize, Deserializer};

/// A moment: `"2026-11-01T00:00:00Z"`, or from the start `"14d"`, `"2 minutes ago"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// At this time.
    At(Timestamp),
    /// So long after the start; before it when negative.
    FromStart(SignedDuration),
}

impl Moment {
    /// The moment, when the simulator starts at `now`.
    pub fn when(self, now: Timestamp) -> Timestamp {
        match self {
            Self::At(moment) => moment,
            Self::FromStart(distance) => now.saturating_add(distance).unwrap_or(Timestamp::MAX),
        }
    }
}

impl FromStr for Moment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(moment) = text.parse::<Timestamp>() {
            return Ok(Self::At(moment));
        }
        let span =
            text.parse::<Span>().and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()));
        span.map(Self::FromStart).map_err(|_| {
            format!(
                "`{text}` is no moment; write one as \"2026-11-01T00:00:00Z\", or counted from the start as \"14d\" or \
                 \"2 minutes ago\""
            )
        })
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_absolute_or_counted_from_the_start() {
        let start: Timestamp = "2026-11-20T12:00:00Z".parse().unwrap();
        for (text, expected) in [
            ("2026-11-01T00:00:00Z", "2026-11-01T00:00:00Z"),
            ("14d", "2026-12-04T12:00:00Z"),
            ("1 day 1 hour", "2026-11-21T13:00:00Z"),
            ("2 minutes ago", "2026-11-20T11:58:00Z"),
            ("-30d", "2026-10-21T12:00:00Z"),
        ] {
            let moment: Moment = text.parse().unwrap();
            assert_eq!(moment.when(start).to_string(), expected, "{text}");
        }
        assert!("soon".parse::<Moment>().unwrap_err().contains("`soon`"));
    }
}
