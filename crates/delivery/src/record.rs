//! The stored record of one event: its progress, its attempts, and its end.
//!
//! Rule: A record is kept for 7 days. Once the event was given up, it is kept for as long as the
//! dead letter can be redriven. So a redrive continues where the event failed, and has one effect
//! however often the operator starts it.

use std::time::Duration;

use conversation::SET_BACK;
use serde::{Deserialize, Serialize};
use shared::error::{Class, Failure, UserReason};
use shared::file_refusal::{Refusal, RefusedFile};
use shared::lynn::inbound::same_words;
use shared::time::Timestamp;

use super::event::{Payload, QueuedEvent};
use super::retention::LETTER;
pub use super::retention::RECORD as KEPT;

/// How many failed attempts are kept for the operator; older ones are dropped.
const ATTEMPTS_KEPT: usize = 20;

/// The progress of an event. A later variant outranks an earlier one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum DeliveryState {
    /// The event is still being tried.
    #[default]
    Trying,
    /// The event was given up. A redrive revives it; so does Lynn by sending it again.
    Dead,
    /// The event needs no further work.
    Done,
}

/// One failed attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    pub at: Timestamp,
    pub class: Class,
    /// The attempted action and its result.
    pub summary: String,
    /// The HTTP status of the answer, if the other side answered.
    #[serde(default)]
    pub status: Option<u16>,
    /// The position of the part that was tried, from 0.
    #[serde(default)]
    pub part: u32,
}

/// A part that the other side refused for good. Only this part is lost: the parts after it are
/// sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RefusedPart {
    /// The position of the part, from 0.
    pub position: u32,
    /// The originating side's name of the part, such as `attachments[1]`.
    pub name: String,
    pub code: String,
    /// The attempted action and its result.
    pub summary: String,
    /// The notice to the originating side about the failure.
    #[serde(rename = "told")]
    pub user_reason: UserReason,
    /// Whether an earlier attempt may have reached the other side although the bridge got no
    /// answer.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub uncertain: bool,
    /// The life of the event in which the part was refused, see [`EventRecord::lives`]. In a later
    /// life the part is sent again.
    #[serde(default)]
    pub life: u32,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct EventRecord {
    pub state: DeliveryState,
    /// How many parts are settled, counted from the first: accepted by the other side, or refused
    /// for good.
    pub parts: u32,
    /// The refused ones among the settled parts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<RefusedPart>,
    /// The files that are not passed on. Their message is sent without them, and they are not
    /// fetched again.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<RefusedFile>,
    /// Whether a failure of the bridge's own file store delayed the event. That delay does not
    /// count against the time allowed for its files.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub own_trouble: bool,
    /// How often the event was revived after it had been given up.
    #[serde(skip_serializing_if = "is_zero")]
    pub lives: u32,
    /// The life of the event in which the originating side was last told of the failure.
    #[serde(skip_serializing_if = "is_zero")]
    pub told_life: u32,
    /// Whether a conversation was in progress when the event was first looked at. `None`: it was
    /// not looked at yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub continues: Option<bool>,
    /// The time that the first part carries. A repeat must carry the same time.
    pub first_time: Option<Timestamp>,
    /// How many attempts failed since the event was accepted, or since the last redrive.
    pub failures: u32,
    /// How many attempts failed in total.
    pub tried: u32,
    /// When the first attempt failed.
    pub tried_since: Option<Timestamp>,
    /// When the event was given up for the first time. This time keeps its place among the dead
    /// letters of its conversation.
    pub given_up_since: Option<Timestamp>,
    /// When the event was given up for the last time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given_up_at: Option<Timestamp>,
    /// The acceptance time of the event that was given up last. The clocks of two processes may
    /// differ, so this time may be later than the time of giving up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given_up_of: Option<Timestamp>,
    /// Whether the report of the event has changed the conversation. If so, Lynn is told, whatever
    /// happens meanwhile.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub moved: bool,
    /// Whether the other side may hold a part that `parts` does not count.
    pub uncertain: bool,
    /// The notice to the originating side when the event was given up. `None` if there was nothing
    /// to tell.
    #[serde(rename = "told")]
    pub user_reason: Option<UserReason>,
    /// The latest failed attempts.
    pub history: Vec<Attempt>,
    /// The number of the redrive that the record belongs to.
    pub redrive: u32,
    /// A digest of the event's content. An event with other content under the same id is another
    /// event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference over")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl EventRecord {
    /// Whether an event that the queue hands out again needs no further work.
    pub fn is_finished(&self, event: &QueuedEvent) -> bool {
        match self.state {
            // A redrive of the event is already in progress; this copy must not send a second
            // notice.
            DeliveryState::Trying => event.redrive < self.redrive && !self.is_sent_again(event),
            DeliveryState::Done => true,
            DeliveryState::Dead => event.redrive <= self.redrive && !self.is_sent_again(event),
        }
    }

    /// Whether the record belongs to another event that came under the same id, given this event's
    /// content and its number of redrives. After an event was given up, Lynn may send it again
    /// under its id with other content; but once a part has arrived, the words must stay the same.
    /// A redrive of the event from before such a repair is not another event: its words have
    /// arrived.
    pub fn is_of_another(&self, content: &str, redrive: u32) -> bool {
        let Some(own) = self.content.as_deref().filter(|own| *own != content) else { return false };
        match self.state {
            DeliveryState::Trying => true,
            DeliveryState::Dead => self.has_accepted() && !same_words(own, content),
            DeliveryState::Done => !(redrive > 0 && self.lives > 0 && same_words(own, content)),
        }
    }

    /// Whether Lynn sends an event again after it was given up. An event that Lynn sent before it
    /// was given up is a repeat of the same event, and so is everything that Genesys repeats.
    pub fn is_sent_again(&self, event: &QueuedEvent) -> bool {
        let Some(given_up) = self.given_up_at.or(self.given_up_since) else { return false };
        let at = event.accepted_at;
        let is_later = at > given_up && self.given_up_of.is_none_or(|last| at > last);
        // Accepted long before the event that was given up: the clock was set back since.
        let is_set_back = self.given_up_of.is_some_and(|last| last.elapsed_since(at) > SET_BACK);
        event.redrive == 0 && matches!(event.payload, Payload::Lynn(_)) && (is_later || is_set_back)
    }

    /// Revives an event that was given up, because of a redrive or because Lynn sent it again.
    /// Accepted parts stay accepted.
    pub(crate) fn revive(&mut self, event: &QueuedEvent) {
        self.state = DeliveryState::Trying;
        self.lives = self.lives.saturating_add(1);
        self.redrive = event.redrive;
        // The pauses start again from the shortest; the history stays.
        self.failures = 0;
        // If a part was accepted, the list of its missing files stays. Otherwise all files are
        // fetched again: their source may work now, and Lynn may have sent other files in their
        // places.
        if !self.has_accepted() {
            self.files.clear();
        }
        // If the other side cannot hold any part, it need not recognise a repeat. Then the first
        // part gets a new time, later than the messages sent since.
        if !self.is_uncertain() {
            self.first_time = None;
        }
    }

    /// Whether the other side has accepted at least one part.
    pub(crate) fn has_accepted(&self) -> bool {
        usize::try_from(self.parts).is_ok_and(|parts| parts > self.refused.len())
    }

    /// Adapts the record to an event that was sent again with fewer parts, such as without its
    /// transcript. The positions no longer tell which parts were accepted, so all parts are sent.
    pub(crate) fn keep_parts(&mut self, parts: usize) {
        let is_shorter = usize::try_from(self.parts).is_ok_and(|counted| parts < counted);
        if is_shorter && !self.refused.is_empty() {
            self.parts = 0;
            self.refused.clear();
            self.files.clear();
        }
    }

    /// Why the file at this place is not passed on, if an attempt in this life found a reason.
    pub fn refused_file(&self, place: &str) -> Option<Refusal> {
        let mut now = self.files.iter().filter(|file| file.life == self.lives);
        now.find(|file| file.place == place).map(|file| file.refusal)
    }

    /// Adds files that are not passed on. A new entry replaces the entry of an earlier life.
    pub(crate) fn refuse_files(&mut self, files: &[RefusedFile]) {
        self.files.retain(|known| files.iter().all(|file| file.place != known.place));
        let now = files.iter().cloned().map(|file| RefusedFile { life: self.lives, ..file });
        self.files.extend(now);
    }

    /// Whether the part at this position must still be sent.
    pub fn is_open(&self, position: u32) -> bool {
        position >= self.parts || self.pending().any(|part| part.position == position)
    }

    /// Refused parts of an earlier life.
    fn pending(&self) -> impl Iterator<Item = &RefusedPart> {
        self.refused.iter().filter(|part| part.life < self.lives)
    }

    /// The position of the part to send next.
    pub fn next_part(&self) -> u32 {
        self.pending().map(|part| part.position).min().unwrap_or(self.parts)
    }

    /// Whether the other side may hold a part that does not count as accepted.
    pub(crate) fn is_uncertain(&self) -> bool {
        self.uncertain || self.refused.iter().any(|part| part.uncertain)
    }

    /// Whether the other side may hold the part to send next.
    pub fn next_is_uncertain(&self) -> bool {
        let next = self.next_part();
        (self.uncertain && next == self.parts)
            || self.pending().any(|part| part.position == next && part.uncertain)
    }

    /// Records that the other side may hold the part to send next.
    pub(crate) fn next_may_be_held(&mut self) {
        let (next, lives) = (self.next_part(), self.lives);
        let mut pending = self.refused.iter_mut().filter(|part| part.life < lives);
        match pending.find(|part| part.position == next) {
            Some(part) => part.uncertain = true,
            None => self.uncertain = true,
        }
    }

    /// The parts that were refused in this life.
    pub(crate) fn refused_now(&self) -> impl Iterator<Item = &RefusedPart> {
        self.refused.iter().filter(|part| part.life == self.lives)
    }

    /// How long the record is kept after its last change.
    pub fn kept(&self) -> Duration {
        match self.given_up_since {
            None => KEPT,
            Some(_) => LETTER,
        }
    }

    /// Records a failed attempt. A failure without an attempt is not recorded.
    pub(crate) fn note_failure(&mut self, failure: &Failure, at: Timestamp) {
        if !failure.attempted {
            return;
        }
        self.failures = self.failures.saturating_add(1);
        if failure.class == Class::Uncertain {
            self.next_may_be_held();
        }
        self.note_attempt(failure, at);
    }

    /// Records why an event waits for the operator, once for each cause, and tells whether it was
    /// news. Nothing was sent, so it is no attempt.
    pub(crate) fn note_misconfiguration(&mut self, failure: &Failure, at: Timestamp) -> bool {
        let summary = shared::error::chain(failure);
        if self.history.last().is_some_and(|last| last.summary == summary) {
            return false;
        }
        self.note(failure, summary, at);
        true
    }

    fn note_attempt(&mut self, failure: &Failure, at: Timestamp) {
        self.tried = self.tried.saturating_add(1);
        self.tried_since.get_or_insert(at);
        self.note(failure, shared::error::chain(failure), at);
    }

    fn note(&mut self, failure: &Failure, summary: String, at: Timestamp) {
        let (class, status, part) = (failure.class, failure.status, self.next_part());
        self.history.push(Attempt { at, class, summary, status, part });
        let surplus = self.history.len().saturating_sub(ATTEMPTS_KEPT);
        self.history.drain(..surplus);
    }

    /// Takes over the stored record if it got further than this one. Two processes may handle the
    /// same event if the queue believes that the first one is dead.
    pub(crate) fn merge_stored(&mut self, stored: &Self) {
        // A write that lost its race has changed nothing, so the stored value counts.
        self.moved = stored.moved;
        // The place among the dead letters is the first one, whichever process gave the event up.
        let first = self.given_up_since.into_iter().chain(stored.given_up_since).min();
        let reached = |record: &Self| {
            let pending = u32::try_from(record.pending().count()).unwrap_or(u32::MAX);
            (record.lives, record.state as u8, record.parts.saturating_sub(pending))
        };
        if stored.redrive >= self.redrive && reached(stored) > reached(self) {
            let parts = self.parts.max(stored.parts);
            *self = Self { parts, ..stored.clone() };
        }
        self.given_up_since = first;
    }

    /// All that a record says of an event that was done at the first attempt: its number of parts,
    /// 0 or 1, and its content. `None` if the record says more that anything still needs.
    pub(crate) fn brief(&self) -> Option<(u32, Option<String>)> {
        let content = self.content.clone();
        let brief =
            Self::from_brief(self.parts, content.as_deref().unwrap_or_default(), self.first_time);
        // They matter only until the event is done.
        let own = Self { continues: None, moved: false, ..self.clone() };
        let is_plain =
            |content: &String| content.bytes().all(|c| c.is_ascii_hexdigit() || c == b'.');
        (own == brief && self.parts <= 1 && content.iter().all(is_plain))
            .then_some((self.parts, content))
    }

    /// The record of which [`EventRecord::brief`] tells. `content` is empty if there was none.
    pub(crate) fn from_brief(parts: u32, content: &str, first_time: Option<Timestamp>) -> Self {
        let content = (!content.is_empty()).then(|| content.to_owned());
        Self { state: DeliveryState::Done, parts, content, first_time, ..Self::default() }
    }

    /// Records that the other side accepted the next part. The part is then no longer uncertain.
    pub fn advance(&mut self) {
        let position = self.next_part();
        self.settle_part(position);
    }

    /// `uncertain` concerns the part after the counted ones, so settling a counted part does not
    /// clear it.
    fn settle_part(&mut self, position: u32) {
        self.refused.retain(|part| part.position != position);
        self.uncertain &= position < self.parts;
        self.parts = self.parts.max(position.saturating_add(1));
    }

    /// Records that the other side refused the next part for good, so that the part after it is
    /// next. The attempt counts for the operator but not for the pauses, because the queue did not
    /// hand out the event again for it.
    pub fn refuse(&mut self, name: String, failure: &Failure, uncertain: bool, at: Timestamp) {
        self.note_attempt(failure, at);
        let position = self.next_part();
        self.settle_part(position);
        self.refused.push(RefusedPart {
            position,
            name,
            code: failure.code.clone(),
            summary: shared::error::chain(failure),
            user_reason: failure.user_reason.clone(),
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
        let record = |state, parts, content: Option<&str>| EventRecord {
            state,
            parts,
            content: content.map(str::to_owned),
            ..EventRecord::default()
        };
        for state in [DeliveryState::Trying, DeliveryState::Dead, DeliveryState::Done] {
            assert!(!record(state, 1, Some("a.1")).is_of_another("a.1", 0));
            // An earlier version recorded no content.
            assert!(!record(state, 1, None).is_of_another("a.1", 0));
        }
        assert!(record(DeliveryState::Trying, 0, Some("a.1")).is_of_another("b.1", 0));
        assert!(record(DeliveryState::Done, 1, Some("a.1")).is_of_another("a.2", 0));
        assert!(!record(DeliveryState::Dead, 0, Some("a.1")).is_of_another("b.2", 0));
        assert!(!record(DeliveryState::Dead, 1, Some("a.1")).is_of_another("a.2", 0));
        assert!(record(DeliveryState::Dead, 1, Some("a.1")).is_of_another("b.1", 0));
    }

    #[test]
    fn a_redrive_of_what_was_repaired_is_no_other_event() {
        let content = Some("a.2".to_owned());
        let repaired = EventRecord {
            state: DeliveryState::Done,
            parts: 1,
            lives: 1,
            content,
            ..EventRecord::default()
        };
        assert!(!repaired.is_of_another("a.1", 1));
        // The repair did not deliver other words.
        assert!(repaired.is_of_another("b.1", 1));
        // With redrive 0, Lynn sent the event itself, so it is another event.
        assert!(repaired.is_of_another("a.1", 0));
        let never_given_up = EventRecord { lives: 0, ..repaired };
        assert!(never_given_up.is_of_another("a.1", 1));
    }

    #[test]
    fn what_is_uncertain_of_one_part_is_not_taken_for_another() {
        let lost = Failure::new(Class::Uncertain, "timeout", "post a message");
        // The other side refused the first part and may have accepted the second; then both are
        // redriven.
        let mut record = EventRecord::default();
        record.refuse("text".to_owned(), &refusal(), false, at(1));
        record.note_failure(&lost, at(2));
        assert!(record.next_is_uncertain());
        record.lives += 1;
        assert_eq!((record.next_part(), record.next_is_uncertain()), (0, false));
        // Now the other side may also have accepted the first part.
        record.note_failure(&lost, at(3));
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
        let mut record = EventRecord { parts: 1, lives: 1, ..EventRecord::default() };
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
        let record = EventRecord {
            redrive: 1,
            lives: 1,
            given_up_since: Some(at(5)),
            ..EventRecord::default()
        };
        assert!(record.is_finished(&event(0, 1)));
        assert!(!record.is_finished(&event(1, 7)));
        assert!(!record.is_finished(&event(2, 7)));
        // Lynn sent the event again after it was given up.
        assert!(!record.is_finished(&event(0, 6)));
        // The clock was set back by two hours after the event was given up.
        let (given_up_at, given_up_of) = (Some(at(7_200_005)), Some(at(7_200_000)));
        let ahead = EventRecord { given_up_at, given_up_of, ..record.clone() };
        assert!(ahead.is_sent_again(&event(0, 5)));
        // The clock of the process that gave the event up was behind: it is still the same event.
        let behind = EventRecord { given_up_of: Some(at(6)), ..record };
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
        let mut record = EventRecord::default();
        record.advance();
        record.refuse("attachments[0]".to_owned(), &refusal(), false, at(1));
        assert_eq!((record.next_part(), record.failures, record.tried), (2, 0, 1));
        record.advance();
        let open =
            |record: &EventRecord| (0..4).map(|part| record.is_open(part)).collect::<Vec<_>>();
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
        let mut given_up =
            EventRecord { state: DeliveryState::Dead, parts: 2, ..EventRecord::default() };
        given_up.refuse("history".to_owned(), &refusal(), false, at(1));
        let mut revived =
            EventRecord { state: DeliveryState::Trying, lives: 1, ..given_up.clone() };
        let before = revived.clone();
        revived.merge_stored(&given_up);
        assert_eq!(revived, before);
        let mut further = before.clone();
        further.advance();
        revived.merge_stored(&further);
        assert_eq!(revived, further);
    }

    /// Two processes give up the same event: the first time counts, whichever writes last.
    #[test]
    fn an_event_that_two_processes_give_up_keeps_its_first_place() {
        let given_up = |time: i64| EventRecord {
            state: DeliveryState::Dead,
            given_up_since: Some(at(time)),
            ..EventRecord::default()
        };
        for (own, stored) in [(7, 5), (5, 7)] {
            let mut record = given_up(own);
            record.merge_stored(&given_up(stored));
            assert_eq!(record.given_up_since, Some(at(5)));
        }
    }
}
