//! Instants in milliseconds since 1970 UTC, their parsing and their one written form.

use std::ops::{Add, Sub};
use std::time::Duration;

use ::time::OffsetDateTime;
use ::time::format_description::StaticFormatDescription;
use ::time::format_description::well_known::{Rfc2822, Rfc3339};
use ::time::macros::format_description;
use serde::{Deserialize, Serialize};

/// The form in which an instant is written: UTC, to the millisecond.
const WRITTEN: StaticFormatDescription =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The latest instant with a year of four digits.
    const LATEST: i64 = 253_402_300_799_999;

    /// Moves an instant outside the years 1970 to 9999 to the nearer end.
    pub const fn from_milliseconds(milliseconds: i64) -> Self {
        match milliseconds {
            ..0 => Self(0),
            0..=Self::LATEST => Self(milliseconds),
            _ => Self(Self::LATEST),
        }
    }

    /// Milliseconds since 1970.
    pub fn milliseconds(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970.
    pub fn seconds(self) -> i64 {
        self.0 / 1000
    }

    /// Reads RFC 3339 with any offset; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let instant = OffsetDateTime::parse(text.trim(), &Rfc3339).ok()?;
        i64::try_from(instant.unix_timestamp_nanos() / 1_000_000).ok().map(Self::from_milliseconds)
    }

    /// Reads an instant as people and programs write it: RFC 3339, also with a space for the `T`,
    /// an offset without a colon, or no zone, which means UTC; or seconds or milliseconds since
    /// 1970, also with a fraction or an exponent. `None` for anything else.
    pub fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        Self::parse(text).or_else(|| Self::parse_loose(text)).or_else(|| since_1970(text))
    }

    fn parse_loose(text: &str) -> Option<Self> {
        let (date, rest) = (text.get(..10)?, text.get(11..)?);
        if !matches!(text.as_bytes()[10], b'T' | b't' | b' ') {
            return None;
        }
        let zone_at = rest.find(['Z', 'z', '+', '-']).unwrap_or(rest.len());
        let (time, zone) = rest.split_at(zone_at);
        let zone = match zone {
            "" => "Z".to_owned(),
            offset if offset.len() == 5 && offset.is_char_boundary(3) => {
                format!("{}:{}", &offset[..3], &offset[3..])
            }
            other => other.to_owned(),
        };
        Self::parse(&format!("{date}T{}{zone}", time.trim_end()))
    }

    /// Reads the value of an HTTP header such as `Date`: `Wed, 04 Mar 2026 05:06:07 GMT`. `None`
    /// for anything else.
    pub fn parse_http(text: &str) -> Option<Self> {
        let instant = OffsetDateTime::parse(&text.trim().replace("GMT", "+0000"), &Rfc2822).ok()?;
        instant.unix_timestamp().checked_mul(1000).map(Self::from_milliseconds)
    }

    /// `2026-11-22T10:00:00.000Z`: UTC with milliseconds, the form that Genesys documents.
    pub fn to_text(self) -> String {
        let instant = OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000_000);
        instant.unwrap_or(OffsetDateTime::UNIX_EPOCH).format(WRITTEN).unwrap_or_default()
    }

    fn plus_milliseconds(self, milliseconds: i64) -> Self {
        Self::from_milliseconds(self.0.saturating_add(milliseconds))
    }

    /// Milliseconds from `earlier` to this instant; negative when `earlier` is later. To check
    /// whether a value is fresh or a wait is over, use [`Self::is_within`].
    pub fn since(self, earlier: Self) -> i64 {
        self.0 - earlier.0
    }

    /// The time from `earlier` to this instant; zero if `earlier` is later.
    pub fn elapsed_since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.since(earlier)).unwrap_or_default())
    }

    /// The time between two instants, whichever is earlier.
    pub fn apart_from(self, other: Self) -> Duration {
        Duration::from_millis(self.0.abs_diff(other.0))
    }

    /// Whether this instant is in the `window` that begins at `start`. An instant before `start` is
    /// not: the clock was set back, and the rest of the window is unknown. So a step of the clock
    /// never makes a wait longer.
    pub fn is_within(self, window: Duration, start: Self) -> bool {
        (0..whole_milliseconds(window)).contains(&self.since(start))
    }
}

impl Add<Duration> for Timestamp {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        self.plus_milliseconds(whole_milliseconds(duration))
    }
}

impl Sub<Duration> for Timestamp {
    type Output = Self;

    fn sub(self, duration: Duration) -> Self {
        self.plus_milliseconds(-whole_milliseconds(duration))
    }
}

/// Rounds up to whole milliseconds, so that no wait is too short.
pub fn whole_milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos().div_ceil(1_000_000)).unwrap_or(i64::MAX)
}

/// Detects that the clock was set back, for code that stores the end of a wait as a time of day.
#[derive(Clone, Copy, Debug, Default)]
pub struct SetBack {
    latest: Option<Timestamp>,
}

impl SetBack {
    /// Readings of one clock may be passed in out of order by less than this.
    const LEAST: Duration = Duration::from_secs(1);

    /// By how much the clock was set back since the last call; usually zero. The caller moves its
    /// stored ends back by this much.
    pub fn observe(&mut self, now: Timestamp) -> Duration {
        let latest = self.latest.map_or(now, |latest| latest.max(now));
        let back = latest.elapsed_since(now);
        let is_set = back >= Self::LEAST;
        self.latest = Some(if is_set { now } else { latest });
        if is_set { back } else { Duration::ZERO }
    }
}

/// Numbers below this are seconds since 1970, up to the year 5138; others are milliseconds, from
/// 1973 on.
pub(crate) const SECONDS_BELOW: f64 = 100_000_000_000.0;

/// `None` also for an instant outside the years that can be written: one that was moved into them
/// would look intended.
fn since_1970(number: &str) -> Option<Timestamp> {
    let number: f64 = number.parse().ok().filter(|number: &f64| number.is_finite())?;
    let milliseconds = if number < SECONDS_BELOW { number * 1000.0 } else { number.floor() };
    // Whole, and small enough to be written with the digits of an integer.
    let milliseconds: i64 = format!("{milliseconds:.0}").parse().ok()?;
    let instant = Timestamp::from_milliseconds(milliseconds);
    (instant.milliseconds() == milliseconds).then_some(instant)
}

/// A moment by two clocks: one may be set back, the other may stop while the machine is suspended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The time of day.
    pub at: Timestamp,
    /// Milliseconds by a clock that is never set.
    pub uptime: i64,
}

impl Moment {
    /// Whether this is less than `window` after `start` by both clocks. So a clock that is set
    /// back, or stops, makes nothing look newer than it is.
    pub fn is_within(self, window: Duration, start: Self) -> bool {
        self.at.is_within(window, start.at)
            && self.uptime - start.uptime < whole_milliseconds(window)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_read_as_programs_write_it() {
        for (written, expected) in [
            ("2026-11-29T06:20:00Z", "2026-11-29T06:20:00.000Z"),
            ("2026-11-29 06:20:00", "2026-11-29T06:20:00.000Z"),
            ("2026-11-29T06:20:00", "2026-11-29T06:20:00.000Z"),
            ("2026-11-29 06:20:00.5", "2026-11-29T06:20:00.500Z"),
            ("2026-11-29 06:20:00Z", "2026-11-29T06:20:00.000Z"),
            ("2026-11-29 06:20:00 +0100", "2026-11-29T05:20:00.000Z"),
            ("2026-11-29T06:20:00-0330", "2026-11-29T09:50:00.000Z"),
            ("2026-11-29t06:20:00+01:00", "2026-11-29T05:20:00.000Z"),
            ("1795933200", "2026-11-29T06:20:00.000Z"),
            (" 1795933200000 ", "2026-11-29T06:20:00.000Z"),
        ] {
            let read = Timestamp::read(written).map(Timestamp::to_text);
            assert_eq!(read.as_deref(), Some(expected), "{written}");
        }
        for written in [
            "",
            "yesterday",
            "2026-11-29",
            "2026-11-29x06:20:00",
            "2026-11-29 06:20",
            "NaN",
            "-5",
            "29/11/2026 06:20:00",
            "ñññññññ",
            "2026-11-29 06:20:00+0é",
            "2026-13-29 06:20:00",
        ] {
            assert_eq!(Timestamp::read(written), None, "{written}");
        }
    }

    #[test]
    fn reads_every_offset_and_writes_utc() {
        let instant = Timestamp::parse("2026-11-22T12:00:00.5+02:00");
        assert_eq!(instant.map(Timestamp::to_text).as_deref(), Some("2026-11-22T10:00:00.500Z"));
        assert_eq!(Timestamp::parse("yesterday"), None);
        assert_eq!(Timestamp::parse("2026-11-22"), None);
    }

    #[test]
    fn a_window_is_over_before_it_began_and_after_its_end() {
        let at = Timestamp::from_milliseconds;
        let within = |now| at(now).is_within(Duration::from_millis(10), at(100));
        assert_eq!([99, 100, 109, 110].map(within), [false, true, true, false]);
    }

    #[test]
    fn a_step_back_is_noticed_once_and_what_is_read_out_of_turn_is_none() {
        let (mut clock, at) = (SetBack::default(), Timestamp::from_milliseconds);
        let looks = [100_000, 100_500, 99_600, 100_400, 50_000, 50_000, 49_001, 49_000, 200_000];
        let back = looks.map(|now| clock.observe(at(now)));
        assert_eq!(back, [0, 0, 0, 0, 50_500, 0, 0, 1000, 0].map(Duration::from_millis));
    }

    #[test]
    fn stays_inside_the_years_that_can_be_written() {
        assert_eq!(Timestamp::from_milliseconds(i64::MAX).to_text(), "9999-12-31T23:59:59.999Z");
        assert_eq!(Timestamp::from_milliseconds(i64::MIN).to_text(), "1970-01-01T00:00:00.000Z");
    }
}
