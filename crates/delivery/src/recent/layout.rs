//! Since when processes of this version use the table.
//!
//! Rule: a process of an earlier version neither sees a list nor keeps it. While a deployment is in
//! progress, such processes still work. So the first process of this version stores when it began,
//! and no process writes a list before [`PATIENCE`] has passed. Until then, the deployment can be
//! taken back without a loss.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use shared::error::chain;
use shared::ports::{Clock, Expected, ItemKey, PortError, Store, Write};
use shared::time::Timestamp;

use crate::stored::one;

/// Longer than any deployment and than any invocation that it leaves behind.
const PATIENCE: Duration = Duration::from_hours(1);

/// The partition of the item that tells it; a function needs the permission to read and write it.
pub const LAYOUT: &str = "layout";

/// Not read yet.
const UNREAD: i64 = i64::MIN;

/// When lists may be written, in milliseconds since 1970.
pub(super) struct Layout(AtomicI64);

impl Default for Layout {
    fn default() -> Self {
        Self(AtomicI64::new(UNREAD))
    }
}

#[derive(Serialize, Deserialize)]
struct Stored {
    since: Timestamp,
}

impl Layout {
    /// All processes know lists.
    pub(super) fn known() -> Self {
        Self(AtomicI64::new(0))
    }

    /// Whether every process that uses the table knows lists. Costs a call at the first question of
    /// a process.
    pub(super) async fn is_known_to_all(&self, store: &dyn Store, clock: &dyn Clock) -> bool {
        let now = clock.now();
        let mut from = self.0.load(Ordering::Relaxed);
        if from == UNREAD {
            match since(store, now).await {
                Ok(since) => from = (since + PATIENCE).milliseconds(),
                Err(error) => {
                    let error = chain(&error);
                    tracing::warn!(
                        error,
                        "The layout of the table could not be read. Each item is stored by itself."
                    );
                    return false;
                }
            }
            self.0.store(from, Ordering::Relaxed);
        }
        now.milliseconds() >= from
    }
}

/// When the first process of this version began; now, if this is the first one.
async fn since(store: &dyn Store, now: Timestamp) -> Result<Timestamp, PortError> {
    let key = ItemKey::new(LAYOUT, "recent");
    let body = serde_json::to_string(&Stored { since: now }).unwrap_or_default();
    let first = Write { expected: Expected::Absent, ..Write::anyway(key.clone(), body, None) };
    if let Some(since) = read(store, &key).await? {
        return Ok(since);
    }
    match store.write(&[first]).await {
        Ok(()) => Ok(now),
        Err(PortError::Conflict { .. }) => Ok(read(store, &key).await?.unwrap_or(now)),
        Err(error) => Err(error),
    }
}

async fn read(store: &dyn Store, key: &ItemKey) -> Result<Option<Timestamp>, PortError> {
    let item = one(store, key.clone()).await?;
    let stored = item.map(|item| serde_json::from_str::<Stored>(&item.body));
    let corrupt = |source| PortError::Corrupt {
        operation: "read the layout of the table",
        source: Box::new(source),
    };
    Ok(stored.transpose().map_err(corrupt)?.map(|stored| stored.since))
}
