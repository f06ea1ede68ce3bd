//! Parses Genesys' answers about a conversation.
//!
//! Rule: parsing never fails, and missing data proves nothing. A conversation has ended when its
//! customer is seen to have left, not when the answer has no customer. Source:
//! `MessageConversation` and `MessageMediaParticipant`.

use serde_json::{Map, Value};

use super::lifecycle::DisconnectType;
use super::object::{instant, object, text};
use crate::debug_shows;
use crate::ids::{GenesysConversationId, GenesysMessageId};
use crate::time::Timestamp;

/// The states of a participant who has left.
const GONE: [&str; 2] = ["disconnected", "terminated"];
/// The purposes of a participant who is an agent.
const AGENTS: [&str; 2] = ["agent", "user"];
const CUSTOMERS: [&str; 2] = ["customer", "external"];
const QUEUES: [&str; 1] = ["acd"];
/// The most agents that are read of one conversation, the latest ones.
const MOST_AGENTS: usize = 8;

/// The status of a conversation at Genesys.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ConversationView {
    pub ended: Option<End>,
    /// The connected agent, if there is one.
    pub agent_since: Option<AgentSince>,
    /// The agents who are or were connected, in the order in which they came.
    pub agents: Vec<AgentView>,
    /// The queue in which the customer waits, or waited last.
    pub queue: Option<QueueView>,
}

/// An agent who is or was connected.
#[derive(Clone, Default, PartialEq)]
pub struct AgentView {
    /// The id of this presence.
    pub participant: Option<String>,
    pub user: Option<String>,
    pub name: Option<String>,
    /// When the agent was connected.
    pub since: Option<Timestamp>,
    pub is_connected: bool,
    /// The messages that the agent wrote.
    pub messages: Vec<GenesysMessageId>,
}

debug_shows!(AgentView: participant, user, since, is_connected);

/// A queue. Source: the participant of the queue has the queue's name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct QueueView {
    pub id: Option<String>,
    pub name: Option<String>,
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
        let mut was_connected: Vec<AgentView> = of(&AGENTS).filter_map(|it| agent(it)).collect();
        was_connected.sort_by_key(|agent| agent.since);
        let agents = was_connected.split_off(was_connected.len().saturating_sub(MOST_AGENTS));
        let waits = of(&QUEUES).max_by_key(|participant| {
            (!is(participant, "state", &GONE), instant(participant, "startTime"))
        });
        let queue = waits.map(|participant| QueueView {
            id: id_of(participant, "queue", "queueId"),
            name: name_of(participant, "queue"),
        });
        let queue = queue.filter(|queue| *queue != QueueView::default());
        Self { ended, agent_since, agents, queue }
    }

    /// Parses the answer of `GET /api/v2/conversations/messages/{messageId}/details`: the
    /// conversation of a message.
    pub fn conversation_of_message(bytes: &[u8]) -> Option<GenesysConversationId> {
        text(&object(bytes), "conversationId").map(GenesysConversationId::new)
    }
}

/// An agent who is or was connected, not one who was only rung.
fn agent(participant: &Map<String, Value>) -> Option<AgentView> {
    let is_connected = is(participant, "state", &["connected"]);
    let connected = instant(participant, "connectedTime");
    let since = connected.or_else(|| instant(participant, "startTime").filter(|_| is_connected));
    let messages = participant.get("messages").and_then(Value::as_array);
    let ids = messages.into_iter().flatten().filter_map(Value::as_object);
    (is_connected || connected.is_some()).then(|| AgentView {
        participant: text(participant, "id"),
        user: id_of(participant, "user", "userId"),
        name: name_of(participant, "user"),
        since,
        is_connected,
        messages: ids.filter_map(|it| text(it, "messageId")).map(GenesysMessageId::new).collect(),
    })
}

/// The id that a participant refers to: of the reference, or from the older key beside it.
fn id_of(participant: &Map<String, Value>, reference: &str, key: &str) -> Option<String> {
    let referred = participant.get(reference).and_then(Value::as_object);
    referred.and_then(|it| text(it, "id")).or_else(|| text(participant, key))
}

/// The participant's own name, which the platform shows, or the name of the reference.
fn name_of(participant: &Map<String, Value>, reference: &str) -> Option<String> {
    let filled = |name: String| Some(name.trim().to_owned()).filter(|name| !name.is_empty());
    let referred = || text(participant.get(reference)?.as_object()?, "name").and_then(filled);
    text(participant, "name").and_then(filled).or_else(referred)
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
        assert!(view(agent("alerting")).agents.is_empty());
        assert_eq!(view(agent("connected")).agents.len(), 1);
    }

    #[test]
    fn agents_are_read_with_their_names_users_and_messages() {
        let read = view(json!([
            { "id": "p-2", "purpose": "agent", "state": "connected", "name": "Eva Lang",
              "connectedTime": "2026-11-22T10:05:00Z", "user": { "id": "u-2" },
              "messages": [{ "messageId": "m-7" }, { "messageId": 8 }, 5, {}] },
            { "id": "p-1", "purpose": "user", "state": "disconnected", "name": " ",
              "connectedTime": "2026-11-22T10:00:00Z", "userId": "u-1" },
            { "id": "p-0", "purpose": "agent", "state": "disconnected", "name": "Rung In Vain",
              "startTime": "2026-11-22T09:59:00Z" },
            { "id": "p-3", "purpose": "acd", "state": "disconnected", "name": "Billing",
              "startTime": "2026-11-22T10:03:00Z", "queue": { "id": "q-1" } },
            { "id": "p-4", "purpose": "acd", "state": "connected",
              "startTime": "2026-11-22T10:01:00Z", "queue": { "id": "q-2", "name": "Sales" } },
        ]));
        let seen = |agent: &AgentView| (agent.user.clone(), agent.name.clone(), agent.is_connected);
        let text = |text: &str| Some(text.to_owned());
        let expected = [(text("u-1"), None, false), (text("u-2"), text("Eva Lang"), true)];
        assert_eq!(read.agents.iter().map(seen).collect::<Vec<_>>(), expected);
        let messages = ["m-7", "8"].map(GenesysMessageId::new);
        assert_eq!(read.agents[1].messages, messages);
        assert_eq!(read.queue, Some(QueueView { id: text("q-2"), name: text("Sales") }));
        assert!(!format!("{read:?}").contains("Eva"), "a name is personal data");
    }
}
