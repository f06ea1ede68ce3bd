//! One event for Lynn, and the plans with one event or none.

use conversation::Transition;
use delivery::route::Plan;
use shared::ids::GenesysConversationId;
use shared::lynn::outbound::OutboundBody;
use shared::ports::Write;
use shared::time::Timestamp;

#[derive(Clone, Debug)]
pub struct Part {
    pub body: OutboundBody,
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

/// A plan that posts one event.
pub fn send(part: Part) -> Plan<Part> {
    Plan::Send { parts: vec![part], first_time: None, repeat: true }
}

/// A plan that does nothing.
pub fn complete(reason: &'static str) -> Plan<Part> {
    Plan::Complete { transitions: Vec::new(), writes: Vec::new(), reason }
}
