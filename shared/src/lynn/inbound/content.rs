//! What tells two messages apart that came under one id.

use serde::Serialize;

use super::{InboundEvent, InboundKind};
use crate::ids::digest;

/// How many characters of each digest are kept: 48 bits.
const KEPT: usize = 12;

impl InboundEvent {
    /// Digests of the content, `{words}.{files}`: of a message its text and reply, and its attachments; of a session's start or end the
    /// session. `None` for what is not known again by its own id alone.
    pub fn content(&self) -> Option<String> {
        let session = self.session.as_ref().and_then(|session| session.id.as_deref());
        let session = session.unwrap_or_default();
        let (words, files) = match &self.kind {
            InboundKind::Message(message) => {
                let text = message.text.as_deref().unwrap_or_default();
                // Their number, too: a repaired file stands in the place of the one before.
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

/// Whether two contents say the same with as many attachments, what these are aside.
pub fn same_words(one: &str, other: &str) -> bool {
    let words = |content: &str| content.split('.').next().map(str::to_owned);
    words(one) == words(other)
}

fn begin(digest: &str) -> String {
    digest.chars().take(KEPT).collect()
}

/// These types can always be written.
fn json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
