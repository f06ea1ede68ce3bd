//! The figures of one simulation, and their table.

use std::collections::HashMap;

use super::genesys::TakenCalls;
use super::queue::RushQueue;
use super::{Kind, MINUTE, Offered, Rush};

/// The results. Ages are in milliseconds.
#[derive(Debug)]
pub struct Figures {
    pub messages: usize,
    pub messages_lost: usize,
    pub receipts: usize,
    pub receipts_lost: usize,
    pub typing: usize,
    pub typing_sent: usize,
    pub message_age: [i64; 2],
    pub receipt_age: [i64; 2],
    /// Events in the queue when the load ended.
    pub queued: usize,
    /// The age of the oldest message at that time.
    pub oldest: i64,
    /// How long after the load the queue was empty.
    pub drained: i64,
    /// Requests accepted per minute while the queue drained.
    pub per_minute: i64,
    pub refused: usize,
    pub most_refused_in_a_minute: usize,
    pub busiest_second: usize,
    pub returned: usize,
    pub told: usize,
    pub own_reads: usize,
    pub reads_along: usize,
    pub writes: usize,
    pub in_order: bool,
}

impl Figures {
    pub fn of(
        rush: &Rush,
        offered: &[Offered],
        seen: &TakenCalls,
        queued: &[usize],
        (queue, [own_reads, reads_along, writes]): (&RushQueue, [usize; 3]),
    ) -> Self {
        let arrivals: HashMap<usize, i64> =
            seen.taken.iter().map(|(_, number, at)| (*number, *at)).collect();
        let end = rush.minutes * MINUTE;
        let of =
            |kind: Kind| offered.iter().enumerate().filter(move |(_, event)| event.kind == kind);
        let lost = |kind| of(kind).filter(|(number, _)| !arrivals.contains_key(number)).count();
        let ages = |kind| {
            let age = |(number, event): (usize, &Offered)| Some(arrivals.get(&number)? - event.at);
            let mut ages: Vec<i64> = of(kind).filter_map(age).collect();
            ages.sort_unstable();
            [ages.len() / 2, ages.len().saturating_sub(1)]
                .map(|place| ages.get(place).copied().unwrap_or_default())
        };
        let waiting = of(Kind::Message).filter(|(number, event)| {
            event.at <= end && arrivals.get(number).is_none_or(|arrived| *arrived > end)
        });
        let last = seen.taken.iter().map(|(.., at)| *at).max().unwrap_or_default();
        let drained = (last - end).max(0);
        let after = seen.taken.iter().filter(|(.., at)| *at > end).count();
        let mut by_minute: HashMap<i64, usize> = HashMap::new();
        for at in &seen.refused {
            *by_minute.entry(at / MINUTE).or_default() += 1;
        }
        Self {
            messages: of(Kind::Message).count(),
            messages_lost: lost(Kind::Message),
            receipts: of(Kind::Receipt).count(),
            receipts_lost: lost(Kind::Receipt),
            typing: of(Kind::Typing).count(),
            typing_sent: seen.typing,
            message_age: ages(Kind::Message),
            receipt_age: ages(Kind::Receipt),
            queued: usize::try_from(rush.minutes - 1)
                .ok()
                .and_then(|minute| queued.get(minute).copied())
                .unwrap_or_default(),
            oldest: waiting.map(|(_, event)| end - event.at).max().unwrap_or_default(),
            drained,
            per_minute: i64::try_from(after).unwrap() * MINUTE / drained.max(MINUTE),
            refused: seen.refused.len(),
            most_refused_in_a_minute: by_minute.values().copied().max().unwrap_or_default(),
            busiest_second: seen.by_second.values().copied().max().unwrap_or_default(),
            returned: queue.returned(),
            told: queue.notices(),
            own_reads,
            reads_along,
            writes,
            in_order: is_in_order(&seen.taken),
        }
    }
}

/// Whether the events of each conversation were delivered in the order of their acceptance.
pub fn is_in_order(taken: &[(usize, usize, i64)]) -> bool {
    let mut last: HashMap<usize, usize> = HashMap::new();
    taken.iter().all(|(conversation, number, _)| {
        last.insert(*conversation, *number).is_none_or(|before| before < *number)
    })
}

type Row = (&'static str, fn(&Figures) -> String);

const ROWS: &[Row] = &[
    ("messages: accepted / delivered", |it| pair(it.messages, it.messages - it.messages_lost)),
    ("receipts: accepted / delivered", |it| pair(it.receipts, it.receipts - it.receipts_lost)),
    ("typing: accepted / sent", |it| pair(it.typing, it.typing_sent)),
    ("given up after 4 hours, Lynn told", |it| number(it.told)),
    ("order in each conversation kept", |it| if it.in_order { "yes" } else { "NO" }.to_owned()),
    ("age of messages: median / oldest", |it| it.message_age.map(span).join(" / ")),
    ("age of receipts: median / oldest", |it| it.receipt_age.map(span).join(" / ")),
    ("at the end of the hour: events queued", |it| number(it.queued)),
    ("at the end of the hour: age of the oldest message", |it| span(it.oldest)),
    ("drained after", |it| span(it.drained)),
    ("delivered in a minute meanwhile", |it| it.per_minute.to_string()),
    ("429", |it| number(it.refused)),
    ("most 429 in one minute", |it| number(it.most_refused_in_a_minute)),
    ("most requests in one second", |it| number(it.busiest_second)),
    ("handed out without a call", |it| number(it.returned)),
    ("the budget's item: written / read alone / read along", |it| {
        [it.writes, it.own_reads, it.reads_along].map(number).join(" / ")
    }),
];

/// One column for each simulation.
pub fn markdown(figures: &[Figures]) -> String {
    let row = |(name, value): &Row| {
        let cells: Vec<String> = figures.iter().map(value).collect();
        format!("| {name} | {} |", cells.join(" | "))
    };
    ROWS.iter().map(row).collect::<Vec<_>>().join("\n")
}

fn pair(first: usize, second: usize) -> String {
    format!("{} / {}", number(first), number(second))
}

/// Formats a number with a comma between thousands.
fn number(number: usize) -> String {
    match number {
        0..1000 => number.to_string(),
        _ => format!("{},{:03}", self::number(number / 1000), number % 1000),
    }
}

fn span(milliseconds: i64) -> String {
    match milliseconds {
        0..10_000 => format!("{}.{} s", milliseconds / 1000, milliseconds % 1000 / 100),
        10_000..120_000 => format!("{} s", milliseconds / 1000),
        _ => format!("{} min", milliseconds / MINUTE),
    }
}
