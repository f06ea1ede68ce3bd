//! Tells Lynn of a change in the life of a conversation, or only stores it. Pure.
//!
//! Rule: the change is stored before Lynn is told. Lynn is told of each change once, also when two
//! events report it.

use std::time::Duration;

use conversation::machine::{ConversationEvent, Trigger};
use conversation::{Conversation, Occurrence, Relevance, Transition};
use delivery::event::Payload;
use delivery::route::{Plan, Situation};
use shared::genesys::lifecycle::{LifecycleEvent, LifecycleKind};
use shared::lynn::outbound::OutboundBody;
use shared::time::Timestamp;

use crate::part::{Naming, Part, PartBody, send};
use crate::replay;

/// An event may arrive before the answer to the very first message, which gives the conversation's
/// id and takes at most this long. The conversation is looked for during this time.
pub(crate) const FIRST_ANSWER: Duration = Duration::from_secs(12);
pub(crate) const LOOKUP_PAUSE: Duration = Duration::from_millis(500);

/// The id of an agent's presence that is confirmed.
pub(crate) fn confirmed(event: &LifecycleEvent) -> Option<String> {
    let is_confirmed = event.kind == LifecycleKind::UserStart && event.confirmed;
    event.leg.clone().filter(|_| is_confirmed)
}

/// Records a confirmed agent when Lynn is not told, because another event has told it or a later
/// agent came. The agent is present until they leave.
fn came(situation: &Situation<'_>, event: &LifecycleEvent) -> Vec<Transition> {
    let present = situation.conversation;
    let is_over = present.ended_at.is_some_and(|end| event.at <= end);
    let leg = confirmed(event).filter(|_| !is_over && !is_about_another(present, event));
    leg.map(|leg| Transition::AgentCame { leg, at: event.at }).into_iter().collect()
}

pub(crate) fn is_about_another(present: &Conversation, event: &LifecycleEvent) -> bool {
    let named = event.conversation.as_ref();
    let known = present.genesys_conversation.as_ref();
    known.is_some_and(|known| named.is_some_and(|named| known != named))
}

pub(crate) fn notify_lynn(
    situation: &Situation<'_>,
    event: &LifecycleEvent,
    (what, at): (Trigger, Timestamp),
    transitions: Vec<Transition>,
    news: (OutboundBody, Naming),
) -> Plan<Part> {
    let occurrence = Occurrence { conversation: event.conversation.as_ref(), what, at };
    let has_moved_it = situation.record.moved && situation.event.redrive == 0;
    match situation.conversation.relevance(&occurrence) {
        Relevance::News => Plan::RecordFirst(transitions),
        Relevance::AlreadyApplied(_) if replay::is_replayed(situation, Some(event.at)) => {
            Plan::Ignore(replay::REASON)
        }
        // Two events may report the same change, such as Genesys' own event and a status question:
        // the first event tells Lynn. This also holds when both were given up and are redriven.
        Relevance::AlreadyApplied(conversation_event)
            if is_notified(situation, conversation_event, at) =>
        {
            Plan::Complete {
                transitions: came(situation, event),
                writes: Vec::new(),
                reason: "another event has told Lynn of it",
            }
        }
        Relevance::AlreadyApplied(_) => lynn_event(situation, event, (what, at), news),
        // This event changed the conversation, but Lynn was down while another conversation began.
        // Lynn is still told.
        Relevance::Resumed | Relevance::Stale(_) if has_moved_it => {
            lynn_event(situation, event, (what, at), news)
        }
        Relevance::Resumed => Plan::Complete {
            transitions,
            writes: Vec::new(),
            reason: "the conversation was resumed since",
        },
        Relevance::Stale(reason) => match came(situation, event) {
            transitions if transitions.is_empty() => Plan::Ignore(reason),
            transitions => Plan::Complete { transitions, writes: Vec::new(), reason },
        },
    }
}

pub(crate) fn lynn_event(
    situation: &Situation<'_>,
    event: &LifecycleEvent,
    (what, at): (Trigger, Timestamp),
    (body, naming): (OutboundBody, Naming),
) -> Plan<Part> {
    // The id is the same at each attempt: it is made of the event alone, not of later knowledge.
    let key = match &situation.event.payload {
        Payload::Lifecycle(event) => event.key(),
        _ => event.key(),
    };
    let part = Part {
        naming,
        is_posted: true,
        id: format!("{key}#{}#{}", short(&body), at.milliseconds()),
        time: at,
        body: PartBody::Event(body),
        transitions: if what == Trigger::End {
            vec![Transition::EndTold { at }]
        } else {
            Vec::new()
        },
        writes: Vec::new(),
        conversation: event.conversation.clone(),
    };
    replay::remembered(situation, Some(event.at), send(part))
}

/// Whether an earlier event in the conversation's order has told Lynn of this change. An end that
/// the bridge itself made is known before any event, so for an end `end_told` decides.
fn is_notified(
    situation: &Situation<'_>,
    conversation_event: ConversationEvent,
    at: Timestamp,
) -> bool {
    let is_redriven = situation.event.redrive > 0;
    match conversation_event {
        ConversationEvent::AgentConnected => situation.is_new,
        ConversationEvent::Queued | ConversationEvent::AgentDisconnected => !situation.record.moved,
        ConversationEvent::Ended => {
            (situation.is_new || is_redriven) && situation.conversation.end_told >= Some(at)
        }
    }
}

/// An agent is rung, or has left. Neither event alone is reported to Lynn.
pub(crate) fn agent_moved(situation: &Situation<'_>, event: &LifecycleEvent) -> Plan<Part> {
    let present = situation.conversation;
    if is_about_another(present, event) && present.is_open() {
        return Plan::Ignore("it is about another conversation than the present one");
    }
    let (leg, at) = (event.leg.clone(), event.at);
    let transition = match event.kind {
        LifecycleKind::UserStart => Transition::AgentRung { leg, at },
        _ => Transition::AgentLeft { leg, at },
    };
    let transitions = vec![transition];
    Plan::Complete { transitions, writes: Vec::new(), reason: "an agent is rung, or has left" }
}

/// The last word of the type, for ids: `agentConnected`, `ended`.
pub(crate) fn short(body: &OutboundBody) -> &'static str {
    let word = body.type_word();
    word.rsplit('.').next().unwrap_or(word)
}
