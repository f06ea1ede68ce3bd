//! Answers a flow's question for the state of a conversation.

use bytes::Bytes;
use conversation::{Conversation, Status};
use http::{Response, StatusCode};
use serde_json::json;
use shared::error::chain;
use shared::ids::{ContactId, ConversationKey, IntegrationName};
use shared::ports::{ItemKey, Store};
use shared::problem;
use shared::time::Timestamp;

/// Answers with the conversation, or with 404 for a contact without any event.
pub async fn answer(
    store: &dyn Store,
    integration: &IntegrationName,
    contact: ContactId,
    now: Timestamp,
) -> Response<Bytes> {
    let key = ConversationKey::new(integration.clone(), contact);
    let loaded = store.load(&[ItemKey::state(&key)]).await;
    let item = match loaded {
        Ok(items) => items.into_iter().next().flatten(),
        Err(error) => return unreadable(&error),
    };
    let Some(item) = item else {
        let detail = "No event of this contact has passed yet.";
        return problem::problem(StatusCode::NOT_FOUND, "Unknown contact", detail);
    };
    match serde_json::from_str::<Conversation>(&item.body) {
        Ok(conversation) => problem::answer(StatusCode::OK, &describe(&key, &conversation, now)),
        Err(error) => unreadable(&error),
    }
}

fn unreadable(error: &(dyn std::error::Error + 'static)) -> Response<Bytes> {
    tracing::error!(
        event.name = "unread",
        error = chain(error),
        "A conversation could not be read."
    );
    problem::unreadable()
}

fn describe(
    key: &ConversationKey,
    conversation: &Conversation,
    now: Timestamp,
) -> serde_json::Value {
    let status = match conversation.status {
        Status::Idle => "idle",
        Status::Open => "open",
        Status::Ended => "ended",
    };
    json!({
        "integration": key.integration,
        "contact": { "id": key.contact, "idType": conversation.contact.id_type },
        "status": status,
        "agentConnected": conversation.agent_connected,
        "conversationId": conversation.genesys_conversation,
        "session": {
            "id": conversation.session.id,
            "channel": conversation.session.channel,
            "active": conversation.session_active(now),
        },
        "sequence": conversation.sequence,
        "lastActivity": conversation.last_activity.map(Timestamp::to_text),
        "resumableUntil": conversation.resumable(now).map(Timestamp::to_text),
    })
}
