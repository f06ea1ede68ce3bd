//! Reads a duration as an operator writes it.

use std::time::Duration;

/// A whole number and its unit, such as `90s`; `None` for anything else.
pub fn parse(text: &str) -> Option<Duration> {
    let number = text.trim_end_matches(|letter: char| letter.is_ascii_lowercase());
    let milliseconds: u64 = match text.strip_prefix(number)? {
        "ms" => 1,
        "s" => 1000,
        "m" => 60 * 1000,
        "h" => 60 * 60 * 1000,
        "d" => 24 * 60 * 60 * 1000,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(milliseconds).map(Duration::from_millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_a_unit() {
        for (text, seconds) in [("90s", 90), ("60m", 3600), ("2h", 7200), ("3d", 259_200)] {
            assert_eq!(parse(text), Some(Duration::from_secs(seconds)), "{text}");
        }
        assert_eq!(parse("250ms"), Some(Duration::from_millis(250)));
        let too_much = ["99999999999999999999h", "18446744073709551615h"];
        let unclear = ["", "60", "m", "ms", "-1m", "1.5h", "1 h", "1h30m", "1w", "1H"];
        for wrong in too_much.into_iter().chain(unclear) {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
