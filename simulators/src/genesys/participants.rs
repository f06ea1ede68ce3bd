//! The participants of a conversation: the customer, the queue and the agents. A participant who
//! returns is a new participant with a new session. Participants are never removed from the list.

use serde_json::{Value, json};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::clock;

/// The role of a participant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Customer,
    /// The queue, while the customer waits in it.
    Acd {
        queue: String,
    },
    /// A person. The queue is the one from which the customer came; `None` if the agent came first.
    Agent {
        user: String,
        queue: Option<String>,
    },
}

impl Purpose {
    /// The queue in which the customer waits or from which the agent was rung.
    pub(super) fn queue(&self) -> Option<&str> {
        match self {
            Self::Customer => None,
            Self::Acd { queue } => Some(queue),
            Self::Agent { queue, .. } => queue.as_deref(),
        }
    }

    pub(super) fn user(&self) -> Option<&str> {
        match self {
            Self::Agent { user, .. } => Some(user),
            Self::Customer | Self::Acd { .. } => None,
        }
    }

    fn word(&self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Acd { .. } => "acd",
            Self::Agent { .. } => "agent",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Disconnect {
    /// The participant itself has left.
    Client,
    /// The other side has left.
    Peer,
    /// Disconnected through the API.
    System,
    Timeout,
    Transfer,
}

impl Disconnect {
    /// The word in detail events.
    pub(super) fn in_events(self) -> &'static str {
        match self {
            Self::Client => "CLIENT",
            Self::Peer => "PEER",
            Self::System => "SYSTEM",
            Self::Timeout => "TIMEOUT",
            Self::Transfer => "TRANSFER",
        }
    }

    fn in_conversations(self) -> String {
        self.in_events().to_lowercase()
    }
}

/// A participant, present or gone.
#[derive(Clone, Debug)]
pub(super) struct Participant {
    pub(super) id: String,
    pub(super) session: String,
    pub(super) purpose: Purpose,
    since: OffsetDateTime,
    connected: Option<OffsetDateTime>,
    left: Option<(OffsetDateTime, Disconnect)>,
    /// The result of a wait in a queue.
    pub(super) outcome: Option<Outcome>,
    /// The Genesys ids of the messages that the participant wrote.
    pub(super) messages: Vec<String>,
}

/// The result of a wait in a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The customer has left or no longer waits.
    Abandoned,
    Answered(String),
    /// A flow has taken the customer out of the queue.
    FlowOut,
}

impl Outcome {
    /// The word of the outcome, and the agent.
    pub(super) fn in_events(&self) -> (&'static str, Option<&str>) {
        match self {
            Self::Abandoned => ("ABANDON", None),
            Self::Answered(user) => ("ANSWERED", Some(user)),
            Self::FlowOut => ("FLOW_OUT", None),
        }
    }
}

impl Participant {
    /// A participant who is rung and has not answered yet.
    pub(super) fn alerting(purpose: Purpose, now: OffsetDateTime) -> Self {
        Self {
            id: Uuid::new_v4().to_string(),
            session: Uuid::new_v4().to_string(),
            purpose,
            since: now,
            connected: None,
            left: None,
            outcome: None,
            messages: Vec::new(),
        }
    }

    /// A participant who is connected at once.
    pub(super) fn connected(purpose: Purpose, now: OffsetDateTime) -> Self {
        Self { connected: Some(now), ..Self::alerting(purpose, now) }
    }

    pub(super) fn is_present(&self) -> bool {
        self.left.is_none()
    }

    pub(super) fn is_alerting(&self) -> bool {
        self.is_present() && self.connected.is_none()
    }

    pub(super) fn is_connected(&self) -> bool {
        self.is_present() && self.connected.is_some()
    }

    pub(super) fn disconnect_type(&self) -> Option<Disconnect> {
        self.left.map(|(_, disconnect)| disconnect)
    }

    pub(super) fn answer(&mut self, now: OffsetDateTime) {
        self.connected.get_or_insert(now);
    }

    pub(super) fn leave(&mut self, disconnect: Disconnect, now: OffsetDateTime) {
        self.left.get_or_insert((now, disconnect));
    }

    fn state(&self) -> &'static str {
        match (self.left, self.connected) {
            (Some(_), _) => "disconnected",
            (None, Some(_)) => "connected",
            (None, None) => "alerting",
        }
    }

    /// The participant as the conversation API shows it. `name` is the display name, if there is
    /// one.
    pub(super) fn describe(&self, contact: &str, integration: &str, name: Option<&str>) -> Value {
        let address = |id: &str| json!({ "addressNormalized": id, "addressRaw": id });
        let mut body = json!({
            "id": self.id,
            "purpose": self.purpose.word(),
            "state": self.state(),
            "type": "open",
            "direction": "inbound",
            "startTime": clock::write(self.since),
            "held": false,
            "wrapupRequired": false,
            "provider": super::PROVIDER,
            "fromAddress": address(contact),
            "toAddress": address(integration),
        });
        if let Some(name) = name {
            body["name"] = json!(name);
        }
        if !self.messages.is_empty() {
            let messages = self.messages.iter().map(|id| json!({ "messageId": id }));
            body["messages"] = messages.collect();
        }
        if let Some(time) = self.connected {
            body["connectedTime"] = json!(clock::write(time));
        }
        if let Some((time, disconnect)) = self.left {
            body["endTime"] = json!(clock::write(time));
            body["disconnectType"] = json!(disconnect.in_conversations());
        }
        if let Some(user) = self.purpose.user() {
            body["user"] = json!({ "id": user, "selfUri": format!("/api/v2/users/{user}") });
            body["userId"] = json!(user);
        }
        if let Some(queue) = self.purpose.queue() {
            body["queue"] =
                json!({ "id": queue, "selfUri": format!("/api/v2/routing/queues/{queue}") });
        }
        body
    }
}
