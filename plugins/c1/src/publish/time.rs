//! Moments: as the file's columns write them, and as Azure does.

use crate::proto::Timestamp;

/// A moment as the file's `datetime` columns hold it: `YYYY-MM-DD HH:MM:SS.fffffffff`, without a zone. Ours are
/// always UTC.
pub(crate) fn column(milliseconds: u64) -> String {
    let (seconds, milliseconds) = (milliseconds / 1000, milliseconds % 1000);
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = civil(i64::try_from(days).unwrap_or(i64::MAX / 400));
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}.{milliseconds:03}000000")
}

/// Reads `2024-05-01T10:20:30.123Z`, as Azure writes moments; nothing for anything else.
pub(crate) fn timestamp(text: &str) -> Option<Timestamp> {
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    let [year, month, day] = numbers(date, '-')?;
    let (time, fraction) = time.split_once('.').unwrap_or((time, ""));
    let [hour, minute, second] = numbers(time, ':')?;
    let in_range = (1..=12).contains(&month) && (1..=31).contains(&day);
    if !in_range || hour > 23 || minute > 59 || second > 60 || !(1..=9999).contains(&year) {
        return None;
    }
    let seconds = days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
    Some(Timestamp { seconds, nanos: nanoseconds(fraction)? })
}

fn numbers(text: &str, separator: char) -> Option<[i64; 3]> {
    let mut parts = text.splitn(3, separator).map(|part| {
        let digits = part.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| part.parse().ok()).flatten()
    });
    Some([parts.next()??, parts.next()??, parts.next()??])
}

fn nanoseconds(fraction: &str) -> Option<i32> {
    if fraction.len() > 9 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    format!("{fraction:0<9}").parse().ok()
}

/// Days from 1970-01-01 to a date of the Gregorian calendar, counted in eras of 400 years from a March.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The date that many days after 1970-01-01.
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_hold_utc_to_the_nanosecond_without_a_zone() {
        assert_eq!(column(0), "1970-01-01 00:00:00.000000000");
        assert_eq!(column(1_709_210_096_007), "2024-02-29 12:34:56.007000000");
        assert_eq!(column(4_102_444_799_999), "2099-12-31 23:59:59.999000000");
    }

    #[test]
    fn azure_s_moments_are_read_with_and_without_a_fraction() {
        let at = |text| timestamp(text).map(|at| (at.seconds, at.nanos));
        assert_eq!(at("2024-02-29T12:34:56Z"), Some((1_709_210_096, 0)));
        assert_eq!(at("2024-02-29T12:34:56.0071234Z"), Some((1_709_210_096, 7_123_400)));
        assert_eq!(at("1969-12-31T23:59:59Z"), Some((-1, 0)));
        assert_eq!(at("0001-01-01T00:00:00Z"), Some((-62_135_596_800, 0)));
    }

    #[test]
    fn what_is_no_moment_is_nothing() {
        for text in
            ["", "Z", "2024-02-29", "2024-13-01T00:00:00Z", "2024-02-29T12:34:56+02:00", "x-1-1T0:0:0Z"]
        {
            assert_eq!(timestamp(text), None, "{text}");
        }
    }
}
