//! A conversation with failures does not hold back other conversations.

use std::time::Duration;

use proptest::prelude::*;
use serde_json::json;
use shared::ports::Clock as _;
use shared::ports::Direction::{Inbound, Outbound};
use testing::Reaction;

use crate::events::{agent_says, says, text, texts};
use crate::harness::Harness;

fn faults() -> impl Strategy<Value = Reaction> {
    prop_oneof![
        prop::sample::select(vec![400u16, 401, 404, 408, 500, 503]).prop_map(Reaction::status),
        any::<bool>().prop_map(|taken| Reaction::Dropped { taken }),
        any::<bool>().prop_map(|taken| Reaction::Late { taken }),
        Just(Reaction::Unreachable),
        (1u64..900).prop_map(|seconds| Reaction::later(503, Duration::from_secs(seconds))),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn others_are_delivered_in_the_first_round(
        contacts in prop::collection::vec(0usize..3, 1..10),
        faults in prop::collection::vec(faults(), 1..12),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut harness = Harness::new(&json!({}));
            harness.script.lock().unwrap().contacts.insert("ana".to_owned(), faults.into());
            let names = ["ana", "ben", "eva"];
            for (number, contact) in contacts.iter().enumerate() {
                harness.accept(Inbound, &says(&harness, names[*contact], &format!("m-{number}"), 2)).await;
                harness.accept(Outbound, &agent_says(&harness, names[*contact], &format!("g-{number}"))).await;
            }
            harness.round().await;
            for (number, contact) in contacts.iter().enumerate().filter(|(_, contact)| **contact > 0) {
                let asked = harness.genesys_calls();
                let ids = texts(&asked, "/channel/messageId");
                for part in [format!("m-{number}"), format!("m-{number}.2")] {
                    assert!(ids.contains(&part), "{part} of {}", names[*contact]);
                }
                assert!(texts(&harness.lynn_calls(), "/id").contains(&format!("g-{number}")));
            }
            harness.drain().await;
        });
    }
}

#[tokio::test]
async fn the_rate_limit_of_one_client_is_not_that_of_the_other() {
    let clients = json!([
        { "clientId": "one", "clientSecret": "s" },
        { "clientId": "two", "clientSecret": "s" },
    ]);
    let mut harness = Harness::new(&json!({ "genesys": { "oauthClients": clients } }));
    harness.genesys([Reaction::later(429, Duration::from_secs(60))]);
    let start = harness.clock.now();
    harness.accept(Inbound, &says(&harness, "ana", "m-1", 1)).await;
    harness.round().await;
    for (contact, id) in [("ben", "m-2"), ("eva", "m-3")] {
        harness.accept(Inbound, &says(&harness, contact, id, 1)).await;
    }
    harness.drain().await;
    let taken: Vec<_> = harness.genesys_calls().into_iter().filter(|seen| seen.taken).collect();
    // The message that met the limit goes to the other client at once, and so do the messages
    // behind it.
    assert_eq!(text(&taken[0], "/channel/from/id"), "ana");
    assert_eq!(taken.len(), 3);
    assert!(taken.iter().all(|seen| seen.at == start));
}

#[tokio::test]
async fn a_paused_client_makes_everybody_wait_without_an_attempt() {
    let mut harness = Harness::new(&json!({}));
    harness.genesys([Reaction::later(429, Duration::from_secs(60))]);
    let start = harness.clock.now();
    harness.accept(Inbound, &says(&harness, "ana", "m-1", 1)).await;
    harness.round().await;
    let waiting = says(&harness, "ben", "m-2", 1);
    harness.accept(Inbound, &waiting).await;
    harness.round().await;
    assert_eq!(harness.genesys_calls().len(), 1);
    let record = harness.record(Inbound, &waiting).await.unwrap_or_default();
    assert!(record.failures == 0 && record.history.is_empty());
    harness.drain().await;
    let calls = harness.genesys_calls();
    let pauses: Vec<i64> = calls[1..].iter().map(|seen| seen.at.since(start)).collect();
    assert!(pauses.iter().all(|pause| (60_000..62_000).contains(pause)), "{pauses:?}");
    // The messages return one after the other.
    assert!(calls.len() == 3 && pauses[0] < pauses[1], "{pauses:?}");
}
