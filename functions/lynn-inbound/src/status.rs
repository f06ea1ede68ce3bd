//! Answers a flow's question for the state of a conversation.

use bytes::Bytes;
use conversation::Conversation;
use delivery::per_session;
use http::{Response, StatusCode};
use serde_json::json;
use shared::config::ConversationPer;
use shared::error::chain;
use shared::external_id::Customer;
use shared::ids::{ContactId, ConversationKey, IntegrationName};
use shared::lynn::inbound::trimmed_id;
use shared::ports::{PortError, Store};
use shared::problem;
use shared::time::Timestamp;
use url::form_urlencoded;

/// The conversation that a caller asks about.
pub(crate) struct Asked<'a> {
    pub integration: &'a IntegrationName,
    pub contact: &'a ContactId,
    /// Without it, the latest one.
    pub session: Option<String>,
    pub per: ConversationPer,
}

impl Asked<'_> {
    /// The state of the conversation, if any event of it has passed.
    pub(crate) async fn state(
        &self,
        store: &dyn Store,
    ) -> Result<Option<(ConversationKey, Conversation)>, PortError> {
        if self.per == ConversationPer::Session {
            let session = self.session.as_deref();
            return per_session::find(store, self.integration, self.contact, session).await;
        }
        let key = ConversationKey::new(self.integration.clone(), self.contact.clone());
        Ok(per_session::conversation(store, &key).await?.map(|conversation| (key, conversation)))
    }
}

/// The session that a query names.
pub(crate) fn session(query: Option<&str>) -> Option<String> {
    let mut pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    let (_, session) = pairs.find(|(name, _)| name == "session")?;
    Some(trimmed_id(&session).to_owned()).filter(|session| !session.is_empty())
}

/// Answers with the conversation, or with 404 for a contact without any event.
pub(crate) async fn answer(
    store: &dyn Store,
    asked: &Asked<'_>,
    now: Timestamp,
) -> Response<Bytes> {
    match asked.state(store).await {
        Ok(Some((key, conversation))) => {
            let customer = conversation.customer(&key.contact, asked.per);
            let answer = describe(asked.integration, &customer, &conversation, now);
            problem::answer(StatusCode::OK, &answer)
        }
        Ok(None) => {
            let detail = "No event of this contact has passed yet.";
            problem::problem(StatusCode::NOT_FOUND, "Unknown contact", detail)
        }
        Err(error) => unreadable(&error),
    }
}

fn unreadable(error: &(dyn std::error::Error + 'static)) -> Response<Bytes> {
    tracing::error!(
        event.name = "unread",
        error = chain(error),
        "A conversation could not be read from the store."
    );
    problem::unreadable()
}

fn describe(
    integration: &IntegrationName,
    customer: &Customer,
    conversation: &Conversation,
    now: Timestamp,
) -> serde_json::Value {
    json!({
        "integration": integration,
        "contact": { "id": customer.contact, "idType": conversation.contact.id_type },
        "status": conversation.stage().status(),
        "agentConnected": conversation.has_agent(),
        "conversationId": conversation.genesys_conversation,
        "session": {
            "id": customer.session,
            "channel": conversation.session.channel,
            "active": conversation.session_active(now),
        },
        "sequence": conversation.sequence,
        "lastActivity": conversation.last_activity.map(Timestamp::to_text),
        "resumableUntil": conversation.resumable(now).map(Timestamp::to_text),
    })
}
