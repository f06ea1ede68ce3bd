//! What a conversation waits for, and when it is to be looked at next.
//!
//! Rule: the time in the table's index is moved only when it has passed or must come earlier. A message makes most deadlines
//! later, and costs the index nothing: who looks at the old time finds nothing due, and sets the new one.

use shared::time::Timestamp;

use super::machine::Stage;
use super::state::Conversation;

/// How long an agent may be rung before it is asked whether they have answered, in milliseconds; then four times as long, and so
/// on.
const RING_MILLISECONDS: i64 = 10_000;
/// How long an end that seems overtaken is left before it is asked whether it was, in milliseconds.
const DOUBT_MILLISECONDS: i64 = 10_000;
/// The longest time between two looks at a quiet conversation, in milliseconds: a day.
const RARELY_MILLISECONDS: i64 = 24 * 60 * 60 * 1000;

/// Which deadlines there are; the rest of what happens at them is the sender's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Schedule {
    /// Whether the end of a session by its time limit does something at Genesys.
    pub session_timeout_acts: bool,
    /// How long an open conversation may be quiet before Genesys is asked about it, in milliseconds; `None`: it never is.
    pub quiet_milliseconds: Option<i64>,
}

/// What is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// The customer has not spoken for so long that their session is over.
    SessionTimeout,
    /// The threading window of an ended conversation is over.
    WindowOver,
    /// It is to be asked how the conversation stands at Genesys.
    Look,
}

impl Conversation {
    /// What is due now, the most important first.
    pub fn due_now(&self, now: Timestamp, schedule: &Schedule) -> Option<Due> {
        self.deadlines(schedule).into_iter().find(|(_, at)| *at <= now).map(|(due, _)| due)
    }

    /// When something is due next.
    pub fn next_deadline(&self, schedule: &Schedule) -> Option<Timestamp> {
        self.deadlines(schedule).into_iter().map(|(_, at)| at).min()
    }

    /// Sets the time in the index, if it has to be moved.
    pub fn set_due(&mut self, now: Timestamp, schedule: &Schedule) {
        let next = self.next_deadline(schedule);
        let stays = match (self.due, next) {
            (Some(due), Some(next)) => due > now && due <= next,
            (due, next) => due == next,
        };
        if !stays {
            self.due = next;
        }
    }

    fn deadlines(&self, schedule: &Schedule) -> Vec<(Due, Timestamp)> {
        let open = matches!(self.stage(), Stage::Open | Stage::WithAgent);
        let session = (schedule.session_timeout_acts && open && self.session.open)
            .then_some(self.session.until)
            .flatten();
        let window = (self.stage() == Stage::Ended).then_some(self.resumable_until).flatten();
        let look = schedule.quiet_milliseconds.filter(|_| open).and_then(|quiet| self.look(quiet));
        let deadlines =
            [(Due::SessionTimeout, session), (Due::WindowOver, window), (Due::Look, look)];
        deadlines.into_iter().filter_map(|(due, at)| Some((due, at?))).collect()
    }

    /// After each look in vain the next one comes four times later, so that a silence of three days costs five looks.
    fn look(&self, quiet: i64) -> Option<Timestamp> {
        let active = self.last_activity?;
        let looked = self.last_look.filter(|look| *look >= active);
        let after_quiet = match looked {
            Some(look) => {
                let longer = quiet.saturating_mul(4_i64.saturating_pow(self.looks));
                look.plus_milliseconds(longer.min(RARELY_MILLISECONDS.max(quiet)))
            }
            None => active.plus_milliseconds(quiet),
        };
        let after_doubt = self.last_inbound_message.filter(|_| self.in_doubt).map(|message| {
            let asked = self.last_look.unwrap_or(message).max(message);
            asked.plus_milliseconds(DOUBT_MILLISECONDS)
        });
        let rung = self.agents.unanswered_since(self.ended_at).filter(|_| !self.agent_connected);
        let after_ring = rung.map(|rung| match self.last_look.filter(|look| *look > rung) {
            Some(look) => look.plus_milliseconds(look.since(rung).saturating_mul(3)),
            None => rung.plus_milliseconds(RING_MILLISECONDS),
        });
        [Some(after_quiet), after_ring, after_doubt].into_iter().flatten().min()
    }
}
