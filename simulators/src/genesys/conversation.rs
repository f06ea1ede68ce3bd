//! `/api/v2/conversations/messages/{conversationId}`: looking at a conversation and ending it.

use serde_json::{Value, json};

use super::Inner;
use super::fields::Fields;
use super::refusal::{Checked, Refusal};
use super::state::State;
use crate::http::Answer;

impl Inner {
    pub(super) fn show_conversation(&self, id: &str) -> Checked<Answer> {
        describe(&self.state(), id).map(|body| Answer::json(200, body))
    }

    pub(super) fn patch_conversation(&self, id: &str, body: &Value) -> Checked<Answer> {
        let fields = Fields::of("conversation", body)?.only(&["state"])?;
        fields.word("state", &["disconnected"])?;
        let mut state = self.state();
        describe(&state, id)?;
        if let Some(contact) = open_contact(&state, id) {
            state.end_conversation(&contact, "The customer has left.");
        }
        describe(&state, id).map(|body| Answer::json(200, body))
    }
}

/// The contact whose open conversation this is.
fn open_contact(state: &State, id: &str) -> Option<String> {
    let contact = state.conversations.get(id)?;
    let conversation = state.contacts.get(contact)?.conversation.as_ref()?;
    (conversation.id == id && conversation.ended_at.is_none()).then(|| contact.clone())
}

fn describe(state: &State, id: &str) -> Checked<Value> {
    let contact = state
        .conversations
        .get(id)
        .ok_or_else(|| Refusal::not_found(&format!("conversation {id}")))?;
    let connected = if open_contact(state, id).is_some() { "connected" } else { "disconnected" };
    Ok(json!({
        "id": id,
        "participants": [ { "purpose": "customer", "state": connected, "type": "message", "fromAddress": { "addressNormalized": contact } } ],
        "selfUri": format!("/api/v2/conversations/messages/{id}"),
    }))
}
