//! Plans what Lynn gets in the dialect `genesys`: Genesys' webhooks as they came. Pure.
//!
//! Rule: two things change in a webhook, when they must: links to files that the bridge has copied,
//! and the id in a receipt, which becomes the id that the bridge gave to Lynn.

use delivery::event::{Raw, ReceiptToLynn};
use delivery::route::{Plan, Situation};
use media::{AttachmentRef, FileOutcome};
use serde_json::json;
use shared::genesys::outbound::{NotificationType, OutboundNotification};
use shared::ids::LynnEventId;

use crate::genesys_code;
use crate::part::{Part, PartBody, WebhookKind, send};
use crate::plan::{message_transition, typing_with, written_at};
use crate::{lifecycle, receipts};

/// Plans a notification of a known contact.
pub fn plan(
    situation: &Situation<'_>,
    raw: &Raw,
    notification: &OutboundNotification,
) -> Plan<Part> {
    match &notification.kind {
        NotificationType::Receipt => receipts::plan(situation, raw, notification),
        NotificationType::Event => {
            typing_with(situation, notification, body(raw, WebhookKind::Typing))
        }
        _ => message(situation, raw, notification),
    }
}

fn body(raw: &Raw, kind: WebhookKind) -> PartBody {
    PartBody::Webhook { json: raw.clone(), kind }
}

/// A message of any type, whether the bridge knows it or not: it is for Lynn to read.
fn message(
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
        body: body(raw, WebhookKind::Message),
        id: situation.event.dedup_key.id(),
        time: written_at(situation.event, notification),
        transitions: message_transition(situation.event, notification).into_iter().collect(),
        writes: Vec::new(),
        conversation: notification.conversation_id.clone(),
    }
}

/// A message that names no contact and no known conversation. Lynn may know whose it is.
pub fn unaddressed(
    situation: &Situation<'_>,
    raw: &Raw,
    notification: &OutboundNotification,
) -> Plan<Part> {
    send(Part { transitions: Vec::new(), ..message_part(situation, raw, notification) })
}

/// A receipt about the message to which the bridge gave this id.
pub fn receipt(raw: &Raw, id: &LynnEventId) -> PartBody {
    let json = Raw(convert::with_receipt_id(&raw.0, id));
    PartBody::Webhook { json, kind: WebhookKind::Receipt }
}

/// The receipt of a message that the bridge could not deliver, as Genesys would write it.
pub fn own_receipt(situation: &Situation<'_>, receipt: &ReceiptToLynn) -> PartBody {
    let integration = &situation.config.genesys.integration_id;
    let contact = situation.event.contact.as_ref();
    let mut json = json!({
        "id": receipt.message,
        "type": "Receipt",
        "direction": "Inbound",
        "channel": {
            "id": integration,
            "platform": "Open",
            "type": "Private",
            "messageId": receipt.message,
            "to": { "id": integration },
            "from": { "id": contact, "idType": situation.conversation.contact.id_type.genesys_word() },
            "time": situation.event.time().to_text(),
        },
        "status": "Failed",
        "isFinalReceipt": true,
        "reasons": [ { "code": genesys_code(&receipt.code), "message": receipt.reason.0 } ],
    });
    if let Some(conversation) = &situation.conversation.genesys_conversation {
        json["conversationId"] = json!(conversation);
    }
    PartBody::Webhook { json: Raw(json.to_string()), kind: WebhookKind::Receipt }
}

/// The files to which a webhook links. They have no name: the agent is told of a lost file at once.
pub fn files(json: &Raw) -> Vec<AttachmentRef> {
    let file = |link: convert::WebhookLink| AttachmentRef {
        place: link.place,
        name: None,
        url: link.url,
        mime: link.mime,
        only_from_genesys: link.is_picture,
    };
    convert::webhook_links(&json.0).into_iter().map(file).collect()
}

/// The webhook with the links to the copies. The link to a file that could not be copied stays.
pub fn with_copies(json: &Raw, outcomes: &[(AttachmentRef, FileOutcome)]) -> Raw {
    let copied = |(file, outcome): &(AttachmentRef, FileOutcome)| match outcome {
        FileOutcome::Copied { url, .. } => Some((file.place.clone(), url.clone())),
        FileOutcome::Unchanged | FileOutcome::Refused(_) => None,
    };
    let copies: Vec<(String, String)> = outcomes.iter().filter_map(copied).collect();
    Raw(convert::with_links(&json.0, &copies))
}
