//! Reads the `channel` of the middleware's requests: contact, time, and the provider's own message
//! id.

use time::OffsetDateTime;

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
        if let Some(metadata) = channel.optional_object("metadata")? {
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
        })
    }
}
