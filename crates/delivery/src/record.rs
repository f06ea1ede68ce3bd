//! What the table remembers of one event: how far it got, how often it was tried, and how it ended.
//!
//! Rule: it is kept for 7 days, but once the event was given up, as long as its dead letter may be redriven, so that a
//! redrive goes on where the event failed and has one effect however often it is asked for.

use serde::{Deserialize, Serialize};
use shared::error::{Class, Failure, Told};
use shared::file_refusal::{Refusal, RefusedFile};
use shared::lynn::inbound::same_words;
use shared::time::Timestamp;

use super::event::{Payload, QueuedEvent};
use super::retention::LETTER_MILLISECONDS;
pub use super::retention::RECORD_MILLISECONDS as KEPT_MILLISECONDS;

/// How many failed attempts are kept for the operator; older ones are dropped.
const ATTEMPTS_KEPT: usize = 20;

/// How far an event got; what comes later here outweighs what comes before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum State {
    /// It has been tried, and is not there yet.
    #[default]
    Trying,
    /// It was given up; a redrive makes it live again, and so does Lynn by sending it once more.
    Dead,
    /// It is done.
    Done,
}

/// One attempt that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// When.
    pub at: Timestamp,
    /// What kind of failure.
    pub class: Class,
    /// What was tried and how it ended.
    pub summary: String,
    /// The HTTP status that the other side answered, if it answered.
    #[serde(default)]
    pub status: Option<u16>,
    /// Which part was tried, from 0.
    #[serde(default)]
    pub part: u32,
}

/// A part that the other side refused for good. It costs itself only: the parts behind it are sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RefusedPart {
    /// Which part, from 0.
    pub position: u32,
    /// What the originating side calls it, such as `attachments[1]`.
    pub name: String,
    /// The code of the failure.
    pub code: String,
    /// What was tried and how it ended.
    pub summary: String,
    /// What the originating side is told of it.
    pub told: Told,
    /// Whether an earlier attempt may have reached the other side unnoticed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub uncertain: bool,
    /// In which of the event's lives, see [`Record::lives`]: in a later one it is sent again.
    #[serde(default)]
    pub life: u32,
}

/// The record of one event.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Record {
    /// How far it got.
    pub state: State,
    /// How many of its parts are settled, counted from the first: accepted by the other side, or refused for good.
    pub parts: u32,
    /// Those of them that were refused.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<RefusedPart>,
    /// The files that are not passed on: their message goes without them, and they are not fetched again.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<RefusedFile>,
    /// Whether our own store of files has kept it waiting: that time is not taken from its files.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub own_trouble: bool,
    /// How often it was made live again after it had been given up.
    #[serde(skip_serializing_if = "is_zero")]
    pub lives: u32,
    /// In which of its lives the originating side was last told that it had failed.
    #[serde(skip_serializing_if = "is_zero")]
    pub told_life: u32,
    /// Whether a conversation was under way when it was first looked at. `None`: it has not been looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub continues: Option<bool>,
    /// The time given to its first part: a repeat must carry the same one.
    pub first_time: Option<Timestamp>,
    /// How many attempts failed since it was accepted, or since the last redrive.
    pub failures: u32,
    /// How many attempts failed altogether.
    pub tried: u32,
    /// When the first of them failed.
    pub tried_since: Option<Timestamp>,
    /// When it was given up for the first time: what keeps its place among the dead letters of its conversation.
    pub given_up_since: Option<Timestamp>,
    /// When it was given up for the last time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given_up_at: Option<Timestamp>,
    /// When that which was given up for the last time had been accepted: the clocks of two processes may differ, so that it may
    /// look later than its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given_up_of: Option<Timestamp>,
    /// Whether what it tells has changed the conversation: then Lynn is told of it, whatever happens meanwhile.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub moved: bool,
    /// Whether the other side may hold a part that is not counted in `parts`.
    pub uncertain: bool,
    /// What the originating side was told when it was given up, if there was one to tell.
    pub told: Option<Told>,
    /// The latest failed attempts.
    pub history: Vec<Attempt>,
    /// Which redrive it belongs to.
    pub redrive: u32,
    /// A digest of its content: another event under the same id is not this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference over")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl Record {
    /// Whether an event that comes in again has nothing left to do.
    pub fn is_finished(&self, event: &QueuedEvent) -> bool {
        match self.state {
            // A redrive of it is on its way already, and tells nobody a second time.
            State::Trying => event.redrive < self.redrive && !self.is_sent_again(event),
            State::Done => true,
            State::Dead => event.redrive <= self.redrive && !self.is_sent_again(event),
        }
    }

    /// Whether it is the record of another event, which came under the same id with this content
    /// and this number of redrives. Lynn may send an event that was given up again under its id
    /// with other content, except for other words where some of it has arrived. A redrive of the
    /// event from before such a repair is no other event: its words have arrived.
    pub fn is_of_another(&self, content: &str, redrive: u32) -> bool {
        let Some(own) = self.content.as_deref().filter(|own| *own != content) else { return false };
        match self.state {
            State::Trying => true,
            State::Dead => self.has_accepted() && !same_words(own, content),
            State::Done => !(redrive > 0 && self.lives > 0 && same_words(own, content)),
        }
    }

    /// Whether Lynn sends what was given up once more under its id. What Lynn sent before it was given up is the same event
    /// again, and so is what Genesys repeats.
    pub fn is_sent_again(&self, event: &QueuedEvent) -> bool {
        let given_up = self.given_up_at.max(self.given_up_since);
        event.redrive == 0
            && matches!(event.payload, Payload::Lynn(_))
            && self.given_up_of.is_none_or(|last| event.accepted_at > last)
            && given_up.is_some_and(|given_up| event.accepted_at > given_up)
    }

    /// Makes an event that was given up live again: a redrive, or Lynn that sends it once more. What was accepted stays so.
    pub fn revive(&mut self, event: &QueuedEvent) {
        self.state = State::Trying;
        self.lives = self.lives.saturating_add(1);
        self.redrive = event.redrive;
        // The pauses begin anew; the history stays.
        self.failures = 0;
        // Of what was accepted, the files that are missing stay so. The others are fetched again: their
        // source may be well, and what Lynn sends again may have other files in their places.
        if !self.has_accepted() {
            self.files.clear();
        }
        // What the other side cannot hold need not be recognised: it gets a time later than what has passed since.
        if !self.is_uncertain() {
            self.first_time = None;
        }
    }

    /// Whether the other side has accepted any of its parts.
    pub fn has_accepted(&self) -> bool {
        usize::try_from(self.parts).is_ok_and(|parts| parts > self.refused.len())
    }

    /// Makes the record fit an event that was sent again with fewer parts, such as without its
    /// transcript: which of them was accepted cannot be told by their places, so all of them are sent.
    pub fn keep_parts(&mut self, parts: usize) {
        let is_shorter = usize::try_from(self.parts).is_ok_and(|counted| parts < counted);
        if is_shorter && !self.refused.is_empty() {
            self.parts = 0;
            self.refused.clear();
            self.files.clear();
        }
    }

    /// Why the file at this place is not passed on, where an attempt in this life has found out.
    pub fn refused_file(&self, place: &str) -> Option<Refusal> {
        let mut now = self.files.iter().filter(|file| file.life == self.lives);
        now.find(|file| file.place == place).map(|file| file.refusal)
    }

    /// Notes files that are not passed on; what an earlier life knew of them is forgotten.
    pub fn refuse_files(&mut self, files: &[RefusedFile]) {
        self.files.retain(|known| files.iter().all(|file| file.place != known.place));
        let now = files.iter().cloned().map(|file| RefusedFile { life: self.lives, ..file });
        self.files.extend(now);
    }

    /// Whether the part at this place is still to be sent.
    pub fn is_open(&self, position: u32) -> bool {
        position >= self.parts || self.pending().any(|part| part.position == position)
    }

    /// Refused parts of an earlier life.
    fn pending(&self) -> impl Iterator<Item = &RefusedPart> {
        self.refused.iter().filter(|part| part.life < self.lives)
    }

    /// The place of the part that is to be sent next.
    pub fn next_part(&self) -> u32 {
        self.pending().map(|part| part.position).min().unwrap_or(self.parts)
    }

    /// Whether the other side may hold a part that is not counted as accepted.
    pub fn is_uncertain(&self) -> bool {
        self.uncertain || self.refused.iter().any(|part| part.uncertain)
    }

    /// Whether the other side may hold the part that is to be sent next.
    pub fn next_is_uncertain(&self) -> bool {
        let next = self.next_part();
        (self.uncertain && next == self.parts)
            || self.pending().any(|part| part.position == next && part.uncertain)
    }

    /// Notes that the other side may hold the part that is to be sent next.
    pub fn next_may_be_held(&mut self) {
        let (next, lives) = (self.next_part(), self.lives);
        let mut pending = self.refused.iter_mut().filter(|part| part.life < lives);
        match pending.find(|part| part.position == next) {
            Some(part) => part.uncertain = true,
            None => self.uncertain = true,
        }
    }

    /// Those of the parts that were refused in this life.
    pub fn refused_now(&self) -> impl Iterator<Item = &RefusedPart> {
        self.refused.iter().filter(|part| part.life == self.lives)
    }

    /// How long it is kept after its last change, in milliseconds.
    pub fn kept_milliseconds(&self) -> i64 {
        match self.given_up_since {
            None => KEPT_MILLISECONDS,
            Some(_) => LETTER_MILLISECONDS,
        }
    }

    /// Notes that an attempt failed; a failure without an attempt is none.
    pub fn note(&mut self, failure: &Failure, at: Timestamp) {
        if !failure.attempted {
            return;
        }
        self.failures = self.failures.saturating_add(1);
        if failure.class == Class::Uncertain {
            self.next_may_be_held();
        }
        self.note_attempt(failure, at);
    }

    fn note_attempt(&mut self, failure: &Failure, at: Timestamp) {
        self.tried = self.tried.saturating_add(1);
        self.tried_since.get_or_insert(at);
        let summary = shared::error::chain(failure);
        let (class, status, part) = (failure.class, failure.status, self.next_part());
        self.history.push(Attempt { at, class, summary, status, part });
        let surplus = self.history.len().saturating_sub(ATTEMPTS_KEPT);
        self.history.drain(..surplus);
    }

    /// Takes over what is stored where it got further than this: two processes may be at the same event, when its queue
    /// believes the first one dead.
    pub fn catch_up(&mut self, stored: &Self) {
        // A write that lost its race has moved nothing.
        self.moved = stored.moved;
        let reached = |record: &Self| {
            let pending = u32::try_from(record.pending().count()).unwrap_or(u32::MAX);
            (record.lives, record.state as u8, record.parts.saturating_sub(pending))
        };
        if stored.redrive >= self.redrive && reached(stored) > reached(self) {
            let parts = self.parts.max(stored.parts);
            *self = Self { parts, ..stored.clone() };
        }
    }

    /// Notes that the next part was accepted by the other side: what was uncertain of it is settled.
    pub fn advance(&mut self) {
        let position = self.next_part();
        self.settle_part(position);
    }

    /// What is uncertain of the part behind those that are counted stays so when one of them is settled.
    fn settle_part(&mut self, position: u32) {
        self.refused.retain(|part| part.position != position);
        self.uncertain &= position < self.parts;
        self.parts = self.parts.max(position.saturating_add(1));
    }

    /// Notes that the other side refused the next part for good: the part behind it is the next. The attempt counts for the
    /// operator and not for the pauses, since the event was not handed out again for it.
    pub fn refuse(&mut self, name: String, failure: &Failure, uncertain: bool, at: Timestamp) {
        self.note_attempt(failure, at);
        let position = self.next_part();
        self.settle_part(position);
        self.refused.push(RefusedPart {
            position,
            name,
            code: failure.code.clone(),
            summary: shared::error::chain(failure),
            told: failure.told.clone(),
            uncertain,
            life: self.lives,
        });
        self.refused.sort_by_key(|part| part.position);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_content_is_another_event_unless_it_repairs_what_was_given_up() {
        let record = |state, parts, content: Option<&str>| Record {
            state,
            parts,
            content: content.map(str::to_owned),
            ..Record::default()
        };
        for state in [State::Trying, State::Dead, State::Done] {
            assert!(!record(state, 1, Some("a.1")).is_of_another("a.1", 0));
            // An earlier version noted none.
            assert!(!record(state, 1, None).is_of_another("a.1", 0));
        }
        assert!(record(State::Trying, 0, Some("a.1")).is_of_another("b.1", 0));
        assert!(record(State::Done, 1, Some("a.1")).is_of_another("a.2", 0));
        assert!(!record(State::Dead, 0, Some("a.1")).is_of_another("b.2", 0));
        assert!(!record(State::Dead, 1, Some("a.1")).is_of_another("a.2", 0));
        assert!(record(State::Dead, 1, Some("a.1")).is_of_another("b.1", 0));
    }

    #[test]
    fn a_redrive_of_what_was_repaired_is_no_other_event() {
        let content = Some("a.2".to_owned());
        let repaired =
            Record { state: State::Done, parts: 1, lives: 1, content, ..Record::default() };
        assert!(!repaired.is_of_another("a.1", 1));
        // Other words have not arrived with the repair.
        assert!(repaired.is_of_another("b.1", 1));
        // What Lynn sends anew is another event.
        assert!(repaired.is_of_another("a.1", 0));
        let never_given_up = Record { lives: 0, ..repaired };
        assert!(never_given_up.is_of_another("a.1", 1));
    }

    #[test]
    fn what_is_uncertain_of_one_part_is_not_taken_for_another() {
        let lost = Failure::new(Class::Uncertain, "timeout", "post a message");
        // The first part was refused, the second may have arrived; then both are redriven.
        let mut record = Record::default();
        record.refuse("text".to_owned(), &refusal(), false, at(1));
        record.note(&lost, at(2));
        assert!(record.next_is_uncertain());
        record.lives += 1;
        assert_eq!((record.next_part(), record.next_is_uncertain()), (0, false));
        // Now the first may have arrived as well.
        record.note(&lost, at(3));
        assert!(record.next_is_uncertain());
        record.advance();
        assert_eq!((record.next_part(), record.next_is_uncertain()), (1, true));
        record.advance();
        assert_eq!((record.next_part(), record.is_uncertain()), (2, false));
    }

    #[test]
    fn a_refused_file_is_tried_again_in_the_next_life() {
        let file = |place: &str| RefusedFile {
            place: place.to_owned(),
            name: None,
            refusal: Refusal::Gone,
            life: 0,
        };
        let mut record = Record { parts: 1, lives: 1, ..Record::default() };
        record.refuse_files(&[file("m-1.2"), file("m-1.3")]);
        assert_eq!(record.refused_file("m-1.2"), Some(Refusal::Gone));
        record.lives += 1;
        assert_eq!(record.refused_file("m-1.2"), None);
        record.refuse_files(&[RefusedFile { refusal: Refusal::Empty, ..file("m-1.2") }]);
        assert_eq!(record.refused_file("m-1.2"), Some(Refusal::Empty));
        assert_eq!(record.files.len(), 2);
    }

    #[test]
    fn what_is_handed_out_again_while_its_redrive_is_tried_has_nothing_to_do() {
        let event = |redrive: u32, accepted_at: i64| -> QueuedEvent {
            let text = serde_json::json!({ "type": "message", "id": "m-1", "text": "a",
                                           "contact": { "id": "ana" } });
            let parsed = shared::lynn::inbound::InboundEvent::parse(text.to_string().as_bytes());
            let payload = Payload::Lynn(Box::new(parsed.unwrap()));
            let body = serde_json::json!({ "integration": "support", "contact": "ana",
                "identity": { "message": "m-1" }, "accepted_at": accepted_at, "trace": "t",
                "redrive": redrive, "payload": payload });
            serde_json::from_value(body).unwrap()
        };
        let record =
            Record { redrive: 1, lives: 1, given_up_since: Some(at(5)), ..Record::default() };
        assert!(record.is_finished(&event(0, 1)));
        assert!(!record.is_finished(&event(1, 7)));
        assert!(!record.is_finished(&event(2, 7)));
        // Lynn has sent it once more since it was given up.
        assert!(!record.is_finished(&event(0, 6)));
        // The clock of the process that gave it up was behind: it is the same still.
        let behind = Record { given_up_of: Some(at(6)), ..record };
        assert!(behind.is_finished(&event(0, 6)));
    }

    fn refusal() -> Failure {
        Failure::new(Class::Permanent, "400", "post a message: answered 400").answered(400)
    }

    fn at(milliseconds: i64) -> Timestamp {
        Timestamp::from_milliseconds(milliseconds)
    }

    #[test]
    fn a_refused_part_is_passed_over_until_the_event_lives_again() {
        let mut record = Record::default();
        record.advance();
        record.refuse("attachments[0]".to_owned(), &refusal(), false, at(1));
        assert_eq!((record.next_part(), record.failures, record.tried), (2, 0, 1));
        record.advance();
        let open = |record: &Record| (0..4).map(|part| record.is_open(part)).collect::<Vec<_>>();
        assert_eq!(open(&record), [false, false, false, true]);
        record.lives += 1;
        assert_eq!(open(&record), [false, true, false, true]);
        record.refuse("attachments[0]".to_owned(), &refusal(), true, at(2));
        assert_eq!((record.next_part(), record.refused.len()), (3, 1));
        record.lives += 1;
        record.advance();
        assert_eq!((record.next_part(), record.refused.len(), record.parts), (3, 0, 3));
    }

    #[test]
    fn what_is_stored_is_taken_over_only_where_it_got_further() {
        let mut given_up = Record { state: State::Dead, parts: 2, ..Record::default() };
        given_up.refuse("history".to_owned(), &refusal(), false, at(1));
        let mut revived = Record { state: State::Trying, lives: 1, ..given_up.clone() };
        let before = revived.clone();
        revived.catch_up(&given_up);
        assert_eq!(revived, before);
        let mut further = before.clone();
        further.advance();
        revived.catch_up(&further);
        assert_eq!(revived, further);
    }
}
