//! The queue in which customers wait.

use super::*;

pub struct Queue;

impl Rules for Queue {
    fn name(&self, wanted: &Wanted) -> String {
        wanted.queue.clone()
    }

    fn absent(&self, work: &Work<'_>) -> Decision {
        if work.wanted.create_queue {
            return Decision::Create(String::new());
        }
        let queue = &work.wanted.queue;
        Decision::Blocked(format!("there is no queue {queue}; --create-queue creates it"))
    }

    fn taken(&self, _: &Work<'_>) -> Decision {
        Decision::used_as_it_is()
    }

    /// `POST /routing/queues`.
    fn body(&self, work: &Work<'_>) -> Value {
        let division = work.observed.division.id();
        json!({ "name": work.wanted.queue, "description": work.wanted.mark(),
                "division": { "id": division } })
    }
}
