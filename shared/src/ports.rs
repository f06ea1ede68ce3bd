//! The ports of the bridge: a store, a queue, secrets, a clock, and HTTP calls to vendors.
//!
//! Rules: all decisions are on this side of the ports; an adapter only transports. An adapter
//! reports an operation as done only when it is durable, reports every refused call, and puts no
//! body into an error or a log line.

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

#[derive(Debug, thiserror::Error)]
pub enum PortError {
    /// A conditional write found another version than expected: read and decide again.
    #[error("{operation}: an item changed in between")]
    Conflict {
        /// The operation that failed.
        operation: &'static str,
    },
    /// The store, queue or secret service failed: retry later.
    #[error("{operation} failed")]
    Unavailable {
        operation: &'static str,
        /// The adapter's own error.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The entry exceeds the queue's limit even when packed: a retry does not help.
    #[error("{operation}: it has {bytes} bytes, and at most {limit} fit")]
    TooLong {
        operation: &'static str,
        /// The packed length.
        bytes: usize,
        /// The queue's limit in bytes.
        limit: usize,
    },
    /// The stored data is not in a format of this version.
    #[error("{operation}: stored data cannot be read")]
    Corrupt {
        operation: &'static str,
        /// The parser's error, without the data.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl PortError {
    /// A failure that may be temporary.
    pub fn unavailable(
        operation: &'static str,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Unavailable { operation, source: source.into() }
    }
}

/// The key of an item: partition and sort key, as in DynamoDB.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemKey {
    /// Everything about one conversation is in one partition.
    pub partition: String,
    /// The sort key in the partition.
    pub sort: String,
}

impl ItemKey {
    /// The sort key of a conversation's state.
    pub const STATE: &str = "state";

    pub fn new(partition: impl Into<String>, sort: impl Into<String>) -> Self {
        Self { partition: partition.into(), sort: sort.into() }
    }

    /// The key of a conversation's state.
    pub fn state(conversation: &ConversationKey) -> Self {
        Self::new(conversation.partition(), Self::STATE)
    }
}

impl fmt::Debug for ItemKey {
    /// Shows only the kind of item, because a partition contains the contact's id.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = |text: &str| text.split('#').next().unwrap_or_default().to_owned();
        write!(formatter, "ItemKey({}#…, {}#…)", kind(&self.partition), kind(&self.sort))
    }
}

#[derive(Clone, PartialEq, Eq)]
pub struct Item {
    /// JSON.
    pub body: String,
    /// Increases by one with each write; 1 for a new item.
    pub version: u64,
}

crate::debug_writes!(Item: |item| "version {}, {} bytes", item.version, item.body.len());

/// The condition for a write on the stored item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// No condition: overwrite.
    Anything,
    /// No item, or an expired one.
    Absent,
    /// Exactly this version.
    Version(u64),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    pub key: ItemKey,
    pub expected: Expected,
    pub change: Change,
}

#[derive(Clone, PartialEq, Eq)]
pub enum Change {
    Put {
        /// JSON.
        body: String,
        /// The item counts as absent from then on, even if it is not removed yet. Milliseconds are
        /// rounded up to the next second.
        expires_at: Option<Timestamp>,
        /// The value of the item in the sparse index, if any.
        index: Option<String>,
        /// When [`Store::due`] returns the item, if ever.
        due: Option<Timestamp>,
    },
    /// Replaces the body of a stored item. When the item expires and where the indexes find it
    /// stays. The write must expect a version.
    Rewrite {
        /// JSON.
        body: String,
    },
    /// Removes the item. Removing an absent item is not an error.
    Delete,
}

impl Write {
    /// Stores an item that no index finds, whatever is stored under its key.
    pub fn anyway(key: ItemKey, body: String, expires_at: Option<Timestamp>) -> Self {
        let change = Change::Put { body, expires_at, index: None, due: None };
        Self { key, expected: Expected::Anything, change }
    }
}

impl fmt::Debug for Change {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Put { body, .. } => write!(formatter, "Put({} bytes)", body.len()),
            Self::Rewrite { body } => write!(formatter, "Rewrite({} bytes)", body.len()),
            Self::Delete => formatter.write_str("Delete"),
        }
    }
}

/// The most writes in one transaction.
const MOST_WRITES: usize = 25;

#[derive(Debug, thiserror::Error)]
#[error("more than {MOST_WRITES} writes, or two of the same item")]
struct BadWrites;

/// Refuses writes that [`Store::write`] does not allow. Every adapter calls this first.
pub fn check_writes(writes: &[Write]) -> Result<(), PortError> {
    let repeats = |(place, write): (usize, &Write)| {
        writes[..place].iter().any(|earlier| earlier.key == write.key)
    };
    if writes.len() > MOST_WRITES || writes.iter().enumerate().any(repeats) {
        return Err(PortError::unavailable("write items", BadWrites));
    }
    Ok(())
}

/// The table (docs/internals/storage.md): items by key, conditional writes, strong consistency.
#[async_trait]
pub trait Store: Send + Sync {
    /// Reads items in one round trip, in the order of the keys. `None` for an absent or expired
    /// item.
    async fn load(&self, keys: &[ItemKey]) -> Result<Vec<Option<Item>>, PortError>;

    /// The item as this process read or wrote it last, if that is newer than this version. It may
    /// be old, so a write that builds on it needs the condition of its version.
    fn recall(&self, _key: &ItemKey, _newer_than: Option<u64>) -> Option<Item> {
        None
    }

    /// Performs all writes durably, or none. [`PortError::Conflict`] when a condition fails. At
    /// most 25 writes, each to another item.
    async fn write(&self, writes: &[Write]) -> Result<(), PortError>;

    /// The items of a partition whose sort key starts with `prefix`, in sort order, at most
    /// `limit`. `after` excludes all sort keys up to and including it.
    async fn list(
        &self,
        partition: &str,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(ItemKey, Item)>, PortError>;

    /// The items under `value` in the sparse index. The index may lag behind the writes.
    async fn find(&self, value: &str) -> Result<Vec<(ItemKey, Item)>, PortError>;

    /// The items whose `due` is at most `until`, the earliest first, at most `limit`. The cost
    /// depends on the number of items found, not on the number stored. May lag behind the writes,
    /// and may return an item that was removed since.
    async fn due(
        &self,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<(ItemKey, Timestamp)>, PortError>;
}

/// The direction of an event; each has its own queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// From Lynn to Genesys Cloud, in Genesys' words.
    Inbound,
    /// From Genesys Cloud to Lynn.
    Outbound,
}

impl Direction {
    #[must_use]
    pub fn opposite(self) -> Self {
        match self {
            Self::Inbound => Self::Outbound,
            Self::Outbound => Self::Inbound,
        }
    }

    /// The word in keys and logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Inbound => "inbound",
            Self::Outbound => "outbound",
        }
    }
}

#[derive(Clone, PartialEq, Eq)]
pub struct QueueMessage {
    /// Integrations do not wait for each other.
    pub integration: IntegrationName,
    /// Entries of one group are delivered in the order of sending, one at a time. At most 128
    /// characters.
    pub group: String,
    /// A second entry with the same id within 5 minutes is not queued. At most 128 characters.
    pub deduplication: String,
    /// JSON, at most 1 MiB.
    pub body: String,
}

crate::debug_writes!(QueueMessage: |message| "group {}, {} bytes", message.group, message.body.len());

/// The two FIFO queues between endpoints and senders.
#[async_trait]
pub trait Queue: Send + Sync {
    /// Returns when the message is durable, or when it was sent before.
    async fn send(&self, direction: Direction, message: QueueMessage) -> Result<(), PortError>;
}

/// One of the two documents of an integration's configuration. Functions that face the internet
/// read only the receive configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SecretPart {
    /// The part that verifies callers.
    Receive,
    /// Everything else, including the credentials for the vendors.
    Send,
}

/// The versions of one secret document that are valid.
#[derive(Debug)]
pub struct SecretDocuments {
    pub current: SecretString,
    /// The previous version, and until when it is valid.
    pub previous: Option<(SecretString, Timestamp)>,
}

/// The storage of the integrations' configuration.
#[async_trait]
pub trait Secrets: Send + Sync {
    /// The names of the configured integrations. `None` where the service keeps no list, so that
    /// each name must be looked up. A name that is not in the list may have been configured a
    /// moment ago.
    async fn names(
        &self,
        _part: SecretPart,
    ) -> Result<Option<BTreeSet<IntegrationName>>, PortError> {
        Ok(None)
    }

    /// The version before the current one, however old. Used when the current version is not valid.
    async fn before(
        &self,
        _integration: &IntegrationName,
        _part: SecretPart,
    ) -> Result<Option<SecretString>, PortError> {
        Ok(None)
    }

    /// The valid versions of one document; `None` for an unknown integration.
    async fn fetch(
        &self,
        integration: &IntegrationName,
        part: SecretPart,
    ) -> Result<Option<SecretDocuments>, PortError>;
}

/// Time and randomness, so that tests can repeat a run.
#[async_trait]
pub trait Clock: Send + Sync {
    /// The current time, UTC.
    fn now(&self) -> Timestamp;

    /// Milliseconds since a fixed moment, by a clock that is never set. It may stop while the
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

    async fn sleep(&self, duration: Duration);
}

/// A call to a vendor.
pub struct VendorRequest {
    pub method: Method,
    /// The complete URL.
    pub url: String,
    /// May contain credentials.
    pub headers: HeaderMap,
    /// Empty for no body.
    pub body: Bytes,
    /// From the first byte sent to the last byte received.
    pub timeout: Duration,
}

crate::debug_writes!(VendorRequest: |request| "{}, {} bytes", request.method, request.body.len());

/// A vendor's answer with any status.
#[derive(Clone)]
pub struct VendorResponse {
    pub status: u16,
    pub headers: HeaderMap,
    /// At most 1 MiB of the body.
    pub body: Bytes,
}

crate::debug_writes!(VendorResponse: |response| "{}, {} bytes", response.status, response.body.len());

/// Why a call has no answer.
#[derive(Debug, thiserror::Error)]
pub enum VendorError {
    /// The vendor cannot have received the request: name not resolved, connection refused, TLS
    /// refused.
    #[error("no connection")]
    NotSent(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The vendor may have acted on the request: timeout or broken connection after it was sent.
    #[error("no answer")]
    Uncertain(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// HTTP to a vendor. Does not follow redirects, and does not use the environment's proxies.
#[async_trait]
pub trait Vendor: Send + Sync {
    /// Calls once, without a retry.
    async fn call(&self, request: VendorRequest) -> Result<VendorResponse, VendorError>;
}
