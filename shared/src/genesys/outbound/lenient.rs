//! Deserializers for values that may be missing, `null`, or of another JSON type than documented.
//!
//! Rule: an empty string counts as missing. A number or a boolean is accepted as text.

use std::fmt;

use serde::de::{Deserialize, DeserializeOwned, Deserializer, Error, Visitor};
use serde_json::Value;

use crate::contact::IdType;
use crate::genesys::times::EARLIEST;
use crate::ids::{ContactId, GenesysConversationId, GenesysIntegrationId, GenesysMessageId};
use crate::time::Timestamp;

/// Writes the structs of a wire format: every field may be missing or `null`, and is read by the
/// named function. `Debug` shows only the named fields, see [`crate::wire`].
macro_rules! wire_types {
    ($(
        $(#[$attribute:meta])*
        pub struct $type:ident $(shows [$($shown:ident),*])? {
            $($(#[$of_field:meta])* $field:ident: $kind:ty $(= $reader:literal)?,)*
        }
    )*) => {$(
        $(#[$attribute])*
        #[derive(Clone, Default, PartialEq, serde::Deserialize)]
        #[serde(rename_all = "camelCase", default)]
        pub struct $type {
            $($(#[$of_field])* $(#[serde(deserialize_with = $reader)])? pub $field: $kind,)*
        }

        $($crate::wire::debug_shows!($type: $($shown),*);)?
    )*};
}
pub(super) use wire_types;

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Option<String>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("text")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Some(value.to_string()))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Some(value.to_string()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Some(value.to_string()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Some(value.to_string()))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Self::Value, E> {
        self.visit_string(value.to_owned())
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Self::Value, E> {
        Ok(Some(value).filter(|text| !text.is_empty()))
    }
}

/// A text, number or boolean as text; `None` for `null` and the empty string.
pub(super) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    deserializer.deserialize_any(TextVisitor)
}

macro_rules! identifiers {
    ($($function:ident -> $identifier:ident,)*) => {
        $(
            #[doc = concat!("A `", stringify!($identifier), "`, if there is one.")]
            pub(super) fn $function<'de, D: Deserializer<'de>>(
                deserializer: D,
            ) -> Result<Option<$identifier>, D::Error> {
                Ok(text(deserializer)?.map($identifier::new))
            }
        )*
    };
}

identifiers! {
    message_id -> GenesysMessageId,
    conversation_id -> GenesysConversationId,
    integration_id -> GenesysIntegrationId,
    contact_id -> ContactId,
}

/// The type of a contact's id; opaque when missing or unknown.
pub(super) fn id_type<'de, D: Deserializer<'de>>(deserializer: D) -> Result<IdType, D::Error> {
    Ok(text(deserializer)?.and_then(|word| IdType::parse(&word)).unwrap_or_default())
}

/// An instant; `None` when it cannot be read, or cannot be the time of a message.
pub(super) fn instant<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Timestamp>, D::Error> {
    Ok(text(deserializer)?
        .and_then(|text| Timestamp::read(&text))
        .filter(|instant| *instant >= EARLIEST))
}

/// A whole number of at least 0, also as text; `None` for any other number or text.
pub(super) fn whole_number<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<u64>, D::Error> {
    Ok(text(deserializer)?.and_then(|text| text.trim().parse().ok()))
}

/// A number, also as text.
pub(super) fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    Ok(text(deserializer)?
        .and_then(|text| text.trim().parse().ok())
        .filter(|number: &f64| number.is_finite()))
}

/// A boolean, also as text.
pub(super) fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    Ok(text(deserializer)?.and_then(|text| text.trim().to_ascii_lowercase().parse().ok()))
}

/// The value, or the default for `null`.
pub(super) fn defaulted<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: Default + Deserialize<'de>,
    D: Deserializer<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// Like [`list`], but an element that cannot be read is an empty one.
pub(super) fn each<'de, T, D>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    T: Default + DeserializeOwned,
    D: Deserializer<'de>,
{
    let elements: Vec<Value> = list(deserializer)?;
    Ok(elements
        .into_iter()
        .map(|element| match element {
            Value::Object(_) => serde_json::from_value(element).unwrap_or_default(),
            _ => T::default(),
        })
        .collect())
}

/// The elements that are not `null`; empty for `null` itself.
pub(super) fn list<'de, T, D>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    let elements: Option<Vec<Option<T>>> = Option::deserialize(deserializer)?;
    Ok(elements.unwrap_or_default().into_iter().flatten().collect())
}
