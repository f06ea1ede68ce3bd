//! The processes in which the handlers run: a few instances of each function, or one process for
//! all on one machine.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use ::media::Relaying;
use clients::genesys::client::GenesysClient;
use clients::lynn::client::LynnClient;
use clients::tokens::Tokens;
use conversation_scheduler::ConversationScheduler;
use delivery::{Engine, Outages};
use genesys_events::GenesysEvents;
use genesys_sender::GenesysRoute;
use genesys_webhook::GenesysWebhook;
use lynn_inbound::LynnInbound;
use lynn_sender::{LynnRoute, Questions};
use shared::ports::{Clock, Direction, Queue, Secrets, Store, Vendor};
use shared::settings::Settings;

use crate::environment::ProcessId;
use crate::lock;
use crate::media;
use crate::mutation;
use crate::ports::{Link, SimulatedClock, SimulatedQueue, SimulatedSecrets, SimulatedStore};
use crate::requests::Endpoint;
use crate::run::Simulation;
use crate::scenario::Topology;
use crate::vendor::SimulatedVendor;

/// How long an open conversation may be quiet before the bridge reconciles it.
const RECONCILE_AFTER: Duration = Duration::from_secs(90);
/// After this time a function starts no further record, as in `aws/batch.rs`.
const TIME_FOR_NEW_RECORDS: Duration = Duration::from_secs(30);
/// The maximum number of instances of a function.
const INSTANCES: usize = 3;
/// The number of batches that the one machine works on at once in each direction.
const BATCHES_AT_ONCE: usize = 4;
/// How long the one machine is down after its process dies, in milliseconds.
const GONE: i64 = 1_500;

/// The handlers that take requests and events.
pub(crate) struct Receivers {
    pub(crate) lynn: LynnInbound,
    pub(crate) genesys: GenesysWebhook,
    pub(crate) events: GenesysEvents,
    pub(crate) scheduler: ConversationScheduler,
}

/// The handlers that deliver.
pub(crate) struct Senders {
    pub(crate) inbound: Engine<Relaying<GenesysRoute>>,
    pub(crate) outbound: Engine<Relaying<LynnRoute>>,
}

#[derive(Clone)]
struct Instance {
    process: ProcessId,
    receivers: Arc<Receivers>,
    senders: Arc<Senders>,
}

#[derive(Default)]
pub(crate) struct Fleet {
    /// One list for each function: the two endpoints, the events, the two senders.
    functions: [Vec<Instance>; 5],
    machine: Option<Instance>,
    busy: BTreeSet<(ProcessId, usize)>,
}

fn sender_place(direction: Direction) -> usize {
    match direction {
        Direction::Inbound => 3,
        Direction::Outbound => 4,
    }
}

impl Simulation {
    /// A process that takes requests; `None` while there is none.
    pub(crate) fn receivers(
        self: &Arc<Self>,
        endpoint: Endpoint,
    ) -> Option<(ProcessId, Arc<Receivers>)> {
        if self.scenario.setup.topology == Topology::OneMachine {
            let machine = self.machine()?;
            return Some((machine.process, machine.receivers));
        }
        let place = match endpoint {
            Endpoint::Lynn => 0,
            Endpoint::Webhook => 1,
            Endpoint::Events => 2,
        };
        let another = self.environment.random(|random| random.one_in(4));
        let mut fleet = lock(&self.fleet);
        fleet.functions[place].retain(|instance| self.environment.lives(instance.process));
        let count = fleet.functions[place].len();
        if count == 0 || (another && count < INSTANCES) {
            fleet.functions[place].push(instance(self));
        }
        let chosen = self.environment.random(|random| random.place(fleet.functions[place].len()));
        let instance = fleet.functions[place].get(chosen)?;
        Some((instance.process, Arc::clone(&instance.receivers)))
    }

    /// A process that has time for another batch, and the slot in it.
    pub(crate) fn senders(
        self: &Arc<Self>,
        direction: Direction,
    ) -> Option<(ProcessId, usize, Arc<Senders>)> {
        if self.scenario.setup.topology == Topology::OneMachine {
            let machine = self.machine()?;
            let fleet = lock(&self.fleet);
            let first = sender_place(direction) * BATCHES_AT_ONCE;
            let mut slots = first..first + BATCHES_AT_ONCE;
            let slot = slots.find(|slot| !fleet.busy.contains(&(machine.process, *slot)))?;
            return Some((machine.process, slot, machine.senders));
        }
        let mut fleet = lock(&self.fleet);
        let fleet = &mut *fleet;
        let instances = &mut fleet.functions[sender_place(direction)];
        instances.retain(|instance| self.environment.lives(instance.process));
        let free = instances.iter().find(|instance| !fleet.busy.contains(&(instance.process, 0)));
        let instance = match free {
            Some(instance) => instance.clone(),
            None if instances.len() < INSTANCES => {
                instances.push(instance(self));
                instances.last()?.clone()
            }
            None => return None,
        };
        Some((instance.process, 0, instance.senders))
    }

    /// Marks a slot of a process as busy or free.
    pub(crate) fn occupy(&self, process: ProcessId, slot: usize, busy: bool) {
        let mut fleet = lock(&self.fleet);
        if busy {
            fleet.busy.insert((process, slot));
        } else {
            fleet.busy.remove(&(process, slot));
        }
    }

    /// The process of the one machine; starts a new one when the machine has been down for long
    /// enough.
    fn machine(self: &Arc<Self>) -> Option<Instance> {
        let mut fleet = lock(&self.fleet);
        let died_at = |instance: &Instance| self.environment.process(instance.process).died_at;
        match fleet.machine.as_ref().map(|machine| (machine.clone(), died_at(machine))) {
            Some((machine, None)) => return Some(machine),
            Some((_, Some(at))) if self.environment.now() < at + GONE => return None,
            Some(_) => self.queues.begin_again(),
            None => {}
        }
        let machine = instance(self);
        fleet.machine = Some(machine.clone());
        Some(machine)
    }

    /// When the one machine returns, if it is down.
    pub(crate) fn machine_returns(&self) -> Option<i64> {
        let fleet = lock(&self.fleet);
        let died_at = self.environment.process(fleet.machine.as_ref()?.process).died_at?;
        Some(died_at + GONE)
    }

    /// Forgets all processes: they hold the simulation and the simulation holds them, a cycle of
    /// references.
    pub(crate) fn dismiss(&self) {
        *lock(&self.fleet) = Fleet::default();
    }
}

fn instance(simulation: &Arc<Simulation>) -> Instance {
    let process = simulation.environment.start();
    let link =
        Link { environment: Arc::clone(&simulation.environment), process, is_operator: false };
    let clock: Arc<dyn Clock> = Arc::new(SimulatedClock { link: link.clone() });
    let store = SimulatedStore { link: link.clone(), store: Arc::clone(&simulation.store) };
    let queue = SimulatedQueue { link: link.clone(), queues: Arc::clone(&simulation.queues) };
    let secrets = SimulatedSecrets { link: link.clone(), secrets: Arc::clone(&simulation.secrets) };
    let secrets: Arc<dyn Secrets> = Arc::new(secrets);
    let vendor = SimulatedVendor { link: link.clone(), simulation: Arc::clone(simulation) };
    let store = mutation::store(simulation, Simulation::with_lists(store, &clock));
    let queue: Arc<dyn Queue> = mutation::queue(simulation, Arc::new(queue));
    let vendor: Arc<dyn Vendor> = mutation::vendor(simulation, Arc::new(vendor));
    let receive = Arc::new(Settings::new(Arc::clone(&secrets), Arc::clone(&clock)));
    let receivers = Receivers {
        lynn: LynnInbound {
            settings: Arc::clone(&receive),
            queue: Arc::clone(&queue),
            store: Arc::clone(&store),
            clock: Arc::clone(&clock),
        },
        genesys: GenesysWebhook {
            settings: receive,
            queue: Arc::clone(&queue),
            table: None,
            clock: Arc::clone(&clock),
        },
        events: GenesysEvents {
            store: Arc::clone(&store),
            queue: Arc::clone(&queue),
            clock: Arc::clone(&clock),
        },
        scheduler: ConversationScheduler {
            store: Arc::clone(&store),
            queue: Arc::clone(&queue),
            clock: Arc::clone(&clock),
        },
    };
    let senders = senders(simulation, &link, (store, queue), (secrets, vendor), &clock);
    Instance { process, receivers: Arc::new(receivers), senders: Arc::new(senders) }
}

fn senders(
    simulation: &Arc<Simulation>,
    link: &Link,
    (store, queue): (Arc<dyn Store>, Arc<dyn Queue>),
    (secrets, vendor): (Arc<dyn Secrets>, Arc<dyn Vendor>),
    clock: &Arc<dyn Clock>,
) -> Senders {
    let engines_clock = mutation::clock(simulation, Arc::clone(clock));
    let is_function = simulation.scenario.setup.topology == Topology::Functions;
    let settings = Arc::new(Settings::new(secrets, Arc::clone(clock)));
    let tokens = if is_function { Tokens::new } else { Tokens::of_sole_process };
    let tokens = Arc::new(tokens(Arc::clone(&store), Arc::clone(clock)));
    // The client checks the time again before each call, so the mutation must break both places.
    let clients_clock = || Arc::clone(&engines_clock);
    let genesys = GenesysClient::new(Arc::clone(&vendor), Arc::clone(&tokens), clients_clock());
    let lynn = LynnClient::new(vendor, tokens, clients_clock());
    let time_for_new_records = is_function.then_some(TIME_FOR_NEW_RECORDS);
    let reconcile_after = Some(RECONCILE_AFTER);
    Senders {
        inbound: Engine {
            route: Relaying {
                route: GenesysRoute { client: Arc::new(genesys) },
                relay: media::relay(simulation, link, clock),
            },
            store: Arc::clone(&store),
            queue: Arc::clone(&queue),
            settings: Arc::clone(&settings),
            clock: Arc::clone(&engines_clock),
            time_for_new_records,
            reconcile_after,
            outages: Outages::default(),
        },
        outbound: Engine {
            route: Relaying {
                route: LynnRoute {
                    client: Arc::new(lynn),
                    store: Arc::clone(&store),
                    clock: Arc::clone(&engines_clock),
                    watch: None,
                    questions: Questions::default(),
                },
                relay: media::relay(simulation, link, clock),
            },
            store,
            queue,
            settings,
            clock: Arc::clone(&engines_clock),
            time_for_new_records,
            reconcile_after,
            outages: Outages::default(),
        },
    }
}
