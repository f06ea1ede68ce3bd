//! Plans the calls to Genesys for one event of Lynn or of the bridge. Pure.

use conversation::{Conversation, Transition};
use convert::{Origin, TextOptions};
use delivery::event::{Payload, ReceiptToGenesys, TYPING_LIVES};
use delivery::route::{Plan, Situation};
use shared::error::{Class, Failure};
use shared::lynn::inbound::{
    InboundEvent, InboundKind, Message, Receipt, ReceiptReason, ReceiptStatus,
};
use shared::time::Timestamp;

use crate::addressed::addressed;
use crate::deadline;
use crate::departure::{customer_left, send_message};
use crate::observed::{customer_activity, over};
use crate::part::{Part, complete};
use crate::{availability, roster};

pub(crate) fn of(situation: &Situation<'_>) -> Plan<Part> {
    match &situation.event.payload {
        Payload::Lynn(event) => match &event.kind {
            InboundKind::Message(message) => self::message(situation, event, message),
            InboundKind::Typing => typing(situation, event),
            InboundKind::Receipt(receipt) => self::receipt(situation, event, receipt),
            InboundKind::SessionStarted => {
                complete(vec![customer_activity(situation, event)], "the session began")
            }
            InboundKind::SessionEnded { .. } => session_ended(situation, event),
        },
        Payload::ReceiptToGenesys(receipt) => own_receipt(situation, receipt),
        Payload::Deadline => deadline::plan(situation),
        Payload::RosterQuestion(question) => roster::plan(situation, question),
        Payload::AvailabilityQuestion => availability::plan(situation),
        Payload::Genesys(_)
        | Payload::EarlyReceipt { .. }
        | Payload::ReceiptToLynn(_)
        | Payload::Lifecycle(_) => Plan::Reject(Failure::misrouted()),
    }
}

/// True if an event has news of the customer or the session on which an answer to it depends. Such
/// news is stored first: a bot at Genesys may answer before the call with the message returns.
fn is_news(situation: &Situation<'_>, activity: &Transition) -> bool {
    let before = situation.conversation;
    let mut after = before.clone();
    after.apply(activity);
    let named = |conversation: &Conversation| {
        (conversation.session.id.clone(), conversation.session.channel.clone())
    };
    after.contact != before.contact
        || named(&after) != named(before)
        || after.session_active(situation.now) != before.session_active(situation.now)
}

fn message(situation: &Situation<'_>, event: &InboundEvent, message: &Message) -> Plan<Part> {
    let activity = customer_activity(situation, event);
    if is_news(situation, &activity) {
        return Plan::RecordFirst(vec![activity]);
    }
    let first_time = first_time(situation, event);
    let event = &*addressed(situation.event, event);
    if let Some(open) = &event.open {
        return send_message(vec![convert::relayed_message(event, open, first_time)], first_time);
    }
    let options = text_options(situation);
    let mut parts = convert::parts(event, message, &options, first_time);
    // The history before the conversation is sent only once. The other parts keep their times: an
    // attempt that left no record may have been made before the conversation ended.
    if situation.record.continues == Some(true) {
        parts.retain(|part| part.origin != Origin::History);
    }
    send_message(parts, first_time)
}

/// Whether a message belongs to a conversation in which the customer has already written. `None`
/// for an event without a history.
pub(crate) fn continues(situation: &Situation<'_>) -> Option<bool> {
    let Payload::Lynn(event) = &situation.event.payload else { return None };
    let InboundKind::Message(message) = &event.kind else { return None };
    if message.history.is_empty() {
        return None;
    }
    let conversation = situation.conversation;
    let began = conversation
        .last_inbound_message
        .is_some_and(|message| conversation.ended_at.is_none_or(|ended| message > ended));
    Some(conversation.is_open() && began)
}

/// A repeat keeps the time of the first attempt.
fn first_time(situation: &Situation<'_>, event: &InboundEvent) -> Timestamp {
    let accepted = situation.event.time();
    let own = event.credible_time(accepted);
    let next = || situation.conversation.next_inbound_time(own, accepted);
    situation.record.first_time.unwrap_or_else(next)
}

fn text_options(situation: &Situation<'_>) -> TextOptions {
    let text = situation.config.text;
    TextOptions { strip_html: text.strip_html, max_length: text.max_length }
}

/// The time after which typing is of no use. It follows Lynn's own time even if that is very old:
/// an old typing event is skipped, which loses nothing.
pub(crate) fn typing_until(situation: &Situation<'_>, event: &InboundEvent) -> Timestamp {
    let accepted = situation.event.accepted_at;
    event.time.map_or(accepted, |time| time.min(accepted)) + TYPING_LIVES
}

/// Genesys may open a conversation for typing, so typing is sent only into an open conversation.
fn typing(situation: &Situation<'_>, event: &InboundEvent) -> Plan<Part> {
    if situation.now > typing_until(situation, event) {
        return complete(Vec::new(), "the typing is too old");
    }
    if !situation.conversation.is_open() {
        return complete(Vec::new(), "there is no conversation to type in");
    }
    // Typing leaves no message record, and the queue recognises a repeat only for a limited time.
    if situation.conversation.typings.knows(&situation.event.dedup_key.id()) {
        return complete(Vec::new(), "the typing event is a repeat");
    }
    let time = first_time(situation, event);
    let event = &*addressed(situation.event, event);
    let call = match &event.open {
        Some(open) => convert::relayed_typing(event, open, time),
        None => convert::typing(event, time),
    };
    Plan::Send { parts: vec![Part::Other(Box::new(call))], first_time: None, repeat: false }
}

fn receipt(situation: &Situation<'_>, event: &InboundEvent, receipt: &Receipt) -> Plan<Part> {
    let reasons: Vec<ReceiptReason> = receipt.reason.iter().cloned().collect();
    let time = event.happened(situation.event.time());
    let event = &*addressed(situation.event, event);
    let (contact, message) = (&event.contact, &receipt.message_id);
    let call = match &event.open {
        Some(open) => convert::relayed_receipt(event, open, time),
        None => {
            convert::receipt(&contact.id, contact.id_type, message, receipt.status, &reasons, time)
        }
    };
    Plan::Send { parts: vec![Part::Other(Box::new(call))], first_time: None, repeat: true }
}

/// A receipt that the bridge itself creates.
fn own_receipt(situation: &Situation<'_>, receipt: &ReceiptToGenesys) -> Plan<Part> {
    let Some(contact) = &situation.event.contact else {
        return Plan::Reject(Failure::new(
            Class::Permanent,
            "misrouted",
            "give a receipt without a contact",
        ));
    };
    let (status, reasons) = if receipt.delivered {
        (ReceiptStatus::Delivered, Vec::new())
    } else {
        let reason = ReceiptReason {
            code: Some(receipt.code.clone()),
            message: Some(receipt.reason.0.clone()),
        };
        (ReceiptStatus::Failed, vec![reason])
    };
    let id_type = situation.conversation.external_id_type();
    let time = situation.event.time();
    let call = convert::receipt(contact, id_type, &receipt.message, status, &reasons, time);
    Plan::Send { parts: vec![Part::Other(Box::new(call))], first_time: None, repeat: true }
}

/// The end of a session that is not the current one changes nothing: events may arrive late.
fn session_ended(situation: &Situation<'_>, event: &InboundEvent) -> Plan<Part> {
    let ended = event.session.as_ref().and_then(|session| session.id.as_ref());
    let current = situation.conversation.session.id.as_ref();
    if ended.is_some() && current.is_some() && ended != current {
        return complete(Vec::new(), "another session has begun since");
    }
    if situation.conversation.session.end_told {
        let over = over(situation, event);
        return complete(over, "the agent knows already that this session ended");
    }
    let over = over(situation, event);
    let known = addressed(situation.event, event);
    let contact = (&known.contact.id, known.contact.id_type);
    let time = first_time(situation, event);
    match customer_left(situation, contact, event.id.to_string(), time) {
        None => complete(over, "the session ended"),
        // Genesys' reaction may reach Lynn before this is stored, and must not refer to a live
        // session.
        Some(_) if situation.conversation.session.open => Plan::RecordFirst(over),
        Some(plan) => plan,
    }
}
