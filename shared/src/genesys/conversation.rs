//! Parses Genesys' answers about a conversation.
//!
//! Rule: parsing never fails, and missing data proves nothing. A conversation has ended when its
//! customer is seen to have left, not when the answer has no customer. Source:
//! `MessageConversation` and `MessageMediaParticipant`.

use serde_json::{Map, Value};

use super::lifecycle::DisconnectType;
use super::object::{instant, object, text};
use crate::ids::GenesysConversationId;
use crate::time::Timestamp;

/// The states of a participant who has left.
const GONE: [&str; 2] = ["disconnected", "terminated"];
/// The purposes of a participant who is an agent.
const AGENTS: [&str; 2] = ["agent", "user"];
const CUSTOMERS: [&str; 2] = ["customer", "external"];

/// The status of a conversation at Genesys.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ConversationView {
    pub ended: Option<End>,
    /// The connected agent, if there is one.
    pub agent_since: Option<AgentSince>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct End {
    /// The time of the end, if the answer has it.
    pub at: Option<Timestamp>,
    /// The reason, if the answer has it.
    pub disconnect: Option<DisconnectType>,
}

/// A connected agent, and since when, if the answer has the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AgentSince(pub Option<Timestamp>);

impl ConversationView {
    /// Parses the answer of `GET /api/v2/conversations/messages/{conversationId}`.
    pub fn parse(bytes: &[u8]) -> Self {
        let body = object(bytes);
        let participants = body.get("participants").and_then(Value::as_array);
        let participants: Vec<&Map<String, Value>> =
            participants.into_iter().flatten().filter_map(Value::as_object).collect();
        let of = |purposes: &'static [&str]| {
            participants.iter().filter(move |participant| is(participant, "purpose", purposes))
        };
        let customer_left = of(&CUSTOMERS).count() > 0
            && of(&CUSTOMERS).all(|participant| is(participant, "state", &GONE));
        let last = of(&CUSTOMERS).max_by_key(|participant| instant(participant, "endTime"));
        let ended = last.filter(|_| customer_left).map(|participant| End {
            at: instant(participant, "endTime"),
            disconnect: text(participant, "disconnectType").map(DisconnectType::new),
        });
        let mut agents = of(&AGENTS).filter(|participant| is(participant, "state", &["connected"]));
        let agent_since = agents.next().map(|participant| {
            let since = instant(participant, "connectedTime");
            AgentSince(since.or_else(|| instant(participant, "startTime")))
        });
        Self { ended, agent_since }
    }

    /// Parses the answer of `GET /api/v2/conversations/messages/{messageId}/details`: the
    /// conversation of a message.
    pub fn conversation_of_message(bytes: &[u8]) -> Option<GenesysConversationId> {
        text(&object(bytes), "conversationId").map(GenesysConversationId::new)
    }
}

fn is(participant: &Map<String, Value>, key: &str, words: &[&str]) -> bool {
    let said = text(participant, key);
    said.is_some_and(|said| words.iter().any(|word| said.eq_ignore_ascii_case(word)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn view(participants: Value) -> ConversationView {
        ConversationView::parse(
            json!({ "id": "c-1", "participants": participants }).to_string().as_bytes(),
        )
    }

    #[test]
    fn a_conversation_has_ended_when_its_customer_has_left() {
        let left = json!({ "purpose": "customer", "state": "disconnected", "endTime": "2026-11-22T10:00:00.000Z",
                           "disconnectType": "peer" });
        let ended =
            view(json!([ left, { "purpose": "agent", "state": "disconnected" } ])).ended.unwrap();
        assert_eq!(ended.at, Timestamp::parse("2026-11-22T10:00:00Z"));
        assert_eq!(ended.disconnect, Some(DisconnectType::new("peer")));
        // The conversation was resumed: the same customer is there again.
        let back = json!({ "purpose": "customer", "state": "connected" });
        assert_eq!(view(json!([left, back])).ended, None);
    }

    #[test]
    fn what_is_not_said_is_not_concluded() {
        for participants in
            [json!([]), json!(null), json!([ { "purpose": "acd", "state": "disconnected" }, 5 ])]
        {
            assert_eq!(view(participants), ConversationView::default());
        }
        assert_eq!(ConversationView::parse(b"<html>"), ConversationView::default());
    }

    #[test]
    fn an_agent_who_is_rung_is_not_connected() {
        let agent = |state: &str| json!([ { "purpose": "agent", "state": state, "startTime": "2026-11-22T10:00:00Z" } ]);
        assert_eq!(view(agent("alerting")).agent_since, None);
        let since = Timestamp::parse("2026-11-22T10:00:00Z");
        assert_eq!(view(agent("connected")).agent_since, Some(AgentSince(since)));
    }
}
