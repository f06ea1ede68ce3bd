//! A store around another one: what it does not do otherwise goes through.

use async_trait::async_trait;
use shared::ports::{Item, ItemKey, PortError, Store, Write};

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

/// Makes a [`Store`] of what is one [around](AroundStore) another one.
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
