//! `POST …/inbound/open/receipt` and `…/event`: receipts for agents' messages, and typing.

use serde_json::{Value, json};
use uuid::Uuid;

use super::Inner;
use super::channel::Channel;
use super::fields::Fields;
use super::refusal::{Checked, Refusal};
use crate::http::Answer;

const REASON_CODES: [&str; 13] = [
    "MessageExpired",
    "RateLimited",
    "MessageNotAllowed",
    "GeneralError",
    "UnsupportedMessage",
    "UnknownMessage",
    "InvalidMessageStructure",
    "InvalidDestination",
    "ServerError",
    "MediaTypeNotAllowed",
    "InvalidMediaContentLength",
    "RecipientOptedOut",
    "DataFiltered",
];

impl Inner {
    pub(super) fn receive_receipt(&self, integration: &str, body: &Value) -> Checked<Answer> {
        let fields = Fields::of("receipt", body)?.only(&[
            "id",
            "channel",
            "status",
            "reasons",
            "isFinalReceipt",
            "direction",
            "type",
            "metadata",
        ])?;
        let id = fields.text("id")?;
        let channel = fields.object("channel")?.only(&[
            "to",
            "from",
            "time",
            "messageId",
            "id",
            "platform",
            "type",
        ])?;
        let contact = channel
            .object("to")?
            .only(&["id", "idType", "nickname", "firstName", "lastName"])?
            .text("id")?;
        channel.instant("time")?;
        let status = fields.word("status", &["Delivered", "Failed"])?;
        let is_final = fields.optional_flag("isFinalReceipt")?;
        let reasons = read_reasons(fields)?;
        let mut state = self.state();
        if state.outbound.get(id).is_none_or(|outbound| {
            outbound.contact != contact || outbound.integration != integration
        }) {
            return Err(Refusal::not_found(&format!("message {id} for this recipient")));
        }
        state.receipts.push(body.clone());
        if status == "Failed" {
            state.say(contact, "system", format!("A message was not delivered: {reasons}"));
        }
        let answer = json!({
            "id": id,
            "type": "Receipt",
            "status": status,
            "isFinalReceipt": is_final.unwrap_or(true),
            "reasons": body.get("reasons").cloned().unwrap_or_else(|| json!([])),
            "direction": "Outbound",
            "channel": {
                "id": integration,
                "platform": "Open",
                "type": "Private",
                "to": { "id": contact },
                "from": { "id": integration },
                "time": body.pointer("/channel/time"),
            },
        });
        Ok(Answer::json(200, answer))
    }

    pub(super) fn receive_event(&self, integration: &str, body: &Value) -> Checked<Answer> {
        let fields =
            Fields::of("event", body)?.only(&["channel", "events", "type", "direction"])?;
        let channel = Channel::read(fields)?;
        let events = match fields.required("events")? {
            Value::Array(events) if !events.is_empty() => events,
            _ => {
                return Err(Refusal::bad_request("'events' should be an array with an item"));
            }
        };
        for event in events {
            let event = Fields::of("events", event)?.only(&["eventType", "typing"])?;
            event.word("eventType", &["Typing"])?;
            if let Some(typing) = event.optional_object("typing")? {
                typing.only(&["type", "duration"])?.word("type", &["On"])?;
            }
        }
        let mut state = self.state();
        if state.organization.shows_typing(integration, "inbound") {
            state.arrive(channel.contact, integration);
            // An event may start a conversation too.
            state.enter_conversation(channel.contact, &channel.attributes());
            state.typing_events.push(body.clone());
        }
        let answer = json!({
            "id": Uuid::new_v4().simple().to_string(),
            "type": "Event",
            "direction": "Inbound",
            "events": events,
            "channel": {
                "id": integration,
                "platform": "Open",
                "type": "Private",
                "to": { "id": integration },
                "from": body.pointer("/channel/from"),
                "time": body.pointer("/channel/time"),
            },
        });
        Ok(Answer::json(200, answer))
    }
}

/// Checks the reasons and returns them as text.
fn read_reasons(fields: Fields<'_>) -> Checked<String> {
    let mut words = Vec::new();
    for reason in fields.list("reasons")? {
        let reason = Fields::of("reasons", reason)?.only(&["code", "message"])?;
        let message = reason.text("message")?;
        match reason.get("code") {
            Some(_) => words.push(format!("{} ({message})", reason.word("code", &REASON_CODES)?)),
            None => words.push(message.to_owned()),
        }
    }
    Ok(words.join(", "))
}
