//! What the bridge needs of the world: a store, a queue, secrets, a clock, and a way to call a vendor.
//!
//! Everything that decides lives on this side of the ports; an adapter only carries. An adapter keeps three promises:
//! nothing is reported done before it is durable, a refused call says so, and no error or log of it holds a body.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderMap, Method};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::ids::{ConversationKey, IntegrationName};
use crate::time::{Moment, Timestamp};

/// Why a port did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum PortError {
    /// A conditional write met another version than expected. Read again and decide again.
    #[error("{operation}: an item changed in between")]
    Conflict {
        /// What was tried.
        operation: &'static str,
    },
    /// The store, queue or secret service did not do it: try again later.
    #[error("{operation} failed")]
    Unavailable {
        /// What was tried.
        operation: &'static str,
        /// The adapter's own error.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// It is longer than the queue takes, however it is packed: trying again does not help.
    #[error("{operation}: it has {bytes} bytes, and at most {limit} fit")]
    TooLong {
        /// What was tried.
        operation: &'static str,
        /// How long it is when it is packed.
        bytes: usize,
        /// What fits.
        limit: usize,
    },
    /// What was read is not what this version of the bridge writes.
    #[error("{operation}: stored data cannot be read")]
    Corrupt {
        /// What was tried.
        operation: &'static str,
        /// The parser's error, without the data.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl PortError {
    /// An adapter's failure that may pass.
    pub fn unavailable(
        operation: &'static str,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Unavailable { operation, source: source.into() }
    }
}

/// Where an item lies: a partition and a place inside it, as in a DynamoDB table.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemKey {
    /// The partition; everything about one conversation shares one.
    pub partition: String,
    /// The place in the partition.
    pub sort: String,
}

impl ItemKey {
    /// The place of a conversation's state in its partition.
    pub const STATE: &str = "state";

    /// Names an item.
    pub fn new(partition: impl Into<String>, sort: impl Into<String>) -> Self {
        Self { partition: partition.into(), sort: sort.into() }
    }

    /// Where a conversation's state lies.
    pub fn state(conversation: &ConversationKey) -> Self {
        Self::new(conversation.partition(), Self::STATE)
    }
}

impl fmt::Debug for ItemKey {
    /// A partition holds the contact's id, so only the kind of item shows.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = |text: &str| text.split('#').next().unwrap_or_default().to_owned();
        write!(formatter, "ItemKey({}#…, {}#…)", kind(&self.partition), kind(&self.sort))
    }
}

/// An item as read.
#[derive(Clone, PartialEq, Eq)]
pub struct Item {
    /// JSON.
    pub body: String,
    /// Rises by one with each write; 1 for a new item.
    pub version: u64,
}

impl fmt::Debug for Item {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Item(version {}, {} bytes)", self.version, self.body.len())
    }
}

/// What must hold of the stored item for a write to happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Nothing: overwrite.
    Anything,
    /// No item, or one whose time has passed.
    Absent,
    /// This very version.
    Version(u64),
}

/// One change of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    /// Which item.
    pub key: ItemKey,
    /// On what condition.
    pub expected: Expected,
    /// What becomes of it.
    pub change: Change,
}

/// What becomes of an item.
#[derive(Clone, PartialEq, Eq)]
pub enum Change {
    /// It is written.
    Put {
        /// JSON.
        body: String,
        /// From then on it counts as absent, whether or not it has been removed. Milliseconds count up to the next second.
        expires_at: Option<Timestamp>,
        /// The value under which the sparse index finds it, if any.
        index: Option<String>,
        /// When [`Store::due`] is to name it, if ever.
        due: Option<Timestamp>,
    },
    /// It is removed. Removing what is not there is no error.
    Delete,
}

impl fmt::Debug for Change {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Put { body, .. } => write!(formatter, "Put({} bytes)", body.len()),
            Self::Delete => formatter.write_str("Delete"),
        }
    }
}

/// As many writes as happen together.
const MOST_WRITES: usize = 25;

#[derive(Debug, thiserror::Error)]
#[error("more than {MOST_WRITES} writes, or two of the same item")]
struct BadWrites;

/// Refuses writes that [`Store::write`] does not allow: what every adapter asks first.
pub fn check_writes(writes: &[Write]) -> Result<(), PortError> {
    let repeats = |(place, write): (usize, &Write)| {
        writes[..place].iter().any(|earlier| earlier.key == write.key)
    };
    if writes.len() > MOST_WRITES || writes.iter().enumerate().any(repeats) {
        return Err(PortError::unavailable("write items", BadWrites));
    }
    Ok(())
}

/// The table of design §6: items by key, conditional writes, strongly consistent.
#[async_trait]
pub trait Store: Send + Sync {
    /// Reads items in one round trip, in the order asked; `None` where there is none or its time has passed.
    async fn load(&self, keys: &[ItemKey]) -> Result<Vec<Option<Item>>, PortError>;

    /// Does all of the writes, durably, or none of them. [`PortError::Conflict`] when a condition does not hold.
    /// At most 25 writes, each of another item.
    async fn write(&self, writes: &[Write]) -> Result<(), PortError>;

    /// The items of a partition whose sort key starts with `prefix`, in the order of their sort keys, at most `limit`, after
    /// the sort key `after` when given.
    async fn list(
        &self,
        partition: &str,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(ItemKey, Item)>, PortError>;

    /// The items that the sparse index holds under `value`; may lag behind the writes.
    async fn find(&self, value: &str) -> Result<Vec<(ItemKey, Item)>, PortError>;

    /// The items whose `due` is `until` or earlier, the earliest first, at most `limit`. Costs by what it finds, not by how many
    /// items there are. May lag behind the writes, and may name an item that is gone since.
    async fn due(
        &self,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<(ItemKey, Timestamp)>, PortError>;
}

/// Which way an event travels; each has a queue of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// From Lynn to Genesys Cloud, Genesys' own word.
    Inbound,
    /// From Genesys Cloud to Lynn.
    Outbound,
}

impl Direction {
    /// The other way.
    #[must_use]
    pub fn opposite(self) -> Self {
        match self {
            Self::Inbound => Self::Outbound,
            Self::Outbound => Self::Inbound,
        }
    }

    /// The word used in keys and logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Inbound => "inbound",
            Self::Outbound => "outbound",
        }
    }
}

/// One entry of a queue.
#[derive(Clone, PartialEq, Eq)]
pub struct QueueMessage {
    /// Whose message it is: integrations do not wait for each other.
    pub integration: IntegrationName,
    /// Entries of one group are delivered in the order they were sent, one at a time. Up to 128 characters.
    pub group: String,
    /// A second entry with the same id within 5 minutes of the first is not queued. Up to 128 characters.
    pub deduplication: String,
    /// JSON, at most 1 MiB.
    pub body: String,
}

impl fmt::Debug for QueueMessage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "QueueMessage(group {}, {} bytes)", self.group, self.body.len())
    }
}

/// The two FIFO queues between accepting and delivering.
#[async_trait]
pub trait Queue: Send + Sync {
    /// Returns when the message is durable, or had been sent before.
    async fn send(&self, direction: Direction, message: QueueMessage) -> Result<(), PortError>;
}

/// Which half of an integration's configuration: the functions facing the internet never see the other one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SecretPart {
    /// What verifies callers.
    Receive,
    /// Everything else, with the credentials that act.
    Send,
}

/// The versions of one secret document that verify.
#[derive(Debug)]
pub struct SecretDocuments {
    /// The one that is in force.
    pub current: SecretString,
    /// The one that it replaced, and when that ceases to verify.
    pub previous: Option<(SecretString, Timestamp)>,
}

/// Where the integrations' configuration lies.
#[async_trait]
pub trait Secrets: Send + Sync {
    /// The names of the integrations that are configured; `None` where no list of them is kept, so that only a look-up of each
    /// name can tell. A name that is missing in the list may have been configured a moment ago.
    async fn names(
        &self,
        _part: SecretPart,
    ) -> Result<Option<BTreeSet<IntegrationName>>, PortError> {
        Ok(None)
    }

    /// The version before the current one, whenever that was replaced: for a current version that is not valid.
    async fn before(
        &self,
        _integration: &IntegrationName,
        _part: SecretPart,
    ) -> Result<Option<SecretString>, PortError> {
        Ok(None)
    }

    /// The documents of one part, `None` for an unknown integration.
    async fn fetch(
        &self,
        integration: &IntegrationName,
        part: SecretPart,
    ) -> Result<Option<SecretDocuments>, PortError>;
}

/// Time and chance: what makes the rest of the bridge repeatable.
#[async_trait]
pub trait Clock: Send + Sync {
    /// The time now, UTC.
    fn now(&self) -> Timestamp;

    /// Milliseconds since a fixed moment, by a clock that nobody sets. It may stop while the
    /// machine is suspended.
    fn uptime(&self) -> i64 {
        self.now().milliseconds()
    }

    /// Now, by both clocks.
    fn moment(&self) -> Moment {
        Moment { at: self.now(), uptime: self.uptime() }
    }

    /// 64 random bits.
    fn random(&self) -> u64;

    /// Waits.
    async fn sleep(&self, duration: Duration);
}

/// A call to a vendor.
pub struct VendorRequest {
    /// The method.
    pub method: Method,
    /// The whole URL.
    pub url: String,
    /// Headers, credentials among them.
    pub headers: HeaderMap,
    /// The body; empty for none.
    pub body: Bytes,
    /// From the first byte sent to the last byte received.
    pub timeout: Duration,
}

impl fmt::Debug for VendorRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "VendorRequest({}, {} bytes)", self.method, self.body.len())
    }
}

/// A vendor's answer, whatever its status.
#[derive(Clone)]
pub struct VendorResponse {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, at most 1 MiB of it.
    pub body: Bytes,
}

impl fmt::Debug for VendorResponse {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "VendorResponse({}, {} bytes)", self.status, self.body.len())
    }
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum VendorError {
    /// The vendor cannot have seen the request: name not resolved, connection refused, TLS refused.
    #[error("no connection")]
    NotSent(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The vendor may have acted on the request: time ran out or the connection broke after it was sent.
    #[error("no answer")]
    Uncertain(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// HTTP to a vendor. Redirects are not followed, and the environment's proxies are not used.
#[async_trait]
pub trait Vendor: Send + Sync {
    /// Calls once.
    async fn call(&self, request: VendorRequest) -> Result<VendorResponse, VendorError>;
}
