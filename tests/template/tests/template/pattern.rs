//! Whether an event matches a pattern of EventBridge, for the few kinds of conditions in the
//! template's rule.
//!
//! Rule: an unknown kind of condition panics, so that no pattern seems to be checked without a
//! check.

use serde_json::{Value, json};

/// Whether an event matches: each field of the pattern has a condition that holds.
pub fn fits(pattern: &Value, event: &Value) -> bool {
    pattern.as_object().unwrap().iter().all(|(key, wanted)| match wanted {
        Value::Object(_) => fits(wanted, &event[key]),
        Value::Array(conditions) => conditions.iter().any(|it| holds(it, &event[key])),
        _ => panic!("a pattern has lists and maps only: {wanted}"),
    })
}

/// Whether a condition holds for a value. An absent field is null here; the samples contain no
/// other null.
fn holds(condition: &Value, value: &Value) -> bool {
    let Some(condition) = condition.as_object() else { return value == condition };
    let (kind, wanted) = condition.iter().next().filter(|_| condition.len() == 1).unwrap();
    let text = value.as_str().unwrap_or_default();
    match kind.as_str() {
        "exists" => value.is_null() != wanted.as_bool().unwrap(),
        "suffix" => text.ends_with(wanted.as_str().unwrap()),
        "equals-ignore-case" => text.eq_ignore_ascii_case(wanted.as_str().unwrap()),
        _ => panic!("the tests do not know {kind}"),
    }
}

#[test]
fn an_event_fits_when_every_field_has_one_condition_that_holds() {
    let pattern = json!({ "a": [{ "suffix": ".end" }, "x"], "b": { "c": [{ "exists": false }, { "equals-ignore-case": "OPEN" }] } });
    for event in [
        json!({ "a": "the.end", "b": { "c": "Open" } }),
        json!({ "a": "x", "b": {} }),
        json!({ "a": "x" }),
    ] {
        assert!(fits(&pattern, &event), "{event}");
    }
    for event in [json!({}), json!({ "a": "y" }), json!({ "a": "x", "b": { "c": "SMS" } })] {
        assert!(!fits(&pattern, &event), "{event}");
    }
}
