//! A store that wraps another store and overrides some of its calls; the other calls pass through.

use async_trait::async_trait;
use shared::ports::{Item, ItemKey, PortError, Store, Write};

/// A wrapper that observes or changes some calls of a store.
///
/// [`around_store!`](crate::around_store) implements [`Store`] for the type.
#[async_trait]
pub trait AroundStore: Send + Sync {
    /// The store inside.
    fn inside(&self) -> &dyn Store;

    /// See [`Store::load`].
    async fn load(&self, keys: &[ItemKey]) -> Result<Vec<Option<Item>>, PortError> {
        self.inside().load(keys).await
    }

    /// See [`Store::write`].
    async fn write(&self, writes: &[Write]) -> Result<(), PortError> {
        self.inside().write(writes).await
    }

    /// See [`Store::list`].
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

/// Implements [`Store`] for a type that implements [`AroundStore`].
#[macro_export]
macro_rules! around_store {
    ($around:ty) => {
        #[$crate::async_trait]
        impl $crate::shared::ports::Store for $around {
            async fn load(
                &self,
                keys: &[$crate::shared::ports::ItemKey],
            ) -> Result<Vec<Option<$crate::shared::ports::Item>>, $crate::shared::ports::PortError>
            {
                $crate::AroundStore::load(self, keys).await
            }

            async fn write(
                &self,
                writes: &[$crate::shared::ports::Write],
            ) -> Result<(), $crate::shared::ports::PortError> {
                $crate::AroundStore::write(self, writes).await
            }

            async fn list(
                &self,
                partition: &str,
                prefix: &str,
                after: Option<&str>,
                limit: usize,
            ) -> Result<
                Vec<($crate::shared::ports::ItemKey, $crate::shared::ports::Item)>,
                $crate::shared::ports::PortError,
            > {
                $crate::AroundStore::list(self, partition, prefix, after, limit).await
            }

            async fn find(
                &self,
                value: &str,
            ) -> Result<
                Vec<($crate::shared::ports::ItemKey, $crate::shared::ports::Item)>,
                $crate::shared::ports::PortError,
            > {
                $crate::AroundStore::inside(self).find(value).await
            }

            async fn due(
                &self,
                until: $crate::shared::time::Timestamp,
                limit: usize,
            ) -> Result<
                Vec<($crate::shared::ports::ItemKey, $crate::shared::time::Timestamp)>,
                $crate::shared::ports::PortError,
            > {
                $crate::AroundStore::inside(self).due(until, limit).await
            }
        }
    };
}
