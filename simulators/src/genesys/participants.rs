//! Who takes part in a conversation: the customer, the queue and the agents. Whoever comes back comes as a new
//! participant with a new session; nobody is ever taken off the list.

use serde_json::{Value, json};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::clock;

/// What a participant is there for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Customer,
    /// The queue, as long as the customer waits in it.
    Acd {
        queue: String,
    },
    /// A person; the queue is the one that the customer came from, none when the agent came first.
    Agent {
        user: String,
        queue: Option<String>,
    },
}

impl Purpose {
    /// The queue in which the customer waits or from which the agent was called.
    pub(super) fn queue(&self) -> Option<&str> {
        match self {
            Self::Customer => None,
            Self::Acd { queue } => Some(queue),
            Self::Agent { queue, .. } => queue.as_deref(),
        }
    }

    /// The agent's user id.
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

/// Why a participant has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Disconnect {
    /// By its own choice.
    Client,
    /// The other side has left.
    Peer,
    /// By the API.
    System,
    Timeout,
    Transfer,
}

impl Disconnect {
    /// As the detail events write it.
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
    /// What became of a wait in a queue.
    pub(super) outcome: Option<Outcome>,
}

/// What becomes of a wait in a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The customer is there no longer, or does not wait any more.
    Abandoned,
    /// This agent has answered.
    Answered(String),
    /// A flow has taken the customer out.
    FlowOut,
}

impl Outcome {
    /// The outcome's word and the agent.
    pub(super) fn in_events(&self) -> (&'static str, Option<&str>) {
        match self {
            Self::Abandoned => ("ABANDON", None),
            Self::Answered(user) => ("ANSWERED", Some(user)),
            Self::FlowOut => ("FLOW_OUT", None),
        }
    }
}

impl Participant {
    /// Somebody who is called and has not answered yet.
    pub(super) fn alerting(purpose: Purpose, now: OffsetDateTime) -> Self {
        Self {
            id: Uuid::new_v4().to_string(),
            session: Uuid::new_v4().to_string(),
            purpose,
            since: now,
            connected: None,
            left: None,
            outcome: None,
        }
    }

    /// Somebody who is in at once.
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

    /// The participant as the conversation API shows it.
    pub(super) fn describe(&self, contact: &str, integration: &str) -> Value {
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
