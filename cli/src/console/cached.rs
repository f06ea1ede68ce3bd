//! What was read from a bridge, kept for a while.
//!
//! Rule: at most a tenth of the time is spent on reading, however much there is to read, so that a
//! page that stays open costs a bridge little.

use std::sync::Arc;
use std::time::Duration;

use clients::SystemClock;
use shared::ports::Clock as _;
use shared::time::Timestamp;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// How often longer than reading took the result is kept.
const SHARE: u32 = 10;

pub struct Cached<T> {
    /// The shortest time for which a result is kept.
    shortest: Duration,
    last: Mutex<Option<Reading<T>>>,
}

pub struct Reading<T> {
    pub value: Arc<T>,
    /// When it was read.
    pub at: Timestamp,
    fresh_until: Instant,
}

impl<T> Clone for Reading<T> {
    fn clone(&self) -> Self {
        Self { value: Arc::clone(&self.value), ..*self }
    }
}

impl<T> Cached<T> {
    pub fn new(shortest: Duration) -> Self {
        Self { shortest, last: Mutex::new(None) }
    }

    /// The last result, if it is fresh; otherwise reads. Who asks meanwhile waits for the same
    /// result.
    pub async fn get(
        &self,
        read: impl Future<Output = anyhow::Result<T>>,
    ) -> anyhow::Result<Reading<T>> {
        let mut last = self.last.lock().await;
        if let Some(reading) = last.as_ref().filter(|last| Instant::now() < last.fresh_until) {
            return Ok(reading.clone());
        }
        let (begun, at) = (Instant::now(), SystemClock.now());
        let value = Arc::new(read.await?);
        let kept = kept(self.shortest, begun.elapsed());
        let reading = Reading { value, at, fresh_until: Instant::now() + kept };
        *last = Some(reading.clone());
        drop(last);
        Ok(reading)
    }

    /// The last result, fresh or not.
    pub async fn last(&self) -> Option<Reading<T>> {
        self.last.lock().await.clone()
    }

    /// What was read is no longer true.
    pub async fn forget(&self) {
        *self.last.lock().await = None;
    }
}

/// For how long a result is kept.
fn kept(shortest: Duration, took: Duration) -> Duration {
    shortest.max(took.saturating_mul(SHARE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_takes_a_tenth_of_the_time_at_most() {
        let seconds = Duration::from_secs;
        assert_eq!(kept(seconds(2), Duration::from_millis(5)), seconds(2));
        assert_eq!(kept(seconds(2), seconds(3)), seconds(30));
    }

    #[tokio::test]
    async fn what_is_fresh_is_not_read_again() {
        let cached = Cached::new(Duration::from_hours(1));
        let read = async |value: u32| *cached.get(async { Ok(value) }).await.unwrap().value;
        assert!(cached.last().await.is_none());
        assert_eq!((read(1).await, read(2).await), (1, 1));
        cached.forget().await;
        assert_eq!(read(3).await, 3);
        // What failed is read again.
        cached.forget().await;
        assert!(cached.get(async { anyhow::bail!("no") }).await.is_err());
        assert!(cached.last().await.is_none());
    }
}
