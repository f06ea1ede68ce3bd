//! A store around another one: what it does not do otherwise goes through.

use async_trait::async_trait;

use crate::ports::{Item, ItemKey, PortError, Store, Write};
use crate::time::Timestamp;

/// To watch a store, or to bend some of its calls; whoever is one is a [`Store`].
#[async_trait]
pub trait AroundStore: Send + Sync {
    /// The store inside.
    fn inside(&self) -> &dyn Store;

    /// As [`Store::load`].
    async fn load(&self, keys: &[ItemKey]) -> Result<Vec<Option<Item>>, PortError> {
        self.inside().load(keys).await
    }

    /// As [`Store::write`].
    async fn write(&self, writes: &[Write]) -> Result<(), PortError> {
        self.inside().write(writes).await
    }

    /// As [`Store::list`].
    async fn list(
        &self,
        partition: &str,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(ItemKey, Item)>, PortError> {
        self.inside().list(partition, prefix, after, limit).await
    }
}

#[async_trait]
impl<S: AroundStore> Store for S {
    async fn load(&self, keys: &[ItemKey]) -> Result<Vec<Option<Item>>, PortError> {
        AroundStore::load(self, keys).await
    }

    async fn write(&self, writes: &[Write]) -> Result<(), PortError> {
        AroundStore::write(self, writes).await
    }

    async fn list(
        &self,
        partition: &str,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(ItemKey, Item)>, PortError> {
        AroundStore::list(self, partition, prefix, after, limit).await
    }

    async fn find(&self, value: &str) -> Result<Vec<(ItemKey, Item)>, PortError> {
        self.inside().find(value).await
    }

    async fn due(
        &self,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<(ItemKey, Timestamp)>, PortError> {
        self.inside().due(until, limit).await
    }
}
