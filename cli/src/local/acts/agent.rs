//! What agents and bots do, in Genesys Cloud.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use simulators::Delivery;

use super::super::playground::Playground;
use super::Done;
use super::samples::{self, File, Offer};

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AgentAct {
    pub contact: String,
    /// The agent's user id.
    #[serde(default = "maria")]
    pub agent: String,
    #[serde(flatten)]
    pub what: What,
}

fn maria() -> String {
    "maria".to_owned()
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "camelCase")]
pub enum What {
    /// The flow puts the customer into the queue.
    Queue,
    Ring,
    Accept,
    Reject,
    Says {
        text: String,
    },
    Sends {
        file: File,
    },
    Types,
    /// Another agent joins.
    Join,
    Leave,
    /// Hands the customer back to the queue.
    Transfer,
    End,
    /// The customer has been silent for too long.
    TimeOut,
    BotSays {
        text: String,
    },
    /// A bot offers something to choose from.
    Offers {
        offer: Offer,
    },
}

impl AgentAct {
    pub fn perform(self, playground: &Arc<Playground>) -> Done {
        if self.contact.trim().is_empty() {
            return Done::refused("No customer is chosen.");
        }
        let (genesys, contact, agent) =
            (&playground.cast.vendors.genesys, self.contact.as_str(), self.agent.as_str());
        let before = genesys.people(contact);
        let is_connected = before.as_ref().is_some_and(|people| {
            people.is_open && people.connected.iter().any(|connected| connected == agent)
        });
        let is_writing = matches!(self.what, What::Says { .. } | What::Sends { .. } | What::Types);
        if is_writing && !is_connected {
            return Done::refused(format!("{agent} is not connected with {contact}."));
        }
        let events = match &self.what {
            What::Queue => genesys.queue_waits(contact),
            What::Ring => genesys.agent_rings(contact, agent),
            What::Accept => genesys.agent_answers(contact, agent),
            What::Reject => genesys.agent_rejects(contact, agent),
            What::Join => genesys.agent_joins(contact, agent),
            What::Leave => genesys.agent_leaves(contact, agent),
            What::Transfer => genesys.agent_transfers_to_queue(contact, agent),
            What::End => genesys.agent_ends(contact, agent),
            What::TimeOut => genesys.customer_disappears(contact),
            What::Says { .. }
            | What::Sends { .. }
            | What::Types
            | What::BotSays { .. }
            | What::Offers { .. } => {
                // Genesys Cloud repeats a webhook for half a minute; the page does not wait for it.
                playground.send_aside(self.send(Arc::clone(playground)));
                return Done::accepted();
            }
        };
        // An agent who answers without a queue causes no event.
        if events.is_empty() && genesys.people(contact) == before {
            return Done::refused("That does not fit the state of the conversation.");
        }
        Done::accepted()
    }

    async fn send(self, playground: Arc<Playground>) {
        let (genesys, contact) = (&playground.cast.vendors.genesys, self.contact.as_str());
        let delivery = match &self.what {
            What::Says { text } => {
                genesys.next_is_by(&self.agent);
                genesys.agent_says(contact, text).await
            }
            What::Sends { file } => {
                let url = playground.cast.vendors.lynn.put_file(file.name(), file.options());
                let (kind, mime) = file.of_genesys();
                genesys.agent_sends_attachment(contact, None, kind, mime, file.name(), &url).await
            }
            What::Types => genesys.agent_types(contact, 5000).await,
            What::BotSays { text } => genesys.bot_says(contact, text).await,
            What::Offers { offer } => {
                let (text, content) = samples::offered(*offer);
                genesys.bot_sends(contact, Some(text), content).await
            }
            _ => return,
        };
        if !delivery.delivered {
            playground.note("givenUp", Some(contact), given_up(&delivery));
        }
    }
}

fn given_up(delivery: &Delivery) -> String {
    let last = delivery.attempts.last();
    let why = match last.map(|attempt| (attempt.status, attempt.error.as_deref())) {
        Some((Some(status), _)) => format!("the last answer was {status}"),
        Some((None, _)) => "there was no answer".to_owned(),
        None => "its settings forbid it".to_owned(),
    };
    format!("Genesys Cloud gave a webhook up after {} attempts: {why}.", delivery.attempts.len())
}
