//! Plays the actions of a scenario at their times, then ends all troubles.

use std::sync::Arc;

use crate::acts;
use crate::callers::{self, Post};
use crate::canaries::CONTACTS;
use crate::configuration;
use crate::lock;
use crate::operator;
use crate::requests;
use crate::run::Simulation;
use crate::scenario::{
    Action, AgentAct, CustomerAct, FaultKind, Happening, Port, Topology, Trouble,
};

/// The time from the last action to the end of all troubles, in milliseconds.
const UNTIL_ALL_IS_WELL: i64 = 60_000;
/// How long the schedule continues after that, in milliseconds.
const SCHEDULE_GOES_ON: i64 = 240_000;
/// The interval of the schedule: a minute, in milliseconds.
const SCHEDULE: i64 = 60_000;
/// The time from the change of a secret in the secret store to its change at the vendor, in
/// milliseconds: a process reads a secret again at most once in 10 s.
const VENDOR_FOLLOWS: i64 = 12_000;

/// The table, for every kind of caller.
const STORE: [Port; 4] =
    [Port::StoreRead, Port::StoreWrite, Port::OperatorRead, Port::OperatorWrite];

/// A post that an action caused.
pub(crate) struct Said {
    pub(crate) number: u32,
    pub(crate) integration: usize,
    pub(crate) contact: usize,
    pub(crate) post: Post,
}

/// Starts the tasks that play the scenario.
pub(crate) fn begin(simulation: &Arc<Simulation>) {
    let task = Arc::clone(simulation);
    let last = task.scenario.actions.last().map_or(0, |action| action.at);
    simulation.environment.spawn(None, async move {
        play_all(&task, |what| !matches!(what, Happening::Operator(_))).await;
        task.environment.sleep(UNTIL_ALL_IS_WELL).await;
        task.environment.heal();
        task.genesys.limit(0);
    });
    let task = Arc::clone(simulation);
    simulation.environment.spawn(None, async move {
        play_all(&task, |what| matches!(what, Happening::Operator(_))).await;
    });
    let task = Arc::clone(simulation);
    simulation.environment.spawn(None, async move {
        let all_is_well = crate::environment::BEGINNING + last + UNTIL_ALL_IS_WELL;
        let mut end = all_is_well + SCHEDULE_GOES_ON;
        while task.environment.now() < end {
            task.environment.sleep(SCHEDULE).await;
            // A conversation is checked only after the events before the check in its queue.
            if task.queues.waiting() > 0 {
                end = end.max(task.environment.now() + SCHEDULE_GOES_ON);
            }
            requests::wake(&task).await;
        }
    });
}

/// Plays the selected actions, each at its time.
async fn play_all(simulation: &Arc<Simulation>, is_meant: fn(Happening) -> bool) {
    for action in simulation.scenario.actions.iter().filter(|action| is_meant(action.what)) {
        let now = simulation.environment.now() - crate::environment::BEGINNING;
        simulation.environment.sleep(action.at - now).await;
        play(simulation, action);
    }
}

fn play(simulation: &Arc<Simulation>, action: &Action) {
    simulation.environment.trace(|| format!("action {}: {:?}", action.number, action.what));
    let name = match action.what {
        Happening::Customer(word) => format!("customer {word:?}"),
        Happening::Agent(word) => format!("agent {word:?}"),
        Happening::Trouble(trouble) => {
            let word = format!("{trouble:?}");
            format!("trouble {}", word.split('(').next().unwrap_or_default())
        }
        Happening::Operator(redrive) => format!("operator {:?}", redrive.which),
    };
    lock(&simulation.environment.coverage).count(name);
    match action.what {
        Happening::Customer(word) => customer(simulation, action, word),
        Happening::Agent(word) => agent(simulation, action, word),
        Happening::Trouble(trouble) => self::trouble(simulation, action, trouble),
        Happening::Operator(redrive) => operator::act(simulation, action.integration, redrive),
    }
}

fn customer(simulation: &Arc<Simulation>, action: &Action, word: CustomerAct) {
    let contact = CONTACTS[action.contact % CONTACTS.len()];
    match word {
        CustomerAct::SessionEnded => simulation.lynn.session(action.integration, contact, true),
        CustomerAct::Typing | CustomerAct::Again => {}
        _ => simulation.lynn.session(action.integration, contact, false),
    }
    let earlier = (word == CustomerAct::Again).then(|| earlier(simulation, action, true)).flatten();
    let post = earlier.unwrap_or_else(|| acts::customer(simulation, action, word));
    say(simulation, action, post);
}

fn agent(simulation: &Arc<Simulation>, action: &Action, word: AgentAct) {
    let earlier = (word == AgentAct::Again).then(|| earlier(simulation, action, false)).flatten();
    match earlier.or_else(|| acts::agent(simulation, action, word)) {
        Some(post) => say(simulation, action, post),
        None => acts::life(simulation, action, word),
    }
}

fn say(simulation: &Arc<Simulation>, action: &Action, post: Post) {
    lock(&simulation.said).push(Said {
        number: action.number,
        integration: action.integration,
        contact: action.contact,
        post: post.clone(),
    });
    callers::post(simulation, post);
}

/// The latest earlier post in the same conversation, by the same side.
fn earlier(simulation: &Arc<Simulation>, action: &Action, by_customer: bool) -> Option<Post> {
    let said = lock(&simulation.said);
    let own = said.iter().filter(|said| {
        said.number < action.number
            && said.integration == action.integration
            && said.contact == action.contact
            && (said.post.endpoint == requests::Endpoint::Lynn) == by_customer
    });
    own.last().map(|said| said.post.clone())
}

fn trouble(simulation: &Arc<Simulation>, action: &Action, trouble: Trouble) {
    let environment = &simulation.environment;
    let integration = action.integration;
    let all = |ports: &[Port], time, how| {
        ports.iter().for_each(|port| environment.down(*port, time, how))
    };
    let (genesys, lynn) = ([Port::Genesys, Port::GenesysLogin], [Port::Lynn, Port::LynnLogin]);
    match trouble {
        Trouble::GenesysUnreachable(time) => all(&genesys, time, FaultKind::FailsBefore),
        Trouble::GenesysHangs(time) => all(&genesys, time, FaultKind::HangsAfter),
        Trouble::GenesysFails(time) => all(&genesys, time, FaultKind::Broken),
        Trouble::LynnUnreachable(time) => all(&lynn, time, FaultKind::FailsBefore),
        Trouble::LynnHangs(time) => all(&lynn, time, FaultKind::HangsAfter),
        Trouble::LynnFails(time) => all(&lynn, time, FaultKind::Unavailable),
        Trouble::StoreDown(time) => all(&STORE, time, FaultKind::FailsBefore),
        Trouble::QueueDown(time) => {
            all(&[Port::Queue, Port::OperatorQueue], time, FaultKind::FailsBefore)
        }
        Trouble::SecretsDown(time) => all(&[Port::Secrets], time, FaultKind::FailsBefore),
        Trouble::RateLimit(time) => simulation.genesys.limit(environment.now() + time),
        Trouble::GenesysTokensRevoked => simulation.genesys.revoke(None, 0),
        Trouble::LynnTokensRevoked => simulation.lynn.revoke(None, 0),
        Trouble::WebhookSecretRotated => rotate(simulation, integration, |next| next.webhook += 1),
        Trouble::LynnKeyRotated => rotate(simulation, integration, |next| next.key += 1),
        Trouble::ClientSecretRotated => rotate(simulation, integration, |next| next.client += 1),
        Trouble::LynnTokenSecretRotated => rotate(simulation, integration, |next| next.lynn += 1),
        Trouble::ClockSetBack(time) => {
            if simulation.scenario.setup.topology == Topology::OneMachine {
                environment.set_back(time);
            }
        }
        Trouble::PowerCut => {
            environment.living().into_iter().for_each(|process| environment.kill(process))
        }
        Trouble::ProcessDies => {
            let living: Vec<_> = environment.living().into_iter().collect();
            let victim = environment.random(|random| random.pick(&living));
            victim.into_iter().for_each(|process| environment.kill(process));
        }
    }
}

/// Changes a secret: in the secret store now, at the vendor later. Does nothing while another
/// change is in progress.
fn rotate(
    simulation: &Arc<Simulation>,
    integration: usize,
    change: impl Fn(&mut configuration::Versions),
) {
    let known = {
        let mut credentials = lock(&simulation.credentials);
        let Some(known) = credentials.get_mut(integration) else { return };
        if known.stored != known.vendors {
            return;
        }
        known.before = known.stored;
        change(&mut known.stored);
        *known
    };
    let setup = simulation.setup(integration);
    configuration::store(&simulation.secrets, integration, setup, (known.stored, known.before));
    let task = Arc::clone(simulation);
    simulation.environment.spawn(None, async move {
        task.environment.sleep(VENDOR_FOLLOWS).await;
        if let Some(known) = lock(&task.credentials).get_mut(integration) {
            known.vendors = known.stored;
        }
        task.genesys.revoke(Some(integration), known.stored.client);
        task.lynn.revoke(Some(integration), known.stored.lynn);
    });
}
