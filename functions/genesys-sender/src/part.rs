//! One call to Genesys, and the plan without a call.

use conversation::{Conversation, Transition};
use convert::{InboundCall, InboundPart};
use delivery::event::RosterQuestion;
use delivery::route::Plan;
use shared::ids::{GenesysConversationId, GenesysMessageId};

#[derive(Clone, Debug)]
pub enum Part {
    Message {
        /// The call with its id and time.
        part: Box<InboundPart>,
        /// The index of the part, from 0.
        position: usize,
        /// The number of parts of the message.
        of: usize,
    },
    Other(Box<InboundCall>),
    /// Ends the conversation. If its id is not known, the id of a message in it is used.
    Disconnect(ConversationRef),
    /// Asks the status question.
    Reconcile(ConversationRef),
    /// Asks who the agents are.
    Roster(ConversationRef, RosterQuestion),
    /// Asks how many agents this queue has.
    Availability(String),
}

/// The id by which Genesys finds a conversation.
#[derive(Clone, Debug)]
pub enum ConversationRef {
    Conversation(GenesysConversationId),
    Message(GenesysMessageId),
}

impl ConversationRef {
    /// The known id, if there is one.
    pub fn of(conversation: &Conversation) -> Option<Self> {
        let own = conversation.genesys_conversation.clone().map(Self::Conversation);
        own.or_else(|| conversation.last_inbound_id.clone().map(Self::Message))
    }
}

/// A plan without a call.
pub(crate) fn complete(transitions: Vec<Transition>, reason: &'static str) -> Plan<Part> {
    Plan::Complete { transitions, writes: Vec::new(), reason }
}
