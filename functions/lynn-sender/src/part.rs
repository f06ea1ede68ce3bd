//! One event for Lynn, and the plans with one event or none.

use std::borrow::Cow;

use conversation::Transition;
use delivery::event::Raw;
use delivery::route::Plan;
use shared::genesys::outbound::OutboundNotification;
use shared::ids::GenesysConversationId;
use shared::lynn::outbound::{OutboundBody, OutboundMessage};
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
}

/// What is posted.
#[derive(Clone, Debug)]
pub enum PartBody {
    /// In the bridge's own JSON.
    Event(OutboundBody),
    /// The JSON of Genesys Cloud, for the dialect `genesys`.
    Webhook { json: Raw, kind: WebhookKind },
}

/// What matters of a webhook for its delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WebhookKind {
    Message,
    /// Of use for seconds only.
    Typing,
    Receipt,
}

impl PartBody {
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
pub fn send(part: Part) -> Plan<Part> {
    Plan::Send { parts: vec![part], first_time: None, repeat: true }
}

/// A plan that does nothing.
pub fn complete(reason: &'static str) -> Plan<Part> {
    Plan::Complete { transitions: Vec::new(), writes: Vec::new(), reason }
}
