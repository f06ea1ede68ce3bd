//! A store that keeps nothing, for a process that makes a few calls and ends.

use async_trait::async_trait;
use shared::ports::{Item, ItemKey, PortError, Store, Write};
use shared::time::Timestamp;

/// Accepts every write and stores nothing, so only this process knows a token.
#[derive(Debug)]
pub struct NoStore;

#[async_trait]
impl Store for NoStore {
    async fn load(&self, keys: &[ItemKey]) -> Result<Vec<Option<Item>>, PortError> {
        Ok(keys.iter().map(|_| None).collect())
    }

    async fn write(&self, _writes: &[Write]) -> Result<(), PortError> {
        Ok(())
    }

    async fn list(
        &self,
        _partition: &str,
        _prefix: &str,
        _after: Option<&str>,
        _limit: usize,
    ) -> Result<Vec<(ItemKey, Item)>, PortError> {
        Ok(Vec::new())
    }

    async fn find(&self, _value: &str) -> Result<Vec<(ItemKey, Item)>, PortError> {
        Ok(Vec::new())
    }

    async fn due(
        &self,
        _until: Timestamp,
        _limit: usize,
    ) -> Result<Vec<(ItemKey, Timestamp)>, PortError> {
        Ok(Vec::new())
    }
}
