//! Compares what was accepted with what arrived; pure.
//!
//! Rules: nothing accepted is missing; each conversation keeps the order of acceptance each way;
//! `sequence` counts without gaps; and whatever came twice came once before and once after a kill.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use serde_json::Value;
use simulators::{GenesysSimulator, LynnSimulator, RecordedRequest};

use super::moment::Kill;
use super::talk::Accepted;

/// How much later than a kill a request may be read that was sent before it.
const READ_LATE: Duration = Duration::from_millis(500);

/// The calls that the vendors saw.
pub struct Seen {
    /// At Genesys Cloud, by contact: parts and receipts by their keys, each once, in order of
    /// arrival.
    genesys: HashMap<String, Vec<String>>,
    /// At Lynn, by contact: the events, each once, in order.
    lynn: HashMap<String, Vec<Value>>,
    /// When each event was posted, by its vendor, contact and key: more than one time is a repeat.
    posts: BTreeMap<(String, String), Vec<Duration>>,
    /// The automatic receipts whose webhook was accepted: Genesys' ids of the parts.
    published: BTreeSet<String>,
    /// Genesys' ids of each part, by contact and key.
    parts: HashMap<String, String>,
    /// The violations that the simulators found.
    violations: Vec<String>,
}

#[derive(Debug, Default)]
pub struct Judged {
    /// The broken promises.
    pub breaches: Vec<String>,
    /// How many events were accepted and not delivered.
    pub lost: usize,
    /// How many conversations are not in order, one way or the other.
    pub out_of_order: usize,
    /// How many conversations have a gap in `sequence`.
    pub gaps: usize,
    /// How many numbers were given to a typing event that a kill cut off, and again to the next
    /// event.
    pub shared_numbers: usize,
    /// How many events arrived, each counted once.
    pub at_genesys: usize,
    /// The same at Lynn.
    pub at_lynn: usize,
    /// The most repeats that there can be.
    pub most_repeats: usize,
    /// How many repeats each kill explains, by its number; unexplained ones under `None`.
    pub repeats: BTreeMap<Option<usize>, usize>,
}

impl Seen {
    /// Reads both simulators.
    pub fn of(genesys: &GenesysSimulator, lynn: &LynnSimulator) -> Self {
        let mut seen = Self {
            genesys: HashMap::new(),
            lynn: HashMap::new(),
            posts: BTreeMap::new(),
            published: BTreeSet::new(),
            parts: HashMap::new(),
            violations: [genesys.violations(), lynn.violations()].concat(),
        };
        for request in genesys.requests() {
            seen.at_genesys(genesys, &request);
        }
        for event in lynn.events() {
            let contact = text(&event, "/contact/id").to_owned();
            seen.lynn.entry(contact).or_default().push(event);
        }
        for request in lynn.attempts() {
            let contact = text(&request.body, "/contact/id");
            if let Some(id) = request.header("webhook-id") {
                seen.posts
                    .entry((format!("Lynn {contact}"), id.to_owned()))
                    .or_default()
                    .push(request.at);
            }
        }
        for delivery in genesys.deliveries().iter().filter(|delivery| delivery.delivered) {
            let body: Value = serde_json::from_slice(&delivery.body).unwrap_or_default();
            if text(&body, "/type") == "Receipt" {
                seen.published.insert(text(&body, "/id").to_owned());
            }
        }
        seen
    }

    fn at_genesys(&mut self, genesys: &GenesysSimulator, request: &RecordedRequest) {
        let body = &request.body;
        let is_receipt = request.path.ends_with("/receipt");
        let customer = if is_receipt { "/channel/to/id" } else { "/channel/from/id" };
        let contact = text(body, customer).to_owned();
        let is_message = request.path.ends_with("/open/message")
            || request.path.ends_with("/structured/response");
        if !is_receipt && !is_message {
            return;
        }
        let key = match is_receipt {
            true => format!("receipt {}", text(body, "/id")),
            false => format!("message {}", text(body, "/channel/messageId")),
        };
        let posts = self.posts.entry((format!("Genesys {contact}"), key.clone())).or_default();
        posts.push(request.at);
        if posts.len() == 1 {
            if is_message {
                let id = genesys.genesys_message_id(&contact, text(body, "/channel/messageId"));
                self.parts.insert(format!("{contact} {key}"), id.unwrap_or_default());
            }
            self.genesys.entry(contact).or_default().push(key);
        }
    }

    fn messages_at_lynn(&self, contact: &str) -> Vec<String> {
        let events = self.lynn.get(contact).into_iter().flatten();
        let messages = events.filter(|event| text(event, "/type") == "message");
        messages.map(|event| text(event, "/id").to_owned()).collect()
    }

    fn at_genesys_of(&self, contact: &str) -> Vec<String> {
        self.genesys.get(contact).cloned().unwrap_or_default()
    }

    /// Lynn's messages of a contact all of whose parts were published by accepted webhooks, and
    /// whose receipt Lynn did not get.
    fn unreported(&self, contact: &str, from_lynn: &[String]) -> Vec<String> {
        let told: BTreeSet<&str> = self
            .lynn
            .get(contact)
            .into_iter()
            .flatten()
            .filter(|event| text(event, "/type") == "receipt")
            .map(|event| text(event, "/messageId"))
            .collect();
        let mut published: BTreeMap<&str, bool> = BTreeMap::new();
        for key in from_lynn.iter().filter_map(|key| key.strip_prefix("message ")) {
            let message = key.split('.').next().unwrap_or(key);
            let id = self.parts.get(&format!("{contact} message {key}"));
            let is_published = id.is_some_and(|id| self.published.contains(id));
            *published.entry(message).or_insert(true) &= is_published;
        }
        let due = published.into_iter().filter(|(_, published)| *published);
        due.filter(|(message, _)| !told.contains(message))
            .map(|(message, _)| format!("receipt of {message}"))
            .collect()
    }
}

/// The accepted events that did not arrive.
pub fn missing(seen: &Seen, accepted: &Accepted) -> Vec<String> {
    let mut missing = Vec::new();
    for (contact, conversation) in accepted {
        let genesys: BTreeSet<String> = seen.at_genesys_of(contact).into_iter().collect();
        let lynn: BTreeSet<String> = seen.messages_at_lynn(contact).into_iter().collect();
        let lost = conversation.from_lynn.iter().filter(|key| !genesys.contains(*key));
        missing.extend(lost.map(|key| format!("{contact}: Genesys did not get {key}")));
        let lost = conversation.from_genesys.iter().filter(|id| !lynn.contains(*id));
        missing.extend(lost.map(|id| format!("{contact}: Lynn did not get message {id}")));
        let unreported = seen.unreported(contact, &conversation.from_lynn);
        missing
            .extend(unreported.iter().map(|key| format!("{contact}: Lynn did not get the {key}")));
    }
    missing
}

pub fn judge(seen: &Seen, accepted: &Accepted, kills: &[Kill]) -> Judged {
    let missing = missing(seen, accepted);
    let mut judged = Judged { lost: missing.len(), breaches: missing, ..Judged::default() };
    // The simulator's own violations about sequences are counted below, with typing separated.
    let others = seen.violations.iter().filter(|violation| !violation.starts_with("sequence "));
    judged.breaches.extend(others.map(|violation| format!("the contract: {violation}")));
    judged.at_genesys = seen.genesys.values().map(Vec::len).sum();
    judged.at_lynn = seen.lynn.values().map(Vec::len).sum();
    for (contact, conversation) in accepted {
        let ways = [
            ("Genesys", seen.at_genesys_of(contact), &conversation.from_lynn),
            ("Lynn", seen.messages_at_lynn(contact), &conversation.from_genesys),
        ];
        for (vendor, arrived, accepted) in ways {
            if !is_in_order(&arrived, accepted) {
                judged.out_of_order += 1;
                judged.breaches.push(format!("{contact}: out of order at {vendor}: {arrived:?}"));
            }
        }
        let (gap, shared) = gap(seen.lynn.get(contact));
        judged.shared_numbers += shared;
        if let Some(place) = gap {
            judged.gaps += 1;
            judged.breaches.push(format!("{contact}: sequence has a gap {place}"));
        }
    }
    judged.explain_repeats(seen, kills, accepted.len());
    judged
}

impl Judged {
    /// A kill can repeat the work in progress, which is one event of each conversation each way: so
    /// each repeat of an event needs its own kill, and all kills together explain no more than
    /// that.
    fn explain_repeats(&mut self, seen: &Seen, kills: &[Kill], conversations: usize) {
        for ((way, key), times) in &seen.posts {
            let mut begin = 0;
            for pair in times.windows(2) {
                // The earliest kill that fits: a later one may be needed for the next repeat.
                let mut later = kills.iter().enumerate().skip(begin);
                let found =
                    later.find(|(_, kill)| pair[0] < kill.over + READ_LATE && kill.at < pair[1]);
                let explained = found.map(|(number, _)| number);
                *self.repeats.entry(explained).or_default() += 1;
                match explained {
                    Some(number) => begin = number + 1,
                    None => self
                        .breaches
                        .push(format!("{way} {key} came at {pair:?} without a kill in between")),
                }
            }
        }
        self.most_repeats = kills.len() * 2 * conversations;
        let all: usize = self.repeats.values().sum();
        if all > self.most_repeats {
            self.breaches.push(format!("{all} repeats are more than {}", self.most_repeats));
        }
    }
}

/// Whether the arrivals, each once, are in the order of acceptance. An event that is not among the
/// accepted was accepted without its sender having seen it, and had no successor then.
fn is_in_order(arrived: &[String], accepted: &[String]) -> bool {
    let places: HashMap<&str, usize> =
        accepted.iter().enumerate().map(|(place, key)| (key.as_str(), place)).collect();
    let order: Vec<usize> =
        arrived.iter().filter_map(|key| places.get(key.as_str()).copied()).collect();
    order.is_sorted()
}

/// Where the sequences are not 1, 2, 3 and so on; and how many numbers a typing event shares with
/// the event after it. A typing event that Lynn had accepted when the bridge was killed is too old
/// to be sent again, so its number is given to the next event.
fn gap(events: Option<&Vec<Value>>) -> (Option<String>, usize) {
    let name = |event: &Value| {
        format!("{} {} ({})", text(event, "/type"), text(event, "/id"), event["sequence"])
    };
    let (mut last, mut shared) = (0, 0);
    let mut before: Option<&Value> = None;
    for event in events.into_iter().flatten() {
        let number = event["sequence"].as_u64().unwrap_or_default();
        let after_typing = before.is_some_and(|before| text(before, "/type") == "typing");
        if number == last && after_typing {
            shared += 1;
        } else if number != last + 1 {
            let before = before.map_or("the beginning".to_owned(), name);
            return (Some(format!("between {before} and {}", name(event))), shared);
        }
        (last, before) = (number, Some(event));
    }
    (None, shared)
}

fn text<'a>(body: &'a Value, pointer: &str) -> &'a str {
    body.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}
