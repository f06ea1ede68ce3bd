//! Decides which batch is next: the groups of a direction, the turns of the integrations, and
//! sleeping groups.
//!
//! Rule: a group is in one place at a time: in its integration's line, with the handler, or asleep.
//! A hash of integration and group name identifies a group. If two groups share a hash, they are
//! delivered one after the other, in order.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

use shared::ids::IntegrationName;
use shared::time::Timestamp;

use super::WorkerOptions;
use super::group::{Group, Ticket};

/// The hash that identifies a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct GroupKey(u64);

/// Entries of one group that may be handed out together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Batch {
    pub(super) group: GroupKey,
    /// In order; at least one.
    pub(super) tickets: Vec<Ticket>,
}

#[derive(Default)]
struct Integration {
    /// Groups in the order in which they became ready.
    ready: VecDeque<GroupKey>,
    in_flight: usize,
    /// Whether the integration is in `turns`.
    has_turn: bool,
}

/// The worker's knowledge of its queue.
pub(super) struct Index {
    /// A tree, because a hash table would double its size in one step.
    groups: BTreeMap<GroupKey, Group>,
    integrations: Vec<Integration>,
    slots: HashMap<IntegrationName, u32>,
    /// Integrations with a ready group and a free place for it.
    turns: VecDeque<u32>,
    sleepers: BTreeSet<(Timestamp, GroupKey)>,
    hasher: RandomState,
    options: WorkerOptions,
}

impl Index {
    pub(super) fn new(options: WorkerOptions) -> Self {
        let WorkerOptions { in_flight_per_integration, batch } = options;
        let options = WorkerOptions {
            in_flight_per_integration: in_flight_per_integration.max(1),
            batch: batch.max(1),
        };
        Self {
            groups: BTreeMap::new(),
            integrations: Vec::new(),
            slots: HashMap::new(),
            turns: VecDeque::new(),
            sleepers: BTreeSet::new(),
            hasher: RandomState::new(),
            options,
        }
    }

    /// Adds an entry after the others of its group. `until` matters only for the first entry of a
    /// group; the others wait for the first anyway.
    pub(super) fn add(
        &mut self,
        integration: &IntegrationName,
        group: &str,
        ticket: Ticket,
        until: Option<Timestamp>,
    ) {
        let key = GroupKey(self.hasher.hash_one((integration.as_str(), group)));
        let slot = self.slot(integration);
        match self.groups.entry(key) {
            Entry::Occupied(mut occupied) => occupied.get_mut().push(ticket),
            Entry::Vacant(vacant) => {
                vacant.insert(Group::new(ticket, slot));
                self.queue_up(key, slot, until);
            }
        }
    }

    /// The next batch: integrations take turns, and the groups of an integration keep the order in
    /// which they became ready.
    pub(super) fn next(&mut self) -> Option<Batch> {
        loop {
            let slot = self.turns.pop_front()?;
            let Some(integration) = self.integrations.get_mut(slot as usize) else { continue };
            integration.has_turn = false;
            let Some(key) = integration.ready.pop_front() else { continue };
            let Some(group) = self.groups.get(&key) else { continue };
            integration.in_flight += 1;
            let tickets = group.front(self.options.batch);
            self.give_turn(slot);
            return Some(Batch { group: key, tickets });
        }
    }

    /// Takes a batch back. The entries in `kept` remain, in front of the group's other entries;
    /// with `until`, the group sleeps until then.
    pub(super) fn finish(&mut self, batch: &Batch, kept: &[Ticket], until: Option<Timestamp>) {
        let Some(group) = self.groups.get_mut(&batch.group) else { return };
        let slot = group.slot;
        let remains = group.replace_front(batch.tickets.len(), kept);
        if let Some(integration) = self.integrations.get_mut(slot as usize) {
            integration.in_flight = integration.in_flight.saturating_sub(1);
        }
        if remains {
            self.queue_up(batch.group, slot, until);
        } else {
            self.groups.remove(&batch.group);
        }
        self.give_turn(slot);
    }

    /// Wakes every group with a due entry.
    pub(super) fn wake(&mut self, now: Timestamp) {
        while let Some((until, key)) = self.sleepers.first().copied()
            && until <= now
        {
            self.sleepers.pop_first();
            if let Some(slot) = self.groups.get(&key).map(|group| group.slot) {
                self.queue_up(key, slot, None);
            }
        }
    }

    /// After the clock was set back by `time`: every sleeping group keeps its remaining time.
    pub(super) fn set_back(&mut self, time: Duration) {
        let sleepers = std::mem::take(&mut self.sleepers).into_iter();
        self.sleepers = sleepers.map(|(until, key)| (until - time, key)).collect();
    }

    /// When the first sleeping group wakes.
    pub(super) fn next_wake(&self) -> Option<Timestamp> {
        self.sleepers.first().map(|(until, _)| *until)
    }

    fn queue_up(&mut self, key: GroupKey, slot: u32, until: Option<Timestamp>) {
        if let Some(until) = until {
            self.sleepers.insert((until, key));
            return;
        }
        if let Some(integration) = self.integrations.get_mut(slot as usize) {
            integration.ready.push_back(key);
        }
        self.give_turn(slot);
    }

    fn give_turn(&mut self, slot: u32) {
        let Some(integration) = self.integrations.get_mut(slot as usize) else { return };
        let room = integration.in_flight < self.options.in_flight_per_integration;
        if room && !integration.has_turn && !integration.ready.is_empty() {
            integration.has_turn = true;
            self.turns.push_back(slot);
        }
    }

    /// Integrations are never removed: there are few.
    fn slot(&mut self, integration: &IntegrationName) -> u32 {
        if let Some(slot) = self.slots.get(integration) {
            return *slot;
        }
        let slot = u32::try_from(self.integrations.len()).unwrap_or(u32::MAX);
        self.integrations.push(Integration::default());
        self.slots.insert(integration.clone(), slot);
        slot
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sequences(batch: Option<&Batch>) -> Vec<i64> {
        batch.into_iter().flat_map(|batch| &batch.tickets).map(|ticket| ticket.sequence()).collect()
    }

    fn index(in_flight: usize) -> Index {
        Index::new(WorkerOptions { in_flight_per_integration: in_flight, batch: 2 })
    }

    fn add(index: &mut Index, integration: &str, group: &str, sequence: i64) {
        index.add(&IntegrationName::new(integration), group, Ticket::new(sequence, 0), None);
    }

    #[test]
    fn integrations_take_turns_and_each_has_its_own_limit() {
        let mut index = index(2);
        for sequence in 1..=4 {
            add(&mut index, "busy", &format!("group {sequence}"), sequence);
        }
        add(&mut index, "calm", "group", 5);
        let started: Vec<_> = (0..5).map(|_| sequences(index.next().as_ref())).collect();
        assert_eq!(started, [vec![1], vec![5], vec![2], vec![], vec![]]);
    }

    #[test]
    fn a_group_is_handed_out_once_and_goes_behind_the_others() {
        let mut index = index(9);
        for sequence in 1..=3 {
            add(&mut index, "one", "first", sequence);
        }
        add(&mut index, "one", "second", 4);
        let first = index.next().expect("the first group is ready");
        assert_eq!(sequences(Some(&first)), [1, 2]);
        index.finish(&first, &[first.tickets[1]], None);
        assert_eq!(sequences(index.next().as_ref()), [4]);
        assert_eq!(sequences(index.next().as_ref()), [2, 3]);
        assert_eq!(index.next(), None);
    }

    #[test]
    fn a_sleeping_group_waits_with_all_its_entries() {
        let mut index = index(9);
        add(&mut index, "one", "group", 1);
        let batch = index.next().expect("the group is ready");
        let until = Timestamp::from_milliseconds(100);
        index.finish(&batch, &batch.tickets, Some(until));
        add(&mut index, "one", "group", 2);
        index.wake(Timestamp::from_milliseconds(99));
        assert_eq!((index.next(), index.next_wake()), (None, Some(until)));
        index.wake(until);
        assert_eq!(sequences(index.next().as_ref()), [1, 2]);
    }

    #[test]
    fn nothing_is_kept_of_finished_groups() {
        let mut index = index(9);
        add(&mut index, "one", "group", 1);
        let batch = index.next().expect("the group is ready");
        index.finish(&batch, &[], None);
        assert!(index.groups.is_empty() && index.sleepers.is_empty() && index.turns.is_empty());
    }
}
