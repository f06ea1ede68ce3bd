//! After any writes, SQLite and the store in memory list the due items of a simple model.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use shared::ports::{Change, Clock, Expected, ItemKey, Store, Write};
use shared::time::Timestamp;
use testing::MemoryStore;

use crate::support::{FakeClock, later, open};

#[derive(Clone, Debug)]
enum Step {
    /// An item, its deadline and its lifetime; both times in milliseconds from now.
    Put(u8, Option<i64>, Option<i64>),
    Delete(u8),
    Wait(u64),
    /// The last deadline to include, in milliseconds from now, and the most items.
    Ask(i64, usize),
}

/// The deadline and the expiry of each item.
type Model = BTreeMap<ItemKey, (Option<Timestamp>, Option<Timestamp>)>;

fn key(item: u8) -> ItemKey {
    ItemKey::new(format!("conv#{}", item % 3), format!("item {item}"))
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let item = 0_u8..8;
    let due = proptest::option::weighted(0.7, -3_000_i64..3_000);
    let lifetime = proptest::option::weighted(0.3, 0_i64..4_000);
    let step = prop_oneof![
        5 => (item.clone(), due, lifetime).prop_map(|(item, due, end)| Step::Put(item, due, end)),
        1 => item.prop_map(Step::Delete),
        1 => (0_u64..2_000).prop_map(Step::Wait),
        3 => (-3_000_i64..3_000, 0_usize..10).prop_map(|(until, limit)| Step::Ask(until, limit)),
    ];
    proptest::collection::vec(step, 1..40)
}

/// The write of a step, if it is one; also applied to the model.
fn write(model: &mut Model, now: Timestamp, step: &Step) -> Option<Write> {
    let at = |offset: Option<i64>| offset.map(|offset| later(now, offset));
    let (key, change) = match *step {
        Step::Put(item, due, lifetime) => {
            let whole = |end: Timestamp| {
                Timestamp::from_milliseconds((end.milliseconds() + 999) / 1_000 * 1_000)
            };
            let (due, expires_at) = (at(due), at(lifetime));
            model.insert(key(item), (due, expires_at.map(whole)));
            (key(item), Change::Put { body: "{}".to_owned(), expires_at, index: None, due })
        }
        Step::Delete(item) => {
            model.remove(&key(item));
            (key(item), Change::Delete)
        }
        Step::Wait(_) | Step::Ask(..) => return None,
    };
    Some(Write { key, expected: Expected::Anything, change })
}

fn due(model: &Model, now: Timestamp, until: Timestamp, limit: usize) -> Vec<(ItemKey, Timestamp)> {
    let living = model.iter().filter(|(_, (_, end))| end.is_none_or(|end| end > now));
    let mut due: Vec<_> = living
        .filter_map(|(key, (due, _))| Some((due.filter(|due| *due <= until)?, key)))
        .collect();
    due.sort();
    due.into_iter().take(limit).map(|(due, key)| (key.clone(), due)).collect()
}

async fn holds(steps: &[Step]) {
    let directory = tempfile::tempdir().unwrap();
    let clock = FakeClock::new();
    let stores: [Arc<dyn Store>; 2] = [
        Arc::new(open(directory.path(), &clock)),
        Arc::new(MemoryStore::new(Arc::clone(&clock) as Arc<dyn Clock>)),
    ];
    let mut model = Model::new();
    for step in steps {
        let now = clock.now();
        match *step {
            Step::Wait(milliseconds) => clock.advance(Duration::from_millis(milliseconds)),
            Step::Ask(until, limit) => {
                let until = later(now, until);
                let expected = due(&model, now, until, limit);
                for store in &stores {
                    assert_eq!(store.due(until, limit).await.unwrap(), expected);
                }
            }
            Step::Put(..) | Step::Delete(_) => {
                let write = write(&mut model, now, step);
                for store in &stores {
                    store.write(write.as_slice()).await.unwrap();
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn what_is_due_is_what_was_written_last(steps in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(holds(&steps));
    }
}
