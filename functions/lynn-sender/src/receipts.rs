//! Plans Genesys' receipts for Lynn's messages: finds the message and the part, and decides whether
//! to tell Lynn.

use std::time::Duration;

use delivery::event::{DedupKey, Payload, QueuedEvent, Raw};
use delivery::items::Items;
use delivery::message_link::{EarlyReceipts, MessageLink, PartReceipts};
use delivery::route::{Plan, Situation};
use shared::config::Dialect;
use shared::genesys::outbound::{OutboundNotification, ReceiptStatus};
use shared::lynn::outbound::OutboundBody;
use shared::ports::{Direction, ItemKey, Write};

use crate::part::{Naming, Part, PartBody, WebhookKind, complete, send};
use crate::{receipt_ids, relay};

/// A receipt can arrive before the record of its message, which is written when Genesys answers. It
/// waits at most this long, and its conversation waits with it. Then it is stored under the key of
/// the message link, and the conversation continues.
const PATIENCE: Duration = Duration::from_secs(3);
/// The shortest pause between two look-ups.
const LOOKUP_PAUSE: Duration = Duration::from_millis(250);

/// The keys of the message link, of the record that the message would have as one of Genesys' own
/// messages, and of the records of the messages that the receipt may name by the bridge's ids.
pub(crate) fn keys(event: &QueuedEvent) -> Vec<ItemKey> {
    match (&event.payload, &event.dedup_key) {
        (Payload::Genesys(_), DedupKey::Receipt(id, _)) => {
            let link = MessageLink::key(&event.conversation(), id);
            let mut keys = vec![link, genesys_own_key(event, id)];
            keys.extend(receipt_ids::keys(event));
            keys
        }
        (Payload::EarlyReceipt { about, .. }, _) => {
            part_receipts_key(event, about).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// The key of the record that a message of Genesys' own has under this id.
fn genesys_own_key(event: &QueuedEvent, id: &str) -> ItemKey {
    let record = DedupKey::Message(id.to_owned()).record(Direction::Outbound);
    ItemKey::new(event.conversation().partition(), record)
}

/// The receipts of the other parts, if the message has several parts.
pub(crate) fn further_keys(event: &QueuedEvent, items: &Items) -> Vec<ItemKey> {
    message_link(event, items)
        .and_then(|message_link| part_receipts_key(event, &message_link))
        .into_iter()
        .collect()
}

fn part_receipts_key(event: &QueuedEvent, message_link: &MessageLink) -> Option<ItemKey> {
    (message_link.parts > 1)
        .then(|| PartReceipts::key(&event.conversation(), &message_link.message))
}

/// The message that a receipt of Genesys is about, if it is known.
fn message_link(event: &QueuedEvent, items: &Items) -> Option<MessageLink> {
    let id = genesys_receipt(event)?;
    let stored = items.get(&MessageLink::key(&event.conversation(), id));
    let stored = stored.and_then(|item| serde_json::from_str(&item.body).ok());
    stored.or_else(|| receipt_ids::message_link(event, items))
}

/// The message's id, if the event is a receipt of Genesys.
fn genesys_receipt(event: &QueuedEvent) -> Option<&str> {
    match (&event.payload, &event.dedup_key) {
        (Payload::Genesys(_), DedupKey::Receipt(id, _)) => Some(id),
        _ => None,
    }
}

pub(crate) fn plan(
    situation: &Situation<'_>,
    raw: &Raw,
    notification: &OutboundNotification,
) -> Plan<Part> {
    if !has_word(situation, notification) {
        return complete(NO_WORD);
    }
    let Some(message_link) = message_link(situation.event, situation.items) else {
        return unknown(situation, raw, notification);
    };
    known(situation, (raw, notification), message_link)
}

const NO_WORD: &str = "Lynn has no word for this status";

/// Whether Lynn is told of the receipt's status. In Genesys' own JSON every status has its word.
fn has_word(situation: &Situation<'_>, notification: &OutboundNotification) -> bool {
    situation.config.lynn.dialect == Dialect::Genesys
        || notification.status.as_ref().and_then(convert::lynn_status).is_some()
}

/// Plans a receipt that arrived before its message was known. `about` now names the message.
pub(crate) fn early(situation: &Situation<'_>, receipt: &Raw, about: &MessageLink) -> Plan<Part> {
    let Ok(notification) = OutboundNotification::parse(receipt.0.as_bytes()) else {
        return complete("it cannot be read");
    };
    if !has_word(situation, &notification) {
        return complete(NO_WORD);
    }
    known(situation, (receipt, &notification), about.clone())
}

fn known(
    situation: &Situation<'_>,
    (raw, notification): (&Raw, &OutboundNotification),
    message_link: MessageLink,
) -> Plan<Part> {
    let mut writes = Vec::new();
    if let Some(key) = part_receipts_key(situation.event, &message_link) {
        let stored = situation.items.get(&key);
        let mut receipts: PartReceipts =
            stored.and_then(|item| serde_json::from_str(&item.body).ok()).unwrap_or_default();
        let word = notification.status.as_ref().map(ReceiptStatus::as_str).unwrap_or_default();
        let is_failed = notification.status == Some(ReceiptStatus::Failed);
        let heard = receipts.add(word, &message_link, is_failed);
        writes.extend(
            receipts
                .write(&situation.event.conversation(), &message_link.message, situation.now)
                .ok(),
        );
        if !heard {
            let reason = "other parts of the message decide";
            return Plan::Complete { transitions: Vec::new(), writes, reason };
        }
    }
    let body = match situation.config.lynn.dialect {
        Dialect::Genesys => relay::receipt(situation, raw, &message_link.message),
        Dialect::Bridge => match convert::outbound_receipt(notification, message_link.message) {
            Some(receipt) => PartBody::Event(OutboundBody::Receipt(receipt)),
            None => return complete("it says nothing to Lynn"),
        },
    };
    receipt_with(situation, notification, body, writes)
}

fn receipt_with(
    situation: &Situation<'_>,
    notification: &OutboundNotification,
    body: PartBody,
    writes: Vec<Write>,
) -> Plan<Part> {
    send(Part {
        naming: Naming::Nothing,
        is_posted: true,
        id: format!("receipt-{}", situation.event.dedup_key.id()),
        time: notification.channel.time.unwrap_or(situation.event.time()),
        body,
        transitions: Vec::new(),
        writes,
        conversation: None,
    })
}

/// No message of Lynn is known under this id, perhaps not yet.
fn unknown(
    situation: &Situation<'_>,
    raw: &Raw,
    notification: &OutboundNotification,
) -> Plan<Part> {
    let Some(id) = genesys_receipt(situation.event) else {
        return complete("it is no receipt of Genesys");
    };
    let own = genesys_own_key(situation.event, id);
    let about_genesys_own = situation.items.get(&own).is_some();
    if about_genesys_own && situation.config.lynn.dialect == Dialect::Genesys {
        // Lynn knows the message by Genesys' own id.
        let body = relay::webhook(situation, raw, WebhookKind::Receipt);
        return receipt_with(situation, notification, body, Vec::new());
    }
    if about_genesys_own {
        return complete("it is about a message of Genesys' own");
    }
    let age = situation.now.elapsed_since(situation.event.accepted_at);
    if age < PATIENCE {
        // Most receipts are only a few milliseconds early. The pauses grow with the age.
        return Plan::Wait(LOOKUP_PAUSE.max(age / 4));
    }
    let key = MessageLink::key(&situation.event.conversation(), id);
    let found = situation.items.get(&key);
    let writes = EarlyReceipts::write(key, found, raw, situation.now).into_iter().collect();
    Plan::Complete {
        transitions: Vec::new(),
        writes,
        reason: "no message is known under its id yet",
    }
}
