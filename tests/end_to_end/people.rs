//! The actions of people at Genesys and their events, and the resulting states of conversations.

use reqwest::header::CONTENT_TYPE;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use shared::time::Timestamp;
use simulators::{GenesysSimulator, LifecycleEvent, LynnSimulator, RecordedRequest};
use tokio::time::{Duration, Instant, sleep};

use crate::harness::{EVENTS_KEY, Harness, NAME, SOON, each};

/// The event that tells Lynn that an agent is connected.
pub const CONNECTED: &str = "conversation.agentConnected";
/// The event that tells Lynn that a conversation has ended.
pub const ENDED: &str = "conversation.ended";

impl Harness {
    /// A workflow posts events, each until the bridge accepts it.
    pub async fn tell(&self, events: &[LifecycleEvent]) {
        assert!(!events.is_empty(), "nothing has happened at Genesys");
        for event in events {
            let delivery = self.genesys.post_event(event).await;
            assert!(delivery.delivered, "{:?}", delivery.attempts);
        }
    }

    /// A request that posts an event in any form, with the right key.
    pub fn event(&self, body: impl Into<Vec<u8>>) -> RequestBuilder {
        self.request(Method::POST, &format!("/genesys/{NAME}/events"))
            .header(CONTENT_TYPE, "application/json")
            .header("x-api-key", EVENTS_KEY)
            .body(body.into())
    }

    /// Posts an event as a workflow does, and expects it to be accepted.
    pub async fn post_event(&self, event: &Value) {
        let answer = self.event(event.to_string()).send().await.expect("an answer");
        assert_eq!(answer.status(), 200, "{event}");
    }

    /// Waits until everything posted so far about the contact's conversation is processed, if the
    /// bridge knew the conversation at that time: posts a further event, which changes nothing, and
    /// waits for it.
    pub async fn all_told(&self, contact: &str) {
        let conversation = self.genesys.conversation_id(contact).expect("a conversation");
        // A time that no other event has.
        let time = i64::from(uuid::Uuid::new_v4().as_fields().0) + 1_000_000_000_000;
        let id = format!("{conversation}#acd.start#{time}");
        let integration = self.genesys.options().integration_id.clone();
        let whose = json!({ "addressFrom": contact, "addressTo": integration });
        self.post_event(&happening("acd.start", &conversation, time, whose)).await;
        let done = [("event.id", id.as_str()), ("reason", "it changes nothing for the customer")];
        self.logged(&done).await;
    }

    /// A customer writes, and Genesys accepts the message. Returns the id of the conversation.
    pub async fn opened(&self, contact: &str) -> String {
        self.say(contact, "m-1", "I need an agent").await;
        self.accepted(contact, 1).await;
        let id = self.genesys.conversation_id(contact).expect("a conversation");
        self.stands(contact, json!({ "status": "open" })).await;
        id
    }

    /// The customer writes once more, after an end, and Genesys accepts the message.
    pub async fn opened_again(&self, contact: &str) {
        self.say(contact, "m-again", "One more thing").await;
        self.accepted(contact, 2).await;
        self.stands(contact, json!({ "status": "open" })).await;
    }

    /// An agent is rung and answers, and Lynn is told of it in the event of this number.
    pub async fn agent_comes(&self, contact: &str, agent: &str, number: usize) {
        let mut events = self.genesys.queue_waits(contact);
        events.extend(self.genesys.agent_answers(contact, agent));
        self.tell(&events).await;
        assert_eq!(self.heard(contact, number).await[number - 1]["type"], CONNECTED);
    }

    /// An agent ends the conversation, and Lynn is told of it in the event of this number.
    pub async fn agent_leaves(&self, contact: &str, agent: &str, number: usize) -> Value {
        self.tell(&self.genesys.agent_ends(contact, agent)).await;
        let ended = self.heard(contact, number).await.remove(number - 1);
        assert_eq!((&ended["type"], &ended["reason"]), (&json!(ENDED), &json!("agent")));
        ended
    }

    /// Waits until the status of a conversation has these values, and returns it.
    pub async fn stands(&self, contact: &str, expected: Value) -> Value {
        let expected = expected.as_object().expect("fields").clone();
        let deadline = Instant::now() + SOON;
        loop {
            let status = self.lynn.get_conversation(contact).await.body;
            if expected.iter().all(|(key, value)| status[key] == *value) {
                return status;
            }
            if Instant::now() > deadline {
                self.fail(&format!("{status} is not {expected:?}"));
            }
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until the contact's conversation has ended at Genesys.
    pub async fn closed(&self, contact: &str) {
        let closed = |genesys: &GenesysSimulator| !genesys.is_conversation_open(contact);
        assert!(self.genesys.wait_until(SOON, closed).await, "{contact} is still open");
    }

    /// Waits until Lynn has received an event of this type once, and returns it.
    pub async fn heard_once(&self, contact: &str, kind: &str) -> Value {
        let some = |lynn: &LynnSimulator| !lynn.events_of_type(contact, kind).is_empty();
        if !self.lynn.wait_until(SOON, some).await {
            self.fail(&format!("Lynn heard {:?}", self.lynn.events_for(contact)));
        }
        let mut heard = self.lynn.events_of_type(contact, kind);
        assert_eq!(heard.len(), 1, "{heard:?}");
        heard.remove(0)
    }

    /// The types of a contact's events at Lynn; their sequence numbers have no gap.
    pub fn types(&self, contact: &str) -> Vec<Value> {
        let events = self.lynn.events_for(contact);
        assert_eq!(each(&events, "/sequence"), (1..=events.len()).collect::<Vec<_>>());
        each(&events, "/type")
    }

    /// The calls to Genesys about whole conversations.
    pub fn calls(&self, method: &str) -> Vec<RecordedRequest> {
        let mut calls = self.genesys.requests();
        let whole = |call: &RecordedRequest| {
            call.path
                .strip_prefix("/api/v2/conversations/messages/")
                .is_some_and(|id| !id.contains('/'))
        };
        calls.retain(|call| call.method == method && whole(call));
        calls
    }

    /// For each message so far, whether it asked for the id of its conversation.
    pub fn asked(&self) -> Vec<bool> {
        let mut calls = self.genesys.requests();
        calls.retain(|call| call.path.ends_with("/inbound/open/message"));
        calls.iter().map(|call| call.query.is_some()).collect()
    }
}

/// An event as a workflow posts it; the time is in milliseconds since 1970.
pub fn happening(kind: &str, conversation: &str, time: i64, more: Value) -> Value {
    let mut body = json!({
        "eventTime": time, "conversationId": conversation, "mediaType": "MESSAGE", "messageType": "OPEN",
    });
    for (key, value) in more.as_object().expect("fields") {
        body[key] = value.clone();
    }
    json!({ "topicName": format!("v2.detail.events.conversation.{{id}}.{kind}"), "eventBody": body })
}

/// An instant of the contract in milliseconds since 1970.
pub fn milliseconds(text: &Value) -> i64 {
    let instant = text.as_str().and_then(Timestamp::parse);
    instant.unwrap_or_else(|| panic!("{text} is no instant")).milliseconds()
}

/// The current time in milliseconds since 1970.
pub fn now() -> i64 {
    let since = std::time::UNIX_EPOCH.elapsed().expect("after 1970");
    i64::try_from(since.as_millis()).expect("not too far after 1970")
}

/// The instant this many minutes ago, in the format of the contract.
pub fn ago(minutes: i64) -> String {
    Timestamp::from_milliseconds(now() - minutes * 60_000).to_text()
}
