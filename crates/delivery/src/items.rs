//! The stored items that a route asked for, by their keys.

use shared::ports::{Item, ItemKey};

/// Each key that was read, with the item that is stored under it, if any.
#[derive(Debug, Default)]
pub struct Items(Vec<(ItemKey, Option<Item>)>);

impl Items {
    /// The item that is stored under a key. The key must be one of those that the route asked for.
    pub fn get(&self, key: &ItemKey) -> Option<&Item> {
        let read = self.0.iter().find(|(read, _)| read == key);
        debug_assert!(read.is_some(), "the route did not ask for {key:?}");
        read?.1.as_ref()
    }

    /// Every item that is stored.
    pub fn stored(&self) -> impl Iterator<Item = &Item> {
        self.0.iter().filter_map(|(_, item)| item.as_ref())
    }

    /// Adds what a store answered for these keys, in the order of the keys.
    pub(super) fn add(
        &mut self,
        keys: Vec<ItemKey>,
        answers: impl IntoIterator<Item = Option<Item>>,
    ) {
        self.0.extend(keys.into_iter().zip(answers));
    }
}
