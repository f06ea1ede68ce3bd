//! Parses the header `Retry-After`: seconds or a date.

use std::time::Duration;

use http::HeaderMap;
use http::header::{DATE, RETRY_AFTER};

use crate::time::Timestamp;

/// The shortest pause. It prevents endless retries without a pause after a `0`.
const SHORTEST: Duration = Duration::from_secs(1);
/// The longest pause accepted: a day.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// The pause that the other side asks for. A date is compared with the answer's own `Date`, so that
/// the two clocks need not agree.
pub fn read(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let seconds = match text.parse::<f64>() {
        Ok(seconds) => seconds,
        Err(_) => {
            let answered = Timestamp::parse_http(headers.get(DATE)?.to_str().ok()?)?;
            Timestamp::parse_http(text)?.since(answered) as f64 / 1000.0
        }
    };
    Duration::try_from_secs_f64(seconds.max(0.0)).ok().map(|pause| pause.clamp(SHORTEST, LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(entries: &[(http::HeaderName, &str)]) -> Option<Duration> {
        read(&entries.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect())
    }

    #[test]
    fn takes_seconds_and_dates() {
        assert_eq!(header(&[(RETRY_AFTER, "7")]), Some(Duration::from_secs(7)));
        let dates = [
            (RETRY_AFTER, "Sun, 22 Nov 2026 10:00:30 GMT"),
            (DATE, "Sun, 22 Nov 2026 10:00:00 GMT"),
        ];
        assert_eq!(header(&dates), Some(Duration::from_secs(30)));
        assert_eq!(header(&[(RETRY_AFTER, "-3")]), Some(SHORTEST));
        assert_eq!(header(&[(RETRY_AFTER, "0")]), Some(SHORTEST));
        assert_eq!(header(&[(RETRY_AFTER, "soon")]), None);
        assert_eq!(header(&[(RETRY_AFTER, "NaN")]), Some(SHORTEST));
        assert_eq!(header(&[(RETRY_AFTER, "99999999999")]), Some(LONGEST));
    }
}
