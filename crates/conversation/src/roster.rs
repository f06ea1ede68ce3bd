//! Who the agents of a conversation are, and the queue: what Genesys told when it was asked.
//!
//! Rule: a name is a convenience. An unknown name is left out, and Genesys is asked once for each
//! agent who comes, not for each message.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use shared::ids::GenesysMessageId;
use shared::time::Timestamp;

/// The most agents kept; the earliest ones are removed first.
const AGENTS_KEPT: usize = 8;
/// The pause after a question that told nothing about an agent. Each further one is four times as
/// long, at most [`RARELY`].
const PAUSE: Duration = Duration::from_secs(2);
const RARELY: Duration = Duration::from_hours(1);
/// After this time a question without a result counts as lost.
const LOST: Duration = Duration::from_secs(15);

/// The ids of an agent: of the presence, and of the user.
#[derive(Clone, Copy, Debug, Default)]
pub struct AgentId<'a> {
    pub leg: Option<&'a str>,
    pub user: Option<&'a str>,
}

/// An agent as Genesys showed them.
#[serde_with::skip_serializing_none]
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct KnownAgent {
    /// The id of the presence.
    pub leg: Option<String>,
    pub user: Option<String>,
    /// Kept only if Lynn is told of it.
    pub name: Option<String>,
    /// When the agent was connected, by Genesys' clock.
    pub since: Option<Timestamp>,
    /// Whether the agent has left.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub left: bool,
    /// The message about which Genesys was asked, if this agent wrote it.
    pub wrote: Option<GenesysMessageId>,
    /// The question whose answer first told of this presence; the roster sets it.
    pub told: Option<Timestamp>,
}

impl KnownAgent {
    fn is(&self, id: AgentId<'_>) -> bool {
        let same = |own: Option<&String>, other: Option<&str>| {
            other.is_some_and(|other| own.is_some_and(|own| own == other))
        };
        same(self.leg.as_ref(), id.leg)
            || same(self.user.as_ref(), id.user)
            // An event without a presence has the user's id in its place.
            || same(self.user.as_ref(), id.leg)
    }
}

impl fmt::Debug for KnownAgent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "KnownAgent({:?}, left: {})", self.leg, self.left)
    }
}

/// A queue as Genesys showed it.
#[serde_with::skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct KnownQueue {
    pub id: Option<String>,
    pub name: Option<String>,
}

/// The content of one answer of Genesys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RosterNews {
    /// All agents who are or were connected.
    pub agents: Vec<KnownAgent>,
    pub queue: Option<KnownQueue>,
    /// Whether it tells what was asked: an agent, and of several the one who wrote the message.
    pub is_conclusive: bool,
}

#[serde_with::skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Roster {
    /// When Genesys was last asked, by our clock.
    asked_at: Option<Timestamp>,
    /// The latest question that is settled: answered, or without an answer.
    settled: Option<Timestamp>,
    /// The latest question that Genesys answered.
    pub(super) told: Option<Timestamp>,
    /// The questions in a row that told nothing of use.
    #[serde(skip_serializing_if = "is_zero")]
    #[serde(rename = "inVain")]
    unanswered: u32,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) agents: Vec<KnownAgent>,
    pub(super) queue: Option<KnownQueue>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference over")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// The known facts about an agent or a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Name<T> {
    Known(T),
    /// Genesys can be asked.
    Ask,
    /// Genesys has been asked, and has not answered yet.
    Asked {
        /// By our clock.
        at: Timestamp,
    },
    /// It is not known, and asking now would tell no more.
    Unknown,
}

impl Roster {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The agent of an event, if Genesys has told of them.
    pub fn agent(&self, id: AgentId<'_>) -> Option<&KnownAgent> {
        self.agents.iter().rev().find(|agent| agent.is(id))
    }

    pub(super) fn asked(&mut self, at: Timestamp) {
        self.asked_at = self.asked_at.max(Some(at));
        // The other sender may store the answer before this sender stores the question.
        if self.settled < Some(at) {
            self.unanswered = self.unanswered.saturating_add(1);
        }
    }

    pub(super) fn answered(
        &mut self,
        asked_at: Timestamp,
        news: Option<&RosterNews>,
        ended_at: Option<Timestamp>,
    ) {
        self.settled = self.settled.max(Some(asked_at));
        let Some(news) = news.filter(|_| self.told.is_none_or(|told| told <= asked_at)) else {
            return;
        };
        self.told = Some(asked_at);
        if news.is_conclusive {
            self.unanswered = 0;
        }
        if news.queue.is_some() {
            self.queue.clone_from(&news.queue);
        }
        let mut agents = news.agents.clone();
        for agent in &mut agents {
            let same = |known: &&KnownAgent| known.leg.is_some() && known.leg == agent.leg;
            let known = self.agents.iter().find(same);
            // An event may have told meanwhile that the agent left.
            agent.left |= known.is_some_and(|known| known.left);
            agent.told = known.and_then(|known| known.told).or(Some(asked_at));
        }
        agents.drain(..agents.len().saturating_sub(AGENTS_KEPT));
        self.agents = agents;
        if let Some(end) = ended_at {
            self.left_before(end);
        }
    }

    /// The agent left at this time.
    pub(super) fn left(&mut self, leg: Option<&str>, at: Timestamp) {
        let id = AgentId { leg, user: None };
        for agent in self.agents.iter_mut().filter(|agent| agent.is(id)) {
            agent.left |= agent.since.is_none_or(|since| since <= at);
        }
    }

    /// The agents who came before this time are gone.
    pub(super) fn left_before(&mut self, end: Timestamp) {
        for agent in &mut self.agents {
            agent.left |= agent.since.is_some_and(|since| since <= end);
        }
    }

    /// The conversation ended. Names are not kept longer than they are needed.
    pub(super) fn all_left(&mut self) {
        self.agents.clear();
    }

    pub(super) fn present(&self) -> impl Iterator<Item = &KnownAgent> {
        self.agents.iter().filter(|agent| !agent.left)
    }

    fn is_asked_since(&self, event: Timestamp) -> bool {
        self.asked_at.is_some_and(|asked| asked >= event)
    }

    pub(super) fn is_told_since(&self, event: Timestamp) -> bool {
        self.told.is_some_and(|told| told >= event)
    }

    /// The next step when a name is unknown: wait for the answer, ask, or go without. `may_ask`
    /// is only for a first question about an event.
    pub(super) fn missing<T>(&self, event: Timestamp, may_ask: bool) -> Name<T> {
        match self.asked_at.filter(|asked| Some(*asked) > self.settled) {
            Some(at) if event <= at + LOST => Name::Asked { at },
            _ if may_ask && !self.is_asked_since(event) => Name::Ask,
            _ => Name::Unknown,
        }
    }

    /// Whether the pause after unanswered questions is over.
    pub(super) fn is_pause_over(&self, event: Timestamp) -> bool {
        let longer = 4_u32.saturating_pow(self.unanswered.saturating_sub(1));
        let pause = PAUSE.saturating_mul(longer).min(RARELY);
        self.unanswered == 0 || self.asked_at.is_none_or(|asked| asked + pause <= event)
    }
}
