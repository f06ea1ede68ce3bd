//! `/api/v2/conversations/messages/{conversationId}`: shows and ends a conversation.

use std::sync::Arc;

use serde_json::{Value, json};

use super::Inner;
use super::fields::Fields;
use super::lifecycle::Ending;
use super::refusal::{Checked, Refusal};
use crate::http::Answer;

impl Inner {
    pub(super) fn show_conversation(&self, id: &str) -> Checked<Answer> {
        let state = self.state();
        let conversation = state
            .conversations
            .get(id)
            .ok_or_else(|| Refusal::not_found(&format!("conversation {id}")))?;
        let participants: Vec<Value> = conversation
            .participants
            .iter()
            .map(|known| {
                let name = state.display_name(&known.purpose);
                known.describe(&conversation.contact, &conversation.integration, name.as_deref())
            })
            .collect();
        let body = json!({
            "id": id,
            "participants": participants,
            "otherMediaUris": [],
            "selfUri": format!("/api/v2/conversations/messages/{id}"),
        });
        Ok(Answer::json(200, body))
    }

    /// Ends the conversation. An ended conversation stays unchanged.
    pub(super) fn patch_conversation(self: &Arc<Self>, id: &str, body: &Value) -> Checked<Answer> {
        let fields = Fields::of("conversation", body)?.only(&["state"])?;
        fields.word("state", &["disconnected"])?;
        self.end(id, &Ending::BY_API);
        self.show_conversation(id)
    }

    /// Records that the caller knows a conversation, because this answer has its id.
    pub(super) fn note_given_id(&self, answer: &Answer) {
        let id = answer.body.as_ref().and_then(|body| body.get("conversationId")?.as_str());
        let mut state = self.state();
        if let Some(conversation) = id.and_then(|id| state.conversations.get_mut(id)) {
            conversation.is_id_known = true;
        }
    }
}
