//! The wanted state of a set-up.

use serde_json::{Value, json};
use shared::ids::IntegrationName;

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
    pub queue: String,
    /// Whether setup may make the queue.
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

    /// The name of the workflow and of the trigger of a topic.
    pub fn name_of(&self, topic: Topic) -> String {
        format!("{} {}", self.label, topic.word())
    }

    /// Distinguishes setup's workflow and trigger of a topic from others.
    pub fn mark_of(&self, topic: Topic) -> String {
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
