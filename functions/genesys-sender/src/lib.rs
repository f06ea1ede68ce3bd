//! Delivers accepted Lynn events to Genesys Cloud.
//!
//! Rules: times rise strictly within a conversation. A repeat has the same id and the same time.
//! The first message of a conversation asks for the conversation's id, later messages do not.

#![cfg_attr(not(test), warn(unreachable_pub))]

mod addressed;
mod availability;
mod deadline;
mod departure;

mod files;
mod observed;
mod part;
mod plan;
mod priority;
mod reconcile;
mod requirements;
mod roster;
mod roster_news;
mod send;

use std::sync::Arc;

use async_trait::async_trait;
use clients::genesys::client::GenesysClient;
use conversation::{Conversation, Transition};
use delivery::event::{DedupKey, Payload, QueuedEvent, Raw, ReceiptToLynn};
use delivery::message_link::{EarlyReceipts, MessageLink};
use delivery::route::{Plan, Route, Sent, Situation};
use shared::availability::StoredAvailability;
use shared::error::Failure;
use shared::genesys::outbound::OutboundNotification;
use shared::lynn::inbound::InboundKind;
use shared::ports::{Direction, Item, ItemKey};
use shared::time::Timestamp;

pub use part::Part;
pub use requirements::REQUIREMENTS;

/// The route to Genesys Cloud.
pub struct GenesysRoute {
    pub client: Arc<GenesysClient>,
}

#[async_trait]
impl Route for GenesysRoute {
    type Part = Part;

    fn direction(&self) -> Direction {
        Direction::Inbound
    }

    fn keys(&self, event: &QueuedEvent) -> Vec<ItemKey> {
        let budget = self.client.budget_keys(&event.integration);
        match &event.payload {
            Payload::AvailabilityQuestion => {
                let stored = StoredAvailability::key(&event.integration);
                std::iter::once(stored).chain(budget).collect()
            }
            _ => budget,
        }
    }

    fn plan(&self, situation: &Situation<'_>) -> Plan<Part> {
        plan::of(situation)
    }

    fn continues(&self, situation: &Situation<'_>) -> Option<bool> {
        plan::continues(situation)
    }

    /// The position of the part in Lynn's message, in Lynn's words.
    fn part_name(&self, part: &Part) -> Option<String> {
        match part {
            Part::Message { part, .. } => Some(part.origin.name()),
            Part::Other(_)
            | Part::Disconnect(_)
            | Part::Reconcile(_)
            | Part::Roster(..)
            | Part::Availability(_) => None,
        }
    }

    async fn send(&self, part: &Part, situation: &Situation<'_>) -> Result<Sent, Failure> {
        self.client.learn_budgets(situation.items.stored());
        send::part(&self.client, part, situation).await
    }

    /// Returns the receipts that arrived before Genesys' answer gave the id of their message.
    fn on_late_link(
        &self,
        event: &QueuedEvent,
        message_link: &MessageLink,
        found: &Item,
        now: Timestamp,
    ) -> Vec<QueuedEvent> {
        let early = EarlyReceipts::read(found).unwrap_or_default().early;
        early.into_iter().filter_map(|receipt| again(event, message_link, receipt, now)).collect()
    }

    /// A session is over even if Genesys refuses the call about its end by the time limit.
    fn effects_if_undelivered(
        &self,
        event: &QueuedEvent,
        conversation: &Conversation,
    ) -> Vec<Transition> {
        let is_over = matches!(event.payload, Payload::Deadline)
            && conversation.session.until.is_some_and(|until| until <= event.accepted_at);
        let over = Transition::SessionEnded { after: conversation.session.last_word() };
        match &event.payload {
            Payload::RosterQuestion(question) => vec![roster::unanswered(question)],
            _ => event.typed().into_iter().chain(is_over.then_some(over)).collect(),
        }
    }

    /// Lynn gets a failure receipt for every event that it sent under its own id, except typing.
    fn notice(
        &self,
        event: &QueuedEvent,
        failure: &Failure,
        now: Timestamp,
    ) -> Option<QueuedEvent> {
        let Payload::Lynn(lynn) = &event.payload else { return None };
        // In Open Messaging, no receipt is about a receipt.
        let is_of_open_messaging = lynn.open.is_some();
        match lynn.kind {
            InboundKind::Typing => return None,
            InboundKind::Receipt(_) if is_of_open_messaging => return None,
            _ => {}
        }
        let receipt = ReceiptToLynn {
            message: lynn.given_id(),
            code: failure.code.clone(),
            reason: failure.user_reason.clone(),
        };
        let dedup_key = DedupKey::Receipt(format!("lynn/{}", lynn.id), "failed".to_owned());
        Some(event.follow_up(dedup_key, Payload::ReceiptToLynn(receipt), now))
    }
}

/// Queues a receipt again, under its own dedup key, because the first one is already done. The
/// payload contains the message link: when the receipt is read, the link may not be stored yet, and
/// it never will be if this process dies now.
fn again(
    event: &QueuedEvent,
    message_link: &MessageLink,
    receipt: Raw,
    now: Timestamp,
) -> Option<QueuedEvent> {
    let notification = OutboundNotification::parse(receipt.0.as_bytes()).ok()?;
    let (id, status) = (notification.id?, notification.status?);
    let status = format!("{}/early", status.as_str().to_ascii_lowercase());
    let dedup_key = DedupKey::Receipt(id.as_str().to_owned(), status);
    let payload = Payload::EarlyReceipt { receipt, about: message_link.clone() };
    Some(event.follow_up(dedup_key, payload, now))
}
