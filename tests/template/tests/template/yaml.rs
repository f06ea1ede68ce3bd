//! Reads a template's YAML, and expands its short forms: `!Ref X` becomes `{"Ref": "X"}`, `!Sub X`
//! `{"Fn::Sub": "X"}`.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value, json};
use serde_saphyr::Tagged;

/// The document with every function in its long form.
pub fn read(text: &str) -> Value {
    let Node(document) = serde_saphyr::from_str(text).unwrap();
    document
}

struct Node(Value);

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Tagged(Plain(value), tag) = Tagged::deserialize(deserializer)?;
        Ok(Self(match tag.as_deref() {
            Some("!Ref") => json!({ "Ref": value }),
            Some("!Condition") => json!({ "Condition": value }),
            Some(tag) if tag.starts_with('!') => json!({ format!("Fn::{}", &tag[1..]): value }),
            _ => value,
        }))
    }
}

/// A node without its own tag.
struct Plain(Value);

impl<'de> Deserialize<'de> for Plain {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PlainVisitor).map(Self)
    }
}

struct PlainVisitor;

impl<'de> Visitor<'de> for PlainVisitor {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a YAML node")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Node(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(list.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some((key, Node(value))) = entries.next_entry::<String, Node>()? {
            map.insert(key, value);
        }
        Ok(map.into())
    }
}

#[test]
fn short_forms_are_written_out() {
    let text = "a: !Ref X\nb: !If [C, !GetAtt Y.Arn, !Ref AWS::NoValue]\nc: !Sub\n  - ${P}/x\n  - P: !Ref Q\nd: [1, \"1\", true]\n";
    let expected = json!({
        "a": { "Ref": "X" },
        "b": { "Fn::If": ["C", { "Fn::GetAtt": "Y.Arn" }, { "Ref": "AWS::NoValue" }] },
        "c": { "Fn::Sub": ["${P}/x", { "P": { "Ref": "Q" } }] },
        "d": [1, "1", true],
    });
    assert_eq!(read(text), expected);
}
