//! One event for Lynn, and the plans that post one or none.

use conversation::Transition;
use delivery::route::Plan;
use shared::ids::GenesysConversationId;
use shared::lynn::outbound::OutboundBody;
use shared::ports::Write;
use shared::time::Timestamp;

/// One event for Lynn.
#[derive(Clone, Debug)]
pub struct Part {
    /// What it says.
    pub body: OutboundBody,
    /// Its id.
    pub id: String,
    /// When it happened.
    pub time: Timestamp,
    /// What happened to the conversation with it.
    pub transitions: Vec<Transition>,
    /// What is written with it.
    pub writes: Vec<Write>,
    /// Which conversation of Genesys' it is about, when that may not be the present one.
    pub conversation: Option<GenesysConversationId>,
}

/// The plan that posts one event.
pub fn send(part: Part) -> Plan<Part> {
    Plan::Send { parts: vec![part], first_time: None, repeat: true }
}

/// The plan that does nothing.
pub fn settle(reason: &'static str) -> Plan<Part> {
    Plan::Settle { transitions: Vec::new(), writes: Vec::new(), reason }
}
