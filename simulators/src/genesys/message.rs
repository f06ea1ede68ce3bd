//! `POST …/inbound/open/message` and `…/structured/response`: the messages and clicks of a
//! customer.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::Inner;
use super::channel::Channel;
use super::checks::{check_order, check_prefetch, find_repeat};
use super::fields::Fields;
use super::refusal::{Checked, Refusal};
use super::state::{Accepted, Inbound};
use crate::http::Answer;

/// The longest text of one message, in characters.
const LONGEST_TEXT: usize = 2000;

const KEYS: [&str; 6] = ["channel", "text", "content", "metadata", "type", "direction"];
const ATTACHMENT_KEYS: [&str; 7] = ["mediaType", "url", "mime", "id", "text", "sha256", "filename"];
const MEDIA_TYPES: [&str; 5] = ["Image", "Video", "Audio", "File", "Link"];
const BUTTON_TYPES: [&str; 3] = ["Button", "QuickReply", "DatePicker"];
const NEITHER_TEXT_NOR_CONTENT: &str = "should have required property 'content', should have required property '.text', should match some schema in anyOf";

/// The kind of the message for the answer, and its line in the transcript.
struct Said {
    kind: &'static str,
    transcript: String,
}

impl Inner {
    pub(super) fn receive_message(
        self: &Arc<Self>,
        integration: &str,
        body: &Value,
        prefetch: bool,
    ) -> Checked<Answer> {
        let fields = Fields::of("message", body)?.only(&KEYS)?;
        let channel = Channel::read(fields)?;
        fields.string_map("metadata")?;
        let text = fields.optional_text("text")?.filter(|text| !text.is_empty());
        let attachment = read_content(fields)?;
        if text.is_none() && attachment.is_none() {
            return Err(Refusal::bad_request(NEITHER_TEXT_NOR_CONTENT));
        }
        check_length(text.unwrap_or_default())?;
        let transcript =
            text.into_iter().map(str::to_owned).chain(attachment).collect::<Vec<_>>().join("\n");
        self.accept(integration, &channel, body, &Said { kind: "Text", transcript }, prefetch)
    }

    pub(super) fn receive_structured_response(
        self: &Arc<Self>,
        integration: &str,
        body: &Value,
    ) -> Checked<Answer> {
        let fields = Fields::of("structuredResponse", body)?.only(&[
            "channel",
            "originatingMessageId",
            "buttonResponse",
            "metadata",
            "type",
            "direction",
        ])?;
        let channel = Channel::read(fields)?;
        fields.string_map("metadata")?;
        let originating = fields.text("originatingMessageId")?;
        let button = fields.object("buttonResponse")?.only(&["type", "text", "payload", "id"])?;
        button.word("type", &BUTTON_TYPES)?;
        let text = button.text("text")?;
        button.text("payload")?;
        {
            let state = self.state();
            let is_known = state.outbound.get(originating).is_some_and(|outbound| {
                outbound.is_structured
                    && outbound.contact == channel.contact
                    && outbound.integration == integration
            });
            if !is_known {
                return Err(Refusal::bad_request(format!(
                    "originatingMessageId [{originating}] is not a structured message sent to this recipient"
                )));
            }
            if state
                .contacts
                .get(channel.contact)
                .is_none_or(|contact| contact.conversation.is_none())
            {
                return Err(Refusal::bad_request(
                    "A structured response must belong to an existing conversation",
                ));
            }
        }
        self.accept(
            integration,
            &channel,
            body,
            &Said { kind: "Structured", transcript: text.to_owned() },
            false,
        )
    }

    fn accept(
        self: &Arc<Self>,
        integration: &str,
        channel: &Channel<'_>,
        body: &Value,
        said: &Said,
        prefetch: bool,
    ) -> Checked<Answer> {
        let gives_id = prefetch && self.options.prefetch_gives_id;
        let mut state = self.state();
        state.arrive(channel.contact, integration);
        if let Some(repeated) = find_repeat(&mut state, channel, body)? {
            let known = state.contact(channel.contact).conversation.clone();
            return Ok(Answer::json(200, with_conversation(repeated, known.filter(|_| gives_id))));
        }
        check_order(&mut state, channel);
        if prefetch {
            check_prefetch(&mut state, channel);
        }
        let conversation_id = state.enter_conversation(channel.contact, &channel.attributes());
        let id = Uuid::new_v4().simple().to_string();
        let message_id =
            channel.message_id.map_or_else(|| Uuid::new_v4().to_string(), str::to_owned);
        let answer = normalized(integration, &id, &message_id, said.kind, channel, body);
        let contact = state.contact(channel.contact);
        contact.id_type = Some(channel.id_type);
        contact.last_time = Some(channel.time);
        contact.accepted.push(body.clone());
        contact
            .by_message_id
            .insert(message_id.clone(), Accepted { answer: answer.clone(), body: body.clone() });
        let inbound = Inbound {
            integration: integration.to_owned(),
            contact: channel.contact.to_owned(),
            message_id,
            conversation: conversation_id.clone(),
            message: answer.clone(),
        };
        state.inbound.insert(id.clone(), inbound);
        state.say(channel.contact, "customer", said.transcript.as_str());
        drop(state);
        if let Some(url) = body.pointer("/content/0/attachment/url").and_then(Value::as_str) {
            self.fetch_aside(url);
        }
        if self.options.automatic_receipts {
            self.send_receipt_aside(id);
        }
        Ok(Answer::json(200, with_conversation(answer, gives_id.then_some(conversation_id))))
    }
}

/// The message as Genesys echoes it.
fn normalized(
    integration: &str,
    id: &str,
    message_id: &str,
    kind: &str,
    channel: &Channel<'_>,
    body: &Value,
) -> Value {
    let mut echo = Map::new();
    for key in ["text", "content", "metadata", "originatingMessageId", "buttonResponse"] {
        if let Some(value) = body.get(key) {
            echo.insert(key.to_owned(), value.clone());
        }
    }
    let mut from = body.pointer("/channel/from").cloned().unwrap_or_default();
    if let Some(from) = from.as_object_mut() {
        from.insert("idType".to_owned(), json!(channel.id_type));
    }
    let echoed_channel = json!({
        "id": integration,
        "platform": "Open",
        "type": "Private",
        "messageId": message_id,
        "to": { "id": integration },
        "from": from,
        "time": body.pointer("/channel/time"),
    });
    echo.insert("id".to_owned(), json!(id));
    echo.insert("type".to_owned(), json!(kind));
    echo.insert("channel".to_owned(), echoed_channel);
    Value::Object(echo)
}

/// Checks `content` and describes its attachment.
fn read_content(fields: Fields<'_>) -> Checked<Option<String>> {
    let items = fields.list("content")?;
    let item = match items {
        [] => return Ok(None),
        [item] => item,
        _ => {
            return Err(Refusal::bad_request(
                "'content' should NOT have more than 1 items of type Attachment",
            ));
        }
    };
    let content = Fields::of("content", item)?.only(&["attachment", "contentType"])?;
    if content.get("contentType").is_some() {
        content.word("contentType", &["Attachment"])?;
    }
    let attachment = content.object("attachment")?.only(&ATTACHMENT_KEYS)?;
    let media_type = attachment.word("mediaType", &MEDIA_TYPES)?;
    let address = attachment.text("url")?;
    if url::Url::parse(address).is_err() {
        return Err(Refusal::bad_request("'attachment.url' should be a URL"));
    }
    attachment.text("mime")?;
    for key in ["id", "text", "sha256", "filename"] {
        attachment.optional_text(key)?;
    }
    check_length(attachment.optional_text("text")?.unwrap_or_default())?;
    Ok(Some(format!("[{media_type} {address}]")))
}

fn check_length(text: &str) -> Checked<()> {
    let length = text.chars().count();
    if length > LONGEST_TEXT {
        return Err(Refusal::bad_request(format!(
            "'text' should NOT be longer than {LONGEST_TEXT} characters: {length}"
        )));
    }
    Ok(())
}

fn with_conversation(mut answer: Value, conversation_id: Option<String>) -> Value {
    if let (Some(fields), Some(id)) = (answer.as_object_mut(), conversation_id) {
        fields.insert("conversationId".to_owned(), Value::String(id));
    }
    answer
}
