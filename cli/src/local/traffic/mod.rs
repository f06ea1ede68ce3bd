//! Everything that passed, in order: what the page shows. A pure list behind one lock.
//!
//! Rule: an entry never changes, and its number only grows, so that a page that reconnects asks for
//! what comes after the last entry that it has.

mod entry;

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};

use serde::Serialize;
use shared::lock::lock;
use shared::time::Timestamp;
use tokio::sync::watch;

pub use self::entry::{Content, Entry, Side, contact_of};

/// The most entries that are kept; the oldest go first.
const KEPT: usize = 20_000;
/// The most events of which something is remembered.
const REMEMBERED: usize = 10_000;

/// A numbered entry, as the page gets it.
#[derive(Serialize)]
struct Numbered<'a> {
    id: u64,
    /// Milliseconds since 1970.
    at: i64,
    #[serde(flatten)]
    entry: &'a Entry,
}

/// Everything that passed. Clones share it.
#[derive(Clone)]
pub struct Traffic {
    kept: Arc<Mutex<Kept>>,
    /// The number of the last entry. Ends when the program does.
    last: watch::Sender<u64>,
}

#[derive(Default)]
struct Kept {
    last: u64,
    entries: VecDeque<(u64, Arc<str>)>,
    /// By trace.
    events: HashMap<String, Known>,
    customers: Vec<String>,
}

/// What earlier steps say of an event.
#[derive(Default)]
struct Known {
    contact: Option<String>,
    /// How often it was to be tried again.
    retries: u32,
}

impl Traffic {
    pub fn new() -> Self {
        Self { kept: Arc::default(), last: watch::Sender::new(0) }
    }

    /// Adds an entry and returns its number.
    pub fn push(&self, at: Timestamp, entry: Entry) -> u64 {
        let id = lock(&self.kept).push(at, entry);
        self.last.send_replace(id);
        id
    }

    /// The entries after this number, the oldest first, each as JSON; at most `limit`.
    pub fn after(&self, id: u64, limit: usize) -> Vec<(u64, Arc<str>)> {
        lock(&self.kept).after(id, limit)
    }

    /// The number of the last entry.
    pub fn last(&self) -> u64 {
        *self.last.borrow()
    }

    /// Every customer so far, in the order in which they came.
    pub fn customers(&self) -> Vec<String> {
        lock(&self.kept).customers.clone()
    }

    /// Notifies about new entries.
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.last.subscribe()
    }
}

impl Kept {
    fn push(&mut self, at: Timestamp, mut entry: Entry) -> u64 {
        self.last += 1;
        self.complete(&mut entry);
        let numbered = Numbered { id: self.last, at: at.milliseconds(), entry: &entry };
        // Texts and numbers can always be written.
        let text = serde_json::to_string(&numbered).unwrap_or_default();
        self.entries.push_back((self.last, text.into()));
        if self.entries.len() > KEPT {
            self.entries.pop_front();
        }
        self.last
    }

    fn after(&self, id: u64, limit: usize) -> Vec<(u64, Arc<str>)> {
        let first = self.entries.partition_point(|(known, _)| *known <= id);
        self.entries.range(first..).take(limit).cloned().collect()
    }

    /// Adds what is known from earlier steps of the same event: its customer, and the number of the
    /// attempt.
    fn complete(&mut self, entry: &mut Entry) {
        let (trace, contact) = match entry {
            Entry::Request { trace, contact, .. } | Entry::Queued { trace, contact, .. } => {
                (Some(&*trace), contact)
            }
            Entry::Call { trace, contact, .. } | Entry::Line { trace, contact, .. } => {
                (trace.as_ref(), contact)
            }
            Entry::Note { contact, .. } => (None, contact),
            Entry::Answer { .. } | Entry::Templated { .. } => return,
        };
        let mut retries = 0;
        if let Some(trace) = trace {
            if self.events.len() >= REMEMBERED {
                self.events.clear();
            }
            let known = self.events.entry(trace.clone()).or_default();
            match contact {
                Some(contact) => known.contact = Some(contact.clone()),
                None => contact.clone_from(&known.contact),
            }
            retries = known.retries;
        }
        if let Some(contact) = contact
            && !self.customers.contains(contact)
        {
            self.customers.push(contact.clone());
        }
        match entry {
            Entry::Call { trace: Some(_), attempt, .. } => *attempt = Some(retries + 1),
            Entry::Line { name, trace: Some(trace), .. } if name == "retried" => {
                self.events.entry(trace.clone()).or_default().retries += 1;
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn note(contact: Option<&str>) -> Entry {
        Entry::Note { what: "fault", contact: contact.map(str::to_owned), words: "x".to_owned() }
    }

    fn call(trace: &str) -> Entry {
        Entry::Call {
            trace: Some(trace.to_owned()),
            attempt: None,
            to: Side::Lynn,
            method: "POST".to_owned(),
            url: "http://lynn/webhook".to_owned(),
            content: Content::default(),
            contact: None,
        }
    }

    fn queued(trace: &str, contact: &str) -> Entry {
        Entry::Queued {
            trace: trace.to_owned(),
            direction: shared::ports::Direction::Outbound,
            contact: Some(contact.to_owned()),
            event: "message".to_owned(),
            event_id: "m-1".to_owned(),
            verified_at: 7,
        }
    }

    fn shown(kept: &Kept, id: u64) -> Value {
        serde_json::from_str(&kept.after(id - 1, 1)[0].1).unwrap()
    }

    #[test]
    fn what_came_after_is_found_whatever_is_gone() {
        let (mut kept, at) = (Kept::default(), Timestamp::from_milliseconds(5));
        const LAST: u64 = KEPT as u64 + 10;
        for _ in 0..LAST {
            kept.push(at, note(None));
        }
        let ids = |after, limit| -> Vec<u64> {
            kept.after(after, limit).into_iter().map(|(id, _)| id).collect()
        };
        assert_eq!(ids(0, 2), [11, 12]);
        assert_eq!(ids(12, 2), [13, 14]);
        assert_eq!(ids(LAST - 1, 9), [LAST]);
        assert!(ids(LAST, 9).is_empty());
        assert!(ids(u64::MAX, 9).is_empty());
    }

    #[test]
    fn a_step_belongs_to_the_customer_of_its_event() {
        let (mut kept, at) = (Kept::default(), Timestamp::from_milliseconds(5));
        kept.push(at, queued("t-1", "ana"));
        let id = kept.push(at, call("t-1"));
        assert_eq!(shown(&kept, id)["contact"], "ana");
        let id = kept.push(at, call("t-2"));
        assert_eq!(shown(&kept, id)["contact"], Value::Null);
        kept.push(at, note(Some("eva")));
        kept.push(at, note(Some("ana")));
        assert_eq!(kept.customers, ["ana", "eva"]);
    }

    #[test]
    fn an_attempt_follows_each_retry() {
        let (mut kept, at) = (Kept::default(), Timestamp::from_milliseconds(5));
        let attempt = |kept: &mut Kept| {
            let id = kept.push(at, call("t-1"));
            shown(kept, id)["attempt"].clone()
        };
        assert_eq!(attempt(&mut kept), 1);
        assert_eq!(attempt(&mut kept), 1, "a second call of the same attempt");
        let retried = Entry::Line {
            name: "retried".to_owned(),
            trace: Some("t-1".to_owned()),
            contact: None,
            fields: serde_json::Map::new(),
        };
        kept.push(at, retried);
        assert_eq!(attempt(&mut kept), 2);
    }

    #[test]
    fn an_entry_is_flat_json() {
        let mut kept = Kept::default();
        let id = kept.push(Timestamp::from_milliseconds(5), queued("t-1", "ana"));
        let expected = json!({ "id": 1, "at": 5, "kind": "queued", "trace": "t-1",
            "direction": "outbound", "contact": "ana", "event": "message", "eventId": "m-1",
            "verifiedAt": 7 });
        assert_eq!(shown(&kept, id), expected);
    }

    #[test]
    fn who_watches_hears_of_each_entry() {
        let traffic = Traffic::new();
        let mut watch = traffic.watch();
        assert!(!watch.has_changed().unwrap());
        traffic.push(Timestamp::from_milliseconds(5), note(None));
        assert_eq!(*watch.borrow_and_update(), 1);
    }
}
