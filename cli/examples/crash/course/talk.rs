//! Customers and agents who write until told to stop, each event until it is accepted.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use simulators::{GenesysSimulator, LynnSimulator};
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::kinds::Answered;
use super::{Shared, kinds, lock, moment};

/// The longest pause between two events of one person.
const PAUSE: Duration = Duration::from_millis(60);
/// The pause before an event that was not accepted is posted again.
const AGAIN: Duration = Duration::from_millis(10);

/// The accepted events of one contact's conversation, in the order of acceptance.
#[derive(Clone, Debug, Default)]
pub struct Conversation {
    /// From Lynn, by the keys that Genesys Cloud must get: parts and receipts.
    pub from_lynn: Vec<String>,
    /// From Genesys Cloud, by the ids that Lynn must get.
    pub from_genesys: Vec<String>,
}

/// The accepted events, by contact.
pub type Accepted = BTreeMap<String, Conversation>;

pub struct Talks {
    stop: Arc<AtomicBool>,
    accepted: Arc<AtomicUsize>,
    people: Vec<(String, Talk, Talk)>,
}

/// A person who writes; returns in the end what the other side must get.
type Talk = JoinHandle<Vec<String>>;

struct Person {
    contact: String,
    /// The agent's messages that wait for a receipt.
    answers: Shared<Vec<String>>,
    /// The bot's choices that wait for a reply.
    choices: Shared<Vec<String>>,
    stop: Arc<AtomicBool>,
    accepted: Arc<AtomicUsize>,
}

impl Talks {
    /// Starts all of them.
    pub fn start(genesys: &GenesysSimulator, lynn: &LynnSimulator, conversations: usize) -> Self {
        let (stop, accepted) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let talk = |number: usize| {
            let contact = format!("contact-{number}");
            let (answers, choices) = (Shared::<Vec<String>>::default(), Shared::default());
            let person = || Person {
                contact: contact.clone(),
                answers: Arc::clone(&answers),
                choices: Arc::clone(&choices),
                stop: Arc::clone(&stop),
                accepted: Arc::clone(&accepted),
            };
            let customer = tokio::spawn(person().play_customer(lynn.clone()));
            let agent = tokio::spawn(person().play_agent(genesys.clone()));
            (contact, customer, agent)
        };
        let people = (0..conversations).map(talk).collect();
        Self { stop, accepted, people }
    }

    pub fn accepted(&self) -> usize {
        self.accepted.load(Ordering::Relaxed)
    }

    /// Ends all of them, when what was begun is accepted.
    pub async fn stop(self) -> anyhow::Result<Accepted> {
        self.stop.store(true, Ordering::Relaxed);
        let mut accepted = Accepted::new();
        for (contact, customer, agent) in self.people {
            let conversation =
                Conversation { from_lynn: customer.await?, from_genesys: agent.await? };
            accepted.insert(contact, conversation);
        }
        Ok(accepted)
    }
}

impl Person {
    fn goes_on(&self) -> bool {
        !self.stop.load(Ordering::Relaxed)
    }

    async fn play_customer(self, lynn: LynnSimulator) -> Vec<String> {
        let mut expected = Vec::new();
        for number in 1.. {
            if !self.goes_on() {
                break;
            }
            let answer = match kinds::answered(number) {
                Answered::None => None,
                Answered::Message => lock(&self.answers).pop(),
                Answered::Choice => lock(&self.choices).pop(),
            };
            let said = kinds::customer(&self.contact, number, answer);
            while !lynn.post(said.event.clone()).await.is_success() {
                sleep(AGAIN).await;
            }
            self.accepted.fetch_add(1, Ordering::Relaxed);
            expected.extend(said.expected);
            sleep(moment::at_most(PAUSE)).await;
        }
        expected
    }

    async fn play_agent(self, genesys: GenesysSimulator) -> Vec<String> {
        let mut expected = Vec::new();
        for number in 1.. {
            if !self.goes_on() {
                break;
            }
            if let Some(mut delivery) = kinds::agent(&genesys, &self.contact, number).await {
                while !delivery.delivered {
                    sleep(AGAIN).await;
                    delivery = genesys.redeliver(&delivery).await;
                }
                self.accepted.fetch_add(1, Ordering::Relaxed);
                let waiting = if kinds::is_choice(number) { &self.choices } else { &self.answers };
                lock(waiting).push(delivery.id.clone());
                expected.push(delivery.id);
            }
            sleep(moment::at_most(PAUSE)).await;
        }
        expected
    }
}
