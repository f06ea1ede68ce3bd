//! Names the agent or the queue of an event, from what Genesys told and from what events report.

use std::time::Duration;

use shared::ids::GenesysMessageId;
use shared::time::Timestamp;

use super::roster::{AgentId, KnownAgent, KnownQueue, Name};
use super::state::Conversation;

/// How far the clocks of two machines are expected to differ.
const CLOCKS_APART: Duration = Duration::from_secs(2);
/// How long an agent may ring.
const RINGING: Duration = Duration::from_mins(10);
/// How long an answer counts when no event tells that agents come and go. After a transfer the next
/// agent speaks under the former one's name for so long at most; a shorter time would cost more of
/// the rate budget.
const WITHOUT_EVENTS: Duration = Duration::from_mins(2);

impl Conversation {
    /// The agent who came. `accepted` is when the bridge accepted the event, by our clock.
    pub fn who_came(&self, id: AgentId<'_>, accepted: Timestamp) -> Name<KnownAgent> {
        let roster = &self.roster;
        if let Some(agent) = roster.agent(id) {
            return Name::Known(agent.clone());
        }
        if roster.is_told_since(accepted) {
            // Genesys does not list the user whom the event names.
            if id.user.is_some() {
                return Name::Unknown;
            }
            let is_new = |agent: &&KnownAgent| agent.told >= Some(accepted);
            let new = roster.present().filter(is_new).max_by_key(|agent| agent.since);
            let alone = || roster.present().next().filter(|_| roster.present().count() == 1);
            return new.or_else(alone).cloned().map_or(Name::Unknown, Name::Known);
        }
        roster.missing(accepted, true)
    }

    /// The agent who wrote a message. Genesys' webhook does not tell, so it is the only agent who
    /// is present; of several, the one whom the conversation names.
    /// `written` is by Genesys' clock.
    pub fn who_wrote(
        &self,
        message: &GenesysMessageId,
        written: Timestamp,
        accepted: Timestamp,
    ) -> Name<KnownAgent> {
        let roster = &self.roster;
        let wrote = |agent: &&KnownAgent| agent.wrote.as_ref() == Some(message);
        if let Some(agent) = roster.agents.iter().find(wrote) {
            return Name::Known(agent.clone());
        }
        let mut present = roster.present();
        // A message of an agent who left may come after the next agent.
        let may_be_of_another = |agent: &KnownAgent| {
            agent.since.is_some_and(|since| since > written) && roster.agents.len() > 1
        };
        match (present.next(), present.next()) {
            (Some(agent), None) if self.is_current(accepted) && !may_be_of_another(agent) => {
                Name::Known(agent.clone())
            }
            _ => roster.missing(accepted, roster.is_pause_over(accepted)),
        }
    }

    /// Whether no agent came since Genesys told who is present, as far as events tell. Without any
    /// such event, an answer counts for a limited time.
    fn is_current(&self, now: Timestamp) -> bool {
        let (roster, agents) = (&self.roster, &self.agents);
        let Some(told) = roster.told else { return false };
        let came = |at: Timestamp| at.elapsed_since(told) > CLOCKS_APART;
        let is_listed = |at: Timestamp| {
            roster
                .agents
                .iter()
                .any(|agent| agent.since.is_some_and(|since| since.apart_from(at) <= CLOCKS_APART))
        };
        let somebody_came = agents.answered_at.is_some_and(|at| came(at) && !is_listed(at));
        // The call of an agent who joins another one is never reported as answered.
        let is_known = |leg: &str| roster.agent(AgentId { leg: Some(leg), user: None }).is_some();
        let earliest = now - RINGING;
        let somebody_joins = agents.may_have_joined(earliest, self.ended_at, is_known);
        let is_fresh = agents.were_reported() || now.elapsed_since(told) <= WITHOUT_EVENTS;
        !somebody_came && !somebody_joins && is_fresh
    }

    /// The queue in which the customer waits. `id` is the queue that the event names.
    pub fn which_queue(&self, id: Option<&str>, accepted: Timestamp) -> Name<KnownQueue> {
        let roster = &self.roster;
        let is_it = |queue: &&KnownQueue| match id {
            Some(id) => queue.id.as_deref() == Some(id),
            None => roster.is_told_since(accepted),
        };
        match roster.queue.as_ref().filter(is_it) {
            Some(queue) => Name::Known(queue.clone()),
            None => roster.missing(accepted, true),
        }
    }
}

#[cfg(test)]
mod tests;
