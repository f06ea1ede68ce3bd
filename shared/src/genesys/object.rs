//! Reads JSON objects without a guaranteed shape.
//!
//! Rule: reading never fails; a missing or empty value, or one of another type, is `None`.

use serde_json::{Map, Value};

use crate::time::{SECONDS_BELOW, Timestamp};

/// The bytes as an object; empty if they are not one.
pub(super) fn object(bytes: &[u8]) -> Map<String, Value> {
    serde_json::from_slice(bytes).unwrap_or_default()
}

/// A text, or a number as text.
pub(super) fn text(body: &Map<String, Value>, key: &str) -> Option<String> {
    match body.get(key)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// An instant, written as a number or a text.
pub(super) fn instant(body: &Map<String, Value>, key: &str) -> Option<Timestamp> {
    Timestamp::read(&text(body, key)?)
}

/// Whether an instant was written in whole seconds.
pub(super) fn is_to_the_second(body: &Map<String, Value>, key: &str) -> bool {
    let text = text(body, key).unwrap_or_default();
    let number: Option<f64> = text.trim().parse().ok();
    !text.contains('.') && number.is_none_or(|number| number < SECONDS_BELOW)
}

/// A boolean, or the text `true`; anything else is false.
pub(super) fn flag(body: &Map<String, Value>, key: &str) -> bool {
    match body.get(key) {
        Some(Value::Bool(value)) => *value,
        Some(Value::String(word)) => word.eq_ignore_ascii_case("true"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_instant_is_read_in_every_form() {
        let read = |value: Value| {
            instant(&Map::from_iter([("at".to_owned(), value)]), "at").map(Timestamp::milliseconds)
        };
        for (written, milliseconds) in [
            (json!(1_795_908_245_993_i64), 1_795_908_245_993),
            (json!("1795908245993"), 1_795_908_245_993),
            (json!(" 1795908245993.0 "), 1_795_908_245_993),
            (json!(1_795_908_245_993.6), 1_795_908_245_993),
            (json!("1795908245993.6"), 1_795_908_245_993),
            (json!(1_795_908_245), 1_795_908_245_000),
            (json!("1795908245.5"), 1_795_908_245_500),
            (json!("1.79E12"), 1_790_000_000_000),
            (json!(1.79e12), 1_790_000_000_000),
            (json!("2026-11-22T10:00:00.500Z"), 1_795_341_600_500),
        ] {
            assert_eq!(read(written.clone()), Some(milliseconds), "{written}");
        }
        for written in ["yesterday", "", "NaN", "inf", "-5", "1e300", "${input.eventTime}", "2026"]
        {
            let read = read(json!(written));
            assert!(read.is_none_or(|read| read < 946_684_800_000), "{written}: {read:?}");
        }
    }
}
