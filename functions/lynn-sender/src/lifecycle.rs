//! Plans what to do with a lifecycle event: finds its conversation, changes it, and decides whether
//! to tell Lynn. Pure.
//!
//! Rule: the change is stored before Lynn is told, because a refusal by Lynn does not undo it. Lynn
//! is told of each change once. An event that is older than the known state, or that belongs to no
//! conversation of the bridge, is counted and ignored.

use conversation::machine::Trigger;
use conversation::{Conversation, Stage, Transition};
use delivery::event::QueuedEvent;
use delivery::index;
use delivery::route::{Plan, Situation};
use shared::genesys::lifecycle::{LifecycleEvent, LifecycleKind};
use shared::genesys::outbound::{OriginatingEntity, OutboundNotification};
use shared::ids::{ContactId, ConversationKey};
use shared::lynn::outbound::{OutboundBody, OutboundType};
use shared::ports::ItemKey;
use shared::time::Timestamp;

use crate::movements;
use crate::part::{AgentIds, Naming, Part, PartBody, complete};
use crate::state_change::{FIRST_ANSWER, LOOKUP_PAUSE, agent_moved, confirmed, notify_lynn, short};

/// The states of the conversations that an event without a contact may belong to: one for each of
/// its addresses.
pub(crate) fn keys(event: &QueuedEvent, lifecycle: &LifecycleEvent) -> Vec<ItemKey> {
    candidates(event, lifecycle).iter().map(ItemKey::state).collect()
}

/// The index values that find the conversation of an event whose contact is unknown or only
/// presumed.
pub(crate) fn searches(event: &QueuedEvent, lifecycle: &LifecycleEvent) -> Vec<String> {
    let is_to_be_found = event.contact.is_none() || lifecycle.presumed;
    let conversation = lifecycle.conversation.as_ref().filter(|_| is_to_be_found);
    conversation.map(index::of_conversation).into_iter().collect()
}

pub(crate) fn plan(situation: &Situation<'_>, event: &LifecycleEvent) -> Plan<Part> {
    if situation.event.contact.is_none() {
        let unknown = Plan::Ignore("it is about no conversation of this integration");
        return reroute_or_wait(situation, Some(event)).unwrap_or(unknown);
    }
    if event.presumed
        && let Some(elsewhere) = not_with_its_contact(situation)
    {
        return elsewhere;
    }
    // An event without a conversation id is about the current conversation of its contact.
    let known = || situation.conversation.genesys_conversation.clone();
    let conversation = event.conversation.clone().or_else(known);
    let event = &LifecycleEvent { conversation, ..event.clone() };
    match event.kind {
        LifecycleKind::CustomerEnd => ended(situation, event),
        LifecycleKind::AcdEnd | LifecycleKind::UserStart if event.is_answer() => {
            agent_answered(situation, event)
        }
        LifecycleKind::UserStart => agent_rung(situation, event),
        LifecycleKind::UserEnd if is_listed(situation, OutboundType::AgentDisconnected) => {
            movements::agent_left(situation, event)
        }
        LifecycleKind::UserEnd => agent_moved(situation, event),
        LifecycleKind::AcdStart if is_listed(situation, OutboundType::Queued) => {
            movements::queued(situation, event)
        }
        LifecycleKind::AcdStart | LifecycleKind::AcdEnd => {
            complete("it changes nothing for the customer")
        }
    }
}

fn is_listed(situation: &Situation<'_>, kind: OutboundType) -> bool {
    situation.config.lynn.posts(kind)
}

fn candidates(event: &QueuedEvent, lifecycle: &LifecycleEvent) -> Vec<ConversationKey> {
    if event.contact.is_some() {
        return Vec::new();
    }
    let mut contacts: Vec<&ContactId> = lifecycle.addresses.iter().collect();
    contacts.dedup();
    let key =
        |contact: &ContactId| ConversationKey::new(event.integration.clone(), contact.clone());
    contacts.into_iter().map(key).collect()
}

/// Where to forward an event whose contact was presumed from its addresses and is wrong: to the
/// contact that the conversation's id leads to, else to the events whose conversation is still
/// looked for. `None`: keep the contact.
fn not_with_its_contact(situation: &Situation<'_>) -> Option<Plan<Part>> {
    match found(situation) {
        Some(key) if Some(&key.contact) == situation.event.contact.as_ref() => None,
        Some(key) => Some(Plan::Reroute(Some(key.contact))),
        None if *situation.conversation == Conversation::default() => Some(Plan::Reroute(None)),
        None => None,
    }
}

/// The conversation of this integration that the index has found.
fn found(situation: &Situation<'_>) -> Option<ConversationKey> {
    situation.found.iter().find_map(|(key, _)| {
        let conversation = ConversationKey::of_partition(&key.partition)?;
        (conversation.integration == situation.event.integration).then_some(conversation)
    })
}

/// Finds the conversation by its id, else by the contact that the event names. `None`: the event
/// belongs to no conversation of the bridge.
pub(crate) fn reroute_or_wait(
    situation: &Situation<'_>,
    event: Option<&LifecycleEvent>,
) -> Option<Plan<Part>> {
    if let Some(conversation) = found(situation).or_else(|| by_address(situation, event?)) {
        return Some(Plan::Reroute(Some(conversation.contact)));
    }
    let age = situation.now.elapsed_since(situation.event.accepted_at);
    // Wait longer each time: most events that are not found at once belong to no conversation of
    // the bridge.
    (age < FIRST_ANSWER).then_some(Plan::Wait(LOOKUP_PAUSE.max(age)))
}

fn by_address(situation: &Situation<'_>, event: &LifecycleEvent) -> Option<ConversationKey> {
    let integration = &situation.config.genesys.integration_id;
    let names_integration = event.addresses.iter().any(|address| integration.is(address.as_str()));
    let candidates = candidates(situation.event, event);
    let alone = candidates.len() == 1;
    candidates.into_iter().find_map(|key| {
        let item = situation.items.get(&ItemKey::state(&key))?;
        let conversation: Conversation = serde_json::from_str(&item.body).ok()?;
        // The same customer may talk with another integration of the organisation.
        let is_ours = names_integration || alone || conversation.genesys_conversation.is_none();
        is_ours.then_some(key)
    })
}

fn ended(situation: &Situation<'_>, event: &LifecycleEvent) -> Plan<Part> {
    let age = situation.now.elapsed_since(situation.event.accepted_at);
    if situation.conversation.stage() == Stage::Idle && age < FIRST_ANSWER {
        return Plan::Wait(LOOKUP_PAUSE);
    }
    let resumable_until = situation.config.resumable_until(event.at);
    let transition = Transition::Ended {
        conversation: event.conversation.clone(),
        at: event.at,
        resumable_until,
    };
    let reason = convert::end_reason(event.disconnect.as_ref());
    let body = OutboundBody::ConversationEnded { reason, resumable_until };
    let news = (body, Naming::Nothing);
    notify_lynn(situation, event, (Trigger::End, event.at), vec![transition], news)
}

fn agent_answered(situation: &Situation<'_>, event: &LifecycleEvent) -> Plan<Part> {
    answered_at(situation, event, event.at, Vec::new())
}

fn answered_at(
    situation: &Situation<'_>,
    event: &LifecycleEvent,
    at: Timestamp,
    mut transitions: Vec<Transition>,
) -> Plan<Part> {
    let conversation = event.conversation.clone();
    transitions.push(Transition::AgentAnswered { conversation, leg: confirmed(event), at });
    // The end of a wait names the presence of the queue, not of the agent.
    let leg = event.leg.clone().filter(|_| event.kind == LifecycleKind::UserStart);
    let ids = AgentIds { leg, user: event.user.clone() };
    let news = (OutboundBody::AgentConnected { agent: None }, Naming::Came(ids));
    notify_lynn(situation, event, (Trigger::AgentAnswered, at), transitions, news)
}

/// The ring event may arrive after the agent's first message. That message was then the agent's
/// answer.
fn agent_rung(situation: &Situation<'_>, event: &LifecycleEvent) -> Plan<Part> {
    let transition = Transition::AgentRung { leg: event.leg.clone(), at: event.at };
    // The decision must stay the same after this event itself has stored the ring.
    let recorded_before = situation.conversation.agents.knows_ring(event.leg.as_deref(), event.at);
    let mut after = situation.conversation.clone();
    after.apply(&transition);
    let answer = after.last_agent_message.filter(|at| {
        let told = recorded_before && after.agents.answered_at == Some(*at);
        told || !after.has_agent() && after.agents.is_rung(*at, after.ended_at)
    });
    match answer {
        Some(at) if at >= event.at => answered_at(situation, event, at, vec![transition]),
        _ => agent_moved(situation, event),
    }
}

/// True if a person wrote the message, not a bot.
pub(crate) fn is_by_agent(notification: &OutboundNotification) -> bool {
    notification.originating_entity == Some(OriginatingEntity::Human)
}

/// Tells Lynn of an agent who was rung and now writes: the agent has answered, although no event
/// reported it.
pub(crate) fn agent_who_writes(
    situation: &Situation<'_>,
    notification: &OutboundNotification,
    at: Timestamp,
) -> Option<Part> {
    if !is_by_agent(notification) {
        return None;
    }
    let conversation = situation.conversation;
    let rung = !conversation.has_agent() && conversation.agents.is_rung(at, conversation.ended_at);
    // When Lynn was told and the message itself is sent again, its parts must stay the same.
    let told = situation.record.parts > 0;
    let id = notification.id.as_ref().filter(|_| rung || told)?;
    let leg = conversation.agents.only_rung(at, conversation.ended_at).map(str::to_owned);
    let body = OutboundBody::AgentConnected { agent: None };
    let conversation = notification.conversation_id.clone();
    Some(Part {
        naming: Naming::Came(AgentIds { leg, user: None }),
        is_posted: true,
        id: format!("{id}#{}", short(&body)),
        time: at,
        body: PartBody::Event(body),
        transitions: vec![Transition::AgentAnswered {
            conversation: conversation.clone(),
            leg: None,
            at,
        }],
        writes: Vec::new(),
        conversation,
    })
}
