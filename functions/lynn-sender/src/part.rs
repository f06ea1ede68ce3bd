//! One event for Lynn, and the plans with one event or none.

use std::borrow::Cow;

use conversation::{AgentId, Transition};
use delivery::event::Raw;
use delivery::route::Plan;
use shared::genesys::outbound::OutboundNotification;
use shared::ids::{GenesysConversationId, GenesysMessageId};
use shared::lynn::outbound::{OutboundBody, OutboundMessage, OutboundType};
use shared::ports::Write;
use shared::time::Timestamp;

#[derive(Clone, Debug)]
pub struct Part {
    pub body: PartBody,
    pub id: String,
    /// The time at which the event happened.
    pub time: Timestamp,
    /// The changes to the conversation when Lynn has accepted the event.
    pub transitions: Vec<Transition>,
    /// Stored together with the changes.
    pub writes: Vec<Write>,
    /// The Genesys conversation of the event, if that may not be the current one.
    pub conversation: Option<GenesysConversationId>,
    /// Whom the event names, beside its body.
    pub naming: Naming,
    /// False if `lynn.events` does not list its type. It is then done without a post, and keeps its
    /// place, so that a change of the configuration moves no other event.
    pub is_posted: bool,
}

/// Who or what an event names. Genesys tells that only when it is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Naming {
    Nothing,
    /// The agent who came.
    Came(AgentIds),
    /// The agent who left.
    Left(AgentIds),
    /// The agent who wrote a message.
    Wrote {
        message: GenesysMessageId,
        /// By Genesys' clock.
        at: Timestamp,
    },
    /// The queue in which the customer waits; its id, if the event tells it.
    Queue(Option<String>),
}

/// The ids of an agent, as far as an event tells them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AgentIds {
    pub leg: Option<String>,
    pub user: Option<String>,
}

impl AgentIds {
    pub fn as_id(&self) -> AgentId<'_> {
        AgentId { leg: self.leg.as_deref(), user: self.user.as_deref() }
    }
}

/// The body of the post.
#[derive(Clone, Debug)]
pub enum PartBody {
    /// In the bridge's own JSON.
    Event(OutboundBody),
    /// The JSON of Genesys Cloud, for the dialect `genesys`.
    Webhook { json: Raw, kind: WebhookKind },
}

/// The parts of a webhook that its delivery needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WebhookKind {
    Message,
    /// Of use for seconds only.
    Typing,
    Receipt,
}

impl PartBody {
    /// The type under which `lynn.events` lists it.
    pub fn kind(&self) -> OutboundType {
        match self {
            Self::Event(body) => body.kind(),
            Self::Webhook { kind, .. } => match kind {
                WebhookKind::Message => OutboundType::Message,
                WebhookKind::Typing => OutboundType::Typing,
                WebhookKind::Receipt => OutboundType::Receipt,
            },
        }
    }

    pub fn is_message(&self) -> bool {
        matches!(
            self,
            Self::Event(OutboundBody::Message(_))
                | Self::Webhook { kind: WebhookKind::Message, .. }
        )
    }

    pub fn is_typing(&self) -> bool {
        matches!(
            self,
            Self::Event(OutboundBody::Typing { .. })
                | Self::Webhook { kind: WebhookKind::Typing, .. }
        )
    }

    /// The message in the bridge's own form. `None` if the body is another event.
    pub fn message(&self) -> Option<Cow<'_, OutboundMessage>> {
        match self {
            Self::Event(OutboundBody::Message(message)) => Some(Cow::Borrowed(message)),
            Self::Webhook { json, kind: WebhookKind::Message } => {
                let notification = OutboundNotification::parse(json.0.as_bytes()).ok()?;
                Some(Cow::Owned(convert::message(&notification)))
            }
            _ => None,
        }
    }
}

/// A plan that posts one event.
pub(crate) fn send(part: Part) -> Plan<Part> {
    Plan::Send { parts: vec![part], first_time: None, repeat: true }
}

/// A plan that posts none of these parts. The changes that go with them remain.
pub(crate) fn settled(parts: Vec<Part>, reason: &'static str) -> Plan<Part> {
    let (mut transitions, mut writes) = (Vec::new(), Vec::new());
    for part in parts {
        transitions.extend(part.transitions);
        writes.extend(part.writes);
    }
    Plan::Complete { transitions, writes, reason }
}

/// A plan that does nothing.
pub(crate) fn complete(reason: &'static str) -> Plan<Part> {
    Plan::Complete { transitions: Vec::new(), writes: Vec::new(), reason }
}
