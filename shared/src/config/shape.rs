//! Converts a JSON value to a configuration type, with errors in the terms of JSON.
//!
//! Rule: an error names the key and what is expected, never the value: it may be a secret in the
//! wrong place.

use std::fmt::Display;

use serde::de::value::{MapDeserializer, SeqDeserializer, StrDeserializer};
use serde::de::{
    DeserializeOwned, Deserializer, Error as _, Expected, IntoDeserializer, Unexpected, Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::Value;

use super::error::{ConfigError, join, path_of};

pub(super) fn read<T: DeserializeOwned>(value: &Value) -> Result<T, ConfigError> {
    serde_path_to_error::deserialize(Shape(value)).map_err(|error| {
        let path = path_of(error.path());
        error.into_inner().at(path)
    })
}

#[derive(Debug, thiserror::Error)]
enum Problem {
    #[error("unknown key {key}; {expected}")]
    UnknownKey { key: String, expected: String },
    #[error("the key {0} is required")]
    MissingKey(&'static str),
    /// A wrong value of the key `type` in an object with variants.
    #[error("unknown type; {0}")]
    UnknownKind(String),
    #[error("{0}")]
    Other(String),
}

impl Problem {
    fn at(self, path: String) -> ConfigError {
        match self {
            Self::UnknownKey { key, expected } => {
                ConfigError::new(down_to(path, &key), format!("unknown key; {expected}"))
            }
            Self::MissingKey(key) => ConfigError::new(join(&path, key), "this key is required"),
            Self::UnknownKind(expected) => ConfigError::new(down_to(path, "type"), expected),
            Self::Other(problem) => ConfigError::new(path, problem),
        }
    }

    fn expected(what: &str) -> Self {
        Self::Other(format!("expected {}", in_words_of_json(what)))
    }
}

/// Appends a key to a path, unless the path already ends at that key.
fn down_to(path: String, key: &str) -> String {
    let ends_there = path == key || path.ends_with(&format!(".{key}"));
    if ends_there { path } else { join(&path, key) }
}

/// Translates serde's name of an expected type.
fn in_words_of_json(expected: &str) -> &str {
    match expected {
        "a boolean" => "true or false",
        "path string" | "variant identifier" => "a string",
        "a sequence" => "a list",
        "a map" => "an object",
        kind if kind.starts_with("struct ") || kind.contains("tagged enum ") => "an object",
        already => already,
    }
}

/// Lists the expected names.
pub(super) fn one_of<'a>(names: impl IntoIterator<Item = &'a &'a str>) -> String {
    let names: Vec<&str> = names.into_iter().copied().collect();
    match names[..] {
        [] => "expected no other key".to_owned(),
        [only] => format!("expected {only}"),
        _ => format!("expected one of {}", names.join(", ")),
    }
}

impl serde::de::Error for Problem {
    fn custom<T: Display>(problem: T) -> Self {
        Self::Other(problem.to_string())
    }

    fn invalid_type(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::expected(&expected.to_string())
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::expected(&expected.to_string())
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self::UnknownKind(one_of(expected))
    }

    fn unknown_field(key: &str, expected: &'static [&'static str]) -> Self {
        Self::UnknownKey { key: key.to_owned(), expected: one_of(expected) }
    }

    fn missing_field(key: &'static str) -> Self {
        Self::MissingKey(key)
    }
}

/// Reads from a value without copying it.
#[derive(Clone, Copy)]
struct Shape<'a>(&'a Value);

impl<'a> IntoDeserializer<'a, Problem> for Shape<'a> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Shape<'de> {
    type Error = Problem;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Number(number) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
                (Some(value), ..) => visitor.visit_u64(value),
                (None, Some(value), _) => visitor.visit_i64(value),
                (None, None, value) => visitor.visit_f64(value.unwrap_or(f64::NAN)),
            },
            Value::String(text) => visitor.visit_borrowed_str(text),
            Value::Array(elements) => {
                visitor.visit_seq(SeqDeserializer::new(elements.iter().map(Shape)))
            }
            Value::Object(fields) => visitor.visit_map(MapDeserializer::new(
                fields.iter().map(|(key, value)| (key.as_str(), Shape(value))),
            )),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        match self.0 {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Problem> {
        visitor.visit_newtype_struct(self)
    }

    /// Serde would accept a list of values without keys; refuse it.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Problem> {
        match self.0 {
            Value::Object(_) => self.deserialize_any(visitor),
            _ => Err(Problem::expected("an object")),
        }
    }

    /// An enum must be one of its words.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        words: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Problem> {
        match self.0.as_str() {
            Some(word) if words.contains(&word) => {
                visitor.visit_enum(StrDeserializer::<Problem>::new(word))
            }
            _ => Err(Problem::custom(one_of(words))),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map identifier ignored_any
    }
}
