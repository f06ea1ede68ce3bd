//! Parses JSON. A syntax error gives its line and column; a duplicate key in an object is an error.

use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use zeroize::Zeroize;

use super::error::{ConfigError, path_of};

/// Some editors write this before the first character.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// A JSON value whose texts are overwritten when it is dropped, because a document contains
/// secrets.
pub(super) struct Wiped(pub(super) Value);

impl Drop for Wiped {
    fn drop(&mut self) {
        wipe(&mut self.0);
    }
}

/// The recursion is at most as deep as the parser allows, 128 levels.
fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(elements) => elements.iter_mut().for_each(wipe),
        Value::Object(fields) => fields.values_mut().for_each(wipe),
        _ => {}
    }
}

pub(super) fn parse(text: &str) -> Result<Wiped, ConfigError> {
    if text.starts_with(BYTE_ORDER_MARK) {
        let problem = "the text begins with a byte order mark; save it as UTF-8 without one";
        return Err(ConfigError::new("", problem));
    }
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let Unique(value) =
        serde_path_to_error::deserialize(&mut deserializer).map_err(|error| refused(&error))?;
    let value = Wiped(value);
    deserializer.end().map_err(|error| {
        ConfigError::new(
            "",
            format!(
                "there is something after the JSON document, at line {} column {}",
                error.line(),
                error.column()
            ),
        )
    })?;
    Ok(value)
}

/// Only a duplicate key is an error of our own. The parser's errors do not quote the text.
fn refused(error: &serde_path_to_error::Error<serde_json::Error>) -> ConfigError {
    // If the text ended before a key was complete, the path has no name for it.
    let path = path_of(error.path());
    let path = path.trim_end_matches('?').trim_end_matches('.');
    let inner = error.inner();
    let problem = if inner.is_data() {
        format!("this key appears twice in its object, again at line {}", inner.line())
    } else {
        let words = inner.to_string().replacen("EOF while parsing", "the text ends inside", 1);
        format!("this is not JSON: {words}")
    };
    ConfigError::new(path, problem)
}

/// A value without duplicate keys. A usual reader would silently keep one of the two values, and
/// the operator might mean the other.
struct Unique(Value);

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor).map(Self)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let mut read = Vec::new();
        while let Some(Unique(element)) = elements.next_element()? {
            read.push(element);
        }
        Ok(Value::Array(read))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut read = Map::new();
        while let Some(key) = fields.next_key::<String>()? {
            if read.contains_key(&key) {
                fields.next_value_seed(Twice)?;
            }
            let Unique(value) = fields.next_value()?;
            read.insert(key, value);
        }
        Ok(Value::Object(read))
    }
}

/// Fails before the value is read, so that the error's path ends at the key.
struct Twice;

impl<'de> DeserializeSeed<'de> for Twice {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, _: D) -> Result<(), D::Error> {
        Err(D::Error::custom("twice"))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_value_is_wiped_to_its_last_text() {
        let mut value = json!({ "a": "secret", "b": ["secret", { "c": "secret" }], "d": 1 });
        wipe(&mut value);
        assert_eq!(value, json!({ "a": "", "b": ["", { "c": "" }], "d": 1 }));
    }

    #[test]
    fn every_kind_of_value_is_read_as_the_parser_reads_it() {
        let text = r#"{"b":[null,true,1,-1,1.5,"a\nb",{}],"a":{"b":[]}}"#;
        assert_eq!(parse(text).ok().unwrap().0.to_string(), text);
    }

    #[test]
    fn what_is_no_json_is_named_by_its_place() {
        let cases = [
            ("", "this is not JSON: the text ends inside a value at line 1 column 0"),
            ("{\n  \"a\": 1,\n}", "this is not JSON: trailing comma at line 3 column 1"),
            ("{\n  \"a\": x\n}", "a: this is not JSON: expected value at line 2 column 8"),
            ("{}\n\n  {}", "there is something after the JSON document, at line 3 column 3"),
            ("\u{feff}{}", "the text begins with a byte order mark; save it as UTF-8 without one"),
            (
                "{ \"a\": [ { \"b\": 1,\n \"b\": 2 } ] }",
                "a[0].b: this key appears twice in its object, again at line 2",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text).err().unwrap().to_string(), expected, "{text}");
        }
    }
}
