//! Events whose template fails wait for the operator; events that a template skips need no call.

use std::time::Duration;

use serde_json::{Value, json};
use shared::ids::IntegrationName;
use shared::ports::Direction::Outbound;
use shared::ports::{Clock as _, SecretPart};

use crate::events::{agent_says, body, texts};
use crate::harness::Harness;
use crate::script::{INTEGRATION, config};

fn entry(entry: Value) -> Value {
    json!({ "lynn": { "templates": { "message": entry } } })
}

fn repair(harness: &Harness) {
    let changes =
        entry(json!({ "body": { "id": "{{ event.id }}", "sequence": "{{ event.sequence }}" } }));
    let integration = IntegrationName::new(INTEGRATION);
    harness.secrets.set(&integration, SecretPart::Send, vec![config(&changes)]);
}

#[tokio::test]
async fn a_repaired_template_is_read_within_seconds() {
    let mut harness = Harness::new(&entry(json!({ "body": "{{ event.txt }}" })));
    harness.accept(Outbound, &agent_says(&harness, "ana", "g-1")).await;
    harness.accept(Outbound, &agent_says(&harness, "ana", "g-2")).await;
    for _ in 0..40 {
        assert!(harness.round().await);
    }
    assert!(harness.lynn_calls().is_empty());
    let repaired = harness.clock.now();
    repair(&harness);
    harness.drain().await;
    assert_eq!(texts(&harness.lynn_calls(), "/id"), ["g-1", "g-2"]);
    let sequences: Vec<Value> =
        harness.lynn_calls().iter().map(|call| body(call)["sequence"].clone()).collect();
    assert_eq!(sequences, [1, 2]);
    assert!(harness.clock.now().since(repaired) < 15_000, "at most every 10 s it is read");
    assert!(harness.dead_letters().await.is_empty());
}

#[tokio::test]
async fn an_event_that_waited_in_vain_says_why() {
    let mut harness = Harness::new(&entry(json!({ "body": { "a": "{{ event.txt }}" } })));
    harness.accept(Outbound, &agent_says(&harness, "ana", "g-1")).await;
    let begun = harness.clock.now();
    harness.drain().await;
    assert!(harness.lynn_calls().is_empty());
    assert!(harness.clock.now().since(begun) >= 240 * 60_000);
    let letters = harness.dead_letters().await;
    assert_eq!(letters.len(), 1);
    let letter = serde_json::to_value(&letters[0]).unwrap();
    let history: Vec<&Value> = letter["history"].as_array().unwrap().iter().collect();
    let named = "/templates/message/body/a: event.txt is missing";
    assert!(history.iter().any(|entry| entry.to_string().contains(named)), "{letter}");
    assert!(history.len() <= 2, "one entry for each cause: {letter}");
    // The agent is told.
    assert_eq!(texts(&harness.genesys_calls(), "/status"), ["Failed"]);
}

#[tokio::test]
async fn what_is_skipped_needs_no_call_and_no_time() {
    let mut harness = Harness::new(&entry(json!({ "when": "{{ event.id != 'g-1' }}" })));
    harness.accept(Outbound, &agent_says(&harness, "ana", "g-1")).await;
    harness.clock.advance(Duration::from_secs(24 * 60 * 60));
    harness.accept(Outbound, &agent_says(&harness, "ana", "g-2")).await;
    harness.drain().await;
    assert_eq!(texts(&harness.lynn_calls(), "/id"), ["g-2"]);
    assert_eq!(body(&harness.lynn_calls()[0])["sequence"], 1);
    assert!(harness.dead_letters().await.is_empty());
    assert!(harness.genesys_calls().is_empty());
}
