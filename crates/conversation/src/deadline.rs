//! The deadlines of a conversation, and the time of its next check.
//!
//! Rule: the time in the table's index moves only when it has passed or must become earlier. Most
//! messages make the deadline later; that writes nothing to the index. The check at the old time
//! then finds nothing due and sets the new time.

use std::time::Duration;

use shared::time::Timestamp;

use super::machine::Stage;
use super::state::Conversation;

/// How long an agent may ring before a status question asks whether they answered. Each further
/// question comes after four times the time since the ring.
const RING: Duration = Duration::from_secs(10);
/// How long to wait before a status question checks an end that seems overtaken.
const DOUBT: Duration = Duration::from_secs(10);
/// The longest time between two status questions on a quiet conversation.
const RARELY: Duration = Duration::from_hours(24);

/// Which deadlines apply. The sender decides what happens when they pass.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Schedule {
    /// Whether a session's time limit causes an action at Genesys.
    pub session_timeout_acts: bool,
    /// How long an open conversation may be quiet before a status question. `None`: never ask.
    pub quiet: Option<Duration>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// The customer has been silent longer than the session's time limit.
    SessionTimeout,
    WindowOver,
    /// A status question to Genesys is due.
    Reconcile,
}

impl Conversation {
    /// The deadline that is due now. If several deadlines passed: the session, then the window,
    /// then the question.
    pub fn due_now(&self, now: Timestamp, schedule: &Schedule) -> Option<Due> {
        self.deadlines(schedule).into_iter().find(|(_, at)| *at <= now).map(|(due, _)| due)
    }

    pub(crate) fn next_deadline(&self, schedule: &Schedule) -> Option<Timestamp> {
        self.deadlines(schedule).into_iter().map(|(_, at)| at).min()
    }

    /// Sets the time in the index if it must move.
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
        let open = self.is_open();
        let session = (schedule.session_timeout_acts && open && self.session.open)
            .then_some(self.session.until)
            .flatten();
        let window = (self.stage() == Stage::Ended).then_some(self.resumable_until).flatten();
        let reconciliation =
            schedule.quiet.filter(|_| open).and_then(|quiet| self.next_reconciliation(quiet));
        let deadlines = [
            (Due::SessionTimeout, session),
            (Due::WindowOver, window),
            (Due::Reconcile, reconciliation),
        ];
        deadlines.into_iter().filter_map(|(due, at)| Some((due, at?))).collect()
    }

    /// Each answered status question makes the next interval four times longer, at most a day: a
    /// silence of three days costs five questions.
    fn next_reconciliation(&self, quiet: Duration) -> Option<Timestamp> {
        let active = self.last_activity?;
        let last_reconciled = self.last_reconciled.filter(|reconciled_at| *reconciled_at >= active);
        let after_quiet = match last_reconciled {
            Some(reconciled_at) => {
                let longer = quiet.saturating_mul(4_u32.saturating_pow(self.reconciliations));
                reconciled_at + longer.min(RARELY.max(quiet))
            }
            None => active + quiet,
        };
        let after_doubt = self.last_inbound_message.filter(|_| self.in_doubt).map(|message| {
            let asked = self.last_reconciled.unwrap_or(message).max(message);
            asked + DOUBT
        });
        let rung = self.agents.unanswered_since(self.ended_at).filter(|_| !self.has_agent());
        let after_ring = rung.map(|rung| {
            match self.last_reconciled.filter(|reconciled_at| *reconciled_at > rung) {
                Some(reconciled_at) => reconciled_at + reconciled_at.elapsed_since(rung) * 3,
                None => rung + RING,
            }
        });
        [Some(after_quiet), after_ring, after_doubt].into_iter().flatten().min()
    }
}
