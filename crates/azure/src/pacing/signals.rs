//! What a service says about its load in a response's headers.

use std::time::Duration;

use http::HeaderMap;
use jiff::Timestamp;

/// How hard the caller presses on its quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Pressure {
    /// Room to grow.
    Low,
    /// Do not grow.
    High,
    /// Send less.
    TooHigh,
}

/// What a response says about pacing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Signals {
    /// How long to wait before the next request.
    pub(crate) retry_after: Option<Duration>,
    /// When a quota that this answer used up is renewed.
    pub(crate) renews_in: Option<Duration>,
    /// How near the limit is.
    pub(crate) pressure: Pressure,
}

/// No service means to be left alone for longer, and a number without bound does not fit a clock.
const LONGEST: Duration = Duration::from_hours(24);

impl Signals {
    /// Reads the headers of a response.
    pub(crate) fn of(headers: &HeaderMap, now: Timestamp) -> Self {
        Self {
            retry_after: retry_after(headers, now).map(|wait| wait.min(LONGEST)),
            renews_in: renews_in(headers).map(|wait| wait.min(LONGEST)),
            pressure: pressure(headers),
        }
    }

    /// How long the service wants to be left alone, if it told.
    pub(crate) fn wait(&self) -> Option<Duration> {
        self.retry_after.or(self.renews_in)
    }
}

/// The wait the service asks for. Graph and Resource Manager send seconds, gateways before them dates,
/// some services milliseconds.
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    for name in ["retry-after-ms", "x-ms-retry-after-ms"] {
        if let Some(wait) = text(headers, name).and_then(|given| given.parse().ok()) {
            return Some(Duration::from_millis(wait));
        }
    }
    let given = text(headers, "retry-after")?;
    seconds(given).or_else(|| until(given, now))
}

/// Resource Graph counts questions down and says when the quota is renewed.
fn renews_in(headers: &HeaderMap) -> Option<Duration> {
    let none_left = text(headers, "x-ms-user-quota-remaining") == Some("0");
    text(headers, "x-ms-user-quota-resets-after").filter(|_| none_left).and_then(clock_time)
}

fn seconds(given: &str) -> Option<Duration> {
    given.parse::<f64>().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
}

fn until(date: &str, now: Timestamp) -> Option<Duration> {
    let date = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(date).ok()?;
    Some(Duration::try_from(date.duration_since(now)).unwrap_or(Duration::ZERO))
}

/// "hh:mm:ss"
fn clock_time(given: &str) -> Option<Duration> {
    let mut seconds = 0u64;
    for part in given.split(':') {
        seconds = seconds.checked_mul(60)?.checked_add(part.parse().ok()?)?;
    }
    Some(Duration::from_secs(seconds))
}

/// Graph tells the share of its limit that is used, from 0.8 on. Resource Manager counts down a bucket of
/// 250 reads that refills by 25 a second, so what is left below 25 is gone within a second of full speed.
fn pressure(headers: &HeaderMap) -> Pressure {
    let used = text(headers, "x-ms-throttle-limit-percentage")
        .and_then(|given| given.parse::<f64>().ok())
        .map_or(Pressure::Low, |share| match share {
            share if share >= 1.0 => Pressure::TooHigh,
            share if share >= 0.8 => Pressure::High,
            _ => Pressure::Low,
        });
    let left = headers
        .iter()
        .filter(|(name, _)| name.as_str().starts_with("x-ms-ratelimit-remaining-"))
        .filter_map(|(_, value)| least(value.to_str().ok()?))
        .min()
        .map_or(Pressure::Low, |left| match left {
            0..5 => Pressure::TooHigh,
            5..25 => Pressure::High,
            _ => Pressure::Low,
        });
    used.max(left)
}

/// The smallest count of "249" or of "Provider/OnePolicy;133,Provider/AnotherPolicy;7".
fn least(counts: &str) -> Option<u64> {
    counts.split(',').filter_map(|part| part.rsplit(';').next()?.trim().parse().ok()).min()
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signals(given: &[(&'static str, &'static str)]) -> Signals {
        let headers = given
            .iter()
            .map(|(name, value)| (http::HeaderName::from_static(name), http::HeaderValue::from_static(value)))
            .collect();
        Signals::of(&headers, "2026-01-01T00:00:00Z".parse().unwrap())
    }

    #[test]
    fn a_wait_is_told_in_seconds_milliseconds_as_a_date_or_as_a_quotas_renewal() {
        let wait = |name, value| signals(&[(name, value)]).retry_after.map(|wait| wait.as_millis());
        assert_eq!(wait("retry-after", "10"), Some(10_000));
        assert_eq!(wait("retry-after", "0"), Some(0));
        assert_eq!(wait("retry-after", "Thu, 01 Jan 2026 00:00:07 GMT"), Some(7_000));
        assert_eq!(wait("retry-after", "Wed, 31 Dec 2025 23:00:00 GMT"), Some(0));
        assert_eq!(wait("retry-after", "soon"), None);
        assert_eq!(wait("retry-after", "-3"), None);
        assert_eq!(wait("retry-after-ms", "250"), Some(250));
        let renewal = [("x-ms-user-quota-remaining", "0"), ("x-ms-user-quota-resets-after", "00:00:05")];
        assert_eq!(signals(&renewal).wait(), Some(Duration::from_secs(5)));
        assert_eq!(signals(&renewal[1..]).wait(), None);
    }

    #[test]
    fn pressure_is_the_worst_of_what_the_headers_tell() {
        let pressure = |name, value| signals(&[(name, value)]).pressure;
        assert_eq!(pressure("x-ms-throttle-limit-percentage", "0.85"), Pressure::High);
        assert_eq!(pressure("x-ms-throttle-limit-percentage", "1.2"), Pressure::TooHigh);
        assert_eq!(pressure("x-ms-ratelimit-remaining-subscription-reads", "249"), Pressure::Low);
        assert_eq!(pressure("x-ms-ratelimit-remaining-subscription-reads", "24"), Pressure::High);
        assert_eq!(pressure("x-ms-ratelimit-remaining-tenant-reads", "1"), Pressure::TooHigh);
        assert_eq!(pressure("x-ms-ratelimit-remaining-resource", "P/A;133,P/B;7"), Pressure::High);
        assert_eq!(pressure("x-ms-ratelimit-remaining-resource", "unreadable"), Pressure::Low);
        assert_eq!(
            signals(&[
                ("x-ms-throttle-limit-percentage", "0.8"),
                ("x-ms-ratelimit-remaining-tenant-reads", "0")
            ])
            .pressure,
            Pressure::TooHigh
        );
    }
}
