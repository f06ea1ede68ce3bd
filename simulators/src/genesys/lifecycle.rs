//! The life of one conversation: rounds that begin and end, and the participants who join and
//! leave. No input or output, and no clock: each change gets the time and returns its events in
//! order.

use std::collections::HashMap;
use std::time::Duration;

use time::OffsetDateTime;
use uuid::Uuid;

use super::admin::Attributes;
use super::participants::{Disconnect, Outcome, Participant, Purpose};

/// An event that the platform reports: its kind and its participant.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) kind: &'static str,
    /// The participant after the change.
    pub(super) participant: Participant,
}

impl Step {
    fn start(participant: &Participant) -> Self {
        Self { kind: kinds(&participant.purpose).0, participant: participant.clone() }
    }

    fn end(participant: &Participant) -> Self {
        Self { kind: kinds(&participant.purpose).1, participant: participant.clone() }
    }
}

/// The kinds of the events when a participant joins and leaves.
fn kinds(purpose: &Purpose) -> (&'static str, &'static str) {
    match purpose {
        Purpose::Customer => ("customer.start", "customer.end"),
        Purpose::Acd { .. } => ("acd.start", "acd.end"),
        Purpose::Agent { .. } => ("user.start", "user.end"),
    }
}

/// How a round ends: the disconnect type of each kind of participant, and the line in the
/// transcript.
#[derive(Debug)]
pub(super) struct Ending {
    agent: Disconnect,
    queue: Disconnect,
    customer: Disconnect,
    pub(super) said: &'static str,
}

impl Ending {
    pub(super) const BY_AGENT: Self = Self {
        agent: Disconnect::Client,
        queue: Disconnect::Peer,
        customer: Disconnect::Peer,
        said: "The agent has ended the conversation.",
    };
    pub(super) const BY_TIMEOUT: Self = Self {
        agent: Disconnect::Peer,
        queue: Disconnect::Peer,
        customer: Disconnect::Timeout,
        said: "The customer has been silent for too long.",
    };
    pub(super) const IN_QUEUE: Self = Self {
        agent: Disconnect::Peer,
        queue: Disconnect::Client,
        customer: Disconnect::Client,
        said: "The customer has left the queue.",
    };
    /// The platform's disconnect type for a conversation ended by `PATCH` is not known; `SYSTEM` is
    /// this simulator's choice.
    pub(super) const BY_API: Self = Self {
        agent: Disconnect::System,
        queue: Disconnect::System,
        customer: Disconnect::System,
        said: "The customer has left.",
    };
}

/// A conversation with all its rounds.
#[derive(Debug)]
pub(super) struct Conversation {
    pub(super) id: String,
    pub(super) contact: String,
    pub(super) integration: String,
    pub(super) participants: Vec<Participant>,
    /// Whether an answer in this round contained the id.
    pub(super) is_id_known: bool,
    /// The custom attributes of the message that began the round.
    attributes: Attributes,
    ended_at: Option<OffsetDateTime>,
    /// The time of the last event of each kind, in milliseconds since 1970.
    event_times: HashMap<&'static str, i64>,
}

impl Conversation {
    pub(super) fn begin(contact: &str, integration: &str, now: OffsetDateTime) -> Self {
        Self {
            id: Uuid::new_v4().to_string(),
            contact: contact.to_owned(),
            integration: integration.to_owned(),
            participants: vec![Participant::connected(Purpose::Customer, now)],
            is_id_known: false,
            attributes: Attributes::new(),
            ended_at: None,
            event_times: HashMap::new(),
        }
    }

    pub(super) fn attributes(&self) -> &Attributes {
        &self.attributes
    }

    /// Sets the attributes of a new round.
    pub(super) fn set_attributes(&mut self, attributes: &Attributes) {
        self.attributes.clone_from(attributes);
    }

    pub(super) fn is_open(&self) -> bool {
        self.ended_at.is_none()
    }

    /// Whether the conversation has ended and the next message would still resume it.
    pub(super) fn can_continue(&self, window: Duration, now: OffsetDateTime) -> bool {
        self.ended_at.is_some_and(|end| now - end < window)
    }

    /// Starts a new round under the same id.
    pub(super) fn continue_at(&mut self, now: OffsetDateTime) {
        self.ended_at = None;
        self.is_id_known = false;
        self.participants.push(Participant::connected(Purpose::Customer, now));
    }

    /// Moves the end of an ended conversation into the past.
    pub(super) fn pass_time(&mut self, time: time::Duration) {
        self.ended_at = self.ended_at.map(|end| end.saturating_sub(time));
    }

    /// The customer waits in the queue. No effect if the customer already waits.
    pub(super) fn wait_in(&mut self, queue: &str, now: OffsetDateTime) -> Vec<Step> {
        if self.waiting().is_some() {
            return Vec::new();
        }
        let participant = Participant::connected(Purpose::Acd { queue: queue.to_owned() }, now);
        let step = Step::start(&participant);
        self.participants.push(participant);
        vec![step]
    }

    /// An agent is rung. No effect if the agent is already rung or connected.
    pub(super) fn ring(&mut self, agent: &str, now: OffsetDateTime) -> Vec<Step> {
        if self.agent(agent).is_some() {
            return Vec::new();
        }
        let queue = self.waiting().and_then(|leg| leg.purpose.queue().map(str::to_owned));
        let purpose = Purpose::Agent { user: agent.to_owned(), queue };
        let participant = Participant::alerting(purpose, now);
        let step = Step::start(&participant);
        self.participants.push(participant);
        vec![step]
    }

    /// A rung agent answers, and the customer leaves the queue. The answer itself causes no event
    /// for the agent.
    pub(super) fn answer(&mut self, agent: &str, now: OffsetDateTime) -> Vec<Step> {
        let Some(leg) = self.agent(agent).filter(|leg| leg.is_alerting()) else {
            return Vec::new();
        };
        leg.answer(now);
        let agent = Outcome::Answered(agent.to_owned());
        self.waiting().map(|leg| leaves_queue(leg, agent, now)).into_iter().collect()
    }

    /// The flow takes a waiting customer out of the queue, to another flow or to no target. The
    /// disconnect type is the same as for an answer.
    pub(super) fn flow_out(&mut self, now: OffsetDateTime) -> Vec<Step> {
        self.waiting().map(|leg| leaves_queue(leg, Outcome::FlowOut, now)).into_iter().collect()
    }

    /// A rung agent rejects. The disconnect type is the same as for an agent who has ended the
    /// conversation.
    pub(super) fn reject(&mut self, agent: &str, now: OffsetDateTime) -> Vec<Step> {
        let leg = self.agent(agent).filter(|leg| leg.is_alerting());
        leg.map(|leg| end(leg, Disconnect::Client, now)).into_iter().collect()
    }

    /// An agent transfers the customer back to the queue.
    pub(super) fn transfer(&mut self, agent: &str, queue: &str, now: OffsetDateTime) -> Vec<Step> {
        let Some(leg) = self.agent(agent).filter(|leg| leg.is_connected()) else {
            return Vec::new();
        };
        let mut steps = vec![end(leg, Disconnect::Transfer, now)];
        steps.extend(self.wait_in(queue, now));
        steps
    }

    /// All participants leave, the customer last.
    pub(super) fn end(&mut self, ending: &Ending, now: OffsetDateTime) -> Vec<Step> {
        self.ended_at = Some(now);
        let mut steps = Vec::new();
        for leg in self.participants.iter_mut().rev().filter(|leg| leg.is_present()) {
            let disconnect = match leg.purpose {
                Purpose::Agent { .. } => ending.agent,
                Purpose::Acd { .. } => {
                    leg.outcome = Some(Outcome::Abandoned);
                    ending.queue
                }
                Purpose::Customer => ending.customer,
            };
            steps.push(end(leg, disconnect, now));
        }
        steps
    }

    /// Records who wrote a message: this user, or else the agent who was connected last.
    pub(super) fn note_message(&mut self, user: Option<&str>, id: &str) {
        let mut agents = self.participants.iter_mut().rev().filter(|leg| leg.is_connected());
        let writer = agents.find(|leg| {
            leg.purpose.user().is_some_and(|known| user.is_none_or(|user| user == known))
        });
        if let Some(leg) = writer {
            leg.messages.push(id.to_owned());
        }
    }

    /// An agent joins the conversation, and the agents who are there stay.
    pub(super) fn join(&mut self, agent: &str, now: OffsetDateTime) -> Vec<Step> {
        let steps = self.ring(agent, now);
        if let Some(leg) = self.agent(agent) {
            leg.answer(now);
        }
        steps
    }

    /// A connected agent leaves a conversation in which another agent stays.
    pub(super) fn leave(&mut self, agent: &str, now: OffsetDateTime) -> Vec<Step> {
        let leg = self.agent(agent).filter(|leg| leg.is_connected());
        leg.map(|leg| end(leg, Disconnect::Client, now)).into_iter().collect()
    }

    pub(super) fn has_agent(&self, agent: &str) -> bool {
        self.participants.iter().any(|leg| leg.is_connected() && leg.purpose.user() == Some(agent))
    }

    pub(super) fn is_waiting(&self) -> bool {
        self.queue().is_some()
    }

    /// The queue in which the customer waits.
    pub(super) fn queue(&self) -> Option<&str> {
        self.participants.iter().filter(|leg| leg.is_present()).find_map(|leg| match &leg.purpose {
            Purpose::Acd { queue } => Some(queue.as_str()),
            Purpose::Customer | Purpose::Agent { .. } => None,
        })
    }

    /// The time of an event: never before another event of this conversation, and at least a
    /// millisecond after the last event of the same kind.
    pub(super) fn event_time(&mut self, kind: &'static str, now: OffsetDateTime) -> i64 {
        let now = i64::try_from(now.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX);
        let latest = self.event_times.values().copied().max().unwrap_or(now);
        let after = self.event_times.get(kind).map_or(now, |last| last.saturating_add(1));
        let time = now.max(latest).max(after);
        self.event_times.insert(kind, time);
        time
    }

    fn waiting(&mut self) -> Option<&mut Participant> {
        self.participants
            .iter_mut()
            .find(|leg| leg.is_present() && matches!(leg.purpose, Purpose::Acd { .. }))
    }

    fn agent(&mut self, agent: &str) -> Option<&mut Participant> {
        self.participants
            .iter_mut()
            .find(|leg| leg.is_present() && leg.purpose.user() == Some(agent))
    }
}

fn leaves_queue(leg: &mut Participant, outcome: Outcome, now: OffsetDateTime) -> Step {
    leg.outcome = Some(outcome);
    end(leg, Disconnect::Transfer, now)
}

fn end(leg: &mut Participant, disconnect: Disconnect, now: OffsetDateTime) -> Step {
    leg.leave(disconnect, now);
    Step::end(leg)
}
