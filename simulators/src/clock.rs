//! Wall-clock time in the formats of the two vendors.

use std::sync::atomic::{AtomicI64, Ordering};

use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};

/// How many milliseconds the clocks of all simulators of this process are ahead.
static AHEAD: AtomicI64 = AtomicI64::new(0);

/// Sets the clocks of all simulators of this process ahead of the machine's. A time that a
/// simulator measures, such as the life of a token, is still real time.
pub fn set_clocks_ahead(milliseconds: i64) {
    AHEAD.store(milliseconds, Ordering::Relaxed);
}

pub(crate) fn utc() -> OffsetDateTime {
    let ahead = time::Duration::milliseconds(AHEAD.load(Ordering::Relaxed));
    OffsetDateTime::now_utc().saturating_add(ahead)
}

/// Now, in UTC with milliseconds: `2026-03-04T05:06:07.890Z`.
pub(crate) fn now() -> String {
    write(utc())
}

/// A time in UTC with milliseconds: `2026-03-04T05:06:07.890Z`.
pub(crate) fn write(time: OffsetDateTime) -> String {
    let format =
        format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
    time.format(&format).unwrap_or_default()
}

/// A time in UTC with whole seconds: `2026-03-04T05:06:07Z`.
pub(crate) fn write_seconds(time: OffsetDateTime) -> String {
    time.format(&format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z"))
        .unwrap_or_default()
}

/// The time `ahead` seconds from now, in the format of the `date` header: `Wed, 04 Mar 2026
/// 05:06:07 GMT`.
pub(crate) fn write_http(ahead: i64) -> String {
    let format = format_description!(
        "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
    );
    let time = utc().saturating_add(time::Duration::seconds(ahead));
    time.format(&format).unwrap_or_default()
}

/// The time in milliseconds since the beginning of 1970. Returns the beginning of 1970 when the
/// time is out of range.
pub(crate) fn from_milliseconds(milliseconds: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(milliseconds) * 1_000_000)
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// Now, in whole seconds since 1970.
pub(crate) fn unix_seconds() -> i64 {
    utc().unix_timestamp()
}

/// Reads only `yyyy-MM-ddTHH:mm:ss[.mmm]Z`: no offset, no other number of decimals.
pub(crate) fn parse_instant(text: &str) -> Option<OffsetDateTime> {
    let parsed = match text.len() {
        20 => PrimitiveDateTime::parse(
            text,
            format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z"),
        ),
        24 => PrimitiveDateTime::parse(
            text,
            format_description!(
                "[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z"
            ),
        ),
        _ => return None,
    };
    parsed.ok().map(PrimitiveDateTime::assume_utc)
}

#[cfg(test)]
mod tests {
    use super::{now, parse_instant};

    #[test]
    fn only_the_documented_form_is_an_instant() {
        for good in ["2026-03-04T05:06:07Z", "2026-03-04T05:06:07.890Z"] {
            assert!(parse_instant(good).is_some(), "{good}");
        }
        for bad in [
            "2026-03-04T05:06:07",
            "2026-03-04T05:06:07+00:00",
            "2026-03-04T05:06:07.8Z",
            "2026-03-04T05:06:07.890123Z",
            "2026-02-30T05:06:07Z",
            "2026-03-04 05:06:07Z",
            "",
        ] {
            assert!(parse_instant(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn now_is_an_instant() {
        assert!(parse_instant(&now()).is_some());
    }
}
