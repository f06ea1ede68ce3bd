//! Reading JSON objects of which nothing is promised.
//!
//! Rule: reading never fails; what is missing, empty or of another type is `None`.

use serde_json::{Map, Value};

use crate::time::Timestamp;

/// The object that these bytes are; an empty one when they are none.
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

/// An instant: milliseconds since 1970, as a number or a text, or RFC 3339.
pub(super) fn instant(body: &Map<String, Value>, key: &str) -> Option<Timestamp> {
    let text = text(body, key)?;
    let number = || text.trim().parse::<i64>().ok();
    // Some languages write every number with a fraction.
    let decimal = || text.trim().strip_suffix(".0")?.parse::<i64>().ok();
    match number().or_else(decimal) {
        // Before 1970 is not moved to 1970, which would look like an instant that somebody meant.
        Some(milliseconds) => {
            (milliseconds >= 0).then(|| Timestamp::from_milliseconds(milliseconds))
        }
        None => Timestamp::parse(&text),
    }
}

/// Yes or no, as a boolean or its word; anything else is no.
pub(super) fn flag(body: &Map<String, Value>, key: &str) -> bool {
    match body.get(key) {
        Some(Value::Bool(value)) => *value,
        Some(Value::String(word)) => word.eq_ignore_ascii_case("true"),
        _ => false,
    }
}
