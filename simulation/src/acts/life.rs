//! Agents' actions besides messages, and the ends of conversations, as Genesys reports them.

use std::sync::Arc;

use serde_json::json;

use crate::callers;
use crate::canaries::CONTACTS;
use crate::configuration::genesys_integration;
use crate::genesys::conversation_id;
use crate::lock;
use crate::run::Simulation;
use crate::scenario::{Action, AgentAct};

/// Plays an action of an agent that is not a message: the events of the conversation's life.
pub(crate) fn life(simulation: &Arc<Simulation>, action: &Action, what: AgentAct) {
    let (integration, contact) = (action.integration, action.contact % CONTACTS.len());
    let now = simulation.environment.now() + simulation.scenario.setup.genesys_skew;
    let leg = format!("leg-{}", action.number);
    let events: Vec<(&str, Option<String>, &str)> = {
        let mut state = lock(&simulation.genesys.state);
        let key = (integration, CONTACTS[contact].to_owned());
        let Some(conversation) = state.conversations.get_mut(&key) else { return };
        if what == AgentAct::Answer {
            // An agent who answers in an ended conversation opens it without a message.
            conversation.enter(now, simulation.setup(integration).window_minutes);
        }
        if !conversation.open {
            return;
        }
        match what {
            AgentAct::Ring => {
                conversation.ring = Some(leg.clone());
                vec![("user.start", Some(leg), "")]
            }
            AgentAct::Answer => {
                let rung = conversation.ring.take();
                conversation.agent_since = Some(now);
                let ring = rung.is_none().then(|| ("user.start", Some(leg.clone()), ""));
                conversation.ring = Some(rung.unwrap_or(leg));
                ring.into_iter().chain([("acd.end", Some("acd".to_owned()), "TRANSFER")]).collect()
            }
            AgentAct::Leave => {
                conversation.agent_since = None;
                conversation
                    .ring
                    .take()
                    .map(|leg| ("user.end", Some(leg), "PEER"))
                    .into_iter()
                    .collect()
            }
            _ => Vec::new(),
        }
    };
    for (place, (kind, leg, disconnect)) in (0_i64..).zip(events) {
        tell(simulation, (integration, contact), (kind, now + place), (leg, disconnect));
    }
    if what == AgentAct::End {
        end(simulation, integration, contact, "PEER");
    }
}

/// Ends a conversation.
pub(crate) fn end(
    simulation: &Arc<Simulation>,
    integration: usize,
    contact: usize,
    why: &'static str,
) {
    let now = simulation.environment.now();
    let at = now + simulation.scenario.setup.genesys_skew;
    let agent = {
        let mut state = lock(&simulation.genesys.state);
        let key = (integration, CONTACTS[contact % CONTACTS.len()].to_owned());
        let Some(conversation) = state.conversations.get_mut(&key).filter(|known| known.open)
        else {
            return;
        };
        conversation.open = false;
        conversation.ends.push(now);
        conversation.ended_at = at;
        conversation.end_type = why;
        conversation.agent_since = None;
        conversation.ring.take()
    };
    if let Some(leg) = agent {
        tell(simulation, (integration, contact), ("user.end", at), (Some(leg), why));
    }
    tell(
        simulation,
        (integration, contact),
        ("customer.end", at),
        (Some("customer".to_owned()), why),
    );
}

fn tell(
    simulation: &Arc<Simulation>,
    (integration, contact): (usize, usize),
    (kind, at): (&str, i64),
    (leg, disconnect): (Option<String>, &str),
) {
    let contact = CONTACTS[contact % CONTACTS.len()];
    let number = lock(&simulation.genesys.state)
        .conversations
        .get(&(integration, contact.to_owned()))
        .map_or(0, |conversation| conversation.number);
    let id = conversation_id(integration, contact, number);
    let mut body = json!({
        "eventTime": at, "conversationId": id, "mediaType": "MESSAGE", "messageType": "OPEN",
        "addressFrom": contact, "addressTo": genesys_integration(integration),
    });
    if let Some(leg) = leg {
        body["participantId"] = json!(leg);
    }
    // The outcome is optional, like every field.
    if kind == "acd.end" && at % 2 == 0 {
        body["acdOutcome"] = json!("ANSWERED");
    }
    if !disconnect.is_empty() {
        body["disconnectType"] = json!(disconnect);
    }
    let topic = format!("v2.detail.events.conversation.{id}.{kind}");
    let event =
        json!({ "detail-type": topic, "detail": { "topicName": topic, "eventBody": body } });
    callers::event(simulation, integration, &event);
}
