//! Rules of redriving that are broken on purpose: wraps the ports of the operator's command.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use delivery::event::{DedupKey, QueuedEvent};
use serde_json::{Value, json};
use shared::ports::{Direction, Item, ItemKey, PortError, Queue, QueueMessage, Store, Write};
use testing::AroundStore;

use super::Mutation;
use crate::lock;
use crate::run::Simulation;

/// Later than any time of a run, in milliseconds.
const LATE: i64 = 4_000_000_000_000;

/// The store and the queue of a command.
pub(crate) type Ports = (Arc<dyn Store>, Arc<dyn Queue>);

/// The ports of an operator's command; with a mutation of redriving, wrapped to break its rule.
pub(crate) fn operator(simulation: &Arc<Simulation>, (store, queue): Ports) -> Ports {
    let Some(mutation) = simulation.mutation.filter(|mutation| is_of_redriving(*mutation)) else {
        return (store, queue);
    };
    let mutant = Arc::new(Mutant { store, queue, mutation, held: Mutex::default() });
    (Arc::clone(&mutant) as Arc<dyn Store>, mutant)
}

fn is_of_redriving(mutation: Mutation) -> bool {
    matches!(
        mutation,
        Mutation::RedriveInAnyOrder
            | Mutation::RedriveOutsideTheConversation
            | Mutation::RedriveRemovesFirst
            | Mutation::RedriveUnderAnotherId
            | Mutation::RedriveUnderTheSameNumber
    )
}

struct Mutant {
    store: Arc<dyn Store>,
    queue: Arc<dyn Queue>,
    mutation: Mutation,
    /// The message that is queued only after its dead letter is deleted.
    held: Mutex<Option<(Direction, QueueMessage)>>,
}

impl Mutant {
    /// The message that is queued instead.
    fn changed(&self, direction: Direction, mut message: QueueMessage) -> QueueMessage {
        let Ok(mut event) = serde_json::from_str::<QueuedEvent>(&message.body) else {
            return message;
        };
        match (self.mutation, &mut event.dedup_key) {
            (Mutation::RedriveOutsideTheConversation, _) => {
                message.group.clone_from(&message.deduplication);
                return message;
            }
            (Mutation::RedriveUnderAnotherId, DedupKey::Message(id)) => id.push_str("-again"),
            (Mutation::RedriveUnderTheSameNumber, _) => event.redrive -= 1,
            _ => return message,
        }
        event.to_message(direction).unwrap_or(message)
    }
}

testing::around_store!(Mutant);

#[async_trait]
impl Queue for Mutant {
    async fn send(&self, direction: Direction, message: QueueMessage) -> Result<(), PortError> {
        let message = self.changed(direction, message);
        if self.mutation == Mutation::RedriveRemovesFirst {
            *lock(&self.held) = Some((direction, message));
            return Ok(());
        }
        self.queue.send(direction, message).await
    }
}

#[async_trait]
impl AroundStore for Mutant {
    fn inside(&self) -> &dyn Store {
        &*self.store
    }

    async fn write(&self, writes: &[Write]) -> Result<(), PortError> {
        self.store.write(writes).await?;
        let held = lock(&self.held).take();
        match held {
            Some((direction, message)) => self.queue.send(direction, message).await,
            None => Ok(()),
        }
    }

    async fn list(
        &self,
        partition: &str,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(ItemKey, Item)>, PortError> {
        let mut items = self.store.list(partition, prefix, after, limit).await?;
        if self.mutation == Mutation::RedriveInAnyOrder {
            for (_, item) in &mut items {
                let mut letter: Value = serde_json::from_str(&item.body).unwrap_or_default();
                let at = letter["at"].as_i64().unwrap_or_default();
                letter["firstGivenUp"] = json!(LATE - at);
                item.body = letter.to_string();
            }
        }
        Ok(items)
    }
}
