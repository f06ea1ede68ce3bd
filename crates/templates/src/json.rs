//! A template's value as JSON, within a bound of size.

use std::borrow::Cow;
use std::fmt;

use minijinja::value::{Value, ValueKind};
use serde_json::{Map, Number, Value as Json};

use crate::LARGEST;
use crate::absences::is_absent;
use crate::fault::Problem;

/// The deepest nesting: serde_json's own limit.
const DEEPEST: usize = 128;

/// How many bytes may still be written.
pub(crate) struct SizeLeft(usize);

impl SizeLeft {
    pub(crate) fn new() -> Self {
        Self(LARGEST)
    }

    pub(crate) fn take(&mut self, bytes: usize) -> Result<(), Problem> {
        self.0 = self.0.checked_sub(bytes).ok_or(Problem::TooLarge)?;
        Ok(())
    }
}

/// The value as JSON: a text stays a text, whatever it says.
pub(crate) fn of(value: &Value, size_left: &mut SizeLeft) -> Result<Json, Problem> {
    nested(value, size_left, 0)
}

fn nested(value: &Value, size_left: &mut SizeLeft, depth: usize) -> Result<Json, Problem> {
    if depth > DEEPEST {
        return Err(Problem::NotJson);
    }
    // Quotes and a comma, or the punctuation of a list or an object.
    size_left.take(3)?;
    Ok(match value.kind() {
        ValueKind::Undefined => return Err(Problem::Missing(None)),
        ValueKind::None => Json::Null,
        ValueKind::Bool => Json::Bool(value.is_true()),
        ValueKind::Number => number(value)?,
        ValueKind::String => {
            let text = value.as_str().ok_or(Problem::NotJson)?;
            size_left.take(text.len())?;
            Json::String(text.to_owned())
        }
        ValueKind::Seq | ValueKind::Iterable => {
            let mut items = Vec::new();
            for item in value.try_iter().map_err(|_| Problem::NotJson)? {
                items.push(nested(&item, size_left, depth + 1)?);
            }
            Json::Array(items)
        }
        ValueKind::Map => {
            let mut fields = Map::new();
            for key in value.try_iter().map_err(|_| Problem::NotJson)? {
                let field = value.get_item(&key).map_err(|_| Problem::NotJson)?;
                let name = match key.as_str() {
                    Some(name) => name.to_owned(),
                    None => key.to_string(),
                };
                size_left.take(name.len())?;
                fields.insert(name, nested(&field, size_left, depth + 1)?);
            }
            Json::Object(fields)
        }
        _ if is_absent(value) => return Err(Problem::Missing(None)),
        _ => return Err(Problem::NotJson),
    })
}

fn number(value: &Value) -> Result<Json, Problem> {
    let whole = u64::try_from(value.clone()).map(Number::from);
    let whole = whole.or_else(|_| i64::try_from(value.clone()).map(Number::from));
    // A float such as 2.0 converts to a whole number, and must stay a float.
    match whole {
        Ok(number) if value.is_integer() => Ok(Json::Number(number)),
        _ => {
            let float = f64::try_from(value.clone()).map_err(|_| Problem::NotJson)?;
            Number::from_f64(float).map(Json::Number).ok_or(Problem::NotJson)
        }
    }
}

/// The value as a part of a text: null is nothing, lists and objects are JSON.
pub(crate) fn as_text<'a>(value: &'a Value) -> Result<Cow<'a, str>, Problem> {
    if let Some(text) = value.as_str() {
        return Ok(Cow::Borrowed(text));
    }
    Ok(match of(value, &mut SizeLeft::new())? {
        Json::Null => Cow::Borrowed(""),
        json => Cow::Owned(json.to_string()),
    })
}

/// For the engine, where it makes a text of a list or an object.
pub(crate) fn render(value: &Value, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    match of(value, &mut SizeLeft::new()) {
        Ok(json) => write!(formatter, "{json}"),
        Err(_) => Ok(()),
    }
}
