//! The steps of a set-up, in their order: what comes later needs what comes earlier.

use serde::{Deserialize, Serialize};

use crate::organization::Kind;

/// One thing that has to be as wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Step {
    /// Which media types may come and go.
    SupportedContent,
    /// Typing, both ways.
    MessagingSetting,
    /// Where customers wait.
    Queue,
    /// The flow that hands over to the queue.
    Flow,
    /// The Open Messaging integration.
    Integration,
    /// The integration's messages run through the flow.
    Routing,
    /// What the bridge may do.
    Role,
    /// The administrator has the role, too: only then it can be handed on.
    Grant,
    /// The OAuth client that the bridge logs in with.
    Client,
    /// For how long a conversation that ended can be continued, for the whole organisation.
    Timeline,
    /// The integration that brings events to EventBridge.
    EventSource,
}

impl Step {
    /// All of them, in their order.
    pub const ALL: [Self; 11] = [
        Self::SupportedContent,
        Self::MessagingSetting,
        Self::Queue,
        Self::Flow,
        Self::Integration,
        Self::Routing,
        Self::Role,
        Self::Grant,
        Self::Client,
        Self::Timeline,
        Self::EventSource,
    ];

    /// What a person calls it.
    pub fn word(self) -> &'static str {
        match self {
            Self::SupportedContent => "supported content",
            Self::MessagingSetting => "messaging setting",
            Self::Queue => "queue",
            Self::Flow => "inbound message flow",
            Self::Integration => "Open Messaging integration",
            Self::Routing => "routing",
            Self::Role => "role",
            Self::Grant => "grant of the role",
            Self::Client => "OAuth client",
            Self::Timeline => "threading timeline",
            Self::EventSource => "EventBridge integration",
        }
    }

    /// The kind of object that the step makes; none where it only changes one.
    pub fn kind(self) -> Option<Kind> {
        Some(match self {
            Self::SupportedContent => Kind::SupportedContent,
            Self::MessagingSetting => Kind::MessagingSetting,
            Self::Queue => Kind::Queue,
            Self::Flow => Kind::MessageFlow,
            Self::Integration => Kind::OpenIntegration,
            Self::Role => Kind::Role,
            Self::Client => Kind::OAuthClient,
            Self::EventSource => Kind::Integration,
            Self::Routing | Self::Grant | Self::Timeline => return None,
        })
    }
}
