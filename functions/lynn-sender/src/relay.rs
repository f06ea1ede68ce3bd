//! Makes what Lynn gets in the dialect `genesys`: Genesys' webhooks as they came. Pure.
//!
//! Rule: two things change in a webhook, when they must: links to files that the bridge has copied,
//! and the id in a receipt, which becomes the id that the bridge gave to Lynn.

use delivery::event::{Raw, ReceiptToLynn};
use delivery::route::Situation;
use media::{AttachmentRef, FileOutcome};
use serde_json::json;
use shared::ids::LynnEventId;

use crate::genesys_code;
use crate::part::{PartBody, WebhookKind};
use crate::request::customer;

/// A webhook as it came, but for the customer's id if Lynn knows another one.
pub(crate) fn webhook(situation: &Situation<'_>, raw: &Raw, kind: WebhookKind) -> PartBody {
    let contact = customer(situation).contact;
    let json = match &situation.event.contact {
        Some(external_id) if *external_id != contact => {
            let id_type = situation.conversation.contact.id_type;
            Raw(convert::with_contact(&raw.0, external_id, (&contact, id_type)))
        }
        _ => raw.clone(),
    };
    PartBody::Webhook { json, kind }
}

/// A receipt about the message to which the bridge gave this id.
pub(crate) fn receipt(situation: &Situation<'_>, raw: &Raw, id: &LynnEventId) -> PartBody {
    let raw = Raw(convert::with_receipt_id(&raw.0, id));
    webhook(situation, &raw, WebhookKind::Receipt)
}

/// The receipt of a message that the bridge could not deliver, as Genesys would write it.
pub(crate) fn own_receipt(situation: &Situation<'_>, receipt: &ReceiptToLynn) -> PartBody {
    let integration = &situation.config.genesys.integration_id;
    let contact = customer(situation).contact;
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

/// The files to which a webhook links. They have no name: the agent gets the notice about a lost
/// file at once.
pub(crate) fn files(json: &Raw) -> Vec<AttachmentRef> {
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
pub(crate) fn with_copies(json: &Raw, outcomes: &[(AttachmentRef, FileOutcome)]) -> Raw {
    let copied = |(file, outcome): &(AttachmentRef, FileOutcome)| match outcome {
        FileOutcome::Copied { url, .. } => Some((file.place.clone(), url.clone())),
        FileOutcome::Unchanged | FileOutcome::Refused(_) => None,
    };
    let copies: Vec<(String, String)> = outcomes.iter().filter_map(copied).collect();
    Raw(convert::with_links(&json.0, &copies))
}
