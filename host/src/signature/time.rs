//! Points in time, to the second.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

const DAY: u64 = 24 * 60 * 60;

/// A second, written `2026-11-20T07:12:55Z`. When read, `2026-11-20` means its beginning. UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(u64);

/// What is not a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not a time of the form `2026-11-20T07:12:55Z` or `2026-11-20`")]
pub struct InvalidTime;

impl Timestamp {
    /// The second of a time.
    #[must_use]
    pub fn of(time: SystemTime) -> Timestamp {
        let since = time.duration_since(SystemTime::UNIX_EPOCH);
        Timestamp(since.map_or(0, |since| since.as_secs()))
    }

    /// The time.
    #[must_use]
    pub fn time(self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(self.0)
    }
}

/// Year, month and day of a day counted from 1970: years that begin in March have their odd day last.
fn date(day: u64) -> (u64, u64, u64) {
    let day = day + 719_468;
    let era = day / 146_097;
    let of_era = day % 146_097;
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let of_month = of_year - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 {
        (month + 3, 0)
    } else {
        (month - 9, 1)
    };
    (year + era * 400 + next, month, of_month)
}

fn day(year: u64, month: u64, of_month: u64) -> u64 {
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let of_year = (153 * month + 2) / 5 + of_month - 1;
    let of_era = year % 400 * 365 + year % 400 / 4 - year % 400 / 100 + of_year;
    year / 400 * 146_097 + of_era - 719_468
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ((year, month, day), second) = (date(self.0 / DAY), self.0 % DAY);
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"
        )
    }
}

impl FromStr for Timestamp {
    type Err = InvalidTime;

    fn from_str(text: &str) -> Result<Timestamp, InvalidTime> {
        let time = match text.len() {
            10 => Some(format!("{text}T00:00:00Z")),
            _ => None,
        };
        let text = time.as_deref().unwrap_or(text);
        let number =
            |range: std::ops::Range<usize>| text.get(range)?.parse::<u16>().ok().map(u64::from);
        let parts = [0..4, 5..7, 8..10, 11..13, 14..16, 17..19].map(number);
        let [
            Some(year),
            Some(month),
            Some(of_month),
            Some(hour),
            Some(minute),
            Some(second),
        ] = parts
        else {
            return Err(InvalidTime);
        };
        if !(1970..=9999).contains(&year) || month == 0 || of_month == 0 || month > 12 {
            return Err(InvalidTime);
        }
        let second = hour * 3600 + minute * 60 + second;
        let timestamp = Timestamp(day(year, month, of_month) * DAY + second);
        // There is no 30th of February, no 25th hour, and only one way to write a time.
        if timestamp.to_string() == text {
            Ok(timestamp)
        } else {
            Err(InvalidTime)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_survive_being_written() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_795_159_975, "2026-11-20T07:32:55Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(Timestamp(seconds).to_string(), text);
            assert_eq!(text.parse(), Ok(Timestamp(seconds)));
        }
        for day in (0..2_900_000).step_by(13) {
            let time = Timestamp(day * DAY);
            assert_eq!(time.to_string().parse(), Ok(time));
        }
        let date: Timestamp = "2027-01-01".parse().unwrap();
        assert_eq!(date.to_string(), "2027-01-01T00:00:00Z");
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "now",
            "2027",
            "2027-1-1",
            "2027-13-01",
            "2027-02-29",
            "2027-02-00",
            "+027-02-01",
            "2027-01-01T24:00:00Z",
            "2027-01-01T00:60:00Z",
            "2027-01-01 00:00:00Z",
            "2027-01-01T00:00:00",
            "2027-01-01T00:00:00+01:00",
            "äääää",
        ] {
            assert_eq!(text.parse::<Timestamp>(), Err(InvalidTime), "{text}");
        }
    }
}
