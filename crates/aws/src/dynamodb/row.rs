//! Converts an item to and from its DynamoDB attributes.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use shared::ports::{Item, ItemKey, PortError};
use shared::time::Timestamp;

use super::super::keys::{PARTITION_BYTES, SORT_BYTES, fitted};
use super::{Attributes, LOAD};

pub(super) const PARTITION: &str = "pk";
pub(super) const SORT: &str = "sk";
pub(super) const BODY: &str = "body";
pub(super) const VERSION: &str = "version";
/// Seconds since 1970, as DynamoDB's time to live requires.
pub(super) const EXPIRES_AT: &str = "expires_at";
pub(super) const INDEX_VALUE: &str = "index_value";
pub(super) const INDEX_NAME: &str = "by_index";

/// An item as it was read, expired or not.
pub(super) struct Row {
    pub(super) key: ItemKey,
    pub(super) item: Item,
    pub(super) index: Option<String>,
    expires_at: Option<i64>,
}

#[derive(Debug, thiserror::Error)]
#[error("the attribute {0} is missing or of another type")]
struct BadAttribute(&'static str);

impl Row {
    pub(super) fn read(attributes: Attributes) -> Result<Self, PortError> {
        let item = Item {
            body: string(&attributes, BODY)?,
            version: number(&attributes, VERSION)?.ok_or_else(|| corrupt(VERSION))?,
        };
        let index = attributes.get(INDEX_VALUE).and_then(|value| value.as_s().ok()).cloned();
        let expires_at = number(&attributes, EXPIRES_AT)?;
        Ok(Self { key: key(&attributes)?, item, index, expires_at })
    }

    pub(super) fn lives(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| end.saturating_mul(1000) > now.milliseconds())
    }
}

pub(super) fn key(attributes: &Attributes) -> Result<ItemKey, PortError> {
    Ok(ItemKey::new(string(attributes, PARTITION)?, string(attributes, SORT)?))
}

/// The key as stored in the table: cut if it is too long.
pub(super) fn fitted_key(key: &ItemKey) -> ItemKey {
    ItemKey::new(fitted(&key.partition, PARTITION_BYTES), fitted(&key.sort, SORT_BYTES))
}

pub(super) fn key_attributes(key: &ItemKey) -> Attributes {
    let key = fitted_key(key);
    HashMap::from([
        (PARTITION.to_owned(), AttributeValue::S(key.partition)),
        (SORT.to_owned(), AttributeValue::S(key.sort)),
    ])
}

/// A value of the index, cut if it is too long for a key.
pub(super) fn index_value(value: &str) -> AttributeValue {
    text(&fitted(value, PARTITION_BYTES))
}

pub(super) fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

/// The current time to compare expiry times with: in seconds, with three decimals for milliseconds.
pub(super) fn moment(now: Timestamp) -> AttributeValue {
    let milliseconds = now.milliseconds();
    AttributeValue::N(format!(
        "{}.{:03}",
        milliseconds.div_euclid(1000),
        milliseconds.rem_euclid(1000)
    ))
}

fn string(attributes: &Attributes, name: &'static str) -> Result<String, PortError> {
    attributes.get(name).and_then(|value| value.as_s().ok()).cloned().ok_or_else(|| corrupt(name))
}

pub(super) fn number<T: std::str::FromStr>(
    attributes: &Attributes,
    name: &'static str,
) -> Result<Option<T>, PortError> {
    let Some(value) = attributes.get(name) else { return Ok(None) };
    let number = value.as_n().ok().and_then(|text| text.parse().ok());
    number.map(Some).ok_or_else(|| corrupt(name))
}

pub(super) fn corrupt(name: &'static str) -> PortError {
    PortError::Corrupt { operation: LOAD, source: Box::new(BadAttribute(name)) }
}
