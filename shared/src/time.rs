//! Instants as milliseconds since 1970 UTC, and their one written form.

use ::time::format_description::well_known::{Rfc2822, Rfc3339};
use ::time::{OffsetDateTime, UtcOffset};
use serde::{Deserialize, Serialize};

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The latest instant that can be written with four digits of year.
    const LATEST: i64 = 253_402_300_799_999;

    /// An instant; what lies outside the years 1970 to 9999 is moved to the nearer end.
    pub fn from_milliseconds(milliseconds: i64) -> Self {
        Self(milliseconds.clamp(0, Self::LATEST))
    }

    /// Milliseconds since 1970.
    pub fn milliseconds(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970.
    pub fn seconds(self) -> i64 {
        self.0 / 1000
    }

    /// Reads RFC 3339, any offset. `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let instant = OffsetDateTime::parse(text.trim(), &Rfc3339).ok()?;
        i64::try_from(instant.unix_timestamp_nanos() / 1_000_000).ok().map(Self::from_milliseconds)
    }

    /// Reads what an HTTP header such as `Date` holds: `Wed, 04 Mar 2026 05:06:07 GMT`. `None` for anything else.
    pub fn parse_http(text: &str) -> Option<Self> {
        let instant = OffsetDateTime::parse(&text.trim().replace("GMT", "+0000"), &Rfc2822).ok()?;
        instant.unix_timestamp().checked_mul(1000).map(Self::from_milliseconds)
    }

    /// `2026-11-22T10:00:00.000Z`: UTC with milliseconds, the form that Genesys documents.
    pub fn to_text(self) -> String {
        let instant = OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000_000)
            .unwrap_or(OffsetDateTime::UNIX_EPOCH)
            .to_offset(UtcOffset::UTC);
        format!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
            instant.year(),
            u8::from(instant.month()),
            instant.day(),
            instant.hour(),
            instant.minute(),
            instant.second(),
            instant.millisecond()
        )
    }

    /// This instant moved by milliseconds, forwards or back.
    #[must_use]
    pub fn plus_milliseconds(self, milliseconds: i64) -> Self {
        Self::from_milliseconds(self.0.saturating_add(milliseconds))
    }

    /// Milliseconds from `earlier` to this instant; negative when `earlier` is later.
    pub fn since(self, earlier: Self) -> i64 {
        self.0 - earlier.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_offset_and_writes_utc() {
        let instant = Timestamp::parse("2026-11-22T12:00:00.5+02:00");
        assert_eq!(instant.map(Timestamp::to_text).as_deref(), Some("2026-11-22T10:00:00.500Z"));
        assert_eq!(Timestamp::parse("yesterday"), None);
        assert_eq!(Timestamp::parse("2026-11-22"), None);
    }

    #[test]
    fn stays_inside_the_years_that_can_be_written() {
        assert_eq!(Timestamp::from_milliseconds(i64::MAX).to_text(), "9999-12-31T23:59:59.999Z");
        assert_eq!(Timestamp::from_milliseconds(i64::MIN).to_text(), "1970-01-01T00:00:00.000Z");
    }
}
