//! Whatever the handler answers, each group arrives in its order, and every entry arrives.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use delivery::batch::{BatchHandler, Outcome, QueueRecord};
use proptest::prelude::*;
use shared::ports::Direction;
use sqlite::{Worker, WorkerOptions};
use tokio::sync::Notify;

use crate::support::{FakeClock, open, pending, send};

#[derive(Clone, Copy, Debug)]
enum Answer {
    AllDone,
    RetryFrom(usize, u64),
    TooFew,
    Panic,
}

#[derive(Default)]
struct Seen {
    /// The entries done of each group, in order.
    done: HashMap<String, Vec<usize>>,
    attempts: HashMap<String, u32>,
    in_flight: HashMap<String, bool>,
    blocked: HashSet<String>,
    faults: Vec<String>,
    calls: usize,
    finished: usize,
}

struct Moody {
    script: Vec<Answer>,
    seen: Mutex<Seen>,
    progress: Notify,
}

#[async_trait]
impl BatchHandler for Moody {
    async fn handle(&self, records: Vec<QueueRecord>) -> Vec<Outcome> {
        let group = records[0].group.clone();
        let answer = {
            let mut seen = self.seen.lock().unwrap();
            if seen.in_flight.insert(group.clone(), true) == Some(true) {
                seen.faults.push("two batches of one group".to_owned());
            }
            for record in &records {
                let before = seen.attempts.insert(record.id.clone(), record.attempt).unwrap_or(0);
                // An entry that was held back was not tried, so its attempt number stays.
                let rises = !seen.blocked.remove(&record.id);
                if record.attempt < before + u32::from(rises) || record.group != group {
                    seen.faults.push(format!("{record:?} after attempt {before}"));
                }
            }
            let call = seen.calls;
            seen.calls += 1;
            self.script.get(call).copied().unwrap_or(Answer::AllDone)
        };
        tokio::task::yield_now().await;
        let mut seen = self.seen.lock().unwrap();
        seen.in_flight.insert(group.clone(), false);
        let done = match answer {
            Answer::AllDone => records.len(),
            Answer::RetryFrom(place, _) => place.min(records.len() - 1),
            Answer::TooFew => return Vec::new(),
            Answer::Panic => {
                drop(seen);
                std::panic::resume_unwind(Box::new("a moody handler"));
            }
        };
        let numbers = records[..done].iter().map(|record| record.body.parse::<usize>().unwrap());
        seen.done.entry(group).or_default().extend(numbers);
        seen.finished += done;
        if !matches!(answer, Answer::AllDone) {
            seen.blocked.extend(
                records[(done + 1).min(records.len())..].iter().map(|record| record.id.clone()),
            );
        }
        self.progress.notify_one();
        let outcome = |place: usize| match answer {
            Answer::RetryFrom(_, after) if place == done => {
                Outcome::Retry { after: Duration::from_millis(after) }
            }
            _ if place < done => Outcome::Done,
            _ => Outcome::Blocked,
        };
        (0..records.len()).map(outcome).collect()
    }
}

fn answers() -> impl Strategy<Value = Vec<Answer>> {
    let answer = prop_oneof![
        3 => Just(Answer::AllDone),
        3 => (0_usize..4, 0_u64..3_000).prop_map(|(place, after)| Answer::RetryFrom(place, after)),
        1 => Just(Answer::TooFew),
        1 => Just(Answer::Panic),
    ];
    proptest::collection::vec(answer, 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn groups_arrive_in_order(
        script in answers(),
        groups in proptest::collection::vec(0_usize..5, 1..60),
        before in 0_usize..30,
        batch in 1_usize..5,
        in_flight_per_integration in 1_usize..4,
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_time()
            .build()
            .unwrap();
        runtime.block_on(async {
            let directory = tempfile::tempdir().unwrap();
            let database = open(directory.path(), &FakeClock::automatic());
            let handler =
                Arc::new(Moody { script, seen: Mutex::default(), progress: Notify::new() });
            let options = WorkerOptions { in_flight_per_integration, batch };
            let mut worker = None;
            for (number, group) in groups.iter().enumerate() {
                if number == before {
                    let handler = Arc::clone(&handler) as Arc<dyn BatchHandler>;
                    worker = Some(Worker::start(database.clone(), Direction::Inbound, handler, options));
                }
                let integration = format!("integration {}", group % 2);
                send(&database, &integration, &group.to_string(), &number.to_string()).await;
            }
            let worker = worker.unwrap_or_else(|| {
                let handler = Arc::clone(&handler) as Arc<dyn BatchHandler>;
                Worker::start(database.clone(), Direction::Inbound, handler, options)
            });
            while handler.seen.lock().unwrap().finished < groups.len() {
                handler.progress.notified().await;
            }
            assert_eq!(worker.stop(Duration::from_secs(3_600)).await, 0);
            assert_eq!(pending(&database).await, 0);
            let seen = handler.seen.lock().unwrap();
            assert!(seen.faults.is_empty(), "{:?}", seen.faults);
            for (group, done) in &seen.done {
                let sent = groups.iter().enumerate().filter(|(_, name)| name.to_string() == *group);
                assert_eq!(*done, sent.map(|(number, _)| number).collect::<Vec<_>>());
            }
        });
    }
}
