//! The types of events to Lynn: the words of the contract, and of the configuration.

use serde::Deserialize;

/// The types of events to Lynn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum OutboundType {
    #[serde(rename = "message")]
    Message,
    #[serde(rename = "typing")]
    Typing,
    #[serde(rename = "receipt")]
    Receipt,
    #[serde(rename = "conversation.agentConnected")]
    AgentConnected,
    #[serde(rename = "conversation.ended")]
    Ended,
    #[serde(rename = "conversation.queued")]
    Queued,
    #[serde(rename = "conversation.agentDisconnected")]
    AgentDisconnected,
}

impl OutboundType {
    /// The types that are posted unless `lynn.events` says otherwise.
    pub const DEFAULT: [Self; 5] =
        [Self::Message, Self::Typing, Self::Receipt, Self::AgentConnected, Self::Ended];

    /// The words of all types.
    pub const WORDS: [&'static str; 7] = [
        Self::Message.as_str(),
        Self::Typing.as_str(),
        Self::Receipt.as_str(),
        Self::AgentConnected.as_str(),
        Self::Ended.as_str(),
        Self::Queued.as_str(),
        Self::AgentDisconnected.as_str(),
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::Typing => "typing",
            Self::Receipt => "receipt",
            Self::AgentConnected => "conversation.agentConnected",
            Self::Ended => "conversation.ended",
            Self::Queued => "conversation.queued",
            Self::AgentDisconnected => "conversation.agentDisconnected",
        }
    }
}
