//! Decides after which answers a call is retried, and when.
//!
//! Rule: a call that changes something is retried only if it certainly had no effect.

use std::time::Duration;

use http::{HeaderMap, Method};
use shared::retry_after;

/// The most retries of a call.
const REPEATS: u32 = 4;
/// The pause after the first failure; it doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// The longest pause; if a longer one is asked for, the call is not retried.
const LONGEST_PAUSE: Duration = Duration::from_secs(180);

#[derive(Clone, Copy, Debug)]
pub(crate) enum Outcome<'a> {
    /// Genesys Cloud answered with this status and these headers.
    Answered(u16, &'a HeaderMap),
    /// There was no connection.
    NotSent,
    /// Genesys Cloud may have received the call.
    NoAnswer,
}

/// The pause before the next attempt; `None` if the call is not retried.
pub(crate) fn pause(method: &Method, outcome: Outcome<'_>, repeats: u32) -> Option<Duration> {
    let is_read = *method == Method::GET;
    let asked = match outcome {
        Outcome::Answered(429, headers) => retry_after::read(headers),
        Outcome::Answered(408 | 500..=599, headers) if is_read => retry_after::read(headers),
        Outcome::NotSent => None,
        Outcome::NoAnswer if is_read => None,
        _ => return None,
    };
    let pause = asked.unwrap_or(FIRST_PAUSE * 2_u32.saturating_pow(repeats));
    (repeats < REPEATS && pause <= LONGEST_PAUSE).then_some(pause)
}

#[cfg(test)]
mod tests {
    use http::header::RETRY_AFTER;

    use super::*;

    #[test]
    fn only_what_did_nothing_is_repeated() {
        let none = HeaderMap::new();
        let is_repeated =
            |method: Method, outcome: Outcome<'_>| pause(&method, outcome, 0).is_some();
        for (outcome, read, write) in [
            (Outcome::Answered(429, &none), true, true),
            (Outcome::NotSent, true, true),
            (Outcome::NoAnswer, true, false),
            (Outcome::Answered(503, &none), true, false),
            (Outcome::Answered(404, &none), false, false),
            (Outcome::Answered(403, &none), false, false),
            (Outcome::Answered(200, &none), false, false),
        ] {
            assert_eq!(is_repeated(Method::GET, outcome), read, "{outcome:?}");
            assert_eq!(is_repeated(Method::POST, outcome), write, "{outcome:?}");
        }
    }

    #[test]
    fn it_waits_as_long_as_it_is_told_and_no_longer_than_that_makes_sense() {
        let told = |seconds: &'static str| {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, seconds.parse().unwrap())]);
            pause(&Method::POST, Outcome::Answered(429, &headers), 0)
        };
        assert_eq!(told("7"), Some(Duration::from_secs(7)));
        assert_eq!(told("600"), None);
        let pauses: Vec<_> =
            (0..5).map(|repeats| pause(&Method::GET, Outcome::NoAnswer, repeats)).collect();
        let expected = [500, 1000, 2000, 4000].map(|pause| Some(Duration::from_millis(pause)));
        assert_eq!(pauses, [&expected[..], &[None]].concat());
    }
}
