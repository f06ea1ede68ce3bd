//! The wanted state of a set-up.

use serde_json::{Value, json};
use shared::ids::IntegrationName;

use crate::Branch;
use crate::organization::Topic;

/// The media types allowed by default.
pub const USUAL_MEDIA: [&str; 4] = ["image/*", "audio/*", "video/*", "application/pdf"];

/// The wanted state of a set-up.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The integration's name in the bridge's configuration.
    pub name: IntegrationName,
    /// The name of all objects that setup makes, except the queue.
    pub label: String,
    /// The URL that Genesys Cloud posts to.
    pub webhook_url: String,
    /// The queue of all conversations that no branch sends elsewhere.
    pub queue: String,
    /// The branches of the flow, in their order: the first one that fits decides.
    pub branches: Vec<Branch>,
    /// The names of the branches' queues by their place, from the record.
    pub branch_queues: Vec<String>,
    /// Whether setup may make the queues.
    pub create_queue: bool,
    /// Whether to use an existing flow with the name as it is, although setup did not make it.
    pub use_flow: bool,
    /// For how many minutes after its end a conversation can be continued; `None` leaves the
    /// organisation's value.
    pub window_minutes: Option<u64>,
    /// The media types allowed in both directions.
    pub media_types: Vec<String>,
    /// Whether the bridge ends conversations at Genesys Cloud.
    pub disconnects: bool,
    /// The EventBridge target, if the operator wants one.
    pub events: Option<EventBridge>,
    /// Whether workflows post events.
    pub posted_events: bool,
    /// The external source by which Genesys Cloud recognises contacts, if the operator wants one.
    pub identity_source: Option<String>,
    /// Whether to remove the whole set-up.
    pub is_removal: bool,
}

/// The target of events in EventBridge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventBridge {
    /// The account, twelve digits.
    pub account: String,
    pub region: String,
    /// The end of the event source's name.
    pub suffix: String,
}

impl Wanted {
    /// Distinguishes setup's objects from others with the same name, if an object has a
    /// description.
    pub fn mark(&self) -> String {
        mark(&self.name)
    }

    /// The URL at which the bridge accepts events.
    pub fn events_url(&self) -> String {
        format!("{}/events", self.webhook_url.trim_end_matches('/'))
    }

    /// Distinguishes the queues that setup made for branches from the default queue.
    pub(crate) fn mark_of_branches(&self) -> String {
        format!("{} By attribute:", self.mark())
    }

    /// The name of the workflow and of the trigger of a topic.
    pub fn name_of(&self, topic: Topic) -> String {
        format!("{} {}", self.label, topic.word())
    }

    /// Distinguishes setup's workflow and trigger of a topic from others.
    pub(crate) fn mark_of(&self, topic: Topic) -> String {
        format!("{} Topic {}.", self.mark(), topic.word())
    }
}

impl EventBridge {
    /// The configuration of the integration.
    pub fn properties(&self) -> Value {
        json!({
            "eventSourceSuffix": self.suffix,
            "awsAccountId": self.account,
            "awsAccountRegion": self.region,
            "eventFilter": Topic::ALL.map(Topic::name),
        })
    }
}

/// Distinguishes setup's objects from others with the same name.
pub fn mark(name: &IntegrationName) -> String {
    format!("Made by bridge setup for the integration {name}.")
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The least set-up.
    pub(crate) fn wanted() -> Wanted {
        Wanted {
            name: IntegrationName::new("support"),
            label: "lynn-support".to_owned(),
            webhook_url: "https://bridge.example.com/genesys/support".to_owned(),
            queue: "Agents".to_owned(),
            branches: Vec::new(),
            branch_queues: Vec::new(),
            create_queue: false,
            use_flow: false,
            window_minutes: None,
            media_types: Vec::new(),
            disconnects: false,
            events: None,
            posted_events: false,
            identity_source: None,
            is_removal: false,
        }
    }
}
