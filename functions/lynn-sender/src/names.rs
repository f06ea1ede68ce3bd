//! Finds out whom an event names: from what is kept with the conversation, or from Genesys, which
//! the other sender asks.
//!
//! Rule: a name is never a reason to lose, to repeat or to reorder an event. An event waits for a
//! name at most [`WAIT`], and once: without an answer it goes without the name. While Genesys tells
//! nothing of use, most events go without a question ([`Questions`]).

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use conversation::{AgentId, Conversation, KnownAgent, KnownQueue, Name, Transition};
use delivery::event::{DedupKey, Payload, RosterQuestion};
use delivery::route::{Sent, Situation};
use shared::config::{AgentNames, SendGenesys};
use shared::lynn::outbound::{OutboundAgent, OutboundBody, OutboundQueue};
use shared::ports::{Clock, Store};
use shared::retry::{Limit, Pauses};
use shared::time::Timestamp;

use crate::part::{Naming, Part};
use crate::questions::Questions;

/// The longest wait for an answer, from the question.
const WAIT: Duration = Duration::from_secs(2);
/// The pauses between two readings of the answer.
const PAUSES: RangeInclusive<Duration> = Duration::from_millis(20)..=Duration::from_millis(250);

/// The result for an event that names an agent or a queue.
pub(crate) enum NamingResult {
    /// Record that Genesys was asked, or that the event has waited. Then plan the event again with
    /// its new record, because another process may have finished it meanwhile.
    Again(Sent),
    /// The body with what is known.
    Body(OutboundBody),
}

/// The services that it needs.
pub(crate) struct Names<'a> {
    pub store: &'a Arc<dyn Store>,
    pub clock: &'a Arc<dyn Clock>,
    pub questions: &'a Questions,
}

impl Names<'_> {
    /// `own` is the body of the part as it was planned.
    pub(crate) async fn fill(
        &self,
        part: &Part,
        own: &OutboundBody,
        situation: &Situation<'_>,
    ) -> NamingResult {
        let mut body = with_names((part, own), situation, situation.conversation);
        let integration = &situation.event.integration;
        if let Name::Ask = body {
            let now = self.clock.now();
            if let Some(sent) = question(part, situation, now)
                && self.questions.take(integration, now)
            {
                return NamingResult::Again(sent);
            }
            body = Name::Unknown;
        }
        if let Name::Asked { at } = body {
            let until = at + WAIT;
            body = self.answer((part, own), situation).await;
            let left = WAIT.min(until.elapsed_since(self.clock.now()));
            if matches!(body, Name::Asked { .. }) && !left.is_zero() {
                self.wait((part, own), situation, left).await;
                return NamingResult::Again(Sent { again: true, ..Sent::default() });
            }
        }
        NamingResult::Body(match body {
            Name::Known(body) => {
                if part.naming != Naming::Nothing {
                    self.questions.answered(integration);
                }
                body
            }
            Name::Ask | Name::Asked { .. } | Name::Unknown => {
                without_answer((part, own), situation)
            }
        })
    }

    /// Waits until the other sender has stored the answer, at most for this time.
    async fn wait(
        &self,
        (part, own): (&Part, &OutboundBody),
        situation: &Situation<'_>,
        most: Duration,
    ) {
        let mut pauses = Pauses::new(&**self.clock, PAUSES, Limit::Time(most));
        while pauses.pause().await {
            if !matches!(self.answer((part, own), situation).await, Name::Asked { .. }) {
                return;
            }
        }
    }

    /// The answer as it is stored now.
    async fn answer(
        &self,
        planned: (&Part, &OutboundBody),
        situation: &Situation<'_>,
    ) -> Name<OutboundBody> {
        match self.conversation(situation).await {
            Some(conversation) => with_names(planned, situation, &conversation),
            None => Name::Unknown,
        }
    }

    async fn conversation(&self, situation: &Situation<'_>) -> Option<Conversation> {
        let loaded = self.store.load(&[situation.event.state_key()]).await.ok()?;
        let item = loaded.into_iter().next().flatten()?;
        serde_json::from_str(&item.body).ok()
    }
}

/// The body with the names, as far as the conversation tells them.
fn with_names(
    (part, own): (&Part, &OutboundBody),
    situation: &Situation<'_>,
    conversation: &Conversation,
) -> Name<OutboundBody> {
    let genesys = &situation.config.genesys;
    let accepted = situation.event.accepted_at;
    let is_hidden = genesys.agent_names == AgentNames::Hidden;
    let agent = match &part.naming {
        Naming::Nothing => return Name::Known(own.clone()),
        Naming::Queue(id) => {
            let queue = conversation.which_queue(id.as_deref(), accepted);
            return map(queue, |queue| OutboundBody::Queued { queue: Some(shown_queue(queue)) });
        }
        Naming::Came(_) | Naming::Left(_) | Naming::Wrote { .. } if is_hidden => {
            return Name::Known(own.clone());
        }
        Naming::Came(ids) => conversation.who_came(ids.as_id(), accepted),
        Naming::Left(ids) => who_left(conversation, ids.as_id()),
        Naming::Wrote { message, at } => conversation.who_wrote(message, *at, accepted),
    };
    map(agent, |agent| with_agent(own, shown(genesys, agent.user, agent.name)))
}

/// An agent who has left is not asked for: Genesys told of them when they came, or never.
fn who_left(conversation: &Conversation, id: AgentId<'_>) -> Name<KnownAgent> {
    conversation.roster.agent(id).cloned().map_or(Name::Unknown, Name::Known)
}

/// The body with only what the event itself contains.
fn without_answer((part, own): (&Part, &OutboundBody), situation: &Situation<'_>) -> OutboundBody {
    let genesys = &situation.config.genesys;
    let user = match &part.naming {
        Naming::Queue(id) => {
            let queue = id.clone().map(|id| OutboundQueue { id: Some(id), name: None });
            return OutboundBody::Queued { queue };
        }
        Naming::Came(ids) | Naming::Left(ids) => ids.user.clone(),
        Naming::Nothing | Naming::Wrote { .. } => None,
    };
    let is_known = user.is_some() || genesys.agent_names == AgentNames::Alias;
    with_agent(own, shown(genesys, user, None).filter(|_| is_known))
}

fn shown(genesys: &SendGenesys, id: Option<String>, name: Option<String>) -> Option<OutboundAgent> {
    match genesys.agent_names {
        AgentNames::Real => Some(OutboundAgent { id, name }),
        AgentNames::Alias => Some(OutboundAgent { id, name: genesys.agent_alias.clone() }),
        AgentNames::Hidden => None,
    }
}

fn shown_queue(queue: KnownQueue) -> OutboundQueue {
    OutboundQueue { id: queue.id, name: queue.name }
}

fn with_agent(own: &OutboundBody, agent: Option<OutboundAgent>) -> OutboundBody {
    let mut body = own.clone();
    match &mut body {
        OutboundBody::Message(message) => message.agent = agent,
        OutboundBody::AgentConnected { agent: own }
        | OutboundBody::AgentDisconnected { agent: own } => *own = agent,
        _ => {}
    }
    body
}

fn map<T>(name: Name<T>, body: impl FnOnce(T) -> OutboundBody) -> Name<OutboundBody> {
    match name {
        Name::Known(known) => Name::Known(body(known)),
        Name::Ask => Name::Ask,
        Name::Asked { at } => Name::Asked { at },
        Name::Unknown => Name::Unknown,
    }
}

/// The question for the other sender. `None` if Genesys has told no id by which to ask.
fn question(part: &Part, situation: &Situation<'_>, now: Timestamp) -> Option<Sent> {
    let conversation = situation.conversation;
    let is_known = part.conversation.is_some()
        || conversation.genesys_conversation.is_some()
        || conversation.last_inbound_id.is_some();
    // The question's time is never before the event's acceptance, even if clocks differ, so that
    // each event asks at most once.
    let asked_at = now.max(situation.event.accepted_at);
    let question = RosterQuestion {
        asked_at,
        conversation: part.conversation.clone(),
        message: match &part.naming {
            Naming::Wrote { message, .. } => Some(message.clone()),
            _ => None,
        },
    };
    let dedup_key = DedupKey::RosterQuestion(asked_at.milliseconds());
    let follow_up =
        situation.event.follow_up(dedup_key, Payload::RosterQuestion(question), asked_at);
    is_known.then(|| Sent {
        transitions: vec![Transition::RosterAsked { at: asked_at }],
        follow_ups: vec![follow_up],
        again: true,
        ..Sent::default()
    })
}
