//! Delivers accepted Genesys events to Lynn.
//!
//! Rules: `sequence` counts the events that Lynn accepted, without gaps. A repeat has the same id.
//! The agent gets a `Failed` receipt for a message that cannot be given to Lynn.

#![cfg_attr(not(test), warn(unreachable_pub))]

mod files;
mod lifecycle;
mod movements;
mod names;
mod part;
mod plan;
mod questions;
mod receipt_ids;
mod receipts;
mod relay;
mod replay;
mod request;
mod requirements;
mod send;
mod state_change;

use std::sync::Arc;

use async_trait::async_trait;
use clients::lynn::client::LynnClient;
use conversation::{Conversation, Transition};
use delivery::event::{DedupKey, Payload, QueuedEvent, ReceiptToGenesys};
use delivery::items::Items;
use delivery::route::{Plan, Route, Sent, Situation};
use serde_json::Value;
use shared::error::{Failure, UserReason};
use shared::genesys::inbound::ReceiptReasonCode;
use shared::ids::GenesysMessageId;
use shared::ports::{Clock, Direction, ItemKey, Store};
use shared::time::Timestamp;

use names::Names;
pub use part::Part;
pub use questions::Questions;
pub use request::{Request, preview, preview_campaign};
pub use requirements::REQUIREMENTS;

/// The route to Lynn.
pub struct LynnRoute {
    pub client: Arc<LynnClient>,
    /// Where the other sender stores who the agents are.
    pub store: Arc<dyn Store>,
    pub clock: Arc<dyn Clock>,
    pub watch: Option<Arc<dyn Watch>>,
    /// The questions about agents that each integration may still ask.
    pub questions: Questions,
}

/// Hears of each event of which a template makes a request, before that is posted.
pub trait Watch: Send + Sync {
    fn templated(&self, event: &Value);
}

#[async_trait]
impl Route for LynnRoute {
    type Part = Part;

    fn direction(&self) -> Direction {
        Direction::Outbound
    }

    fn keys(&self, event: &QueuedEvent) -> Vec<ItemKey> {
        match &event.payload {
            Payload::Lifecycle(lifecycle) => lifecycle::keys(event, lifecycle),
            _ => receipts::keys(event),
        }
    }

    fn further_keys(&self, event: &QueuedEvent, items: &Items) -> Vec<ItemKey> {
        receipts::further_keys(event, items)
    }

    fn searches(&self, event: &QueuedEvent) -> Vec<String> {
        match &event.payload {
            Payload::Lifecycle(lifecycle) => lifecycle::searches(event, lifecycle),
            _ => plan::searches(event),
        }
    }

    fn plan(&self, situation: &Situation<'_>) -> Plan<Part> {
        request::unless_skipped(plan::of(situation), situation)
    }

    async fn send(&self, part: &Part, situation: &Situation<'_>) -> Result<Sent, Failure> {
        let Self { store, clock, questions, .. } = self;
        let names = Names { store, clock, questions };
        let posts = send::Posts { client: &self.client, watch: self.watch.as_deref() };
        send::part(posts, &names, part, situation).await
    }

    fn effects_if_undelivered(&self, event: &QueuedEvent, _: &Conversation) -> Vec<Transition> {
        plan::effects_if_undelivered(event)
    }

    /// The agent is told only of a lost message, not of lost typing or a lost receipt.
    fn notice(
        &self,
        event: &QueuedEvent,
        failure: &Failure,
        now: Timestamp,
    ) -> Option<QueuedEvent> {
        match (&event.payload, &event.dedup_key) {
            // Requires a contact, because a receipt names the customer.
            (Payload::Genesys(_), DedupKey::Message(id)) if event.contact.is_some() => {
                let told = Some((reason_code(failure).to_owned(), failure.user_reason.clone()));
                Some(receipt(event, id, told, now))
            }
            _ => None,
        }
    }
}

fn reason_code(failure: &Failure) -> &str {
    genesys_code(&failure.code)
}

/// Genesys' own code for a failure. Source: the reason codes of `OpenInboundNormalizedReceipt`.
fn genesys_code(code: &str) -> &str {
    match code {
        "expired" => ReceiptReasonCode::MessageExpired.as_str(),
        "429" => ReceiptReasonCode::RateLimited.as_str(),
        known if ReceiptReasonCode::known(known).is_some() => known,
        _ => ReceiptReasonCode::GeneralError.as_str(),
    }
}

/// A receipt for one of Genesys' messages: delivered, or failed with a reason.
fn receipt(
    event: &QueuedEvent,
    message: &str,
    failed: Option<(String, UserReason)>,
    now: Timestamp,
) -> QueuedEvent {
    let delivered = failed.is_none();
    let (code, reason) = failed.unwrap_or_default();
    let status = if delivered { "delivered" } else { "failed" };
    let dedup_key = DedupKey::Receipt(message.to_owned(), status.to_owned());
    let message = GenesysMessageId::new(message);
    let receipt = ReceiptToGenesys { message, delivered, code, reason };
    event.follow_up(dedup_key, Payload::ReceiptToGenesys(receipt), now)
}
