//! Rules that are broken on purpose, one at a time, by wrapping ports: the checks must find each of
//! them.
//!
//! Rule: nothing in the product knows about mutations.

mod operator;

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use delivery::event::{Payload, QueuedEvent};
use serde_json::{Value, json};
use shared::genesys::lifecycle::LifecycleKind;
use shared::ports::{
    Change, Clock, Direction, Expected, Item, ItemKey, PortError, Queue, QueueMessage, Store,
    Vendor, VendorError, VendorRequest, VendorResponse, Write,
};
use shared::time::Timestamp;
use testing::AroundStore;

use crate::canaries::CONTACTS;
use crate::run::Simulation;
use crate::vendor::response;

pub(crate) use operator::operator;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutation {
    AcknowledgeBeforeSending,
    AnotherTimeForRepeats,
    AnotherIdForRepeats,
    AnswerBeforeDurable,
    DropGroupOrder,
    ForgetParts,
    ForgetMessageLink,
    ForgetRecord,
    ForgetReceiptOfDelivery,
    IgnoreLease,
    IgnoreVersions,
    LogText,
    LoseAgentEvent,
    LoseCopy,
    LoseDeadLetter,
    RedriveInAnyOrder,
    RedriveOutsideTheConversation,
    RedriveRemovesFirst,
    RedriveUnderAnotherId,
    RedriveUnderTheSameNumber,
    ReuseSequence,
    SkipAgentConnected,
    SkipSequence,
    SkipFailedReceipt,
    SkipNoticeToLynn,
    SwapConversations,
    TypingNeverExpires,
}

impl Mutation {
    pub const ALL: [Self; 27] = [
        Self::AcknowledgeBeforeSending,
        Self::AnotherTimeForRepeats,
        Self::AnotherIdForRepeats,
        Self::AnswerBeforeDurable,
        Self::DropGroupOrder,
        Self::ForgetParts,
        Self::ForgetMessageLink,
        Self::ForgetRecord,
        Self::ForgetReceiptOfDelivery,
        Self::IgnoreLease,
        Self::IgnoreVersions,
        Self::LogText,
        Self::LoseAgentEvent,
        Self::LoseCopy,
        Self::LoseDeadLetter,
        Self::RedriveInAnyOrder,
        Self::RedriveOutsideTheConversation,
        Self::RedriveRemovesFirst,
        Self::RedriveUnderAnotherId,
        Self::RedriveUnderTheSameNumber,
        Self::ReuseSequence,
        Self::SkipAgentConnected,
        Self::SkipSequence,
        Self::SkipFailedReceipt,
        Self::SkipNoticeToLynn,
        Self::SwapConversations,
        Self::TypingNeverExpires,
    ];
}

impl FromStr for Mutation {
    type Err = NoMutation;

    fn from_str(text: &str) -> Result<Self, NoMutation> {
        let named = Self::ALL.into_iter().find(|mutation| format!("{mutation:?}") == text);
        named.ok_or_else(|| NoMutation(text.to_owned()))
    }
}

/// A text that is not the name of a mutation.
#[derive(Debug, thiserror::Error)]
#[error("{0}: there is no such mutation; there are {all:?}", all = Mutation::ALL)]
pub struct NoMutation(String);

struct Mutant<P: ?Sized> {
    port: Arc<P>,
    mutation: Mutation,
    simulation: Arc<Simulation>,
}

macro_rules! wrap {
    ($(#[$documentation:meta])* $name:ident, $port:ident) => {
        $(#[$documentation])*
        pub(crate) fn $name(simulation: &Arc<Simulation>, port: Arc<dyn $port>) -> Arc<dyn $port> {
            match simulation.mutation {
                Some(mutation) => {
                    Arc::new(Mutant { port, mutation, simulation: Arc::clone(simulation) })
                }
                None => port,
            }
        }
    };
}

wrap!(/// The table, with the rule broken.
    store, Store);
wrap!(/// The queues, with the rule broken.
    queue, Queue);
wrap!(/// The vendors, with the rule broken.
    vendor, Vendor);
wrap!(/// The senders' clock, with the rule broken.
    clock, Clock);

fn is_record(key: &ItemKey) -> bool {
    key.sort.starts_with("msg#")
}

impl Mutant<dyn Store> {
    /// The reader's answer instead of the stored item; `None` hides the item.
    fn read(&self, key: &ItemKey, item: Item) -> Option<Item> {
        let changed = |name: &str, value: Value| {
            let mut body: Value = serde_json::from_str(&item.body).unwrap_or_default();
            body[name] = value;
            Some(Item { body: body.to_string(), version: item.version })
        };
        match self.mutation {
            Mutation::ForgetRecord if is_record(key) => None,
            Mutation::ForgetParts if is_record(key) => changed("parts", json!(0)),
            Mutation::AnotherTimeForRepeats if is_record(key) => changed("firstTime", Value::Null),
            Mutation::IgnoreLease if key.partition.starts_with("token#") => {
                changed("leaseUntil", Value::Null)
            }
            _ => Some(item),
        }
    }

    /// The write that happens instead; `None` drops it.
    fn written(&self, mut write: Write) -> Option<Write> {
        let is_state = write.key.sort == ItemKey::STATE;
        match self.mutation {
            Mutation::LoseDeadLetter if write.key.partition.starts_with("dead#") => return None,
            Mutation::ForgetMessageLink if write.key.sort.starts_with("peer#") => return None,
            Mutation::ForgetRecord if is_record(&write.key) => write.expected = Expected::Anything,
            Mutation::IgnoreVersions => write.expected = Expected::Anything,
            Mutation::ReuseSequence | Mutation::SkipSequence if is_state => {
                if let Change::Put { body, .. } = &mut write.change {
                    let mut state: Value = serde_json::from_str(body).unwrap_or_default();
                    let sequence = state["sequence"].as_u64().unwrap_or_default();
                    let reused = self.mutation == Mutation::ReuseSequence;
                    state["sequence"] = json!(if reused { 0 } else { sequence + 1 });
                    *body = state.to_string();
                }
            }
            _ => {}
        }
        Some(write)
    }
}

#[async_trait]
impl AroundStore for Mutant<dyn Store> {
    fn inside(&self) -> &dyn Store {
        &*self.port
    }

    async fn load(&self, keys: &[ItemKey]) -> Result<Vec<Option<Item>>, PortError> {
        let items = self.port.load(keys).await?;
        let read =
            |(key, item): (&ItemKey, Option<Item>)| item.and_then(|item| self.read(key, item));
        Ok(keys.iter().zip(items).map(read).collect())
    }

    async fn write(&self, writes: &[Write]) -> Result<(), PortError> {
        let writes: Vec<Write> =
            writes.iter().cloned().filter_map(|write| self.written(write)).collect();
        self.port.write(&writes).await
    }
}

testing::around_store!(Mutant<dyn Store>);

#[async_trait]
impl Queue for Mutant<dyn Queue> {
    async fn send(&self, direction: Direction, message: QueueMessage) -> Result<(), PortError> {
        let event = serde_json::from_str::<QueuedEvent>(&message.body).ok();
        let payload = event.map(|event| event.payload);
        let is_dropped = match (self.mutation, &payload) {
            (Mutation::SkipFailedReceipt, Some(Payload::ReceiptToGenesys(receipt))) => {
                !receipt.delivered
            }
            (Mutation::ForgetReceiptOfDelivery, Some(Payload::ReceiptToGenesys(receipt))) => {
                receipt.delivered
            }
            (Mutation::SkipNoticeToLynn, Some(Payload::ReceiptToLynn(_))) => true,
            (Mutation::LoseAgentEvent, Some(Payload::Lifecycle(event))) => {
                matches!(event.kind, LifecycleKind::AcdEnd | LifecycleKind::UserStart)
            }
            (Mutation::AnswerBeforeDurable, Some(Payload::Lynn(_) | Payload::Genesys(_))) => {
                self.simulation.environment.random(|random| random.one_in(4))
            }
            _ => false,
        };
        if self.mutation == Mutation::LogText {
            tracing::info!(body = message.body, "An event is sent.");
        }
        if is_dropped { Ok(()) } else { self.port.send(direction, message).await }
    }
}

#[async_trait]
impl Vendor for Mutant<dyn Vendor> {
    async fn call(&self, mut request: VendorRequest) -> Result<VendorResponse, VendorError> {
        let body = String::from_utf8_lossy(&request.body).into_owned();
        match self.mutation {
            Mutation::SkipAgentConnected if body.contains("conversation.agentConnected") => {
                return Ok(response(200, &Value::Null));
            }
            Mutation::SwapConversations => {
                let [one, other] = CONTACTS;
                let body = body.replace(one, "nobody").replace(other, one).replace("nobody", other);
                request.body = Bytes::from(body);
            }
            Mutation::AnotherIdForRepeats => {
                if let Ok(mut body) = serde_json::from_str::<Value>(&body)
                    && let Some(Value::String(id)) = body.pointer_mut("/channel/messageId")
                {
                    id.push_str(&format!(
                        ".{}",
                        self.simulation.environment.random(|random| random.below(1000)) + 100
                    ));
                    request.body = Bytes::from(body.to_string());
                }
            }
            _ => {}
        }
        self.port.call(request).await
    }
}

#[async_trait]
impl Clock for Mutant<dyn Clock> {
    fn now(&self) -> Timestamp {
        let slow = if self.mutation == Mutation::TypingNeverExpires { 60 } else { 0 };
        self.port.now() - Duration::from_secs(slow)
    }

    fn uptime(&self) -> i64 {
        self.port.uptime()
    }

    fn random(&self) -> u64 {
        self.port.random()
    }

    async fn sleep(&self, duration: Duration) {
        self.port.sleep(duration).await;
    }
}
