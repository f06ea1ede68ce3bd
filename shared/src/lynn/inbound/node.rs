//! A body as a tree, before its meaning is known.
//!
//! Rule: a number keeps its characters, so that an id of 22 digits or `1.10` does not change.

use std::borrow::Cow;

use serde_json::{Number, Value};

/// A value of a body. An object keeps the order of its fields and has no duplicate key.
pub(super) enum Node<'a> {
    Null,
    Bool(bool),
    Number(Cow<'a, str>),
    Text(Cow<'a, str>),
    Array(Vec<Node<'a>>),
    Object(Vec<Field<'a>>),
}

pub(super) type Field<'a> = (Cow<'a, str>, Node<'a>);

impl Node<'_> {
    /// A text, or a number or boolean as written; `None` for an array, an object and `null`.
    pub(super) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Number(text) => Some(text),
            Self::Bool(true) => Some("true"),
            Self::Bool(false) => Some("false"),
            Self::Null | Self::Array(_) | Self::Object(_) => None,
        }
    }

    /// Whether the value is empty: `null`, a blank text, as an empty variable leaves it, or an
    /// empty list, as PHP and Lua write an empty object.
    pub(super) fn is_blank(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Text(text) => text.trim().is_empty(),
            Self::Array(elements) => elements.is_empty(),
            _ => false,
        }
    }

    /// The value for a template. A number that a program's own numbers would change is a text.
    pub(super) fn to_value(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(*value),
            Self::Number(number) => {
                let read = serde_json::from_str::<Number>(number).ok();
                match read.filter(|read| read.to_string().as_str() == number) {
                    Some(read) => Value::Number(read),
                    None => Value::String(number.to_string()),
                }
            }
            Self::Text(text) => Value::String(text.to_string()),
            Self::Array(elements) => elements.iter().map(Self::to_value).collect(),
            Self::Object(fields) => {
                let field =
                    |(key, value): &(Cow<'_, str>, Node<'_>)| (key.to_string(), value.to_value());
                Value::Object(fields.iter().map(field).collect())
            }
        }
    }

    /// JSON without white space, with numbers as written.
    pub(super) fn write_json(&self, json: &mut String) {
        match self {
            Self::Null => json.push_str("null"),
            Self::Bool(_) | Self::Number(_) => json.push_str(self.as_text().unwrap_or_default()),
            Self::Text(text) => write_text(text, json),
            Self::Array(elements) => {
                json.push('[');
                for (place, element) in elements.iter().enumerate() {
                    separate(place, json);
                    element.write_json(json);
                }
                json.push(']');
            }
            Self::Object(fields) => {
                json.push('{');
                for (place, (key, value)) in fields.iter().enumerate() {
                    separate(place, json);
                    write_text(key, json);
                    json.push(':');
                    value.write_json(json);
                }
                json.push('}');
            }
        }
    }
}

fn separate(place: usize, json: &mut String) {
    if place > 0 {
        json.push(',');
    }
}

fn write_text(text: &str, json: &mut String) {
    // A text can always be serialised.
    json.push_str(&serde_json::to_string(text).unwrap_or_default());
}
