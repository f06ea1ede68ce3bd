//! One call to Genesys, and the plan without one.

use conversation::{Conversation, Transition};
use convert::{InboundCall, InboundPart};
use delivery::route::Plan;
use shared::ids::{GenesysConversationId, GenesysMessageId};

/// One call to Genesys.
#[derive(Clone, Debug)]
pub enum Part {
    /// A part of a message.
    Message {
        /// The call, its id and its time.
        part: Box<InboundPart>,
        /// Which part it is, from 0.
        position: usize,
        /// How many there are.
        of: usize,
    },
    /// Typing or a receipt.
    Other(Box<InboundCall>),
    /// The end of the conversation; where its id is not known, that of a message in it.
    Disconnect(Whereabouts),
    /// A look at how the conversation stands.
    Look(Whereabouts),
}

/// By what Genesys is asked about a conversation.
#[derive(Clone, Debug)]
pub enum Whereabouts {
    /// Its own id.
    Conversation(GenesysConversationId),
    /// The id of a message in it.
    Message(GenesysMessageId),
}

impl Whereabouts {
    /// What is known of the conversation, if anything is.
    pub fn of(conversation: &Conversation) -> Option<Self> {
        let own = conversation.genesys_conversation.clone().map(Self::Conversation);
        own.or_else(|| conversation.last_inbound_id.clone().map(Self::Message))
    }
}

/// The plan that calls nobody.
pub fn settle(transitions: Vec<Transition>, reason: &'static str) -> Plan<Part> {
    Plan::Settle { transitions, writes: Vec::new(), reason }
}
