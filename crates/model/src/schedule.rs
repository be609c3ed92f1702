//! How often a connection is synced.

use std::{fmt, str::FromStr, time::Duration};

use serde::{Deserialize, Serialize};

use crate::InvalidName;

/// The shortest and the longest time between two syncs, in minutes: below, a sync of a large tenant would hardly
/// end before the next; above, a snapshot is too old to be worth having.
const BOUNDS: std::ops::RangeInclusive<u32> = 15..=30 * DAY;

const HOUR: u32 = 60;
const DAY: u32 = 24 * HOUR;

/// How often a connection is synced: every 15 minutes to every 30 days. Written `15m`, `6h`, `1d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Schedule {
    minutes: u32,
}

impl Schedule {
    /// The time from one sync to the next.
    pub fn every(self) -> Duration {
        Duration::from_secs(u64::from(self.minutes) * 60)
    }
}

impl FromStr for Schedule {
    type Err = InvalidName;

    fn from_str(given: &str) -> Result<Self, InvalidName> {
        let text = given.trim();
        let number = |unit: char| text.strip_suffix(unit)?.parse::<u32>().ok();
        let units = [('m', 1), ('h', HOUR), ('d', DAY)];
        let minutes = units.into_iter().find_map(|(unit, minutes)| number(unit)?.checked_mul(minutes));
        match minutes {
            Some(minutes) if BOUNDS.contains(&minutes) => Ok(Self { minutes }),
            Some(_) => Err(InvalidName::from_text(format!(
                "\"{given}\" is out of bounds: write something between 15m and 30d"
            ))),
            None => Err(InvalidName::from_text(format!(
                "\"{given}\" does not say how often: write a number and m, h or d, such as 30m, 6h or 1d"
            ))),
        }
    }
}

impl TryFrom<String> for Schedule {
    type Error = InvalidName;

    fn try_from(given: String) -> Result<Self, InvalidName> {
        given.parse()
    }
}

impl From<Schedule> for String {
    fn from(schedule: Schedule) -> Self {
        schedule.to_string()
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (number, unit) = match self.minutes {
            days if days.is_multiple_of(DAY) => (days / DAY, 'd'),
            hours if hours.is_multiple_of(HOUR) => (hours / HOUR, 'h'),
            minutes => (minutes, 'm'),
        };
        f.pad(&format!("{number}{unit}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_often_is_a_number_and_a_unit() {
        for (given, minutes, shown) in [
            ("15m", 15, "15m"),
            ("90m", 90, "90m"),
            (" 6h ", 360, "6h"),
            ("24h", 1440, "1d"),
            ("30d", 43_200, "30d"),
        ] {
            let schedule: Schedule = given.parse().unwrap();
            assert_eq!(schedule.every(), Duration::from_secs(minutes * 60), "{given}");
            assert_eq!(schedule.to_string(), shown);
            assert_eq!(serde_json::to_string(&schedule).unwrap(), format!("\"{shown}\""));
        }
    }

    #[test]
    fn what_cannot_be_is_told_with_what_can() {
        for (given, told) in
            [("14m", "between 15m"), ("31d", "and 30d"), ("6", "such as 30m"), ("daily", "6h or 1d")]
        {
            let refused = given.parse::<Schedule>().unwrap_err().to_string();
            assert!(refused.contains(told) && refused.contains(given), "{refused}");
        }
        assert!("99999999999h".parse::<Schedule>().is_err());
        assert!("4000000000d".parse::<Schedule>().is_err(), "an overflow is no short time");
        assert!("é".parse::<Schedule>().is_err());
    }
}
