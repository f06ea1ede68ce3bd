//! What a set-up is to be.

use serde_json::{Value, json};
use shared::ids::IntegrationName;

use crate::organization::Topic;

/// Media types that are allowed unless told otherwise.
pub const USUAL_MEDIA: [&str; 4] = ["image/*", "audio/*", "video/*", "application/pdf"];

/// What a set-up is to be.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The integration's name in the bridge's configuration.
    pub name: IntegrationName,
    /// The name of everything that is made, but the queue.
    pub label: String,
    /// Where Genesys Cloud posts.
    pub webhook_url: String,
    pub queue: String,
    /// Whether it may be made.
    pub create_queue: bool,
    /// Whether a flow of the name that somebody else made is used as it is.
    pub use_flow: bool,
    /// The minutes in which a conversation that ended can be continued; none leaves the
    /// organisation as it is.
    pub window_minutes: Option<u64>,
    /// The media types allowed, both ways.
    pub media_types: Vec<String>,
    /// Whether the bridge ends conversations at Genesys Cloud.
    pub disconnects: bool,
    /// The way to EventBridge, if that is wanted.
    pub events: Option<EventBridge>,
    /// Whether workflows are to post events.
    pub posted_events: bool,
    /// Whether it is all to be taken away.
    pub is_removal: bool,
}

/// Where EventBridge gets the events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventBridge {
    /// The account, twelve digits.
    pub account: String,
    pub region: String,
    /// The end of the source's name.
    pub suffix: String,
}

impl Wanted {
    /// What tells our objects from others' of the same name, where an object has a description.
    pub fn mark(&self) -> String {
        mark(&self.name)
    }

    /// Where the bridge takes events.
    pub fn events_url(&self) -> String {
        format!("{}/events", self.webhook_url.trim_end_matches('/'))
    }

    /// The name of the workflow and of the trigger of a topic.
    pub fn name_of(&self, topic: Topic) -> String {
        format!("{} {}", self.label, topic.word())
    }

    /// What tells our workflow and trigger of a topic from others'.
    pub fn mark_of(&self, topic: Topic) -> String {
        format!("{} Topic {}.", self.mark(), topic.word())
    }
}

impl EventBridge {
    /// What the integration is to be told.
    pub fn properties(&self) -> Value {
        json!({
            "eventSourceSuffix": self.suffix,
            "awsAccountId": self.account,
            "awsAccountRegion": self.region,
            "eventFilter": Topic::ALL.map(Topic::name),
        })
    }
}

/// What tells our objects from others' of the same name.
pub fn mark(name: &IntegrationName) -> String {
    format!("Made by bridge setup for the integration {name}.")
}
