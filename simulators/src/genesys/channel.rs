//! Reads the `channel` of the middleware's requests: contact, time, and the provider's own message
//! id.

use serde_json::Value;
use time::OffsetDateTime;

use super::admin::Attributes;
use super::fields::Fields;
use super::refusal::Checked;

const ID_TYPES: [&str; 3] = ["Email", "Phone", "Opaque"];
const SUB_TYPES: [&str; 4] = ["None", "GoogleBusinessProfile", "RoadsideAssistance", "YouTube"];
/// Some keys are only in the response model, but tolerated in requests.
const KEYS: [&str; 8] = ["messageId", "time", "from", "metadata", "to", "platform", "type", "id"];
const FROM_KEYS: [&str; 7] =
    ["id", "idType", "nickname", "firstName", "lastName", "email", "image"];

/// A channel that matches the contract.
#[derive(Clone, Copy, Debug)]
pub(super) struct Channel<'a> {
    pub(super) contact: &'a str,
    pub(super) id_type: &'static str,
    pub(super) time: OffsetDateTime,
    pub(super) message_id: Option<&'a str>,
    /// The custom attributes, if there are any.
    attributes: Option<&'a Value>,
}

impl<'a> Channel<'a> {
    /// Reads the channel of a message, a structured response or an event.
    pub(super) fn read(body: Fields<'a>) -> Checked<Self> {
        let channel = body.object("channel")?.only(&KEYS)?;
        let from = channel.object("from")?.only(&FROM_KEYS)?;
        let contact = from.text("id")?;
        let id_type = from.word_in_any_case("idType", &ID_TYPES)?;
        for key in ["nickname", "firstName", "lastName", "email", "image"] {
            from.optional_text(key)?;
        }
        let mut attributes = None;
        if let Some(metadata) = channel.optional_object("metadata")? {
            attributes = metadata.get("customAttributes");
            metadata.only(&["customAttributes", "subType"])?.string_map("customAttributes")?;
            if metadata.get("subType").is_some() {
                metadata.word("subType", &SUB_TYPES)?;
            }
        }
        Ok(Self {
            contact,
            id_type,
            time: channel.instant("time")?,
            message_id: channel.optional_text("messageId")?.filter(|id| !id.is_empty()),
            attributes,
        })
    }

    /// The attributes for the flow.
    pub(super) fn attributes(&self) -> Attributes {
        let given = self.attributes.and_then(Value::as_object).into_iter().flatten();
        let texts =
            given.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())));
        texts.collect()
    }
}
