//! Gives each queue to which the flow transfers by an attribute its place.
//!
//! Rule: a queue keeps its place as long as the record names it, whatever the order of the options
//! is. So the record always knows which of these queues setup made.

use crate::branch::is_same_name;
use crate::{Record, Resource, Slot, Wanted};

/// More queues than there are places.
#[derive(Debug, thiserror::Error)]
#[error(
    "the flow can transfer by attribute to at most {} queues, those of earlier runs of setup included",
    Slot::COUNT
)]
pub struct TooManyQueues;

impl Wanted {
    /// Gives each queue of a branch its place, and remembers the places in the record.
    ///
    /// # Errors
    ///
    /// There are more queues than places.
    pub fn assign_queues(&mut self, record: &mut Record) -> Result<(), TooManyQueues> {
        let mut names = std::mem::take(&mut record.branch_queues);
        let assigned = self.assign(&mut names, record);
        record.branch_queues.clone_from(&names);
        self.branch_queues = names;
        assigned
    }

    fn assign(&self, names: &mut Vec<String>, record: &mut Record) -> Result<(), TooManyQueues> {
        if self.is_removal {
            return Ok(());
        }
        self.follow_default(names, record)?;
        for branch in &self.branches {
            if !is_same_name(&branch.queue, &self.queue) {
                self.place(names, record, &branch.queue)?;
            }
        }
        Ok(())
    }

    /// If the default queue is another one than before, the record of a queue that setup made
    /// changes its place with it.
    fn follow_default(
        &self,
        names: &mut Vec<String>,
        record: &mut Record,
    ) -> Result<(), TooManyQueues> {
        let before = record.queue_name.replace(self.queue.clone());
        let other = before.filter(|before| !is_same_name(before, &self.queue));
        if let Some(other) = other
            && let Some(made) = record.made.remove(&Resource::Queue)
        {
            let slot = self.place(names, record, &other)?;
            record.made.insert(Resource::BranchQueue(slot), made);
        }
        let own = names.iter().position(|name| is_same_name(name, &self.queue));
        if let Some(slot) = own.and_then(|place| Slot::ALL.get(place).copied())
            && let Some(made) = record.made.remove(&Resource::BranchQueue(slot))
        {
            record.made.insert(Resource::Queue, made);
        }
        Ok(())
    }

    /// The place of a queue: its own, or else one that no queue needs.
    fn place(
        &self,
        names: &mut Vec<String>,
        record: &Record,
        queue: &str,
    ) -> Result<Slot, TooManyQueues> {
        let own = names.iter().position(|name| is_same_name(name, queue));
        let slot = |place: usize| Slot::ALL.get(place).copied().ok_or(TooManyQueues);
        if let Some(place) = own {
            return slot(place);
        }
        let is_free = |(slot, name): (Slot, &String)| {
            !self.branches.iter().any(|branch| is_same_name(&branch.queue, name))
                && !record.made.contains_key(&Resource::BranchQueue(slot))
        };
        let free = Slot::ALL.into_iter().zip(names.iter()).position(is_free);
        let place = free.unwrap_or(names.len());
        let slot = slot(place)?;
        match names.get_mut(place) {
            Some(name) => queue.clone_into(name),
            None => names.push(queue.to_owned()),
        }
        Ok(slot)
    }

    /// The name of the queue at a place; empty if there is none.
    pub(crate) fn branch_queue(&self, slot: Slot) -> &str {
        self.branch_queues.get(slot.index()).map(String::as_str).unwrap_or_default()
    }

    /// Whether a branch transfers to the queue at a place.
    pub(crate) fn uses(&self, slot: Slot) -> bool {
        let name = self.branch_queue(slot);
        !is_same_name(name, &self.queue)
            && self.branches.iter().any(|branch| is_same_name(&branch.queue, name))
    }

    /// The resource that is the queue of this name.
    pub(crate) fn queue_resource(&self, queue: &str) -> Resource {
        let slots = Slot::ALL.into_iter().filter(|slot| self.uses(*slot));
        let mut named = slots.filter(|slot| is_same_name(self.branch_queue(*slot), queue));
        named.next().map_or(Resource::Queue, Resource::BranchQueue)
    }

    /// The resources that are the queues to which the flow transfers, the default queue first.
    pub fn queue_resources(&self) -> Vec<Resource> {
        let slots = Slot::ALL.into_iter().filter(|slot| self.uses(*slot));
        std::iter::once(Resource::Queue).chain(slots.map(Resource::BranchQueue)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Made;
    use crate::wanted::tests::wanted;

    /// The names by place after a run with these branches.
    fn after(record: &mut Record, queue: &str, branches: &[&str]) -> Vec<String> {
        let branches = branches.iter().map(|text| text.parse().unwrap()).collect();
        let mut wanted = Wanted { queue: queue.to_owned(), branches, ..wanted() };
        wanted.assign_queues(record).unwrap();
        assert_eq!(wanted.branch_queues, record.branch_queues);
        let used = Slot::ALL.into_iter().filter(|slot| wanted.uses(*slot));
        used.map(|slot| format!("{} {}", slot.index(), wanted.branch_queue(slot))).collect()
    }

    fn made(record: &mut Record, resource: Resource, id: &str) {
        record.made.insert(resource, Made { id: Some(id.to_owned()), ..Made::default() });
    }

    #[test]
    fn a_queue_keeps_its_place_in_any_order_of_the_options() {
        let mut record = Record::default();
        let first = after(&mut record, "Agents", &["a=A", "b:1=B", "c=a", "d=agents"]);
        assert_eq!(first, ["0 A", "1 B"]);
        made(&mut record, Resource::BranchQueue(Slot::ALL[0]), "q-a");
        assert_eq!(after(&mut record, "Agents", &["b=B", "a=A"]), first);
        // A queue that setup made keeps its place; another one leaves it to the next.
        assert_eq!(after(&mut record, "Agents", &["c=C"]), ["1 C"]);
        assert_eq!(record.branch_queues, ["A", "C"]);
        assert_eq!(after(&mut record, "Agents", &["x=X", "a=A"]), ["0 A", "1 X"]);
        assert_eq!(after(&mut record, "Agents", &[]), Vec::<String>::new());
    }

    #[test]
    fn a_queue_that_setup_made_stays_known_when_it_becomes_the_default_or_no_longer_is() {
        let mut record = Record::default();
        after(&mut record, "Agents", &["a=A"]);
        made(&mut record, Resource::Queue, "q-agents");
        made(&mut record, Resource::BranchQueue(Slot::ALL[0]), "q-a");
        assert_eq!(after(&mut record, "A", &["x=agents"]), ["1 Agents"]);
        assert_eq!(record.id(Resource::Queue), Some("q-a"));
        assert_eq!(record.id(Resource::BranchQueue(Slot::ALL[1])), Some("q-agents"));
        assert_eq!(record.made.len(), 2);
        // The default queue of an older record has the wanted name.
        let mut older = Record::default();
        made(&mut older, Resource::Queue, "q-1");
        after(&mut older, "Renamed", &[]);
        assert_eq!(older.id(Resource::Queue), Some("q-1"));
    }

    #[test]
    fn there_are_only_so_many_places() {
        let branches = |count: usize| -> Vec<String> {
            (0..count).map(|number| format!("a:{number}=Q{number}")).collect()
        };
        let try_with = |count: usize| {
            let branches = branches(count).iter().map(|text| text.parse().unwrap()).collect();
            let mut wanted = Wanted { branches, ..wanted() };
            wanted.assign_queues(&mut Record::default())
        };
        try_with(Slot::COUNT).unwrap();
        let error = try_with(Slot::COUNT + 1).unwrap_err().to_string();
        assert!(error.contains("at most 20 queues"), "{error}");
    }
}
