//! Reads a JSON text one level at a time; each value knows its position in the text.

use std::fmt;
use std::ops::Range;

use serde::Deserializer as _;
use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;

/// A value in a text.
#[derive(Clone, Copy)]
pub(super) struct Value<'a>(&'a RawValue);

impl<'a> Value<'a> {
    pub(super) fn json(self) -> &'a str {
        self.0.get()
    }

    /// `None` if the value is not a text.
    pub(super) fn text(&self) -> Option<String> {
        let json = self.0.get();
        json.starts_with('"').then(|| serde_json::from_str(json).ok())?
    }

    /// Empty if the value is not a list.
    pub(super) fn elements(self) -> Vec<Self> {
        let elements: Vec<&'a RawValue> = serde_json::from_str(self.json()).unwrap_or_default();
        elements.into_iter().map(Self).collect()
    }

    /// The bytes of the value in `whole`, of which it was read.
    pub(super) fn span(&self, whole: &str) -> Option<Range<usize>> {
        let json = self.0.get();
        let start = json.as_ptr().addr().checked_sub(whole.as_ptr().addr())?;
        let end = start.checked_add(json.len())?;
        (whole.get(start..end) == Some(json)).then_some(start..end)
    }
}

/// The fields of an object in their order; none if the text is not an object.
pub(super) fn fields(json: &str) -> Vec<(String, Value<'_>)> {
    let mut reader = serde_json::Deserializer::from_str(json);
    reader.deserialize_map(Fields).unwrap_or_default()
}

struct Fields;

impl<'de> Visitor<'de> for Fields {
    type Value = Vec<(String, Value<'de>)>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields = Vec::new();
        while let Some((key, value)) = map.next_entry::<String, &'de RawValue>()? {
            fields.push((key, Value(value)));
        }
        Ok(fields)
    }
}
