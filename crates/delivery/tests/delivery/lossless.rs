//! Whatever the vendors answer, whatever the ports refuse, whenever the process dies: no event is
//! lost, and no event overtakes another.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use delivery::event::{DedupKey, Payload, QueuedEvent};
use delivery::record::DeliveryState;
use proptest::prelude::*;
use serde_json::json;
use shared::ports::Direction;
use testing::{Reaction, RecordedCall};

use crate::events::{agent_says, agent_types, body, lynn, part_ids, says, text, time};
use crate::fault_injection::Fault;
use crate::harness::Harness;

const CONTACTS: [&str; 3] = ["ana", "ben", "eva"];

#[derive(Clone, Copy, Debug)]
enum Utterance {
    Customer { parts: usize },
    CustomerTypes,
    Agent,
    AgentTypes,
}

/// One run: the messages with their times, and the failures.
#[derive(Clone, Debug)]
struct Scenario {
    utterances: Vec<(usize, Utterance, u64)>,
    genesys: Vec<Reaction>,
    lynn: Vec<Reaction>,
    logins: Vec<Reaction>,
    faults: Vec<Fault>,
    deaths: Vec<Option<u64>>,
    lost: Vec<bool>,
    conflicts: bool,
    minutes: u32,
    seed: u64,
}

fn reaction() -> impl Strategy<Value = Reaction> {
    prop_oneof![
        6 => Just(Reaction::status(200)),
        1 => prop::sample::select(vec![400u16, 401, 408, 500, 503]).prop_map(Reaction::status),
        1 => (1u64..90).prop_map(|seconds| Reaction::later(429, Duration::from_secs(seconds))),
        1 => any::<bool>().prop_map(|taken| Reaction::Dropped { taken }),
        1 => any::<bool>().prop_map(|taken| Reaction::Late { taken }),
        1 => Just(Reaction::Unreachable),
    ]
}

fn scenarios() -> impl Strategy<Value = Scenario> {
    let utterance = prop_oneof![
        4 => (1usize..4).prop_map(|parts| Utterance::Customer { parts }),
        1 => Just(Utterance::CustomerTypes),
        4 => Just(Utterance::Agent),
        1 => Just(Utterance::AgentTypes),
    ];
    let fault =
        prop_oneof![8 => Just(Fault::None), 1 => Just(Fault::Before), 1 => Just(Fault::After)];
    let vendors = (
        prop::collection::vec(reaction(), 0..25),
        prop::collection::vec(reaction(), 0..15),
        prop::collection::vec(reaction(), 0..3),
    );
    let ports = (
        prop::collection::vec(fault, 0..120),
        prop::collection::vec(prop::option::weighted(0.3, 0u64..30), 0..20),
        prop::collection::vec(prop::bool::weighted(0.2), 0..20),
    );
    let utterances = prop::collection::vec((0..CONTACTS.len(), utterance, 0u64..2500), 1..14);
    (utterances, vendors, ports, any::<bool>(), prop::sample::select(vec![1u32, 240]), any::<u64>())
        .prop_map(
            |(
                utterances,
                (genesys, lynn, logins),
                (faults, deaths, lost),
                conflicts,
                minutes,
                seed,
            )| {
                Scenario {
                    utterances,
                    genesys,
                    lynn,
                    logins,
                    faults,
                    deaths,
                    lost,
                    conflicts,
                    minutes,
                    seed,
                }
            },
        )
}

/// An accepted event, and the number of its parts if it is a customer's message.
type Accepted = (Direction, QueuedEvent, usize);

async fn accept(harness: &Harness, number: usize, contact: &str, utterance: Utterance) -> Accepted {
    let id = format!("e-{number}");
    let (direction, event, parts) = match utterance {
        Utterance::Customer { parts } => {
            (Direction::Inbound, says(harness, contact, &id, parts), parts)
        }
        Utterance::CustomerTypes => (
            Direction::Inbound,
            lynn(harness, contact, &id, shared::lynn::inbound::InboundKind::Typing),
            0,
        ),
        Utterance::Agent => (Direction::Outbound, agent_says(harness, contact, &id), 0),
        Utterance::AgentTypes => (Direction::Outbound, agent_types(harness, contact, &id), 0),
    };
    harness.accept(direction, &event).await;
    (direction, event, parts)
}

async fn play(scenario: &Scenario) -> (Harness, Vec<Accepted>) {
    let changes = json!({ "delivery": { "maxAgeMinutes": scenario.minutes } });
    let mut harness = Harness::seeded(&changes, scenario.seed);
    {
        let mut script = harness.script.lock().unwrap();
        script.genesys.extend(scenario.genesys.clone());
        script.lynn.extend(scenario.lynn.clone());
        script.logins.extend(scenario.logins.clone());
        script.conflicts = scenario.conflicts;
    }
    harness.fault_injector.faults.lock().unwrap().extend(scenario.faults.clone());
    harness.deaths.extend(scenario.deaths.clone());
    harness.lost.extend(scenario.lost.clone());
    let mut accepted = Vec::new();
    for (number, (contact, utterance, gap)) in scenario.utterances.iter().enumerate() {
        harness.clock.advance(Duration::from_millis(*gap));
        accepted.push(accept(&harness, number, CONTACTS[*contact], *utterance).await);
        if gap % 2 == 0 {
            harness.round().await;
        }
    }
    harness.drain().await;
    (harness, accepted)
}

/// The id of the event at Lynn, and the id of its first part at Genesys.
fn name(event: &QueuedEvent) -> String {
    match &event.payload {
        Payload::ReceiptToLynn(_) => format!("receipt-{}", event.dedup_key.id()),
        _ => event.dedup_key.id(),
    }
}

fn taken(calls: &[RecordedCall], id: &str, path: &str) -> bool {
    calls.iter().any(|seen| seen.taken && text(seen, path) == id)
}

/// Every stored event ended on the other side, or as a dead letter whose sender was told.
async fn nothing_is_lost(harness: &Harness, accepted: &[Accepted]) -> BTreeSet<String> {
    let (genesys, lynn) = (harness.genesys_calls(), harness.lynn_calls());
    let letters = harness.dead_letters().await;
    let mut dead = BTreeSet::new();
    for direction in [Direction::Inbound, Direction::Outbound] {
        for event in harness.sent(direction).iter().filter(|event| event.dedup_key.is_recorded()) {
            let id = event.dedup_key.id();
            let record = harness.record(direction, event).await.expect("it was tried");
            if record.state == DeliveryState::Done {
                match &event.payload {
                    Payload::Lynn(lynn_event) => {
                        let own = |(_, other, _): &&Accepted| other.dedup_key == event.dedup_key;
                        let parts = accepted.iter().find(own).map_or(1, |(_, _, parts)| *parts);
                        for part in part_ids(lynn_event.id.as_str(), parts) {
                            assert!(taken(&genesys, &part, "/channel/messageId"), "{part} is lost");
                        }
                    }
                    Payload::ReceiptToGenesys(receipt) => {
                        assert!(taken(&genesys, receipt.message.as_str(), "/id"), "{id} is lost");
                    }
                    Payload::Lifecycle(_)
                    | Payload::Deadline
                    | Payload::RosterQuestion(_)
                    | Payload::AvailabilityQuestion => panic!("nobody said so"),
                    Payload::Genesys(_)
                    | Payload::EarlyReceipt { .. }
                    | Payload::ReceiptToLynn(_) => {
                        assert!(taken(&lynn, &name(event), "/id"), "{id} is lost");
                    }
                }
                continue;
            }
            assert_eq!(record.state, DeliveryState::Dead, "{id} is neither");
            dead.insert(name(event));
            let same = |body: &str| {
                serde_json::from_str::<QueuedEvent>(body).unwrap().dedup_key == event.dedup_key
            };
            let kept = letters
                .iter()
                .filter(|letter| letter.direction == direction && same(&letter.body.0))
                .count();
            assert_eq!(kept, 1, "the dead letters of {id}");
            let notice = match &event.payload {
                Payload::Lynn(lynn_event) => format!("lynn/{}", lynn_event.id),
                Payload::Genesys(_) => id.clone(),
                _ => continue,
            };
            let notice = DedupKey::Receipt(notice, "failed".to_owned());
            assert!(
                harness.sent(direction.opposite()).iter().any(|other| other.dedup_key == notice),
                "nobody told of {id}"
            );
        }
    }
    dead
}

/// Genesys first accepted the events in order, with rising times; a repeat was the same.
fn inbound_order(harness: &Harness, accepted: &[Accepted], dead: &BTreeSet<String>) {
    let mut order = BTreeMap::new();
    for (position, (_, event, parts)) in accepted.iter().enumerate() {
        for (part, id) in part_ids(&event.dedup_key.id(), *parts).into_iter().enumerate() {
            order.insert(id, (position, part));
        }
    }
    let (mut times, mut last) = (BTreeMap::new(), BTreeMap::new());
    let mut first = BTreeSet::new();
    for seen in
        harness.genesys_calls().iter().filter(|seen| seen.url.contains("/inbound/open/message"))
    {
        let (id, contact) = (text(seen, "/channel/messageId"), text(seen, "/channel/from/id"));
        let time = time(seen);
        assert_eq!(
            *times.entry(id.clone()).or_insert(time),
            time,
            "{id} is repeated with another time"
        );
        if !seen.taken || !first.insert(id.clone()) {
            continue;
        }
        let own = id.split('.').next().unwrap_or_default();
        // Genesys may have accepted an event that was given up. The bridge then does not know its
        // time.
        let rises = (order[&id], if dead.contains(own) { None } else { Some(time) });
        if let Some((before, before_time)) = last.insert(contact, rises) {
            assert!(before < rises.0, "{id} overtook");
            assert!(
                before_time.is_none() || rises.1.is_none() || before_time < rises.1,
                "{id}: its time does not rise"
            );
        }
    }
}

/// Lynn first accepted the events in order, numbered without gaps; a repeat had the same number.
fn outbound_order(harness: &Harness, dead: &BTreeSet<String>) {
    let mut order = BTreeMap::new();
    for (position, event) in harness.sent(Direction::Outbound).iter().enumerate() {
        order.entry(name(event)).or_insert(position);
    }
    let mut numbers: BTreeMap<String, u64> = BTreeMap::new();
    let mut last: BTreeMap<String, (usize, u64, bool)> = BTreeMap::new();
    let mut used: BTreeMap<String, BTreeSet<u64>> = BTreeMap::new();
    let mut first = BTreeSet::new();
    for seen in harness.lynn_calls() {
        let (id, contact) = (text(&seen, "/id"), text(&seen, "/contact/id"));
        let number = body(&seen)["sequence"].as_u64().unwrap();
        // Typing has no record, so a typing event that is handed out twice may be sent twice, as
        // two events.
        let typing = text(&seen, "/type") == "typing";
        let name = if typing { format!("{id} {number}") } else { id.clone() };
        assert_eq!(
            *numbers.entry(name.clone()).or_insert(number),
            number,
            "{id} is repeated with another number"
        );
        if !seen.taken || !first.insert(name) {
            continue;
        }
        used.entry(contact.clone()).or_default().insert(number);
        // If the bridge never learned that Lynn accepted an event, the next event gets its number.
        let reused = dead.contains(&id) || typing;
        if let Some((before, last, reusable)) = last.insert(contact, (order[&id], number, reused)) {
            assert!(before < order[&id] || typing && before == order[&id], "{id} overtook");
            assert!(
                number == last + 1 || reusable && number == last,
                "{id}: {number} after {last}"
            );
        }
    }
    for (contact, used) in used {
        let gapless = used.iter().copied().eq(1..=used.len() as u64);
        assert!(gapless, "{contact}: {used:?}");
    }
}

fn run(scenario: &Scenario) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let (mut harness, accepted) = play(scenario).await;
        let dead = nothing_is_lost(&harness, &accepted).await;
        inbound_order(&harness, &accepted, &dead);
        outbound_order(&harness, &dead);
        // The same events have no second effect after the queue's deduplication has forgotten them.
        let calls = harness.vendor.seen().len();
        harness.fault_injector.faults.lock().unwrap().clear();
        harness.clock.advance(Duration::from_secs(400));
        for (direction, event, _) in
            accepted.iter().filter(|(_, event, _)| event.dedup_key.is_recorded())
        {
            harness.accept(*direction, event).await;
        }
        harness.drain().await;
        assert_eq!(harness.vendor.seen().len(), calls);
    });
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_accepted_event_ends_on_the_other_side_or_is_told(scenario in scenarios()) {
        run(&scenario);
    }

    /// If only the vendor fails, the bridge never sends again what the vendor answered: parts
    /// resume where they failed.
    #[test]
    fn what_was_answered_for_is_not_sent_again(scenario in scenarios()) {
        let scenario = Scenario { faults: Vec::new(), deaths: Vec::new(), lost: Vec::new(), ..scenario };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (harness, _) = runtime.block_on(play(&scenario));
        let mut answered = BTreeSet::new();
        for seen in harness.genesys_calls() {
            let id = text(&seen, "/channel/messageId");
            prop_assert!(!answered.contains(&id), "{} again", id);
            if seen.taken && seen.answered && !id.is_empty() {
                answered.insert(id);
            }
        }
        for seen in harness.lynn_calls() {
            let id = text(&seen, "/id");
            prop_assert!(!answered.contains(&format!("lynn {id}")), "{} again", id);
            if seen.taken && seen.answered {
                answered.insert(format!("lynn {id}"));
            }
        }
    }
}
