//! Plans the events that Lynn gets only if it wants them: the customer waits for an agent, an agent
//! leaves. Pure.
//!
//! Rule: Genesys' events of one moment come in any order, so an event waits some seconds for the
//! one that it follows from.

use std::time::Duration;

use conversation::machine::Trigger;
use conversation::{Stage, Transition};
use delivery::route::{Plan, Situation};
use shared::genesys::lifecycle::{DisconnectType, LifecycleEvent, LifecycleKind};
use shared::lynn::outbound::OutboundBody;

use crate::part::{AgentIds, Naming, Part, complete};
use crate::replay;
use crate::state_change::{
    FIRST_ANSWER, LOOKUP_PAUSE, agent_moved, is_about_another, lynn_event, notify_lynn,
};

/// How long to wait for another event of the same moment: for the end of the conversation when its
/// last agent leaves, for the going of the agent when the customer is put into a queue again.
const SAME_MOMENT: Duration = Duration::from_secs(3);

/// The customer waits for an agent. An event that comes before the going of the last agent, or
/// before the answer to the customer's message, waits for that.
pub(crate) fn queued(situation: &Situation<'_>, event: &LifecycleEvent) -> Plan<Part> {
    let conversation = situation.conversation;
    let is_over = conversation.ended_at.is_some_and(|end| event.at <= end);
    let is_first = conversation.stage() == Stage::Idle;
    let patience = if is_first { FIRST_ANSWER } else { SAME_MOMENT };
    let is_young = situation.now.elapsed_since(situation.event.accepted_at) < patience;
    let has_answered_since = conversation.agents.answered_at > Some(event.at);
    let is_too_early = is_first
        || conversation.stage() == Stage::Ended && !is_over
        || conversation.has_agent() && !has_answered_since && !agents_leave(situation, event);
    let is_told = situation.record.moved || conversation.queued_at >= Some(event.at);
    if is_too_early && is_young && !is_told && !is_about_another(conversation, event) {
        return Plan::Wait(LOOKUP_PAUSE);
    }
    if replay::is_replayed(situation, Some(event.at)) {
        return Plan::Ignore(replay::REASON);
    }
    let transitions = vec![Transition::Queued { at: event.at }];
    let news = (OutboundBody::Queued { queue: None }, Naming::Queue(event.queue.clone()));
    if is_told || !conversation.has_agent() {
        return notify_lynn(situation, event, (Trigger::Queued, event.at), transitions, news);
    }
    let is_answered = has_answered_since || !agents_leave(situation, event);
    if is_over || is_answered || is_about_another(conversation, event) {
        return complete("the customer has an agent, or waits no more");
    }
    Plan::RecordFirst(transitions)
}

/// Whether the events behind this one tell that all agents leave.
fn agents_leave(situation: &Situation<'_>, event: &LifecycleEvent) -> bool {
    let mut after = situation.conversation.clone();
    for later in same_moment(situation, event, LifecycleKind::UserEnd) {
        after.apply(&Transition::AgentLeft { leg: later.leg, at: later.at });
    }
    !after.has_agent()
}

/// The events of a kind behind this one, about the same conversation and of the same moment.
fn same_moment(
    situation: &Situation<'_>,
    event: &LifecycleEvent,
    kind: LifecycleKind,
) -> Vec<LifecycleEvent> {
    let mut events = situation.backlog.lifecycle();
    let is_same = |other: &LifecycleEvent| {
        let is_near = other.at.elapsed_since(event.at) <= SAME_MOMENT;
        is_near && (other.conversation.is_none() || other.conversation == event.conversation)
    };
    events.retain(|other| other.kind == kind && is_same(other));
    events
}

/// An agent who had answered leaves. If it is the last one, the conversation may have ended: the
/// event of the end may come after this one.
pub(crate) fn agent_left(situation: &Situation<'_>, event: &LifecycleEvent) -> Plan<Part> {
    let conversation = situation.conversation;
    let gone = Transition::AgentLeft { leg: event.leg.clone(), at: event.at };
    if situation.record.moved {
        let ids = AgentIds { leg: event.leg.clone(), user: event.user.clone() };
        let news = (OutboundBody::AgentDisconnected { agent: None }, Naming::Left(ids));
        return lynn_event(situation, event, (Trigger::AgentGone, event.at), news);
    }
    let (leg, ended_at) = (event.leg.as_deref(), conversation.ended_at);
    let was_connected =
        conversation.has_agent() && conversation.agents.ends_connection(leg, event.at, ended_at);
    if !was_connected
        || is_about_another(conversation, event)
        || replay::is_replayed(situation, Some(event.at))
    {
        return agent_moved(situation, event);
    }
    let mut after = conversation.clone();
    after.apply(&gone);
    let is_transfer = event.disconnect.as_ref().is_some_and(DisconnectType::is_any_transfer);
    let goes_on = is_transfer || after.has_agent();
    if !goes_on && !same_moment(situation, event, LifecycleKind::CustomerEnd).is_empty() {
        return agent_moved(situation, event);
    }
    let age = situation.now.elapsed_since(situation.event.accepted_at);
    if !goes_on && age < SAME_MOMENT {
        return Plan::Wait(LOOKUP_PAUSE);
    }
    Plan::RecordFirst(vec![gone])
}
