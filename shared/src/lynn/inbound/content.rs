//! Digests that distinguish two messages with the same id.

use serde::Serialize;

use super::{InboundEvent, InboundKind};
use crate::ids::digest;

/// The characters kept of each digest: 48 bits.
const KEPT: usize = 12;

impl InboundEvent {
    /// Digests of the content, `{words}.{files}`. For a message: its text and reply, and its
    /// attachments. For the start or end of a session: the session. `None` for events that are not
    /// recognised by their own id alone.
    pub fn content(&self) -> Option<String> {
        let session = self.session.as_ref().and_then(|session| session.id.as_deref());
        let session = session.unwrap_or_default();
        let (words, files) = match &self.kind {
            InboundKind::Message(_) if let Some(open) = &self.open => open.content(),
            InboundKind::Message(message) => {
                let text = message.text.as_deref().unwrap_or_default();
                // The number of attachments counts as words, because a repaired file replaces an
                // earlier one.
                let number = message.attachments.len().to_string();
                let words = digest(&["message", text, &json(&message.reply), &number]);
                (words, digest(&[&json(&message.attachments)]))
            }
            InboundKind::SessionStarted => (digest(&["session.started", session]), digest(&[])),
            InboundKind::SessionEnded { .. } => (digest(&["session.ended", session]), digest(&[])),
            InboundKind::Typing | InboundKind::Receipt(_) => return None,
        };
        Some(format!("{}.{}", begin(&words), begin(&files)))
    }
}

/// Whether two contents have the same words and the same number of attachments. The attachments
/// themselves may differ.
pub fn same_words(one: &str, other: &str) -> bool {
    let words = |content: &str| content.split('.').next().map(str::to_owned);
    words(one) == words(other)
}

fn begin(digest: &str) -> String {
    digest.chars().take(KEPT).collect()
}

/// These types can always be serialised.
fn json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
