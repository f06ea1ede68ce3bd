//! The cost of deadlines with a million open conversations, simulated: the figures of
//! docs/performance-and-cost.md.
//!
//! Conversations do not affect each other in the index, so a sample stands for all. Each
//! conversation is simulated on its own, with the product's rules, and all wakings are counted on
//! one clock.

use std::time::Duration;

use conversation::{Conversation, Due, Schedule, Transition};
use shared::contact::IdType;
use shared::ids::GenesysConversationId;
use shared::time::Timestamp;

const OPEN: usize = 1_000_000;
/// The number of conversations that each simulated one stands for.
const EACH_STANDS_FOR: usize = 10;
const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
/// How long a conversation is open; a million conversations begin within this time.
const LIFE: i64 = 72 * HOUR;
const MESSAGES: usize = 20;

/// Pseudo-random numbers, the same in each run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: i64) -> i64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from(self.0 >> 33).unwrap() % limit
    }
}

#[derive(Default)]
struct Cost {
    messages: usize,
    /// Each move removes one index entry and puts another.
    moves: usize,
    reconciliations: usize,
    wakings: usize,
    /// For each minute of the 72 hours.
    by_minute: Vec<usize>,
}

fn at(milliseconds: i64) -> Timestamp {
    Timestamp::from_milliseconds(1_795_341_600_000 + milliseconds)
}

/// Simulates one conversation, from its first message to the end of its 72 hours.
fn live(began: i64, schedule: &Schedule, chance: &mut Chance, cost: &mut Cost) {
    let mut conversation = Conversation::default();
    let mut settle = |conversation: &mut Conversation, now: i64, cost: &mut Cost| {
        let before = conversation.due;
        conversation.set_due(at(now), schedule);
        cost.moves += usize::from(conversation.due != before);
    };
    let mut now = began;
    for number in 0..MESSAGES {
        let session = at(now + 24 * HOUR);
        conversation.apply(&Transition::CustomerActivity {
            contact: None,
            id_type: IdType::Opaque,
            lynn_contact_id: None,
            session: None,
            spoken: Some((at(now), session)),
        });
        conversation.apply(&Transition::GenesysAccepted {
            time: at(now),
            message: Some(at(now)),
            conversation: Some(GenesysConversationId::new("c")),
            id: None,
            before: conversation::BeforeCall::from(&conversation),
        });
        settle(&mut conversation, now, cost);
        cost.messages += 1;
        // Most answers come within minutes, some the next day.
        let pause = if number % 7 == 6 { 20 * HOUR } else { 10 * MINUTE };
        let next = now + chance.below(pause) + 1;
        wake_until(&mut conversation, next.min(began + LIFE), schedule, cost, &mut settle);
        now = next;
        if now > began + LIFE {
            return;
        }
    }
    wake_until(&mut conversation, began + LIFE, schedule, cost, &mut settle);
}

/// The scheduler runs every minute.
fn wake_until(
    conversation: &mut Conversation,
    end: i64,
    schedule: &Schedule,
    cost: &mut Cost,
    settle: &mut impl FnMut(&mut Conversation, i64, &mut Cost),
) {
    while let Some(due) = conversation.due {
        let due = due.since(at(0));
        let woken = (due / MINUTE + 1) * MINUTE;
        if woken > end {
            return;
        }
        cost.wakings += 1;
        let minute = usize::try_from((woken % LIFE) / MINUTE).unwrap();
        cost.by_minute[minute] += 1;
        match conversation.due_now(at(woken), schedule) {
            Some(Due::Reconcile) => {
                cost.reconciliations += 1;
                let end = conversation.ended_at;
                conversation.apply(&Transition::Reconciled {
                    at: at(woken),
                    inconclusive: false,
                    end,
                });
            }
            Some(Due::SessionTimeout) => {
                let after = conversation.session.last_word();
                conversation.apply(&Transition::SessionEnded { after });
            }
            Some(Due::WindowOver) => conversation.apply(&Transition::WindowOver { at: at(woken) }),
            None => {}
        }
        settle(conversation, woken, cost);
    }
}

fn simulate(schedule: &Schedule) -> Cost {
    let minutes = usize::try_from(LIFE / MINUTE).unwrap();
    let mut cost = Cost { by_minute: vec![0; minutes], ..Cost::default() };
    let mut chance = Chance(7);
    for _ in 0..OPEN / EACH_STANDS_FOR {
        let began = chance.below(LIFE);
        live(began, schedule, &mut chance, &mut cost);
    }
    cost
}

fn tell(what: &str, cost: &Cost) {
    let conversations = OPEN / EACH_STANDS_FOR;
    let tenth =
        |count: usize| format!("{}.{}", count / conversations, count * 10 / conversations % 10);
    let hours = usize::try_from(LIFE / HOUR).unwrap();
    println!(
        "{what}: a conversation has {} messages, {} index moves, {} wakings, {} looks; there are {} wakings an hour, {} \
         in the busiest minute",
        tenth(cost.messages),
        tenth(cost.moves),
        tenth(cost.wakings),
        tenth(cost.reconciliations),
        cost.wakings * EACH_STANDS_FOR / hours,
        busiest(cost),
    );
}

fn busiest(cost: &Cost) -> usize {
    cost.by_minute.iter().max().unwrap() * EACH_STANDS_FOR
}

#[test]
fn a_million_open_conversations_cost_no_poll_each() {
    let cost =
        simulate(&Schedule { session_timeout_acts: true, quiet: Some(Duration::from_hours(1)) });
    tell("with looks after an hour", &cost);
    // This holds although each message moves every deadline.
    assert!(cost.moves < cost.messages);
    // One run of the scheduler, each minute, wakes all due conversations.
    assert!(busiest(&cost) <= conversation_scheduler::MOST);
    // A poll of each conversation every 15 minutes would cost this many times more.
    let polls = OPEN / EACH_STANDS_FOR * usize::try_from(LIFE / (15 * MINUTE)).unwrap();
    assert!(cost.wakings * 25 < polls);
}

#[test]
fn session_timeouts_alone_cost_less() {
    let cost = simulate(&Schedule { session_timeout_acts: true, quiet: None });
    tell("without looks", &cost);
    assert!(cost.moves * 4 < cost.messages);
}

#[test]
fn without_deadlines_there_is_no_entry() {
    let cost = simulate(&Schedule::default());
    assert_eq!((cost.moves, cost.wakings), (0, 0));
}
