//! Plans the events to Lynn for one event of Genesys or of the bridge. Pure.

use conversation::Transition;
use delivery::event::{Payload, QueuedEvent, Raw, ReceiptToLynn, TYPING_LIVES};
use delivery::index;
use delivery::route::{Plan, Situation};
use shared::config::{Dialect, SendConfig};
use shared::error::{Class, Failure};
use shared::genesys::inbound::ReceiptReasonCode;
use shared::genesys::outbound::{Direction, NotificationType, OutboundNotification};
use shared::lynn::outbound::{
    AuthorKind, OutboundBody, OutboundReason, OutboundReceipt, OutboundReceiptStatus, OutboundType,
};
use shared::time::Timestamp;

use crate::part::{Naming, Part, PartBody, WebhookKind, complete, send, settled};
use crate::{lifecycle, receipts, relay, replay};

/// The reason for completing an event whose type `lynn.events` does not list.
const UNLISTED: &str = "lynn.events does not list its type";
const FORMLESS: &str = "it has no form in Open Messaging, and lynn.eventsUrl is not set";

pub(crate) fn of(situation: &Situation<'_>) -> Plan<Part> {
    only_listed(situation, whole(situation))
}

/// Leaves out what is not posted. The changes that go with it remain.
fn only_listed(situation: &Situation<'_>, plan: Plan<Part>) -> Plan<Part> {
    match plan {
        Plan::Send { mut parts, first_time, repeat } => {
            let mut reason = None;
            for part in &mut parts {
                let unposted = unposted(situation.config, &part.body);
                part.is_posted = unposted.is_none();
                reason = reason.or(unposted);
            }
            match reason.filter(|_| parts.iter().all(|part| !part.is_posted)) {
                None => Plan::Send { parts, first_time, repeat },
                Some(reason) => settled(parts, reason),
            }
        }
        Plan::Reject(failure) => match unlisted_message(situation) {
            Some(written) => {
                Plan::Complete { transitions: vec![written], writes: Vec::new(), reason: UNLISTED }
            }
            None => Plan::Reject(failure),
        },
        other => other,
    }
}

/// Why Lynn does not get an event of this kind; `None`: it gets it.
fn unposted(config: &SendConfig, body: &PartBody) -> Option<&'static str> {
    let lynn = &config.lynn;
    let is_formless = lynn.dialect == Dialect::Genesys
        && lynn.events_url.is_none()
        && matches!(body, PartBody::Event(_));
    match () {
        () if !lynn.posts(body.kind()) => Some(UNLISTED),
        () if is_formless => Some(FORMLESS),
        () => None,
    }
}

/// The change by a message, if messages are not posted.
fn unlisted_message(situation: &Situation<'_>) -> Option<Transition> {
    let Payload::Genesys(raw) = &situation.event.payload else { return None };
    let is_listed = situation.config.lynn.posts(OutboundType::Message);
    let notification = OutboundNotification::parse(raw.0.as_bytes()).ok().filter(|_| !is_listed)?;
    message_transition(situation.event, &notification)
}

fn whole(situation: &Situation<'_>) -> Plan<Part> {
    match &situation.event.payload {
        Payload::Genesys(raw) => match OutboundNotification::parse(raw.0.as_bytes()) {
            Ok(notification) => self::notification(situation, raw, &notification),
            Err(error) => Plan::Reject(
                Failure::new(Class::Permanent, "unreadable", "read a webhook").caused_by(error),
            ),
        },
        Payload::EarlyReceipt { receipt, about } => receipts::early(situation, receipt, about),
        Payload::ReceiptToLynn(receipt) => own_receipt(situation, receipt),
        Payload::Lifecycle(event) => lifecycle::plan(situation, event),
        Payload::Lynn(_)
        | Payload::ReceiptToGenesys(_)
        | Payload::Deadline
        | Payload::RosterQuestion(_)
        | Payload::AvailabilityQuestion => Plan::Reject(Failure::misrouted()),
    }
}

/// The index value that finds the conversation of a webhook without a contact.
pub(crate) fn searches(event: &QueuedEvent) -> Vec<String> {
    let (None, Payload::Genesys(raw)) = (&event.contact, &event.payload) else { return Vec::new() };
    let notification = OutboundNotification::parse(raw.0.as_bytes()).ok();
    let conversation = notification.and_then(|notification| notification.conversation_id);
    conversation.iter().map(index::of_conversation).collect()
}

fn notification(
    situation: &Situation<'_>,
    raw: &Raw,
    notification: &OutboundNotification,
) -> Plan<Part> {
    let time = notification.channel.time;
    if replay::is_replayed(situation, time) {
        return Plan::Ignore(replay::REASON);
    }
    replay::remembered(situation, time, first(situation, raw, notification))
}

/// Plans a notification that is not a replay.
fn first(situation: &Situation<'_>, raw: &Raw, notification: &OutboundNotification) -> Plan<Part> {
    if situation.event.contact.is_none() {
        let names_conversation = !searches(situation.event).is_empty();
        let found =
            names_conversation.then(|| lifecycle::reroute_or_wait(situation, None)).flatten();
        let relays = situation.config.lynn.dialect == Dialect::Genesys;
        return found.unwrap_or_else(|| {
            if relays {
                return unaddressed(situation, raw, notification);
            }
            let summary = "read a webhook: it names no contact, and no conversation that is known";
            Plan::Reject(Failure::new(Class::Permanent, "unaddressed", summary))
        });
    }
    if notification.is_echo() {
        return complete("it is our own, reflected");
    }
    if let Some(opening) = opening(situation, notification) {
        return Plan::RecordFirst(vec![opening]);
    }
    if situation.config.lynn.dialect == Dialect::Genesys {
        return relayed(situation, raw, notification);
    }
    if notification.is_damaged && notification.is_message() {
        return unknown(notification);
    }
    match &notification.kind {
        NotificationType::Text | NotificationType::Structured | NotificationType::Message => {
            message(situation, notification)
        }
        NotificationType::Event => typing(situation, notification),
        NotificationType::Receipt => receipts::plan(situation, raw, notification),
        NotificationType::Unknown(_) => unknown(notification),
    }
}

/// The change by a message that opens or resumes a conversation. It is stored first, because the
/// conversation is open whatever happens to the message.
fn opening(situation: &Situation<'_>, notification: &OutboundNotification) -> Option<Transition> {
    let outbound_message = message_transition(situation.event, notification)?;
    let mut after = situation.conversation.clone();
    after.apply(&outbound_message);
    (after.stage() != situation.conversation.stage()).then_some(outbound_message)
}

/// The effects of an event that is not delivered. Typing is marked as seen, so that it is not shown
/// late. A message counts as written, but not as written by an agent: Lynn is told of an agent
/// before the agent's first message, and may have accepted that although its answer was lost.
pub(crate) fn effects_if_undelivered(event: &QueuedEvent) -> Vec<Transition> {
    if let Some(typed) = event.typed() {
        return vec![typed];
    }
    let Payload::Genesys(raw) = &event.payload else { return Vec::new() };
    let notification = OutboundNotification::parse(raw.0.as_bytes()).ok();
    let mut effects =
        notification.and_then(|notification| message_transition(event, &notification));
    if let Some(Transition::OutboundMessage { by_agent, .. }) = &mut effects {
        *by_agent = false;
    }
    effects.into_iter().collect()
}

/// The change to the conversation by a message.
fn message_transition(
    event: &QueuedEvent,
    notification: &OutboundNotification,
) -> Option<Transition> {
    let is_message = match &notification.kind {
        NotificationType::Text | NotificationType::Structured | NotificationType::Message => {
            notification.id.is_some()
        }
        NotificationType::Unknown(_) => notification.direction != Some(Direction::Inbound),
        NotificationType::Event | NotificationType::Receipt => false,
    };
    (is_message && !notification.is_echo()).then(|| outbound_message(event, notification))
}

fn outbound_message(event: &QueuedEvent, notification: &OutboundNotification) -> Transition {
    let channel = &notification.channel;
    Transition::OutboundMessage {
        id_type: if channel.to.id == event.contact {
            channel.to.id_type
        } else {
            channel.from.id_type
        },
        conversation: notification.conversation_id.clone(),
        at: written_at(event, notification),
        by_agent: lifecycle::is_by_agent(notification),
    }
}

fn written_at(event: &QueuedEvent, notification: &OutboundNotification) -> Timestamp {
    notification.channel.time.unwrap_or(event.time())
}

fn message(situation: &Situation<'_>, notification: &OutboundNotification) -> Plan<Part> {
    let Some(id) = &notification.id else { return unknown(notification) };
    let message = convert::message(notification);
    if message.fallback_text.is_empty() {
        let code = ReceiptReasonCode::UnsupportedMessage.as_str();
        let failure = Failure::new(Class::Permanent, code, "deliver a message: it says nothing");
        return Plan::Reject(failure.with_user_reason("The message is empty."));
    }
    let time = written_at(situation.event, notification);
    let mut parts: Vec<Part> =
        lifecycle::agent_who_writes(situation, notification, time).into_iter().collect();
    parts.push(Part {
        naming: match message.author {
            AuthorKind::Agent => Naming::Wrote { message: id.clone(), at: time },
            AuthorKind::Bot => Naming::Nothing,
        },
        is_posted: true,
        body: PartBody::Event(OutboundBody::Message(Box::new(message))),
        id: id.as_str().to_owned(),
        time,
        transitions: vec![outbound_message(situation.event, notification)],
        writes: Vec::new(),
        conversation: notification.conversation_id.clone(),
    });
    Plan::Send { parts, first_time: None, repeat: true }
}

/// Genesys' clock may differ from the bridge's, so the age counts from the acceptance.
pub(crate) fn typing_until(event: &QueuedEvent) -> Timestamp {
    event.accepted_at + TYPING_LIVES
}

fn typing(situation: &Situation<'_>, notification: &OutboundNotification) -> Plan<Part> {
    let Some(duration_ms) = convert::typing_duration(notification) else {
        return complete("the typing event names no person");
    };
    let body = PartBody::Event(OutboundBody::Typing { duration_ms });
    typing_with(situation, notification, body)
}

/// Plans typing with this body.
fn typing_with(
    situation: &Situation<'_>,
    notification: &OutboundNotification,
    body: PartBody,
) -> Plan<Part> {
    // Typing leaves no message record, and the queue recognises a repeated webhook only for a
    // limited time.
    let dedup_key = situation.event.dedup_key.id();
    if situation.conversation.typings.knows(&dedup_key) {
        return complete("the typing event is a repeat");
    }
    let outlived = replay::is_outlived(situation, notification.channel.time);
    if outlived || situation.now > typing_until(situation.event) {
        let transitions = vec![Transition::Typed { dedup_key }];
        return Plan::Complete { transitions, writes: Vec::new(), reason: "the typing is too old" };
    }
    let part = Part {
        naming: Naming::Nothing,
        is_posted: true,
        body,
        id: dedup_key.clone(),
        time: notification.channel.time.unwrap_or(situation.event.accepted_at),
        transitions: vec![Transition::Typed { dedup_key }],
        writes: Vec::new(),
        conversation: None,
    };
    Plan::Send { parts: vec![part], first_time: None, repeat: false }
}

/// A notification of an unknown type towards the customer was a message: the agent must learn that
/// the customer did not see it.
fn unknown(notification: &OutboundNotification) -> Plan<Part> {
    if notification.direction == Some(Direction::Inbound) {
        return complete("it is a notification of a kind that the bridge does not know");
    }
    let code = ReceiptReasonCode::UnsupportedMessage.as_str();
    let failure = Failure::new(Class::Permanent, code, "deliver a message of an unknown type");
    Plan::Reject(failure.with_user_reason("Messages of this type are not supported."))
}

/// Plans a notification of a known contact in the dialect `genesys`: it is passed on unchanged.
fn relayed(
    situation: &Situation<'_>,
    raw: &Raw,
    notification: &OutboundNotification,
) -> Plan<Part> {
    match &notification.kind {
        NotificationType::Receipt => receipts::plan(situation, raw, notification),
        NotificationType::Event => {
            let body = relay::webhook(situation, raw, WebhookKind::Typing);
            typing_with(situation, notification, body)
        }
        _ => relayed_message(situation, raw, notification),
    }
}

/// A message of any type, whether the bridge knows it or not: it is for Lynn to read.
fn relayed_message(
    situation: &Situation<'_>,
    raw: &Raw,
    notification: &OutboundNotification,
) -> Plan<Part> {
    let time = written_at(situation.event, notification);
    let mut parts: Vec<Part> =
        lifecycle::agent_who_writes(situation, notification, time).into_iter().collect();
    parts.push(message_part(situation, raw, notification));
    Plan::Send { parts, first_time: None, repeat: true }
}

fn message_part(situation: &Situation<'_>, raw: &Raw, notification: &OutboundNotification) -> Part {
    Part {
        naming: Naming::Nothing,
        is_posted: true,
        body: relay::webhook(situation, raw, WebhookKind::Message),
        id: situation.event.dedup_key.id(),
        time: written_at(situation.event, notification),
        transitions: message_transition(situation.event, notification).into_iter().collect(),
        writes: Vec::new(),
        conversation: notification.conversation_id.clone(),
    }
}

/// A message that names no contact and no known conversation. Lynn may know the customer.
fn unaddressed(
    situation: &Situation<'_>,
    raw: &Raw,
    notification: &OutboundNotification,
) -> Plan<Part> {
    send(Part { transitions: Vec::new(), ..message_part(situation, raw, notification) })
}

/// Tells Lynn that one of its events could not be delivered.
fn own_receipt(situation: &Situation<'_>, receipt: &ReceiptToLynn) -> Plan<Part> {
    let body = match situation.config.lynn.dialect {
        Dialect::Genesys => relay::own_receipt(situation, receipt),
        Dialect::Bridge => PartBody::Event(OutboundBody::Receipt(OutboundReceipt {
            message_id: receipt.message.clone(),
            status: OutboundReceiptStatus::Failed,
            is_final: true,
            reasons: vec![OutboundReason {
                code: Some(receipt.code.clone()),
                message: Some(receipt.reason.0.clone()),
            }],
        })),
    };
    send(Part {
        naming: Naming::Nothing,
        is_posted: true,
        body,
        id: format!("receipt-{}", situation.event.dedup_key.id()),
        time: situation.event.time(),
        transitions: Vec::new(),
        writes: Vec::new(),
        conversation: None,
    })
}
