//! What tells two messages apart that came under one id.

use serde::Serialize;

use super::{InboundEvent, InboundKind};
use crate::ids::digest;

/// How many characters of the digest are kept: 64 bits.
const KEPT: usize = 16;

impl InboundEvent {
    /// A digest of the content: of a message its text, attachments and reply, of a session's start or end the session. `None` for
    /// what is not known again by its own id alone.
    pub fn content(&self) -> Option<String> {
        let session = self.session.as_ref().and_then(|session| session.id.as_deref());
        let whole = match &self.kind {
            InboundKind::Message(message) => {
                let text = message.text.as_deref().unwrap_or_default();
                let attachments = json(&message.attachments);
                digest(&["message", text, &attachments, &json(&message.reply)])
            }
            InboundKind::SessionStarted => {
                digest(&["session.started", session.unwrap_or_default()])
            }
            InboundKind::SessionEnded { .. } => {
                digest(&["session.ended", session.unwrap_or_default()])
            }
            InboundKind::Typing | InboundKind::Receipt(_) => return None,
        };
        Some(whole.chars().take(KEPT).collect())
    }
}

/// These types can always be written.
fn json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
