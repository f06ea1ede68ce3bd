//! Lifecycle events in the two forms of the platform: for an EventBridge bus, and for a data
//! action.

use serde_json::{Value, json};
use uuid::Uuid;

use super::Inner;
use super::lifecycle::{Conversation, Step};
use super::participants::Outcome;
use crate::clock;

/// The account and the region of the bus; they have no meaning.
const ACCOUNT: &str = "123456789012";
const REGION: &str = "us-east-1";

/// An event in the life of a conversation, as the platform reports it.
///
/// The same event sent twice has the same ids: it is a repeat. Events are created in the order in
/// which they happened; a receiver may get them in any order.
#[derive(Clone, Debug, PartialEq)]
pub struct LifecycleEvent {
    id: String,
    correlation_id: String,
    kind: &'static str,
    conversation_id: String,
    time_ms: i64,
    body: Value,
}

impl LifecycleEvent {
    /// `customer.end`, `user.start`, `user.end`, `acd.start` or `acd.end`.
    pub fn kind(&self) -> &'static str {
        self.kind
    }

    /// The id of this event, the same in every repeat.
    pub fn id(&self) -> &str {
        &self.id
    }

    pub fn conversation_id(&self) -> &str {
        &self.conversation_id
    }

    /// The time of the event, in milliseconds since 1970.
    pub fn time_ms(&self) -> i64 {
        self.time_ms
    }

    /// The detail event itself.
    pub fn event_body(&self) -> Value {
        self.body.clone()
    }

    /// The whole event on an EventBridge bus. `source` is
    /// `aws.partner/genesys.com/cloud/<organization>/<suffix>`.
    pub fn event_bridge(&self, source: &str) -> Value {
        let time = clock::from_milliseconds(self.time_ms);
        json!({
            "version": "0",
            "id": self.id,
            "detail-type": self.topic("{id}"),
            "source": source,
            "account": ACCOUNT,
            "time": clock::write_seconds(time),
            "region": REGION,
            "resources": [],
            "detail": {
                "topicName": self.topic(&self.conversation_id),
                "version": "2",
                "timestamp": clock::write(time),
                "eventBody": self.body,
                "metadata": { "CorrelationId": self.correlation_id },
            },
        })
    }

    /// The body that the data action of a triggered workflow posts. The topic is the trigger's own,
    /// so it names no conversation.
    pub fn process_automation(&self) -> Value {
        json!({ "topicName": self.topic("{id}"), "eventBody": self.body })
    }

    /// The topic of one conversation or, with `{id}`, of all.
    pub(super) fn topic(&self, id: &str) -> String {
        format!("v2.detail.events.conversation.{id}.{}", self.kind)
    }
}

impl Inner {
    /// Builds the platform's event for a step in a conversation's life.
    pub(super) fn lifecycle_event(
        &self,
        conversation: &Conversation,
        step: &Step,
        time_ms: i64,
    ) -> LifecycleEvent {
        let participant = &step.participant;
        let mut body = json!({
            "eventTime": time_ms,
            "conversationId": conversation.id,
            "participantId": participant.id,
            "sessionId": participant.session,
            "mediaType": "MESSAGE",
            "messageType": "OPEN",
            "direction": "INBOUND",
            "provider": super::PROVIDER,
            "divisionId": self.division_id,
        });
        if self.options.address_in_events {
            body["addressFrom"] = json!(conversation.contact);
            body["addressTo"] = json!(conversation.integration);
        }
        let outcome = participant.outcome.as_ref().map(Outcome::in_events);
        let more = [
            ("acdOutcome", outcome.map(|(word, _)| word)),
            ("answeredUserId", outcome.and_then(|(_, user)| user)),
            ("disconnectType", participant.disconnect_type().map(|kind| kind.in_events())),
            ("userId", participant.purpose.user()),
            ("queueId", participant.purpose.queue()),
        ];
        for (key, value) in more {
            if let Some(value) = value {
                body[key] = json!(value);
            }
        }
        LifecycleEvent {
            id: Uuid::new_v4().to_string(),
            correlation_id: Uuid::new_v4().to_string(),
            kind: step.kind,
            conversation_id: conversation.id.clone(),
            time_ms,
            body,
        }
    }
}
