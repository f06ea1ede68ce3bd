//! One run: plays a scenario until no work is left, then checks the promises.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use delivery::event::{DedupKey, QueuedEvent};
use delivery::record::{DeliveryState, EventRecord};
use delivery::{RecentStore, index};
use futures_util::FutureExt as _;
use shared::ids::GenesysConversationId;
use shared::ports::{Clock, Direction, Store};
use shared::time::Timestamp;
use testing::{MemorySecrets, MemoryStore};

use crate::callers::Posted;
use crate::canaries::CONTACTS;
use crate::configuration::{self, Versions};
use crate::coverage::Coverage;
use crate::effects::{Effect, Effects};
use crate::environment::Environment;
use crate::executor::{Ended, Executor};
use crate::fleet::Fleet;
use crate::genesys::Genesys;
use crate::lock;
use crate::log::LogReader;
use crate::lynn::Lynn;
use crate::media::{self, Copies};
use crate::mutation::Mutation;
use crate::operator::Redriven;
use crate::play::{self, Said};
use crate::ports::{SimulatedStore, TrueClock};
use crate::queue::{Queues, Sent};
use crate::scenario::{IntegrationSetup, Scenario, Speech};
use crate::silence::Silence;
use crate::{dispatch, promises, setup};

/// More steps than any scenario needs: a run that makes them would not end.
const MOST_STEPS: u64 = 400_000;

/// The result of a run.
#[derive(Clone, Debug)]
pub struct Report {
    pub broken: Option<String>,
    /// A digest of every step and every call: the same scenario gives the same digest.
    pub digest: u64,
    pub steps: u64,
    pub coverage: Coverage,
    /// Everything that happened, in words, if requested.
    pub words: Vec<String>,
}

/// The versions of one integration's secrets: in the secret store now and before, and at the
/// vendors.
#[derive(Clone, Copy, Default)]
pub(crate) struct Credentials {
    pub(crate) stored: Versions,
    pub(crate) before: Versions,
    pub(crate) vendors: Versions,
}

/// The state of a run.
pub(crate) struct Simulation {
    pub(crate) environment: Arc<Environment>,
    pub(crate) scenario: Arc<Scenario>,
    pub(crate) mutation: Option<Mutation>,
    pub(crate) store: Arc<MemoryStore>,
    /// The items under their keys, wherever they are stored.
    pub(crate) items: RecentStore,
    pub(crate) queues: Arc<Queues>,
    pub(crate) secrets: Arc<MemorySecrets>,
    pub(crate) genesys: Genesys,
    pub(crate) lynn: Lynn,
    pub(crate) effects: Effects,
    pub(crate) copies: Arc<Copies>,
    pub(crate) posts: Mutex<Vec<Posted>>,
    pub(crate) said: Mutex<Vec<Said>>,
    pub(crate) fleet: Mutex<Fleet>,
    pub(crate) credentials: Mutex<Vec<Credentials>>,
    /// The integrations in which the vendors accept what they refused before.
    pub(crate) repaired: Mutex<BTreeSet<usize>>,
    /// The events of dead letters with an attempt that ended without an answer.
    pub(crate) perhaps_done: Mutex<Vec<Redriven>>,
    pub(crate) silence: Silence,
}

impl Simulation {
    fn new(scenario: &Scenario, mutation: Option<Mutation>, words: bool) -> Arc<Self> {
        let environment = Environment::new(scenario, words);
        let clock = Arc::new(TrueClock(Arc::clone(&environment)));
        let groups = mutation != Some(Mutation::DropGroupOrder);
        let secrets = Arc::new(MemorySecrets::new());
        for (place, setup) in scenario.setup.integrations.iter().enumerate() {
            configuration::store(&secrets, place, setup, Default::default());
            // A token call names no integration, so that it needs the list.
            if setup.speech == Speech::Dialect {
                secrets.set_names(&crate::canaries::INTEGRATIONS);
            }
        }
        let store = Arc::new(MemoryStore::new(Arc::clone(&clock) as Arc<dyn Clock>));
        Arc::new(Self {
            scenario: Arc::new(scenario.clone()),
            mutation,
            items: RecentStore::new(Arc::clone(&store) as Arc<dyn Store>, clock),
            store,
            queues: Queues::new(Arc::clone(&environment), scenario.setup.topology, groups),
            secrets,
            genesys: Genesys::default(),
            lynn: Lynn::default(),
            effects: Effects::default(),
            copies: Arc::default(),
            posts: Mutex::default(),
            said: Mutex::default(),
            fleet: Mutex::default(),
            credentials: Mutex::new(vec![
                Credentials::default();
                scenario.setup.integrations.len()
            ]),
            repaired: Mutex::default(),
            perhaps_done: Mutex::default(),
            silence: Silence::default(),
            environment,
        })
    }

    pub(crate) fn setup(&self, integration: usize) -> &IntegrationSetup {
        let setups = &self.scenario.setup.integrations;
        &setups[integration % setups.len()]
    }

    /// Whether this integration's Lynn gets numbers of a sequence: Open Messaging has none.
    pub(crate) fn numbers(&self, integration: usize) -> bool {
        self.setup(integration).speech != Speech::Dialect
    }

    /// The versions of the secrets with which a vendor calls.
    pub(crate) fn vendors_versions(&self, integration: usize) -> Versions {
        lock(&self.credentials).get(integration).map(|known| known.vendors).unwrap_or_default()
    }

    /// The versions of a secret that a vendor accepts.
    pub(crate) fn accepted_versions(
        &self,
        integration: usize,
        of: impl Fn(Versions) -> u32,
    ) -> Vec<u32> {
        let credentials = lock(&self.credentials);
        let Some(known) = credentials.get(integration) else { return Vec::new() };
        vec![of(known.vendors), of(known.stored)]
    }

    /// The integration and the contact of an action.
    pub(crate) fn owner(&self, number: u32) -> Option<(usize, &'static str)> {
        let action = self.scenario.actions.iter().find(|action| action.number == number)?;
        Some((action.integration, CONTACTS[action.contact % CONTACTS.len()]))
    }

    /// When the event behind an effect was accepted.
    pub(crate) fn accepted_at(&self, effect: &Effect) -> Option<Timestamp> {
        self.sent_for(effect).map(|sent| sent.event.accepted_at)
    }

    /// The durable event behind an effect; of a redriven event, the one that its process received
    /// last.
    pub(crate) fn sent_for(&self, effect: &Effect) -> Option<Sent> {
        let is_it = |sent: &Sent| comes_from(effect, sent);
        let given = self.queues.given(effect.process, is_it);
        // Among those redriven most often, take the first, since an event that is accepted again
        // much later has no effect.
        let given = given.into_iter().max_by_key(|sent| (sent.event.redrive, Reverse(sent.place)));
        given.or_else(|| self.queues.find(is_it))
    }

    /// The place in its queue of the event behind an effect: the first that its process received,
    /// that is still queued and that has work left.
    pub(crate) fn place_of(&self, effect: &Effect) -> Option<u64> {
        let sent = self.sent_for(effect)?;
        let record = self.record(&sent).unwrap_or_default();
        let is_old = |event: &QueuedEvent| {
            record.lives > 0 && event.redrive == 0 && !record.is_sent_again(event)
        };
        let is_live = |sent: &Sent| {
            comes_from(effect, sent)
                && !(record.state != DeliveryState::Done && record.is_finished(&sent.event))
                && (sent.event.redrive >= record.redrive || record.is_sent_again(&sent.event))
                && !is_old(&sent.event)
        };
        let live = self.queues.given(effect.process, is_live);
        let places = live.iter().map(|sent| sent.place);
        let waits = |place: &u64| self.queues.holds(effect.direction, *place);
        Some(places.filter(waits).min().unwrap_or(sent.place))
    }

    /// Whether the bridge's index contains the conversation that an event names as
    /// `{conversation}#…`.
    pub(crate) fn knows_conversation(&self, event: &str) -> bool {
        let id = event.split('#').next().unwrap_or_default();
        let value = index::of_conversation(&GenesysConversationId::new(id));
        let found = self.store.find(&value).now_or_never();
        found.and_then(Result::ok).is_some_and(|found| !found.is_empty())
    }

    /// The store as processes use it, with recent lists.
    pub(crate) fn with_lists(store: SimulatedStore, clock: &Arc<dyn Clock>) -> Arc<dyn Store> {
        let lists = RecentStore::new(Arc::new(store), Arc::clone(clock));
        Arc::new(lists.with_bodies_of(600))
    }

    /// Whether the vendors accept what they refused before.
    pub(crate) fn is_repaired(&self, integration: usize) -> bool {
        lock(&self.repaired).contains(&integration)
    }

    /// Whether the vendor may have accepted an event before: it is redriven after an attempt
    /// without an answer, or Lynn sent it again after the bridge gave it up.
    pub(crate) fn was_perhaps_done(&self, sent: &Sent) -> bool {
        let known = Redriven::of(sent.direction, &sent.event);
        match sent.event.redrive {
            0 => sent.direction == Direction::Inbound && self.was_given_up(sent),
            _ => lock(&self.perhaps_done).contains(&known) || self.had_no_answer(sent),
        }
    }

    /// Whether Genesys was asked about the message without an answer. A letter that an operator has
    /// read before that does not say so.
    fn had_no_answer(&self, sent: &Sent) -> bool {
        match &sent.event.dedup_key {
            DedupKey::Message(id) | DedupKey::Session(id) => self.silence.is_about(id),
            _ => false,
        }
    }

    /// Whether an event that tells of this was given up.
    pub(crate) fn teller_was_given_up(&self, effect: &Effect) -> bool {
        let sent = self.queues.sent();
        sent.iter().any(|sent| comes_from(effect, sent) && self.was_given_up(sent))
    }

    fn was_given_up(&self, sent: &Sent) -> bool {
        let record = self.record(sent);
        record.is_some_and(|record| record.state == DeliveryState::Dead || record.lives > 0)
    }

    fn record(&self, sent: &Sent) -> Option<EventRecord> {
        let key = sent.event.record_key(sent.direction);
        let items = self.items.load(&[key]).now_or_never();
        let item = items.and_then(Result::ok).and_then(|mut items| items.pop().flatten());
        serde_json::from_str::<EventRecord>(&item?.body).ok()
    }
}

fn comes_from(effect: &Effect, sent: &Sent) -> bool {
    let integration = crate::canaries::INTEGRATIONS.get(effect.integration);
    sent.direction == effect.direction
        && effect.is_of(&sent.event.dedup_key)
        && sent.event.contact.as_ref().is_some_and(|known| known.as_str() == effect.contact)
        && integration == Some(&sent.event.integration.as_str())
}

/// Plays a scenario; a mutation breaks one rule.
pub fn play(scenario: &Scenario, mutation: Option<Mutation>) -> Report {
    run(scenario, mutation, false)
}

/// The same as [`play()`], and records everything that happened in words.
pub fn play_in_words(scenario: &Scenario, mutation: Option<Mutation>) -> Report {
    run(scenario, mutation, true)
}

fn run(scenario: &Scenario, mutation: Option<Mutation>, words: bool) -> Report {
    let simulation = Simulation::new(scenario, mutation, words);
    let environment = Arc::clone(&simulation.environment);
    setup::count(&scenario.setup, &mut lock(&environment.coverage));
    let mut executor = Executor::default();
    let _context = media::runtime().map(|runtime| runtime.enter());
    tracing::subscriber::with_default(LogReader(Arc::clone(&environment)), || {
        dispatch::begin(&simulation, Direction::Inbound);
        dispatch::begin(&simulation, Direction::Outbound);
        play::begin(&simulation);
        match executor.run(&environment, MOST_STEPS) {
            Ended::Quiet => promises::check(&simulation),
            Ended::Endless => environment.broken(|| "the work does not end".to_owned()),
            Ended::Broken => {}
        }
    });
    let steps = executor.steps;
    drop(executor);
    drop(environment.take_spawned());
    simulation.dismiss();
    let coverage = lock(&environment.coverage).clone();
    Report {
        broken: environment.take_broken(),
        digest: environment.digest(),
        steps,
        coverage,
        words: environment.take_words(),
    }
}
