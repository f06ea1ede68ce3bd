//! The pause before a retry: 1 s, 2 s, 4 s … at most 5 min, with jitter. A pause that the other
//! side asks for takes precedence.

use std::time::Duration;

use shared::retry::random_part;

const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_mins(5);
/// The part of a pause by which jitter lengthens it at most: conversations that failed
/// together must not retry together. Jitter never shortens a pause, so that no vendor is called
/// sooner than promised.
const JITTER_PART: u32 = 4;

/// Returns the pause after the given number of failures (1 for the first), moved by `random`. It
/// never exceeds `remaining`, the time until the event is given up.
pub fn pause(failures: u32, asked: Option<Duration>, random: u64, remaining: Duration) -> Duration {
    let pause = asked.unwrap_or_else(|| {
        let shortest = (FIRST * (1 << failures.saturating_sub(1).min(20))).min(LONGEST);
        (shortest + random_part(shortest / JITTER_PART, random)).min(LONGEST)
    });
    pause.min(remaining)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LONG: Duration = Duration::from_secs(86_400);

    #[test]
    fn doubles_up_to_five_minutes() {
        let shortest = |failures| pause(failures, None, 0, LONG).as_millis();
        assert_eq!([1, 2, 3, 4, 9].map(shortest), [1000, 2000, 4000, 8000, 256_000]);
        assert_eq!(shortest(10), 300_000);
        assert_eq!(shortest(u32::MAX), 300_000);
    }

    proptest! {
        #[test]
        fn is_never_shorter_and_little_longer(failures in 1u32..12, random: u64) {
            let shortest = (1000u64 << (failures - 1)).min(300_000);
            let pause = u64::try_from(pause(failures, None, random, LONG).as_millis()).unwrap();
            prop_assert!(pause >= shortest && pause <= (shortest * 5 / 4).min(300_000));
        }

        #[test]
        fn the_other_side_and_the_end_win(failures: u32, random: u64, asked in 0u64..1000, left in 0u64..1000) {
            let pause = pause(failures, Some(Duration::from_secs(asked)), random, Duration::from_secs(left));
            prop_assert_eq!(pause, Duration::from_secs(asked.min(left)));
        }
    }
}
