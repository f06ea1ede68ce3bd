//! What can happen to a conversation.

use super::state::{Conversation, Status};
use crate::contact::IdType;
use crate::ids::GenesysConversationId;
use crate::time::Timestamp;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Transition {
    /// Lynn spoke of the customer: what it said of them and of their session.
    Seen {
        /// The kind of the contact's id.
        id_type: IdType,
        /// Lynn's own contact id, when given.
        lynn_contact_id: Option<String>,
        /// The session's id and channel, when given.
        session: Option<(Option<String>, Option<String>)>,
        /// When, if it was the customer's own word, and until when the session then lasts.
        word: Option<(Timestamp, Timestamp)>,
    },
    /// Lynn said that the session is over.
    SessionEnded,
    /// Genesys accepted something from the customer.
    Inbound {
        /// The time it carried.
        time: Timestamp,
        /// Whether it was a message, which opens the conversation.
        message: bool,
        /// The conversation's id, when Genesys told it.
        conversation: Option<GenesysConversationId>,
    },
    /// An agent or a bot wrote: there is a conversation, whoever began it.
    Addressed {
        /// The kind of the contact's id, for a contact never seen.
        id_type: IdType,
        /// The conversation's id, when the webhook told it.
        conversation: Option<GenesysConversationId>,
    },
    /// Lynn accepted this typing.
    Typed {
        /// Its identity.
        identity: String,
    },
    /// Lynn accepted the event of this number.
    Outbound {
        /// Its number.
        sequence: u64,
        /// When.
        at: Timestamp,
    },
}

impl Conversation {
    /// Applies what happened.
    pub fn apply(&mut self, transition: &Transition) {
        match transition {
            Transition::Seen { id_type, lynn_contact_id, session, word } => {
                self.contact.id_type = *id_type;
                if lynn_contact_id.is_some() {
                    self.contact.lynn_contact_id.clone_from(lynn_contact_id);
                }
                if let Some((id, channel)) = session {
                    self.session.id.clone_from(id);
                    if channel.is_some() {
                        self.session.channel.clone_from(channel);
                    }
                }
                if let Some((word, until)) = *word {
                    self.session.open = true;
                    self.session.until = self.session.until.max(Some(until));
                    self.last_activity = self.last_activity.max(Some(word));
                }
            }
            Transition::SessionEnded => self.session.open = false,
            Transition::Inbound { time, message, conversation } => {
                self.last_inbound_time = self.last_inbound_time.max(Some(*time));
                self.last_activity = self.last_activity.max(Some(*time));
                if *message {
                    self.open(conversation.as_ref());
                }
            }
            Transition::Addressed { id_type, conversation } => {
                if self.last_activity.is_none() {
                    self.contact.id_type = *id_type;
                }
                self.open(conversation.as_ref());
            }
            Transition::Typed { identity } => self.last_typing = Some(identity.clone()),
            Transition::Outbound { sequence, at } => {
                self.sequence = self.sequence.max(*sequence);
                self.last_activity = self.last_activity.max(Some(*at));
            }
        }
    }

    fn open(&mut self, conversation: Option<&GenesysConversationId>) {
        self.status = Status::Open;
        self.resumable_until = None;
        if conversation.is_some() {
            self.genesys_conversation = conversation.cloned();
        }
    }
}
