//! The ports as a process of the simulation sees them: ports in memory, behind simulated faults.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use shared::ids::IntegrationName;
use shared::ports::{
    Clock, Direction, Item, ItemKey, PortError, Queue, QueueMessage, SecretDocuments, SecretPart,
    Secrets, Store, Write,
};
use shared::time::Timestamp;
use testing::{MemorySecrets, MemoryStore};

use crate::environment::{Environment, ProcessId};
use crate::queue::Queues;
use crate::scenario::{FaultKind, Port};
use crate::transitions;

/// A process' access to the environment.
#[derive(Clone)]
pub(crate) struct Link {
    pub(crate) environment: Arc<Environment>,
    pub(crate) process: ProcessId,
    /// Whether the process is the operator's command, whose calls have separate faults.
    pub(crate) is_operator: bool,
}

#[derive(Debug, thiserror::Error)]
#[error("the simulation says so")]
pub(crate) struct Simulated;

impl Link {
    pub(crate) async fn around<T>(
        &self,
        port: Port,
        operation: &'static str,
        work: impl Future<Output = Result<T, PortError>> + Send,
    ) -> Result<T, PortError> {
        let port = match port {
            Port::StoreRead if self.is_operator => Port::OperatorRead,
            Port::StoreWrite if self.is_operator => Port::OperatorWrite,
            Port::Queue if self.is_operator => Port::OperatorQueue,
            port => port,
        };
        let fault_kind = self.environment.enter(self.process, port).await;
        if fault_kind == Some(FaultKind::FailsBefore) {
            self.environment
                .trace(|| format!("{operation} fails before, process {}", self.process.0));
            self.environment.disturb(self.process);
            return Err(PortError::unavailable(operation, Simulated));
        }
        let result = work.await;
        self.environment.leave(self.process, fault_kind).await;
        if fault_kind == Some(FaultKind::FailsAfter) {
            self.environment
                .trace(|| format!("{operation} fails after, process {}", self.process.0));
            self.environment.disturb(self.process);
            return Err(PortError::unavailable(operation, Simulated));
        }
        if let Err(error) = &result {
            self.environment.trace(|| format!("{operation}: {error}, process {}", self.process.0));
        }
        result
    }
}

pub(crate) struct SimulatedStore {
    pub(crate) link: Link,
    pub(crate) store: Arc<MemoryStore>,
}

#[async_trait]
impl Store for SimulatedStore {
    async fn load(&self, keys: &[ItemKey]) -> Result<Vec<Option<Item>>, PortError> {
        self.link.around(Port::StoreRead, "load", self.store.load(keys)).await
    }

    async fn write(&self, writes: &[Write]) -> Result<(), PortError> {
        let work = async {
            let before = transitions::states(&*self.store, writes).await;
            let written = self.store.write(writes).await;
            if written.is_ok() {
                self.link
                    .environment
                    .trace(|| format!("process {} writes {writes:?}", self.link.process.0));
                transitions::count(&self.link.environment, &before, writes);
                transitions::count_redriven(&self.link.environment, writes);
            }
            written
        };
        self.link.around(Port::StoreWrite, "write", work).await
    }

    async fn list(
        &self,
        partition: &str,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(ItemKey, Item)>, PortError> {
        let work = self.store.list(partition, prefix, after, limit);
        self.link.around(Port::StoreRead, "list", work).await
    }

    async fn find(&self, value: &str) -> Result<Vec<(ItemKey, Item)>, PortError> {
        self.link.around(Port::StoreRead, "find", self.store.find(value)).await
    }

    async fn due(
        &self,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<(ItemKey, Timestamp)>, PortError> {
        self.link.around(Port::StoreRead, "due", self.store.due(until, limit)).await
    }
}

/// The queues, for sending.
pub(crate) struct SimulatedQueue {
    pub(crate) link: Link,
    pub(crate) queues: Arc<Queues>,
}

#[async_trait]
impl Queue for SimulatedQueue {
    async fn send(&self, direction: Direction, message: QueueMessage) -> Result<(), PortError> {
        let work = async {
            self.queues.send(direction, message);
            Ok(())
        };
        self.link.around(Port::Queue, "send", work).await
    }
}

pub(crate) struct SimulatedSecrets {
    pub(crate) link: Link,
    pub(crate) secrets: Arc<MemorySecrets>,
}

#[async_trait]
impl Secrets for SimulatedSecrets {
    async fn names(
        &self,
        part: SecretPart,
    ) -> Result<Option<BTreeSet<IntegrationName>>, PortError> {
        if !self.secrets.has_names() {
            return Ok(None);
        }
        self.link.around(Port::Secrets, "names", self.secrets.names(part)).await
    }

    async fn fetch(
        &self,
        integration: &IntegrationName,
        part: SecretPart,
    ) -> Result<Option<SecretDocuments>, PortError> {
        self.link.around(Port::Secrets, "fetch", self.secrets.fetch(integration, part)).await
    }
}

/// The clock of one process.
pub(crate) struct SimulatedClock {
    pub(crate) link: Link,
}

#[async_trait]
impl Clock for SimulatedClock {
    fn now(&self) -> Timestamp {
        let environment = &self.link.environment;
        let skew = environment.skew(self.link.process);
        Timestamp::from_milliseconds(environment.time().milliseconds() + skew)
    }

    fn uptime(&self) -> i64 {
        self.link.environment.now()
    }

    fn random(&self) -> u64 {
        self.link.environment.random(crate::random::Random::bits)
    }

    async fn sleep(&self, duration: Duration) {
        let milliseconds = duration.as_nanos().div_ceil(1_000_000);
        self.link.environment.sleep(i64::try_from(milliseconds).unwrap_or(i64::MAX)).await;
    }
}

/// The true time, for tasks that belong to no process.
pub(crate) struct TrueClock(pub(crate) Arc<Environment>);

#[async_trait]
impl Clock for TrueClock {
    fn now(&self) -> Timestamp {
        self.0.time()
    }

    fn random(&self) -> u64 {
        self.0.random(crate::random::Random::bits)
    }

    async fn sleep(&self, duration: Duration) {
        self.0.sleep(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)).await;
    }
}
