//! The entries of one group in memory, as small as possible.
//!
//! Rule: a group without entries does not exist, and an entry takes 8 bytes, so that a backlog of a
//! million entries needs little memory.

use std::collections::VecDeque;

/// A queue entry: its sequence number in the upper 48 bits, the number of times handed out in the
/// lower 16.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ticket(u64);

const COUNT_BITS: u32 = 16;
const MOST: u64 = (1 << COUNT_BITS) - 1;

impl Ticket {
    /// The count stops at 65,535.
    pub(super) fn new(sequence: i64, handed_out: u32) -> Self {
        Self((sequence.cast_unsigned() << COUNT_BITS) | u64::from(handed_out).min(MOST))
    }

    /// The position in the queue.
    pub(super) fn sequence(self) -> i64 {
        (self.0 >> COUNT_BITS).cast_signed()
    }

    /// How often the entry was handed out.
    pub(super) fn handed_out(self) -> u32 {
        (self.0 & MOST) as u32
    }

    /// The same entry, delivered again.
    pub(super) fn once_more(self) -> Self {
        Self::new(self.sequence(), self.handed_out().saturating_add(1))
    }
}

/// The entries of one group, in order. There is always a first, and rarely more.
#[derive(Debug)]
pub(super) struct Group {
    first: Ticket,
    rest: Option<Box<Rest>>,
    /// The number of the integration that the group belongs to.
    pub(super) slot: u32,
}

/// Boxed, because a million groups of one entry each must not pay for an empty queue.
#[derive(Debug, Default)]
struct Rest(VecDeque<Ticket>);

impl Group {
    pub(super) fn new(first: Ticket, slot: u32) -> Self {
        Self { first, rest: None, slot }
    }

    /// Adds an entry after the others.
    pub(super) fn push(&mut self, ticket: Ticket) {
        self.rest.get_or_insert_default().0.push_back(ticket);
    }

    /// The first entries, at most `most`.
    pub(super) fn front(&self, most: usize) -> Vec<Ticket> {
        let rest = self.rest.iter().flat_map(|rest| rest.0.iter().copied());
        std::iter::once(self.first).chain(rest).take(most).collect()
    }

    /// Replaces the first `taken` entries by `kept`. Returns `false` if the group is then empty and
    /// must be removed.
    pub(super) fn replace_front(&mut self, taken: usize, kept: &[Ticket]) -> bool {
        let mut rest = self.rest.take().unwrap_or_default();
        rest.0.push_front(self.first);
        rest.0.drain(..taken.min(rest.0.len()));
        for ticket in kept.iter().rev() {
            rest.0.push_front(*ticket);
        }
        let Some(first) = rest.0.pop_front() else { return false };
        self.first = first;
        self.rest = (!rest.0.is_empty()).then_some(rest);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tickets(sequences: &[i64]) -> Vec<Ticket> {
        sequences.iter().map(|sequence| Ticket::new(*sequence, 0)).collect()
    }

    #[test]
    fn a_ticket_keeps_its_number_and_stops_counting() {
        let ticket = Ticket::new((1 << 47) - 1, u32::MAX).once_more();
        assert_eq!((ticket.sequence(), ticket.handed_out()), ((1 << 47) - 1, 65_535));
        assert_eq!(Ticket::new(7, 1).once_more(), Ticket::new(7, 2));
    }

    #[test]
    fn kept_entries_go_back_to_the_front() {
        let mut group = Group::new(Ticket::new(1, 0), 0);
        for sequence in 2..=5 {
            group.push(Ticket::new(sequence, 0));
        }
        assert_eq!(group.front(3), tickets(&[1, 2, 3]));
        assert!(group.replace_front(3, &tickets(&[2, 3])));
        assert_eq!(group.front(9), tickets(&[2, 3, 4, 5]));
        assert!(group.replace_front(4, &tickets(&[5])));
        assert!(!group.replace_front(1, &[]));
    }

    #[test]
    fn a_group_is_small() {
        assert!(size_of::<Group>() <= 24);
    }
}
