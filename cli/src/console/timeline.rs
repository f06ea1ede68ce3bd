//! The steps of each event of a conversation, from what is stored of it; pure.
//!
//! Rule: nothing is guessed. A step whose time is not stored has none, and what is no longer kept
//! is said.

use std::collections::BTreeMap;

use delivery::dead_letter::DeadLetter;
use delivery::record::DeliveryState;
use serde_json::{Value, json};
use shared::file_failure;
use shared::ports::Direction;
use shared::time::Timestamp;

use crate::count::counted;
use crate::operator::event_name::Name;
use crate::operator::recorded::Recorded;
use crate::operator::waiting::Waiting;

/// A dead letter with the sort key of its event's record.
pub struct GivenUp<'a> {
    pub record: &'a str,
    pub letter: &'a DeadLetter,
    /// When its event was first accepted.
    pub accepted_at: Option<Timestamp>,
    pub redrives: u32,
    /// The letter's own sort key, by which the page names it.
    pub sort: &'a str,
}

/// One event, with its steps in order.
#[derive(Default)]
struct Event {
    sort: String,
    state: &'static str,
    steps: Vec<Step>,
    /// The dead letter of the event, if it is one.
    letter: Option<String>,
}

struct Step {
    at: Option<Timestamp>,
    /// `good`, `bad`, `wait` or `plain`.
    tone: &'static str,
    words: String,
}

impl Event {
    fn step(&mut self, at: Option<Timestamp>, tone: &'static str, words: impl Into<String>) {
        self.steps.push(Step { at, tone, words: words.into() });
    }

    /// The place of the event among the others.
    fn began(&self) -> Option<Timestamp> {
        self.steps.iter().filter_map(|step| step.at).min()
    }

    fn to_json(&self) -> Option<Value> {
        let name = Name::parse(&self.sort)?;
        let step = |step: &Step| json!({ "at": step.at.map(Timestamp::to_text), "tone": step.tone, "words": step.words });
        Some(json!({
            "key": self.sort,
            "kind": name.kind,
            "direction": name.direction,
            "title": name.title(),
            "state": self.state,
            "letter": self.letter,
            "steps": self.steps.iter().map(step).collect::<Vec<_>>(),
        }))
    }
}

/// The events of a conversation, the earliest first.
pub fn events(recorded: &[Recorded], waiting: &[Waiting], given_up: &[GivenUp<'_>]) -> Vec<Value> {
    let mut events: BTreeMap<String, Event> = BTreeMap::new();
    let accepted = accepted(waiting, given_up);
    for one in recorded {
        let event = from_record(one, accepted.get(&one.sort).copied(), recorded);
        events.insert(one.sort.clone(), event);
    }
    for letter in given_up {
        let event = events
            .entry(letter.record.to_owned())
            .or_insert_with(|| from_letter(letter, accepted.get(letter.record).copied()));
        event.letter = Some(letter.sort.to_owned());
        event.state = "deadLetter";
    }
    for one in waiting {
        let Some(queued) = &one.event else { continue };
        let sort = queued.dedup_key.record(one.direction);
        let event = events.entry(sort.clone()).or_insert_with(|| {
            let mut event = Event { sort: sort.clone(), ..Event::default() };
            event.step(Some(queued.time()), "plain", "accepted");
            event
        });
        event.state = "waiting";
        event.step(one.not_before, "wait", waits(one));
    }
    let mut events: Vec<Event> = events.into_values().collect();
    events.sort_by_key(|event| event.began());
    events.iter().filter_map(Event::to_json).collect()
}

/// When the events were accepted, as far as it is kept: with the events that wait or were given up.
fn accepted(waiting: &[Waiting], given_up: &[GivenUp<'_>]) -> BTreeMap<String, Timestamp> {
    let queued = waiting.iter().filter_map(|one| {
        let event = one.event.as_ref()?;
        Some((event.dedup_key.record(one.direction), event.time()))
    });
    let letters = given_up.iter().filter_map(|one| Some((one.record.to_owned(), one.accepted_at?)));
    letters.chain(queued).collect()
}

fn waits(one: &Waiting) -> String {
    let tried = match one.attempts {
        0 => "not tried yet".to_owned(),
        attempts => format!("taken from the queue {}", counted(attempts, "time")),
    };
    match (one.installation, one.not_before) {
        (0, Some(_)) => format!("waits for its next attempt at this time; {tried}"),
        (0, None) => format!("is next in its conversation; {tried}"),
        (before, _) => {
            format!("waits behind {} of its conversation", counted(before, "event"))
        }
    }
}

/// The steps that a record shows.
fn from_record(one: &Recorded, accepted: Option<Timestamp>, all: &[Recorded]) -> Event {
    let (record, sort) = (&one.record, &one.sort);
    let mut event = Event { sort: sort.clone(), ..Event::default() };
    match (accepted, record.first_time) {
        (Some(at), _) => event.step(Some(at), "plain", "accepted"),
        (None, Some(at)) => event.step(
            Some(at),
            "plain",
            "accepted; the time is the one that the message carries at Genesys Cloud",
        ),
        (None, None) => {
            event.step(None, "plain", "accepted; when is in the log only (event.name accepted)");
        }
    }
    attempts(&mut event, &record.history, record.tried);
    if let Some(at) = record.given_up_at.or(record.given_up_since) {
        let words = match &record.user_reason {
            Some(_) => "given up; the side that it came from is told",
            None => "given up; there is nothing to tell the side that it came from",
        };
        event.step(Some(at), "bad", words);
        if let Some(reason) = &record.user_reason {
            told(&mut event, &reason.0, all);
        }
    }
    if record.lives > 0 {
        let again = counted(record.lives, "time");
        event.step(None, "plain", format!("sent again after it was given up: {again}"));
    }
    // Of one part, the attempt has said everything.
    for part in record.refused.iter().filter(|_| record.parts > 1) {
        event.step(None, "bad", format!("without {}: {}", part.name, part.summary));
    }
    for file in &record.files {
        event.step(None, "bad", file_failure::of(file.refusal, false).user_reason.0);
    }
    end(&mut event, one);
    event
}

fn attempts(event: &mut Event, history: &[delivery::record::Attempt], tried: u32) {
    let kept = u32::try_from(history.len()).unwrap_or(u32::MAX);
    if tried > kept {
        let words = format!("{} before these are no longer kept", counted(tried - kept, "attempt"));
        event.step(None, "plain", words);
    }
    for attempt in history {
        event.step(Some(attempt.at), "bad", format!("failed: {}", attempt.summary));
    }
}

/// Whether the notice about an event has arrived, by the notice's own record.
fn told(event: &mut Event, reason: &str, all: &[Recorded]) {
    let Some(name) = Name::parse(&event.sort) else { return };
    let notice = match name.direction {
        Direction::Inbound => format!("receipt#out#lynn/{}#failed", name.id),
        Direction::Outbound => format!("receipt#in#{}#failed", name.id),
    };
    let is_it = |one: &&Recorded| {
        one.sort == notice
            || one.sort.strip_prefix(&notice).is_some_and(|life| life.starts_with('/'))
    };
    let (at, tone, state) = match all.iter().rev().find(is_it) {
        Some(one) => match one.record.state {
            DeliveryState::Done => (one.written(), "good", "has arrived"),
            DeliveryState::Dead => (one.written(), "bad", "was given up too"),
            DeliveryState::Trying => (None, "wait", "is on its way"),
        },
        None => (None, "plain", "is on its way, or its record is no longer kept"),
    };
    event.step(at, tone, format!("the notice \"{reason}\" {state}"));
}

/// How an event ended, if it did.
fn end(event: &mut Event, one: &Recorded) {
    let record = &one.record;
    let refused = u32::try_from(record.refused.len()).unwrap_or(u32::MAX);
    let delivered = record.parts.saturating_sub(refused);
    match record.state {
        DeliveryState::Done if delivered > 0 => {
            event.state = "delivered";
            let parts = if record.parts > 1 {
                format!("delivered: {delivered} of {}", counted(record.parts, "part"))
            } else {
                "delivered".to_owned()
            };
            event.step(one.written(), "good", parts);
        }
        DeliveryState::Done => {
            event.state = "settled";
            event.step(one.written(), "good", "settled: nothing had to be sent");
        }
        DeliveryState::Trying => {
            event.state = "trying";
            if delivered > 0 {
                let words = format!("{} delivered so far", counted(delivered, "part"));
                event.step(None, "wait", words);
            }
        }
        DeliveryState::Dead => event.state = "givenUp",
    }
}

/// The steps that a dead letter shows, if its event has no record any more.
fn from_letter(one: &GivenUp<'_>, accepted: Option<Timestamp>) -> Event {
    let letter = one.letter;
    let mut event = Event { sort: one.record.to_owned(), ..Event::default() };
    event.step(accepted, "plain", "accepted");
    attempts(&mut event, &letter.history, letter.attempts);
    event.step(Some(letter.at), "bad", format!("given up: {}", letter.cause()));
    if one.redrives > 0 {
        event.step(None, "plain", format!("redriven {}", counted(one.redrives, "time")));
    }
    event
}

#[cfg(test)]
mod tests {
    use delivery::record::{Attempt, EventRecord};
    use shared::error::{Class, UserReason};

    use super::*;

    const WEEK: i64 = 7 * 24 * 3_600_000;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_milliseconds(seconds * 1000)
    }

    fn recorded(sort: &str, record: EventRecord, written: i64) -> Recorded {
        let expires = Some(at(written) + record.kept());
        Recorded { sort: sort.to_owned(), record, expires }
    }

    fn attempt(seconds: i64) -> Attempt {
        Attempt {
            at: at(seconds),
            class: Class::Retry,
            summary: "post a message: answered 503".to_owned(),
            status: Some(503),
            part: 0,
        }
    }

    fn words(event: &Value) -> Vec<&str> {
        let steps = event["steps"].as_array().unwrap();
        steps.iter().map(|step| step["words"].as_str().unwrap()).collect()
    }

    #[test]
    fn an_event_tells_its_attempts_its_end_and_what_is_not_kept() {
        let done = EventRecord {
            state: DeliveryState::Done,
            parts: 1,
            tried: 3,
            first_time: Some(at(10)),
            history: vec![attempt(11)],
            ..EventRecord::default()
        };
        let plain = EventRecord { state: DeliveryState::Done, parts: 1, ..EventRecord::default() };
        let all = [recorded("msg#in#m-1", done, 20), recorded("msg#out#g-1", plain, 15)];
        assert_eq!(all[1].expires.unwrap().since(at(15)), WEEK);
        let events = events(&all, &[], &[]);
        assert_eq!(events[0]["title"], "message m-1 of the customer");
        assert_eq!(
            words(&events[0])[1..],
            [
                "2 attempts before these are no longer kept",
                "failed: post a message: answered 503",
                "delivered"
            ]
        );
        assert_eq!(events[0]["steps"][3]["at"], at(20).to_text());
        assert_eq!(events[0]["state"], "delivered");
        // Its time of acceptance is not stored, so that it has none.
        assert!(events[1]["steps"][0]["at"].is_null());
        assert!(words(&events[1])[0].contains("in the log only"));
    }

    #[test]
    fn what_was_given_up_says_whether_the_other_side_knows() {
        let reason = Some(UserReason("Genesys Cloud refused it.".to_owned()));
        let dead = EventRecord {
            state: DeliveryState::Dead,
            given_up_since: Some(at(30)),
            user_reason: reason,
            ..EventRecord::default()
        };
        let notice = EventRecord { state: DeliveryState::Done, parts: 1, ..EventRecord::default() };
        let all = [
            recorded("msg#in#m-1", dead.clone(), 30),
            recorded("receipt#out#lynn/m-1#failed", notice, 31),
        ];
        let told = events(&all, &[], &[]);
        assert!(words(&told[0]).contains(&"the notice \"Genesys Cloud refused it.\" has arrived"));
        assert_eq!(told[1]["title"], "notice to Lynn: event m-1 failed");
        let alone = [recorded("msg#in#m-1", dead, 30)];
        assert!(words(&events(&alone, &[], &[])[0]).iter().any(|it| it.contains("on its way, or")));
    }

    #[test]
    fn a_dead_letter_without_a_record_tells_its_own_history() {
        let failure = shared::error::Failure::new(Class::Permanent, "x", "post a message");
        let mut letter = DeadLetter::new(Direction::Outbound, at(9), &failure, "");
        letter.history = vec![attempt(8)];
        letter.attempts = 1;
        let given_up = GivenUp {
            record: "msg#out#g-1",
            letter: &letter,
            accepted_at: Some(at(1)),
            redrives: 2,
            sort: "t#d",
        };
        let events = events(&[], &[], &[given_up]);
        assert_eq!(events[0]["letter"], "t#d");
        assert_eq!(events[0]["state"], "deadLetter");
        assert_eq!(words(&events[0]).len(), 4);
        assert_eq!(events[0]["steps"][0]["at"], at(1).to_text());
        assert!(words(&events[0]).contains(&"redriven 2 times"));
    }
}
