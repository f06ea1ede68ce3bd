//! Reads and writes the JSON of the items in the store.

use serde::Serialize;
use serde::de::DeserializeOwned;
use shared::ports::{Item, ItemKey, PortError, Store};

/// The value of an item; the default of its type if there is none.
pub(super) fn read<T: DeserializeOwned + Default>(item: Option<&Item>) -> Result<T, PortError> {
    let Some(item) = item else { return Ok(T::default()) };
    serde_json::from_str(&item.body).map_err(|source| PortError::Corrupt {
        operation: "read an item",
        source: Box::new(source),
    })
}

pub(super) fn to_json<T: Serialize>(value: &T) -> Result<String, PortError> {
    serde_json::to_string(value).map_err(unwritable)
}

pub(super) fn unwritable(source: serde_json::Error) -> PortError {
    PortError::Corrupt { operation: "write an item", source: Box::new(source) }
}

/// Reads one item.
pub(super) async fn one(store: &dyn Store, key: ItemKey) -> Result<Option<Item>, PortError> {
    Ok(store.load(&[key]).await?.into_iter().next().flatten())
}
