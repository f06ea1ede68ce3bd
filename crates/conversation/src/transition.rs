//! What can happen to a conversation.

use shared::contact::IdType;
use shared::ids::{GenesysConversationId, GenesysMessageId};
use shared::time::Timestamp;

use super::machine::{Stage, Trigger, step};
use super::state::{Conversation, LastWord, Status};

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
    /// Lynn's session is over, as it was when that was decided: a word of the customer's since then is not undone by it.
    SessionEnded {
        /// The customer's last word as of then.
        after: LastWord,
    },
    /// The agent was told that Lynn's session is over.
    SessionEndTold,
    /// Genesys accepted something from the customer.
    Inbound {
        /// The time it carried.
        time: Timestamp,
        /// When Genesys accepted it, by our clock, if it was a message: it opens the conversation.
        message: Option<Timestamp>,
        /// The conversation's id, when Genesys told it.
        conversation: Option<GenesysConversationId>,
        /// Genesys' id of it, when told.
        id: Option<GenesysMessageId>,
        /// What was known when the call was made: what has become known since is newer than its answer.
        before: Known,
    },
    /// Genesys accepted a message by which it was asked for the conversation's id.
    IdAsked,
    /// An agent or a bot wrote: there is a conversation, whoever began it.
    Addressed {
        /// The kind of the contact's id, for a contact never seen.
        id_type: IdType,
        /// The conversation's id, when the webhook told it.
        conversation: Option<GenesysConversationId>,
        /// When, by Genesys' clock.
        at: Timestamp,
        /// Whether it was an agent.
        by_agent: bool,
    },
    /// This typing was shown, or came too late to be shown.
    Typed {
        /// Its identity.
        identity: String,
    },
    /// Something of Genesys' that was new had its effect.
    Heard {
        /// When it happened, by Genesys' clock.
        at: Timestamp,
    },
    /// Lynn accepted the event of this number.
    Outbound {
        /// Its number.
        sequence: u64,
        /// When.
        at: Timestamp,
    },
    /// An event was given up.
    GivenUp {
        /// When.
        at: Timestamp,
    },
    /// An agent is rung.
    AgentRung {
        /// Which presence of theirs.
        leg: Option<String>,
        /// When.
        at: Timestamp,
    },
    /// An agent answered.
    AgentAnswered {
        /// In which conversation.
        conversation: Option<GenesysConversationId>,
        /// Which presence of theirs, where it is known whose answer it is.
        leg: Option<String>,
        /// When.
        at: Timestamp,
    },
    /// An agent is known to be there; the conversation itself has moved on since.
    AgentCame {
        /// Which presence of theirs.
        leg: String,
        /// When.
        at: Timestamp,
    },
    /// An agent left, whether or not they had answered.
    AgentLeft {
        /// Which presence of theirs.
        leg: Option<String>,
        /// When.
        at: Timestamp,
    },
    /// The conversation ended.
    Ended {
        /// Which one, where it is known.
        conversation: Option<GenesysConversationId>,
        /// When.
        at: Timestamp,
        /// Until when a message resumes it; `None`: no message does.
        resumable_until: Option<Timestamp>,
    },
    /// Lynn accepted the news of this end.
    EndTold {
        /// When it ended.
        at: Timestamp,
    },
    /// The threading window is over, unless the conversation has ended once more since.
    WindowOver {
        /// As of when.
        at: Timestamp,
    },
    /// Genesys was asked about it.
    Looked {
        /// When.
        at: Timestamp,
        /// Whether it is to be asked again as soon as before, since it did not tell.
        in_vain: bool,
        /// The last end that was known when it was asked: the answer says nothing of a later one.
        end: Option<Timestamp>,
    },
}

/// What was known of a conversation at Genesys when a call was made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// Its id.
    pub conversation: Option<GenesysConversationId>,
    /// When it ended last.
    pub ended_at: Option<Timestamp>,
}

impl From<&Conversation> for Known {
    fn from(conversation: &Conversation) -> Self {
        Self {
            conversation: conversation.genesys_conversation.clone(),
            ended_at: conversation.ended_at,
        }
    }
}

impl Conversation {
    /// Applies what happened.
    pub fn apply(&mut self, transition: &Transition) {
        match transition {
            Transition::Seen { id_type, lynn_contact_id, session, word } => {
                self.seen(*id_type, lynn_contact_id.as_ref(), session.as_ref(), *word);
            }
            Transition::SessionEnded { after } => {
                self.session.open &= self.session.last_word() != *after;
            }
            Transition::SessionEndTold => self.session.end_told = true,
            Transition::Inbound { time, message, conversation, id, before } => {
                self.last_inbound_time = self.last_inbound_time.max(Some(*time));
                // By our own clock, where it says more than the time that was given.
                self.active(message.unwrap_or(*time));
                if let Some(at) = message {
                    self.inbound_message(*at, conversation.as_ref(), id.as_ref(), before);
                }
            }
            Transition::IdAsked => self.id_asked = true,
            Transition::Addressed { id_type, conversation, at, by_agent } => {
                if self.last_activity.is_none() {
                    self.contact.id_type = *id_type;
                    // Also where Lynn never takes it: what is open is looked at, or nobody would notice its end.
                    self.active(*at);
                }
                if *by_agent {
                    self.last_agent_message = self.last_agent_message.max(Some(*at));
                }
                self.outbound_message(*at, conversation.as_ref());
            }
            Transition::Typed { identity } => self.typings.note(identity),
            Transition::Heard { at } => self.heard_until = self.heard_until.max(Some(*at)),
            Transition::Outbound { sequence, at } => {
                self.sequence = self.sequence.max(*sequence);
                self.active(*at);
            }
            Transition::GivenUp { at } => self.last_given_up = self.last_given_up.max(Some(*at)),
            Transition::AgentRung { leg, at } => {
                self.agents.rang(leg.as_deref(), *at);
                self.count_agents();
            }
            Transition::AgentAnswered { conversation, leg, at } => {
                self.agent_answered(*at, conversation.as_ref(), leg.as_deref());
            }
            Transition::AgentCame { leg, at } => {
                self.agents.answered(Some(leg), *at);
                self.count_agents();
            }
            Transition::AgentLeft { leg, at } => {
                self.agents.left(leg.as_deref(), *at);
                self.count_agents();
            }
            Transition::Ended { conversation, at, resumable_until } => {
                self.ended(conversation.as_ref(), *at, *resumable_until);
            }
            Transition::EndTold { at } => self.end_told = self.end_told.max(Some(*at)),
            Transition::WindowOver { at } => {
                if self.resumable(*at).is_none() {
                    self.resumable_until = None;
                    self.move_by(Trigger::WindowOver);
                }
            }
            Transition::Looked { at, .. } if self.last_look >= Some(*at) => {}
            Transition::Looked { at, in_vain, end } => {
                let before = if self.last_look >= self.last_activity { self.looks } else { 0 };
                self.looks = before.saturating_add(u32::from(!in_vain));
                self.in_doubt &= *in_vain || self.ended_at != *end;
                self.last_look = Some(*at);
            }
        }
    }

    fn seen(
        &mut self,
        id_type: IdType,
        lynn_contact_id: Option<&String>,
        session: Option<&(Option<String>, Option<String>)>,
        word: Option<(Timestamp, Timestamp)>,
    ) {
        self.contact.id_type = id_type;
        if let Some(id) = lynn_contact_id {
            self.contact.lynn_contact_id = Some(id.clone());
        }
        // What was given up may be sent again after the customer has spoken in another session.
        let is_old = word.is_some_and(|(_, until)| Some(until) < self.session.until);
        let session = session.filter(|_| !is_old);
        let another = session.is_some_and(|(id, _)| *id != self.session.id);
        self.session.end_told &= !another;
        if let Some((id, channel)) = session {
            self.session.id.clone_from(id);
            if channel.is_some() {
                self.session.channel.clone_from(channel);
            }
        }
        if let Some((word, until)) = word {
            // The same word once more does not take up what has ended since.
            self.session.open |= another || self.session.until < Some(until);
            self.session.end_told &= !self.session.open;
            self.session.until = self.session.until.max(Some(until));
            self.active(word);
        }
    }

    /// A message that Genesys took opens the conversation, or takes it up again, or, after its window, begins another one.
    fn inbound_message(
        &mut self,
        at: Timestamp,
        conversation: Option<&GenesysConversationId>,
        id: Option<&GenesysMessageId>,
        before: &Known,
    ) {
        let begins = self.stage() == Stage::Ended && self.resumable(at).is_none();
        // What an agent's message or an event has told during the call is newer than its answer,
        // unless that conversation ended before the call was made.
        let is_over = self.stage() == Stage::Ended && self.ended_at.is_some_and(|end| end < at);
        let is_known_since = self.genesys_conversation.is_some()
            && self.genesys_conversation != before.conversation
            && !is_over;
        if conversation.is_some() && !is_known_since {
            self.genesys_conversation = conversation.cloned();
        } else if begins && conversation.is_none() {
            // The new one's id is not known yet, and the old one's would be a lie.
            self.genesys_conversation = None;
        }
        self.id_asked &= !begins;
        self.last_inbound_message = self.last_inbound_message.max(Some(at));
        match (&self.genesys_conversation, id) {
            (Some(_), _) => self.last_inbound_id = None,
            (None, Some(id)) => self.last_inbound_id = Some(id.clone()),
            (None, None) => {}
        }
        // It may have been taken before the end that became known during the call: then nothing has begun again.
        self.in_doubt |= self.stage() == Stage::Ended && self.ended_at != before.ended_at;
        self.open();
    }

    /// A message from before the last end may come after it, or be redriven; it does not take the conversation up again, and says
    /// nothing of the one that has begun since.
    fn outbound_message(&mut self, at: Timestamp, conversation: Option<&GenesysConversationId>) {
        let is_late = self.ended_at.is_some_and(|end| at <= end);
        let is_latest = self.last_outbound_message.is_none_or(|last| last <= at);
        self.last_outbound_message = self.last_outbound_message.max(Some(at));
        if is_late {
            return;
        }
        if conversation.is_some() && (is_latest || self.genesys_conversation.is_none()) {
            self.genesys_conversation = conversation.cloned();
            self.last_inbound_id = None;
        }
        self.open();
    }

    fn open(&mut self) {
        self.resumable_until = None;
        self.move_by(Trigger::Message);
    }

    fn agent_answered(
        &mut self,
        at: Timestamp,
        conversation: Option<&GenesysConversationId>,
        leg: Option<&str>,
    ) {
        self.agents.answered(leg, at);
        if self.ended_at.is_none_or(|end| at > end) {
            if conversation.is_some() {
                self.genesys_conversation = conversation.cloned();
            }
            self.resumable_until = None;
            self.move_by(Trigger::AgentAnswered);
        }
        // Whoever answered may be known to have left again.
        self.count_agents();
    }

    /// An agent who was known to be there has left, or was there all the time.
    fn count_agents(&mut self) {
        let present = self.agents.present(self.ended_at);
        match (self.stage(), present) {
            (Stage::WithAgent, false) => self.move_by(Trigger::AgentLeft),
            (Stage::Open, true) => self.agent_connected = true,
            _ => {}
        }
    }

    fn ended(
        &mut self,
        conversation: Option<&GenesysConversationId>,
        at: Timestamp,
        resumable_until: Option<Timestamp>,
    ) {
        // A call about one conversation may take so long that another has begun.
        let known = self.genesys_conversation.as_ref();
        let is_another =
            known.is_some_and(|known| conversation.is_some_and(|ended| ended != known));
        if !matches!(self.stage(), Stage::Open | Stage::WithAgent)
            || self.ended_at.is_some_and(|end| at <= end)
            || is_another
        {
            return;
        }
        if self.is_overtaken(at) {
            self.overtaken_end(at, resumable_until);
            return;
        }
        if conversation.is_some() {
            self.genesys_conversation = conversation.cloned();
        }
        self.ended_at = Some(at);
        self.in_doubt = false;
        self.id_asked = false;
        self.resumable_until = resumable_until;
        self.move_by(Trigger::End);
    }

    /// It goes on, but who was there before the end is no longer; without a window, it is another conversation that goes on.
    fn overtaken_end(&mut self, at: Timestamp, resumable_until: Option<Timestamp>) {
        self.ended_at = Some(at);
        self.in_doubt = true;
        let message = self.last_inbound_message.max(self.last_outbound_message);
        if resumable_until.is_none_or(|until| message.is_some_and(|message| message >= until)) {
            self.genesys_conversation = None;
            self.id_asked = false;
        }
        self.count_agents();
    }

    fn move_by(&mut self, trigger: Trigger) {
        let (stage, _) = step(self.stage(), trigger);
        (self.status, self.agent_connected) = match stage {
            Stage::Idle => (Status::Idle, false),
            Stage::Open => (Status::Open, false),
            Stage::WithAgent => (Status::Open, true),
            Stage::Ended => (Status::Ended, false),
        };
    }

    fn active(&mut self, at: Timestamp) {
        self.last_activity = self.last_activity.max(Some(at));
    }
}
