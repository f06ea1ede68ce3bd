//! Two processes handle the same records at once, as happens when a queue believes that one of them
//! is dead.

use std::sync::atomic::Ordering;

use delivery::record::DeliveryState;
use proptest::prelude::*;
use serde_json::json;
use shared::ports::Direction::{Inbound, Outbound};
use testing::Reaction;

use crate::events::{agent_says, body, part_ids, says, text, texts};
use crate::fault_injection::Fault;
use crate::harness::Harness;

fn reaction() -> impl Strategy<Value = Reaction> {
    prop_oneof![
        4 => Just(Reaction::status(200)),
        1 => Just(Reaction::status(503)),
        1 => any::<bool>().prop_map(|taken| Reaction::Dropped { taken }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_lost_or_overtaken_and_the_end_is_recorded(
        parts in prop::collection::vec(1usize..4, 1..5),
        genesys in prop::collection::vec(reaction(), 0..20),
        lynn in prop::collection::vec(reaction(), 0..8),
        faults in prop::collection::vec(prop_oneof![4 => Just(Fault::None), 1 => Just(Fault::Before), 1 => Just(Fault::After)], 0..60),
        delay in 0usize..80,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut harness = Harness::new(&json!({}));
            harness.genesys(genesys);
            harness.lynn(lynn);
            let mut events = Vec::new();
            for (number, parts) in parts.iter().enumerate() {
                events.push((Inbound, says(&harness, "ana", &format!("m-{number}"), *parts)));
                events.push((Outbound, agent_says(&harness, "ana", &format!("g-{number}"))));
            }
            for (direction, event) in &events {
                harness.accept(*direction, event).await;
            }
            harness.fault_injector.faults.lock().unwrap().extend(faults);
            harness.twice(delay).await;
            harness.drain().await;
            for (direction, event) in &events {
                let record = harness.record(*direction, event).await.unwrap();
                assert_eq!(record.state, DeliveryState::Done, "{:?}", event.dedup_key);
            }
            let mut first = Vec::new();
            for seen in harness.genesys_calls().iter().filter(|seen| seen.taken) {
                let id = text(seen, "/channel/messageId");
                // A question about agents has no message.
                if !id.is_empty() && !first.contains(&id) {
                    first.push(id);
                }
            }
            let expected: Vec<_> =
                parts.iter().enumerate().flat_map(|(number, parts)| part_ids(&format!("m-{number}"), *parts)).collect();
            assert_eq!(first, expected);
            for seen in harness.lynn_calls() {
                let number = body(&seen)["sequence"].as_u64().unwrap();
                assert_eq!(text(&seen, "/id"), format!("g-{}", number - 1));
            }
            assert!(texts(&harness.lynn_calls(), "/id").len() >= parts.len());
            assert!(harness.dead_letters().await.is_empty());
        });
    }
}

#[tokio::test]
async fn a_message_whose_record_is_refused_goes_again_only_when_the_store_takes_writes() {
    for (way, calls) in
        [(Inbound, Harness::genesys_calls as fn(&Harness) -> _), (Outbound, Harness::lynn_calls)]
    {
        let mut harness = Harness::new(&json!({}));
        for id in ["1", "2"] {
            let event = match way {
                Inbound => says(&harness, "ana", id, 1),
                Outbound => agent_says(&harness, "ana", id),
            };
            harness.accept(way, &event).await;
            harness.fault_injector.read_only.store(id == "2", Ordering::SeqCst);
            for _ in 0..30 {
                harness.round().await;
            }
        }
        assert_eq!(calls(&harness).len(), 2);
        harness.fault_injector.read_only.store(false, Ordering::SeqCst);
        harness.drain().await;
        assert_eq!(calls(&harness).len(), 3);
    }
}
