//! A process with little time begins only what it can finish; the rest is handed out again in
//! order.

use std::time::Duration;

use serde_json::json;
use shared::ports::Direction::Inbound;

use crate::events::{says, texts};
use crate::harness::Harness;

#[tokio::test]
async fn what_is_not_begun_comes_again_in_order() {
    let mut harness = Harness::new(&json!({}));
    let mut expected = Vec::new();
    for number in 1..=4 {
        // Three parts of at most twelve characters.
        let id = format!("m-{number}");
        harness.accept(Inbound, &says(&harness, "ana", &id, 3)).await;
        expected.extend([id.clone(), format!("{id}.2"), format!("{id}.3")]);
    }
    harness.hurry(Duration::from_millis(500), Duration::from_secs(2));
    let mut rounds = 0;
    while harness.round().await {
        rounds += 1;
        assert!(rounds < 200, "the work does not end");
    }
    assert_eq!(texts(&harness.genesys_calls(), "/channel/messageId"), expected);
    assert!(rounds > 4, "one batch had time for everything: {rounds} rounds");
}
