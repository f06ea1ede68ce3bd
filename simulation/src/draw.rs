//! Draws a scenario from a seed.
//!
//! Rule: each kind of element has its own random stream, so a new kind does not change the other
//! elements of every seed.

use crate::draw_operator;
use crate::random::Random;
use crate::scenario::{
    Action, AgentAct, CustomerAct, Fault, Happening, IntegrationSetup, Recognition, Scenario,
    Setup, Speech, Topology, Trouble,
};

pub fn scenario(seed: u64) -> Scenario {
    let mut root = Random::new(seed ^ 0x51b0_17a7_e5ee_d000);
    let mut setup = Random::new(root.bits());
    let mut actions = Random::new(root.bits());
    let mut faults = Random::new(root.bits());
    let mut operator = Random::new(root.bits());
    let mut scenario = Scenario {
        seed,
        orderly: false,
        setup: self::setup(&mut setup),
        actions: self::actions(&mut actions),
        faults: self::faults(&mut faults),
    };
    draw_operator::add(&mut scenario, &mut operator);
    relay(&mut scenario, &mut Random::new(root.bits()));
    set_back(&mut scenario, &mut Random::new(root.bits()));
    speech(&mut scenario, &mut Random::new(root.bits()));
    scenario
}

/// In an eighth of all scenarios, sets back the clock of the one machine during a trouble, by less
/// than the maximum age of signatures. These scenarios keep only actions whose meaning does not
/// depend on the time of day; the end of a session, for example, does.
fn set_back(scenario: &mut Scenario, random: &mut Random) {
    if !random.one_in(8) {
        return;
    }
    let is_timeless = |action: &Action| match action.what {
        Happening::Customer(word) => {
            matches!(
                word,
                CustomerAct::Text
                    | CustomerAct::LongText
                    | CustomerAct::Html
                    | CustomerAct::Files
                    | CustomerAct::Again
            )
        }
        Happening::Agent(word) => matches!(
            word,
            AgentAct::Text | AgentAct::BotText | AgentAct::Attachment | AgentAct::Again
        ),
        Happening::Trouble(_) => true,
        Happening::Operator(_) => false,
    };
    scenario.setup.topology = Topology::OneMachine;
    scenario.setup.integrations.iter_mut().for_each(|setup| setup.session_minutes = 1440);
    scenario.faults.retain(|fault| !fault.is_operators());
    scenario.actions.retain(is_timeless);
    let last = scenario.actions.last().map_or(0, |action| action.at);
    let time = random.between(2_000, 40_000);
    let troubles = [
        Trouble::GenesysUnreachable(time),
        Trouble::GenesysFails(time),
        Trouble::LynnUnreachable(time),
        Trouble::LynnFails(time),
        Trouble::RateLimit(time),
        Trouble::SecretsDown(time.min(10_000)),
        Trouble::GenesysTokensRevoked,
        Trouble::WebhookSecretRotated,
        Trouble::LynnKeyRotated,
    ];
    let mut number = scenario.actions.iter().map(|action| action.number).max().unwrap_or(0);
    let mut at = random.between(0, last);
    let mut add = |at: i64, what: Happening| {
        number += 1;
        scenario.actions.push(Action { number, at, integration: 0, contact: 0, what });
    };
    add(at, Happening::Trouble(random.pick(&troubles).unwrap_or(Trouble::RateLimit(time))));
    // Messages before the clock is set back and after it.
    for _ in 0..random.between(0, 4) {
        at += random.between(0, 3_000);
        add(at, Happening::Customer(CustomerAct::Text));
        add(at, Happening::Agent(AgentAct::Text));
    }
    add(at, Happening::Trouble(Trouble::ClockSetBack(random.between(200_000, 240_000))));
    for _ in 0..random.between(1, 3) {
        at += random.between(500, 20_000);
        add(at, Happening::Customer(CustomerAct::Text));
        add(at, Happening::Agent(AgentAct::Text));
    }
    scenario.actions.sort_by_key(|action| action.at);
}

/// In a third of all scenarios files are relayed, and more messages carry files.
fn relay(scenario: &mut Scenario, random: &mut Random) {
    if !random.one_in(3) {
        return;
    }
    scenario.setup.integrations.iter_mut().for_each(|setup| setup.relays = random.one_in(2));
    for action in &mut scenario.actions {
        match &mut action.what {
            Happening::Customer(word @ CustomerAct::Text) if random.one_in(3) => {
                *word = CustomerAct::Files
            }
            Happening::Agent(word @ AgentAct::Text) if random.one_in(3) => {
                *word = AgentAct::Attachment;
            }
            _ => {}
        }
    }
    let count = random.pick(&[0, 1, 2]).unwrap_or(1);
    let fault = |random: &mut Random| {
        let (port, kind) = random.weighted(Fault::MEDIA_KINDS)?;
        let nth = u32::try_from(random.below(5)).unwrap_or_default();
        let times = random.pick(&[1, 1, 4, 40]).unwrap_or(1);
        Some(Fault { port, nth, times, kind })
    };
    scenario.faults.extend((0..count).filter_map(|_| fault(random)));
}

/// In a sixth of all scenarios, an integration has templates or speaks Open Messaging.
fn speech(scenario: &mut Scenario, random: &mut Random) {
    if !random.one_in(6) {
        return;
    }
    let kinds = [Speech::Bridge, Speech::Templates, Speech::Dialect, Speech::Dialect];
    for setup in &mut scenario.setup.integrations {
        setup.speech = random.pick(&kinds).unwrap_or_default();
    }
}

fn setup(random: &mut Random) -> Setup {
    let skew = |random: &mut Random| if random.one_in(2) { 0 } else { random.between(-900, 900) };
    Setup {
        topology: random
            .weighted(&[(3, Topology::Functions), (2, Topology::OneMachine)])
            .unwrap_or(Topology::Functions),
        integrations: (0..2).map(|_| integration(random)).collect(),
        genesys: random
            .pick(&[Recognition::Silent, Recognition::Conflict, Recognition::Never])
            .unwrap_or(Recognition::Silent),
        lynn_recognises: random.one_in(2),
        receipts_name_both: random.one_in(2),
        skews: (0..3).map(|_| skew(random)).collect(),
        genesys_skew: skew(random),
        events_by_bus: !random.one_in(3),
    }
}

fn integration(random: &mut Random) -> IntegrationSetup {
    let word = |random: &mut Random, words: &[&'static str]| {
        random.pick(words).unwrap_or_default().to_owned()
    };
    IntegrationSetup {
        quiet_session: word(random, &["webhook", "webhook", "proactive", "fail"]),
        on_session_ended: word(random, &["keep", "disconnect", "notice"]),
        receipts: word(random, &["reported", "accepted"]),
        window_minutes: random.pick(&[0, 1, 4320]).unwrap_or(4320),
        max_age_minutes: random.pick(&[2, 15, 15]).unwrap_or(15),
        session_minutes: random.pick(&[2, 1440]).unwrap_or(1440),
        clients: random.pick(&[1, 2]).unwrap_or(1),
        lynn_token: random.one_in(2),
        lynn_signs: random.one_in(2),
        relays: false,
        speech: Speech::Bridge,
    }
}

const WORDS: &[(u64, CustomerAct)] = &[
    (12, CustomerAct::Text),
    (4, CustomerAct::LongText),
    (3, CustomerAct::Files),
    (2, CustomerAct::Html),
    (2, CustomerAct::Reply),
    (1, CustomerAct::Button),
    (1, CustomerAct::DatePick),
    (2, CustomerAct::History),
    (4, CustomerAct::Typing),
    (1, CustomerAct::SessionStarted),
    (3, CustomerAct::SessionEnded),
    (2, CustomerAct::Refused),
    (1, CustomerAct::RefusedAtItsEnd),
    (3, CustomerAct::Again),
];

const AGENT_WORDS: &[(u64, AgentAct)] = &[
    (10, AgentAct::Text),
    (3, AgentAct::BotText),
    (2, AgentAct::QuickReplies),
    (1, AgentAct::Carousel),
    (1, AgentAct::Card),
    (1, AgentAct::DatePicker),
    (1, AgentAct::Template),
    (1, AgentAct::Attachment),
    (2, AgentAct::UnknownContent),
    (1, AgentAct::UnknownType),
    (1, AgentAct::Empty),
    (1, AgentAct::Echo),
    (1, AgentAct::Unaddressed),
    (1, AgentAct::Unreadable),
    (4, AgentAct::Typing),
    (3, AgentAct::Ring),
    (4, AgentAct::Answer),
    (3, AgentAct::Leave),
    (5, AgentAct::End),
    (2, AgentAct::Refused),
    (3, AgentAct::Again),
];

/// The longest time between two actions, in milliseconds: one value for each pace of a scenario.
const GAPS: [i64; 4] = [300, 2_000, 12_000, 60_000];

fn actions(random: &mut Random) -> Vec<Action> {
    let (count, gap) = (random.between(3, 14), random.pick(&GAPS).unwrap_or(2_000));
    // Few conversations, so that many actions meet in the same one.
    let (integrations, contacts) = random.pick(&[(1, 1), (1, 2), (2, 1), (2, 2)]).unwrap_or((1, 1));
    let mut at = 0;
    let mut actions = Vec::new();
    for number in 0..u32::try_from(count).unwrap_or_default() {
        at += random.between(0, gap);
        let what = match random.below(20) {
            0..9 => Happening::Customer(random.weighted(WORDS).unwrap_or(CustomerAct::Text)),
            9..17 => Happening::Agent(random.weighted(AGENT_WORDS).unwrap_or(AgentAct::Text)),
            _ => Happening::Trouble(trouble(random)),
        };
        let (integration, contact) = (random.place(integrations), random.place(contacts));
        actions.push(Action { number, at, integration, contact, what });
    }
    actions
}

fn trouble(random: &mut Random) -> Trouble {
    // Sometimes longer than the time for which an event may be retried.
    let time = match random.below(4) {
        0..2 => random.between(500, 8_000),
        2 => random.between(8_000, 60_000),
        _ => random.between(60_000, 240_000),
    };
    let own = time.min(30_000);
    let troubles = [
        Trouble::GenesysUnreachable(time),
        Trouble::GenesysHangs(time),
        Trouble::GenesysFails(time),
        Trouble::LynnUnreachable(time),
        Trouble::LynnHangs(time),
        Trouble::LynnFails(time),
        Trouble::StoreDown(own),
        Trouble::QueueDown(own),
        Trouble::SecretsDown(own),
        Trouble::RateLimit(time),
        Trouble::GenesysTokensRevoked,
        Trouble::LynnTokensRevoked,
        Trouble::WebhookSecretRotated,
        Trouble::LynnKeyRotated,
        Trouble::ClientSecretRotated,
        Trouble::LynnTokenSecretRotated,
        Trouble::PowerCut,
        Trouble::ProcessDies,
    ];
    random.pick(&troubles).unwrap_or(Trouble::ProcessDies)
}

fn faults(random: &mut Random) -> Vec<Fault> {
    let count = random.pick(&[0, 1, 2, 4, 8]).unwrap_or(1);
    let fault = |random: &mut Random| {
        let (port, kind) = random.weighted(Fault::KINDS)?;
        let nth = u32::try_from(random.below(random.clone().pick(&[3, 12, 40]).unwrap_or(12)));
        let times = if random.one_in(4) { random.between(2, 9) } else { 1 };
        Some(Fault { port, nth: nth.unwrap_or(0), times: u32::try_from(times).unwrap_or(1), kind })
    };
    (0..count).filter_map(|_| fault(random)).collect()
}
