//! Reads from the answer to a status question who the agents are, and in which queue the customer
//! waits. Pure.

use conversation::{KnownAgent, KnownQueue, RosterNews};
use delivery::route::Situation;
use shared::config::AgentNames;
use shared::genesys::conversation::{AgentView, ConversationView};
use shared::ids::GenesysMessageId;

/// The news in the answer to a status question, as far as Lynn may get it.
pub(crate) fn of(
    view: &ConversationView,
    message: Option<&GenesysMessageId>,
    situation: &Situation<'_>,
) -> RosterNews {
    let names = situation.config.genesys.agent_names;
    let known = |agent: &AgentView| KnownAgent {
        leg: agent.participant.clone(),
        user: agent.user.clone(),
        name: agent.name.clone().filter(|_| names == AgentNames::Real),
        since: agent.since,
        left: !agent.is_connected,
        wrote: message.filter(|message| agent.messages.contains(message)).cloned(),
        ..KnownAgent::default()
    };
    let shown = view.agents.iter().filter(|_| names != AgentNames::Hidden);
    let agents: Vec<KnownAgent> = shown.map(known).collect();
    let present = agents.iter().filter(|agent| !agent.left).count();
    let writer_is_known = present == 1 || agents.iter().any(|agent| agent.wrote.is_some());
    let queue = view.queue.as_ref();
    let is_conclusive = if message.is_some() { writer_is_known } else { present > 0 };
    RosterNews {
        agents,
        queue: queue.map(|it| KnownQueue { id: it.id.clone(), name: it.name.clone() }),
        is_conclusive,
    }
}
