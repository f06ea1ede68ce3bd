//! The transitions of a conversation, and how each one changes the state.

use shared::contact::IdType;
use shared::ids::{ContactId, GenesysConversationId, GenesysMessageId};
use shared::time::Timestamp;

use super::machine::{Stage, Trigger, step};
use super::roster::RosterNews;
use super::state::{Conversation, LastWord};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Transition {
    /// Lynn sent an event of the customer, with data on the contact and the session.
    CustomerActivity {
        /// The contact's own id, if Genesys knows the customer by another one.
        contact: Option<ContactId>,
        id_type: IdType,
        lynn_contact_id: Option<String>,
        /// The session's id and channel, if given.
        session: Option<(Option<String>, Option<String>)>,
        /// For the customer's own activity: its time, and when the session then times out.
        spoken: Option<(Timestamp, Timestamp)>,
    },
    /// Lynn's session is over. Activity of the customer after this decision is not overridden.
    SessionEnded {
        /// The customer's latest activity when this was decided.
        after: LastWord,
    },
    SessionEndTold,
    /// Genesys accepted an event of the customer.
    GenesysAccepted {
        /// The time sent with the event.
        time: Timestamp,
        /// When Genesys accepted it, by our clock, if it was a message. A message opens the
        /// conversation.
        message: Option<Timestamp>,
        /// The conversation's id, if Genesys returned it.
        conversation: Option<GenesysConversationId>,
        /// Genesys' id of the message, if Genesys returned it.
        id: Option<GenesysMessageId>,
        /// The state when the call was made. Anything learned since then is newer than the answer.
        before: BeforeCall,
    },
    /// Genesys accepted a message that asked for the conversation's id.
    IdAsked,
    /// An agent or a bot wrote, so a conversation exists, whichever side began it.
    OutboundMessage {
        /// The kind of the contact's id; stored only if the contact is new.
        id_type: IdType,
        /// The conversation's id, if the webhook gave it.
        conversation: Option<GenesysConversationId>,
        /// By Genesys' clock.
        at: Timestamp,
        /// True for an agent, false for a bot.
        by_agent: bool,
    },
    /// This typing event was delivered, or arrived too late to be delivered.
    Typed {
        /// The event's deduplication key.
        dedup_key: String,
    },
    /// A new event of Genesys had its effect.
    HighWaterMark {
        /// By Genesys' clock.
        at: Timestamp,
    },
    /// Lynn accepted the event with this number.
    LynnAccepted {
        sequence: u64,
        /// By our clock.
        at: Timestamp,
    },
    GivenUp {
        /// The result of [`Conversation::next_given_up`].
        at: Timestamp,
    },
    /// An agent's phone rings.
    AgentRung {
        /// The agent's presence.
        leg: Option<String>,
        at: Timestamp,
    },
    AgentAnswered {
        conversation: Option<GenesysConversationId>,
        /// The agent's presence, if the event names it.
        leg: Option<String>,
        at: Timestamp,
    },
    /// An agent is known to be present. The event has no other effect, because a newer one has
    /// already changed the conversation.
    AgentCame {
        /// The agent's presence.
        leg: String,
        at: Timestamp,
    },
    /// An agent left, whether or not they had answered.
    AgentLeft {
        /// The agent's presence.
        leg: Option<String>,
        at: Timestamp,
    },
    /// The customer began to wait for an agent.
    Queued {
        /// By Genesys' clock.
        at: Timestamp,
    },
    /// Genesys is asked who the agents are.
    RosterAsked {
        /// By our clock.
        at: Timestamp,
    },
    /// The question of this time has its answer, or stays without one.
    RosterAnswered {
        /// When the question was asked, by our clock.
        asked_at: Timestamp,
        /// `None`: Genesys told nothing.
        news: Option<RosterNews>,
    },
    /// The conversation ended.
    Ended {
        /// The conversation that ended, if the event names it.
        conversation: Option<GenesysConversationId>,
        at: Timestamp,
        /// Until when a message resumes the conversation. `None`: no message does.
        resumable_until: Option<Timestamp>,
    },
    /// Genesys confirms an end that a later message seemed to overtake: that message was sent
    /// before the end, and the clocks of two machines differ.
    EndConfirmed {
        /// The known end.
        at: Timestamp,
        /// Until this time a message resumes it; `None`: no message does.
        resumable_until: Option<Timestamp>,
    },
    /// Lynn accepted the event for this end.
    EndTold {
        /// When the conversation ended.
        at: Timestamp,
    },
    /// The threading window is over, unless the conversation has ended again since.
    WindowOver {
        /// The time at which the window was checked.
        at: Timestamp,
    },
    /// A status question was sent to Genesys.
    Reconciled {
        at: Timestamp,
        /// True if Genesys gave no answer: the next question then comes after the same interval.
        inconclusive: bool,
        /// The latest known end when the question was sent. The answer says nothing about a later
        /// end.
        end: Option<Timestamp>,
    },
}

/// What the bridge knew of the conversation when it made a call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BeforeCall {
    pub conversation: Option<GenesysConversationId>,
    pub ended_at: Option<Timestamp>,
}

impl From<&Conversation> for BeforeCall {
    fn from(conversation: &Conversation) -> Self {
        Self {
            conversation: conversation.genesys_conversation.clone(),
            ended_at: conversation.ended_at,
        }
    }
}

impl Conversation {
    pub fn apply(&mut self, transition: &Transition) {
        match transition {
            Transition::CustomerActivity { contact, id_type, lynn_contact_id, session, spoken } => {
                if contact.is_some() {
                    self.contact.id.clone_from(contact);
                }
                self.customer_activity(
                    *id_type,
                    lynn_contact_id.as_ref(),
                    session.as_ref(),
                    *spoken,
                );
            }
            Transition::SessionEnded { after } => {
                self.session.open &= self.session.last_word() != *after;
            }
            Transition::SessionEndTold => self.session.end_told = true,
            Transition::GenesysAccepted { time, message, conversation, id, before } => {
                self.last_inbound_time = self.last_inbound_time.max(Some(*time));
                // For messages use our clock: the time sent with them may be earlier.
                self.active(message.unwrap_or(*time));
                if let Some(at) = message {
                    self.inbound_message(*at, conversation.as_ref(), id.as_ref(), before);
                }
            }
            Transition::IdAsked => self.id_asked = true,
            Transition::OutboundMessage { id_type, conversation, at, by_agent } => {
                if self.last_activity.is_none() {
                    self.contact.id_type = *id_type;
                    // Needed even if Lynn never accepts the message: only open conversations are
                    // checked, and without a check the end would go unnoticed.
                    self.active(*at);
                }
                if *by_agent {
                    self.last_agent_message = self.last_agent_message.max(Some(*at));
                }
                self.outbound_message(*at, conversation.as_ref());
            }
            Transition::Typed { dedup_key } => self.typings.remember(dedup_key),
            Transition::HighWaterMark { at } => {
                self.high_water_mark = self.high_water_mark.max(Some(*at))
            }
            Transition::LynnAccepted { sequence, at } => {
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
                self.roster.left(leg.as_deref(), *at);
                self.count_agents();
            }
            Transition::Queued { at } => self.queued_at = self.queued_at.max(Some(*at)),
            Transition::RosterAsked { at } => self.roster.asked(*at),
            Transition::RosterAnswered { asked_at, news } => {
                self.roster.answered(*asked_at, news.as_ref(), self.ended_at);
                // The first agent is known by an event alone, since Lynn is told with it.
                if self.has_agent() {
                    for agent in news.iter().flat_map(|news| &news.agents).filter(|it| !it.left) {
                        if let (Some(leg), Some(since)) = (&agent.leg, agent.since) {
                            self.agents.shown(leg, since);
                        }
                    }
                }
            }
            Transition::Ended { conversation, at, resumable_until } => {
                self.ended(conversation.as_ref(), *at, *resumable_until);
            }
            Transition::EndConfirmed { at, resumable_until } => {
                if self.ended_at == Some(*at) {
                    self.in_doubt = false;
                    self.id_asked = false;
                    self.resumable_until = *resumable_until;
                    self.move_by(Trigger::End);
                }
            }
            Transition::EndTold { at } => self.end_told = self.end_told.max(Some(*at)),
            Transition::WindowOver { at } => {
                if self.resumable(*at).is_none() {
                    self.resumable_until = None;
                    self.move_by(Trigger::WindowOver);
                }
            }
            Transition::Reconciled { at, .. } if self.last_reconciled >= Some(*at) => {}
            Transition::Reconciled { at, inconclusive, end } => {
                let before = if self.last_reconciled >= self.last_activity {
                    self.reconciliations
                } else {
                    0
                };
                self.reconciliations = before.saturating_add(u32::from(!inconclusive));
                self.in_doubt &= *inconclusive || self.ended_at != *end;
                self.last_reconciled = Some(*at);
            }
        }
    }

    fn customer_activity(
        &mut self,
        id_type: IdType,
        lynn_contact_id: Option<&String>,
        session: Option<&(Option<String>, Option<String>)>,
        spoken: Option<(Timestamp, Timestamp)>,
    ) {
        self.contact.id_type = id_type;
        if let Some(id) = lynn_contact_id {
            self.contact.lynn_contact_id = Some(id.clone());
        }
        // A redriven event may be older than the customer's activity in a later session.
        // A state that was stored by an earlier version knows only when the session times out.
        let is_old = spoken.is_some_and(|(spoke_at, until)| match self.session.spoke_at {
            Some(known) => spoke_at < known,
            None => Some(until) < self.session.until,
        });
        let session = session.filter(|_| !is_old);
        let another = session.is_some_and(|(id, _)| *id != self.session.id);
        self.session.end_told &= !another;
        if let Some((id, channel)) = session {
            self.session.id.clone_from(id);
            if channel.is_some() {
                self.session.channel.clone_from(channel);
            }
        }
        if let Some((spoke_at, until)) = spoken {
            // A repeat of the same activity does not reopen a session that ended since.
            let is_same = match self.session.spoke_at {
                Some(known) => known == spoke_at,
                None => self.session.until == Some(until),
            };
            self.session.open |= another || !is_old && !is_same;
            self.session.end_told &= !self.session.open;
            if !is_old {
                (self.session.spoke_at, self.session.until) = (Some(spoke_at), Some(until));
            }
            self.active(spoke_at);
        }
    }

    /// A message that Genesys accepts opens the conversation, resumes it, or begins a new one after
    /// the window.
    fn inbound_message(
        &mut self,
        at: Timestamp,
        conversation: Option<&GenesysConversationId>,
        id: Option<&GenesysMessageId>,
        before: &BeforeCall,
    ) {
        let begins = self.stage() == Stage::Ended && self.resumable(at).is_none();
        // An id learned during the call, from an agent's message or an event, is newer than the
        // answer, unless that conversation ended before the call was made.
        let is_over = self.stage() == Stage::Ended && self.ended_at.is_some_and(|end| end < at);
        let is_known_since = self.genesys_conversation.is_some()
            && self.genesys_conversation != before.conversation
            && !is_over;
        if conversation.is_some() && !is_known_since {
            self.genesys_conversation = conversation.cloned();
        } else if begins && conversation.is_none() {
            // The new conversation's id is not known yet, and the old id would be wrong.
            self.genesys_conversation = None;
        }
        self.id_asked &= !begins;
        self.last_inbound_message = self.last_inbound_message.max(Some(at));
        match (&self.genesys_conversation, id) {
            (Some(_), _) => self.last_inbound_id = None,
            (None, Some(id)) => self.last_inbound_id = Some(id.clone()),
            (None, None) => {}
        }
        // Genesys may have accepted the message before the end that became known during the call.
        // In that case nothing was resumed.
        self.in_doubt |= self.stage() == Stage::Ended && self.ended_at != before.ended_at;
        self.open();
    }

    /// An agent's message from before the last end may arrive after it, or be redriven. Such a
    /// message does not resume the conversation, and says nothing about the current one.
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
        // The agent who answered may already have left.
        self.count_agents();
    }

    /// Adjusts the stage to the agents' presence: the last agent may have left, or an earlier agent
    /// may prove to be present.
    fn count_agents(&mut self) {
        let present = self.agents.present(self.ended_at);
        match (self.stage(), present) {
            (Stage::WithAgent, false) => self.move_by(Trigger::AgentLeft),
            (Stage::Open, true) => self.set_stage(Stage::WithAgent),
            _ => {}
        }
    }

    fn ended(
        &mut self,
        conversation: Option<&GenesysConversationId>,
        at: Timestamp,
        resumable_until: Option<Timestamp>,
    ) {
        // A call about one conversation may take so long that another one has begun.
        let known = self.genesys_conversation.as_ref();
        let is_another =
            known.is_some_and(|known| conversation.is_some_and(|ended| ended != known));
        if !self.is_open() || self.ended_at.is_some_and(|end| at <= end) || is_another {
            return;
        }
        if self.is_resumed_since(at) {
            self.end_before_resumption(at, resumable_until);
            return;
        }
        if conversation.is_some() {
            self.genesys_conversation = conversation.cloned();
        }
        self.ended_at = Some(at);
        self.roster.all_left();
        self.in_doubt = false;
        self.id_asked = false;
        self.resumable_until = resumable_until;
        self.move_by(Trigger::End);
    }

    /// The conversation continues, but the agents from before the end are gone. If no window was
    /// open, the conversation that continues is a new one, whose id is not known.
    fn end_before_resumption(&mut self, at: Timestamp, resumable_until: Option<Timestamp>) {
        self.ended_at = Some(at);
        self.roster.left_before(at);
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
        self.set_stage(stage);
    }

    fn active(&mut self, at: Timestamp) {
        self.last_activity = self.last_activity.max(Some(at));
    }
}
