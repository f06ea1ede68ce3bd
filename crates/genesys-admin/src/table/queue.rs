//! The queue in which customers wait.

use super::*;

pub struct Queue;

impl Rules for Queue {
    fn name(&self, wanted: &Wanted) -> String {
        wanted.queue.clone()
    }

    fn absent(&self, run: &SetupRun<'_>) -> Decision {
        if run.wanted.create_queue {
            return Decision::Create(String::new());
        }
        let queue = &run.wanted.queue;
        Decision::Blocked(format!("there is no queue {queue}; --create-queue creates it"))
    }

    fn taken(&self, _: &SetupRun<'_>) -> Decision {
        Decision::used_as_it_is()
    }

    /// `POST /routing/queues`.
    fn body(&self, run: &SetupRun<'_>) -> Value {
        let division = run.observed.division.id();
        json!({ "name": run.wanted.queue, "description": run.wanted.mark(),
                "division": { "id": division } })
    }
}
