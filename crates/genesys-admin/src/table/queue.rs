//! The queues in which customers wait: the default queue, and those of the flow's branches.

use super::*;
use crate::Slot;
use crate::branch::is_same_name;

/// The default queue.
pub(crate) struct Queue;

impl Rules for Queue {
    fn name(&self, wanted: &Wanted) -> String {
        wanted.queue.clone()
    }

    /// A queue that setup made for a branch has a place of its own.
    fn is_candidate(&self, object: &Object, run: &SetupRun<'_>) -> bool {
        let mark = run.wanted.mark_of_branches();
        let is_of_branch = object.text("/description").contains(&mark);
        !is_elsewhere(Resource::Queue, object, run)
            && (!is_of_branch || object.is_named(&run.wanted.queue))
    }

    fn absent(&self, run: &SetupRun<'_>) -> Decision {
        absent(&run.wanted.queue, String::new(), run)
    }

    fn taken(&self, _: &SetupRun<'_>) -> Decision {
        Decision::used_as_it_is()
    }

    fn body(&self, run: &SetupRun<'_>) -> Value {
        body(&run.wanted.queue, &run.wanted.mark(), run)
    }
}

/// The queue of branches.
pub(crate) struct BranchQueue(pub Slot);

impl BranchQueue {
    /// The branches that transfer to the queue, for messages to the operator.
    fn conditions(&self, wanted: &Wanted) -> String {
        let queue = wanted.branch_queue(self.0);
        let branches = wanted.branches.iter().filter(|one| is_same_name(&one.queue, queue));
        let conditions: Vec<String> = branches.map(|branch| format!("if {branch}")).collect();
        conditions.join(", ")
    }

    fn text(&self, wanted: &Wanted) -> String {
        let queue = Value::from(wanted.branch_queue(self.0));
        format!("{} {queue}.", wanted.mark_of_branches())
    }
}

impl Rules for BranchQueue {
    fn name(&self, wanted: &Wanted) -> String {
        wanted.branch_queue(self.0).to_owned()
    }

    /// If the name is lost, the queues of all branches.
    fn mark(&self, wanted: &Wanted) -> Mark {
        match wanted.branch_queue(self.0) {
            "" => Mark::Text(wanted.mark_of_branches()),
            _ => Mark::Text(self.text(wanted)),
        }
    }

    fn is_candidate(&self, object: &Object, run: &SetupRun<'_>) -> bool {
        !is_elsewhere(Resource::BranchQueue(self.0), object, run)
    }

    fn absent(&self, run: &SetupRun<'_>) -> Decision {
        absent(run.wanted.branch_queue(self.0), self.conditions(run.wanted), run)
    }

    fn taken(&self, _: &SetupRun<'_>) -> Decision {
        Decision::used_as_it_is()
    }

    fn body(&self, run: &SetupRun<'_>) -> Value {
        body(run.wanted.branch_queue(self.0), &self.text(run.wanted), run)
    }
}

/// Whether the record has the queue at another place.
fn is_elsewhere(me: Resource, object: &Object, run: &SetupRun<'_>) -> bool {
    let mut others = run.record.made.iter().filter(|(resource, _)| {
        **resource != me && matches!(resource, Resource::Queue | Resource::BranchQueue(_))
    });
    others.any(|(_, made)| made.id.as_deref() == Some(object.id()))
}

fn absent(queue: &str, why: String, run: &SetupRun<'_>) -> Decision {
    if run.wanted.create_queue {
        return Decision::Create(why);
    }
    Decision::Blocked(format!("there is no queue {queue}; --create-queue creates it"))
}

/// `POST /routing/queues`.
fn body(name: &str, description: &str, run: &SetupRun<'_>) -> Value {
    let division = run.observed.division.id();
    json!({ "name": name, "description": description, "division": { "id": division } })
}
