//! A request of a client that speaks Genesys' Open Messaging, in the client's own JSON.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::ids::{LynnEventId, digest};
use crate::wire::debug_shows;

/// The body as it came. The event contains the parts that the bridge itself needs.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct OpenRequest {
    pub resource: OpenResource,
    /// A JSON object.
    pub body: String,
}

debug_shows!(OpenRequest: resource);

/// The last part of the path, behind `…/inbound/open/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OpenResource {
    Message,
    Event,
    Receipt,
    StructuredResponse,
}

impl OpenResource {
    const ALL: [Self; 4] = [Self::Message, Self::Event, Self::Receipt, Self::StructuredResponse];

    pub fn path(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::Event => "event",
            Self::Receipt => "receipt",
            Self::StructuredResponse => "structured/response",
        }
    }

    pub fn of(path: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|resource| resource.path() == path)
    }
}

impl OpenRequest {
    /// The fields of the body. A body that was accepted is an object.
    pub fn fields(&self) -> Map<String, Value> {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// The client's own id of a message, which the bridge has given back to it.
    pub fn message_id(&self) -> Option<LynnEventId> {
        let fields = self.fields();
        let id = fields.get("channel")?.get("messageId")?.as_str()?;
        (!id.trim().is_empty()).then(|| LynnEventId::new(id))
    }

    /// The client's word for the outcome of a message.
    pub fn status(&self) -> Option<String> {
        self.fields().get("status")?.as_str().map(str::to_owned)
    }

    /// Digests of what a person said, and of the files.
    pub(super) fn content(&self) -> (String, String) {
        let fields = self.fields();
        let field = |key: &str| fields.get(key).map(Value::to_string).unwrap_or_default();
        let number = fields.get("content").and_then(Value::as_array).map_or(0, Vec::len);
        let words = ["text", "buttonResponse", "originatingMessageId"].map(field);
        let [text, button, originating] = words.each_ref().map(String::as_str);
        let words = digest(&["open", text, button, originating, &number.to_string()]);
        (words, digest(&[&field("content")]))
    }
}
