//! Failures at the ports: a call that fails before or after its effect, and a process that dies
//! between two calls.

use std::collections::VecDeque;
use std::future::pending;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use shared::ports::{
    Direction, Item, ItemKey, PortError, Queue, QueueMessage, Store, Vendor, VendorError,
    VendorRequest, VendorResponse, Write,
};
use shared::time::Timestamp;
use testing::{MemoryQueue, MemoryStore, ScriptedVendor};
use tokio::sync::Notify;

/// The effect of a fault on one call of the store or the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    None,
    Before,
    After,
}

/// Counted calls of a store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StoreCalls {
    pub loads: usize,
    pub writes: usize,
    /// The items in all writes.
    pub items: usize,
}

/// The failures to come.
#[derive(Default)]
pub struct FaultInjector {
    pub faults: Mutex<VecDeque<Fault>>,
    /// Whether the store refuses every write.
    pub read_only: AtomicBool,
    /// The calls of the store so far.
    pub calls: Mutex<StoreCalls>,
    fuse: Mutex<Option<u64>>,
    dead: AtomicBool,
    died: Notify,
}

impl FaultInjector {
    /// Makes the process die after it has passed `fuse` further points between calls, or never.
    pub fn arm(&self, fuse: Option<u64>) {
        *self.fuse.lock().unwrap() = fuse;
        self.dead.store(false, Ordering::SeqCst);
    }

    /// Returns when the process has died.
    pub async fn death(&self) {
        while !self.dead.load(Ordering::SeqCst) {
            self.died.notified().await;
        }
    }

    async fn step(&self) {
        tokio::task::yield_now().await;
        let burnt = match &mut *self.fuse.lock().unwrap() {
            None => false,
            Some(0) => true,
            Some(left) => {
                *left -= 1;
                false
            }
        };
        if burnt {
            self.dead.store(true, Ordering::SeqCst);
            self.died.notify_one();
            pending::<()>().await;
        }
    }

    async fn around<T>(
        &self,
        work: impl Future<Output = Result<T, PortError>>,
    ) -> Result<T, PortError> {
        self.step().await;
        let fault = self.faults.lock().unwrap().pop_front().unwrap_or(Fault::None);
        let refused = || PortError::unavailable("obey a test", std::io::Error::other("trouble"));
        if fault == Fault::Before {
            return Err(refused());
        }
        let result = work.await;
        self.step().await;
        if fault == Fault::After { Err(refused()) } else { result }
    }
}

/// A store with these failures.
pub struct FaultyStore(pub Arc<MemoryStore>, pub Arc<FaultInjector>);

#[async_trait]
impl Store for FaultyStore {
    async fn load(&self, keys: &[ItemKey]) -> Result<Vec<Option<Item>>, PortError> {
        self.1.calls.lock().unwrap().loads += 1;
        self.1.around(self.0.load(keys)).await
    }

    async fn write(&self, writes: &[Write]) -> Result<(), PortError> {
        {
            let mut calls = self.1.calls.lock().unwrap();
            calls.writes += 1;
            calls.items += writes.len();
        }
        let write = async {
            if self.1.read_only.load(Ordering::SeqCst) {
                return Err(PortError::unavailable("write", std::io::Error::other("read-only")));
            }
            self.0.write(writes).await
        };
        self.1.around(write).await
    }

    async fn list(
        &self,
        partition: &str,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(ItemKey, Item)>, PortError> {
        self.1.around(self.0.list(partition, prefix, after, limit)).await
    }

    async fn find(&self, value: &str) -> Result<Vec<(ItemKey, Item)>, PortError> {
        self.1.around(self.0.find(value)).await
    }

    async fn due(
        &self,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<(ItemKey, Timestamp)>, PortError> {
        self.1.around(self.0.due(until, limit)).await
    }
}

/// A queue with these failures, and a log of the messages that it stored.
pub struct FaultyQueue {
    pub inner: Arc<MemoryQueue>,
    pub fault_injector: Arc<FaultInjector>,
    pub log: Mutex<Vec<(Direction, QueueMessage)>>,
}

#[async_trait]
impl Queue for FaultyQueue {
    async fn send(&self, direction: Direction, message: QueueMessage) -> Result<(), PortError> {
        let send = async {
            self.inner.send(direction, message.clone()).await?;
            self.log.lock().unwrap().push((direction, message));
            Ok(())
        };
        self.fault_injector.around(send).await
    }
}

/// A vendor whose caller may die before or after a call.
pub struct FaultyVendor(pub Arc<ScriptedVendor>, pub Arc<FaultInjector>);

#[async_trait]
impl Vendor for FaultyVendor {
    async fn call(&self, request: VendorRequest) -> Result<VendorResponse, VendorError> {
        self.1.step().await;
        let answer = self.0.call(request).await;
        self.1.step().await;
        answer
    }
}
