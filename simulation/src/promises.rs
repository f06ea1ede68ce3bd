//! The promises, checked when no work is left.
//!
//! Rule: check only what the vendors accepted and what is stored in the table, never what the
//! bridge believes.

mod life;

use std::sync::Arc;

use delivery::dead_letter::{DeadLetter, UNREADABLE};
use delivery::event::{DedupKey, Payload, QueuedEvent};
use delivery::record::{DeliveryState, EventRecord};
use futures_util::FutureExt as _;
use shared::ids::IntegrationName;
use shared::ports::{Direction, Store as _};

use crate::acts;
use crate::callers::Posted;
use crate::canaries::{CONTACTS, INTEGRATIONS};
use crate::effects::Effect;
use crate::lock;
use crate::queue::Sent;
use crate::requests::Endpoint;
use crate::run::Simulation;
use crate::scenario::{Action, CustomerAct, Happening};

/// The facts at the end of a run.
struct End<'a> {
    simulation: &'a Arc<Simulation>,
    effects: Vec<Effect>,
    sent: Vec<Sent>,
    posts: Vec<Posted>,
    letters: Vec<(Direction, QueuedEvent)>,
}

/// Checks all promises.
pub(crate) fn check(simulation: &Arc<Simulation>) {
    let end = End {
        simulation,
        effects: simulation.effects.all(),
        sent: simulation.queues.sent(),
        posts: lock(&simulation.posts).clone(),
        letters: letters(simulation),
    };
    let waiting = simulation.queues.waiting();
    if waiting > 0 {
        simulation.environment.broken(|| format!("{waiting} entries stay in the queues"));
    }
    end.every_event_has_an_end();
    end.every_accepted_post_was_durable();
    for action in &simulation.scenario.actions {
        match action.what {
            Happening::Customer(word) => {
                end.customer(action, &acts::shown(action, word));
            }
            Happening::Agent(word) if acts::is_shown(word) => end.agent(action),
            Happening::Agent(_) | Happening::Trouble(_) | Happening::Operator(_) => {}
        }
    }
    end.deliveries_are_reported();
    end.receipts_arrive();
    end.reports_arrive();
    end.ends_are_noticed();
    end.lives_are_told();
    end.sequences_have_no_gaps();
}

fn letters(simulation: &Arc<Simulation>) -> Vec<(Direction, QueuedEvent)> {
    let mut letters = Vec::new();
    for integration in INTEGRATIONS.into_iter().chain([UNREADABLE]) {
        let partition = DeadLetter::partition(&IntegrationName::new(integration));
        let list = simulation.store.list(&partition, "", None, usize::MAX);
        let Some(Ok(items)) = list.now_or_never() else { continue };
        for (_, item) in items {
            let letter = serde_json::from_str::<DeadLetter>(&item.body);
            let event = letter.as_ref().map(|letter| {
                (letter.direction, serde_json::from_str::<QueuedEvent>(&letter.body.0))
            });
            match event {
                Ok((direction, Ok(event))) => letters.push((direction, event)),
                _ => simulation.environment.broken(|| "a dead letter cannot be read".to_owned()),
            }
        }
    }
    letters
}

impl End<'_> {
    fn broken(&self, what: impl FnOnce() -> String) {
        self.simulation.environment.broken(what);
    }

    /// Every durable event is finished, or given up with a dead letter.
    fn every_event_has_an_end(&self) {
        for sent in self.sent.iter().filter(|sent| sent.event.dedup_key.is_recorded()) {
            let key = sent.event.record_key(sent.direction);
            let name = format!("{} {:?}", sent.direction.name(), sent.event.dedup_key);
            let items = self.simulation.items.load(&[key]).now_or_never();
            let item =
                items.and_then(Result::ok).and_then(|items| items.into_iter().next().flatten());
            let record = item.and_then(|item| serde_json::from_str::<EventRecord>(&item.body).ok());
            let redrive = record.as_ref().map_or(0, |record| record.redrive);
            match record.map(|record| record.state) {
                Some(DeliveryState::Done) => {}
                Some(DeliveryState::Dead) => {
                    let conversation = sent.event.conversation();
                    if !self.is_dead(sent.direction, |event| {
                        event.dedup_key == sent.event.dedup_key
                            && event.conversation() == conversation
                            && event.redrive == redrive
                    }) {
                        self.broken(|| format!("{name} was given up without a dead letter"));
                    }
                }
                Some(DeliveryState::Trying) => self.broken(|| format!("{name} has no end")),
                // The copy without a contact, which was queued instead, has the record.
                None if self.is_still_to_be_found(&sent.event) => {}
                None => self.broken(|| format!("{name} has no record")),
            }
        }
    }

    /// Whether the bridge did not know the contact that the event's addresses name, so that it
    /// queued a copy without a contact for which it must find the conversation. When it finds it,
    /// it sends the event once more.
    fn is_still_to_be_found(&self, event: &QueuedEvent) -> bool {
        let same =
            |sent: &Sent| sent.event.contact.is_none() && sent.event.dedup_key == event.dedup_key;
        event.is_presumed() && self.sent.iter().any(same)
    }

    fn is_dead(&self, direction: Direction, is: impl Fn(&QueuedEvent) -> bool) -> bool {
        self.letters.iter().any(|(way, event)| *way == direction && is(event))
    }

    /// Every event that an endpoint answered with 2xx became durable.
    fn every_accepted_post_was_durable(&self) {
        for post in self.posts.iter().filter(|post| post.accepted) {
            // The bridge's own receipt may have come first: both count as one.
            let reported = post.id.splitn(3, '-').nth(2).filter(|_| post.id.starts_with("r-"));
            let is_it = |sent: &Sent| match (reported, &sent.event.dedup_key) {
                (Some(message), DedupKey::Receipt(id, _)) => id == message,
                (_, DedupKey::Lifecycle(..)) => sent.event.dedup_key.id() == post.id,
                _ => sent.event.trace.as_str() == format!("trace-{}", post.id),
            };
            if !self.sent.iter().any(is_it) {
                self.broken(|| format!("{} was accepted and is nowhere", post.id));
            }
        }
    }

    fn was_accepted(&self, endpoint: Endpoint, integration: usize, id: &str) -> bool {
        self.posts.iter().any(|post| {
            post.accepted
                && post.endpoint == endpoint
                && post.integration == integration
                && post.id == id
        })
    }

    /// A customer's message is at Genesys, or it is a dead letter and Lynn was told.
    fn customer(&self, action: &Action, shown: &[(u32, usize)]) {
        let id = acts::lynn_id(action.number);
        if shown.is_empty() || !self.was_accepted(Endpoint::Lynn, action.integration, &id) {
            return;
        }
        let at_genesys = |word: &(u32, usize)| {
            self.of(Direction::Inbound, action).any(|effect| effect.words.contains(word))
        };
        if shown.iter().all(at_genesys) {
            return;
        }
        // A file that could not be fetched does not cost its text.
        let is_without_file = self.simulation.setup(action.integration).relays
            && action.what == Happening::Customer(CustomerAct::Files)
            && shown.first().is_some_and(at_genesys);
        // Genesys gets a transcript only with the first message of a conversation.
        let is_later = action.what == Happening::Customer(CustomerAct::History)
            && shown.first().is_some_and(|text| self.follows_another(action, text));
        if is_later {
            return;
        }
        let dedup_key = DedupKey::Message(id.clone());
        if !is_without_file
            && !self.is_dead(Direction::Inbound, |event| event.dedup_key == dedup_key)
        {
            self.broken(|| format!("{id} of Lynn's was accepted and is lost"));
        }
        let about = format!("{id}#failed");
        let told = self.of(Direction::Outbound, action).any(|effect| effect.about == about);
        let notice = DedupKey::Receipt(format!("lynn/{id}"), "failed".to_owned());
        if !told && !self.is_dead(Direction::Outbound, |event| event.dedup_key == notice) {
            self.broken(|| format!("Lynn was not told that {id} failed"));
        }
    }

    /// Whether this word is at Genesys, after another message of the customer.
    fn follows_another(&self, action: &Action, word: &(u32, usize)) -> bool {
        let own = DedupKey::Message(acts::lynn_id(action.number));
        let before = self
            .of(Direction::Inbound, action)
            .filter(|effect| effect.kind == "message")
            .take_while(|effect| !effect.words.contains(word));
        let another = before.filter(|effect| !effect.is_of(&own)).count() > 0;
        another && self.of(Direction::Inbound, action).any(|effect| effect.words.contains(word))
    }

    /// An agent's message is at Lynn, or it is a dead letter and Genesys was told.
    fn agent(&self, action: &Action) {
        let id = acts::genesys_id(action.number);
        if !self.was_accepted(Endpoint::Webhook, action.integration, &id) {
            return;
        }
        let is_it = |effect: &Effect| effect.kind == "message" && effect.id == id;
        if self.of(Direction::Outbound, action).any(is_it) {
            return;
        }
        let dedup_key = DedupKey::Message(id.clone());
        if !self.is_dead(Direction::Outbound, |event| event.dedup_key == dedup_key) {
            self.broken(|| format!("{id} of Genesys' was accepted and is lost"));
        }
        if !self.receipt_given(action.integration, &id, "failed") {
            self.broken(|| format!("the agent was not told that {id} failed"));
        }
    }

    fn of<'a>(
        &'a self,
        direction: Direction,
        action: &'a Action,
    ) -> impl Iterator<Item = &'a Effect> {
        let contact = CONTACTS[action.contact % CONTACTS.len()];
        self.effects.iter().filter(move |effect| {
            effect.direction == direction
                && effect.integration == action.integration
                && effect.contact == contact
        })
    }

    fn receipt_given(&self, integration: usize, id: &str, status: &str) -> bool {
        let wanted = format!("{id}#{status}");
        let given = self.effects.iter().any(|effect| {
            effect.direction == Direction::Inbound
                && effect.integration == integration
                && effect.kind == "receipt"
                && effect.id == wanted
        });
        let dedup_key = DedupKey::Receipt(id.to_owned(), status.to_owned());
        given || self.is_dead(Direction::Inbound, |event| event.dedup_key == dedup_key)
    }

    /// With `receipts: accepted`, Genesys is told of every message that Lynn accepted.
    fn deliveries_are_reported(&self) {
        for effect in self.effects.iter().filter(|effect| {
            effect.direction == Direction::Outbound
                && effect.kind == "message"
                && self.simulation.setup(effect.integration).receipts == "accepted"
        }) {
            let given = |status| self.receipt_given(effect.integration, &effect.id, status);
            if !given("delivered") && !given("failed") {
                self.broken(|| format!("Genesys was not told that Lynn took {}", effect.id));
            }
        }
    }

    /// A receipt from Lynn is at Genesys; a receipt from Genesys is at Lynn when it covers all
    /// parts of a message.
    fn receipts_arrive(&self) {
        for sent in self.sent.iter().filter(|sent| sent.direction == Direction::Inbound) {
            let (Payload::Lynn(_), DedupKey::Receipt(id, status)) =
                (&sent.event.payload, &sent.event.dedup_key)
            else {
                continue;
            };
            let place =
                INTEGRATIONS.iter().position(|name| *name == sent.event.integration.as_str());
            if !self.receipt_given(place.unwrap_or_default(), id, status) {
                self.broken(|| format!("Lynn's receipt about {id} is lost"));
            }
        }
    }

    /// When Genesys reports on all parts of a message, Lynn is told about the message, where the
    /// bridge certainly knows the parts.
    fn reports_arrive(&self) {
        for action in &self.simulation.scenario.actions {
            let Happening::Customer(word) = action.what else { continue };
            let (id, shown) = (acts::lynn_id(action.number), acts::shown(action, word));
            let dedup_key = DedupKey::Message(id.clone());
            let own = |effect: &&Effect| effect.kind == "message" && effect.is_of(&dedup_key);
            let parts: Vec<&Effect> = self.of(Direction::Inbound, action).filter(own).collect();
            let is_whole =
                shown.iter().all(|word| parts.iter().any(|part| part.words.contains(word)));
            let names: std::collections::BTreeSet<&str> =
                parts.iter().map(|part| part.id.as_str()).collect();
            let is_known = |part: &&Effect| {
                let webhook = format!("{}#published", part.own_id);
                !part.may_be_forgotten(self.simulation)
                    && self.was_accepted(Endpoint::Webhook, action.integration, &webhook)
            };
            if parts.is_empty()
                || !is_whole
                || names.len() != parts.len()
                || !parts.iter().all(is_known)
            {
                continue;
            }
            let about = format!("{id}#published");
            let told = self.of(Direction::Outbound, action).any(|effect| effect.about == about);
            let is_its = |event: &QueuedEvent| match &event.dedup_key {
                DedupKey::Receipt(of, _) => parts.iter().any(|part| part.own_id == *of),
                _ => false,
            };
            if !told && !self.is_dead(Direction::Outbound, is_its) {
                self.broken(|| format!("Lynn was not told that {id} is published"));
            }
        }
    }

    /// The sequence numbers that Lynn has seen are 1, 2, 3 …
    fn sequences_have_no_gaps(&self) {
        let seen = self.simulation.effects.seen();
        for integration in (0..INTEGRATIONS.len()).filter(|at| self.simulation.numbers(*at)) {
            for contact in CONTACTS {
                let own = seen.iter().filter(|effect| {
                    effect.direction == Direction::Outbound
                        && effect.integration == integration
                        && effect.contact == contact
                });
                let numbers: std::collections::BTreeSet<u64> =
                    own.map(|effect| effect.sequence).collect();
                if !(1..).zip(&numbers).all(|(expected, number)| expected == *number) {
                    self.broken(|| format!("the numbers at Lynn have gaps: {numbers:?}"));
                }
            }
        }
    }
}
