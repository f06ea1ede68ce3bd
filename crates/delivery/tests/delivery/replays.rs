//! An authentic webhook that was recorded and is sent again has no effect: not a minute later, not
//! after its record is gone, not after months.

use std::time::Duration;

use delivery::event::{Payload, QueuedEvent, Raw};
use serde_json::json;
use shared::ports::Clock as _;
use shared::ports::Direction::{Inbound, Outbound};

use crate::events::{agent_says, agent_types, genesys_receipt, says, texts};
use crate::harness::Harness;
use crate::lifecycle::{answered, ended};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn opened() -> Harness {
    let mut harness = Harness::new(&json!({}));
    take(&mut harness, Outbound, |harness| answered(harness, "ana")).await;
    harness.accept(Inbound, &says(&harness, "ana", "m-1", 1)).await;
    harness.drain().await;
    harness
}

async fn take(
    harness: &mut Harness,
    direction: shared::ports::Direction,
    event: impl Fn(&Harness) -> QueuedEvent,
) -> QueuedEvent {
    let event = event(harness);
    harness.accept(direction, &event).await;
    harness.drain().await;
    event
}

/// The same bytes, accepted now.
fn again(harness: &Harness, event: &QueuedEvent) -> QueuedEvent {
    QueuedEvent { accepted_at: harness.clock.now(), ..event.clone() }
}

/// Everything that Lynn, Genesys and the conversation know, and the dead letters.
async fn effects(harness: &Harness) -> (usize, usize, String, usize) {
    let mut conversation = harness.conversation("ana").await;
    // The next deadline is not an effect: each check sets it.
    conversation.due = None;
    let conversation = format!("{conversation:?}");
    let letters = harness.dead_letters().await.len();
    (harness.lynn_calls().len(), harness.genesys_calls().len(), conversation, letters)
}

#[tokio::test]
async fn a_webhook_of_any_kind_has_no_effect_a_second_time() {
    let mut harness = opened().await;
    let mut recorded = Vec::new();
    recorded.push(take(&mut harness, Outbound, |harness| agent_says(harness, "ana", "g-1")).await);
    recorded.push(take(&mut harness, Outbound, |harness| agent_types(harness, "ana", "t-1")).await);
    let receipt = |harness: &Harness| genesys_receipt(harness, "ana", "m-1", "Published");
    recorded.push(take(&mut harness, Outbound, receipt).await);
    // A message without an id and with an unknown type: an event that cannot be delivered is not
    // given up twice either.
    let odd = |harness: &Harness| {
        let mut event = agent_says(harness, "ana", "g-2");
        let Payload::Genesys(raw) = &event.payload else { return event };
        let body = raw.0.replace("\"Text\"", "\"Hologram\"");
        event.payload = Payload::Genesys(Raw(body));
        event
    };
    recorded.push(take(&mut harness, Outbound, odd).await);
    recorded.push(take(&mut harness, Outbound, |harness| ended(harness, "ana")).await);
    let before = effects(&harness).await;
    assert!(before.0 >= 3 && before.3 == 1, "{before:?}");
    let mut passed = Duration::ZERO;
    for until in [6 * MINUTE, 7 * DAY - 2 * HOUR, 7 * DAY - HOUR, 7 * DAY, 8 * DAY, 89 * DAY] {
        harness.clock.advance(until - passed);
        passed = until;
        for event in &recorded {
            // Repeated typing within the hour shows for five seconds, like any other typing.
            let is_typing = texts_of(event).contains("Typing");
            if is_typing && until < HOUR {
                continue;
            }
            harness.accept(Outbound, &again(&harness, event)).await;
            harness.drain().await;
        }
        assert_eq!(effects(&harness).await, before, "after {until:?}");
    }
}

fn texts_of(event: &QueuedEvent) -> String {
    format!("{:?}", event.dedup_key)
}

/// An honest webhook arrives within two minutes of its time; clocks differ by seconds. An event
/// that arrives before the end of a record's life, without a record, was not here before.
#[tokio::test]
async fn an_honest_webhook_that_is_late_is_delivered() {
    for late in [2 * MINUTE, DAY, 6 * DAY, 7 * DAY - 2 * HOUR] {
        let mut harness = opened().await;
        let event = agent_says(&harness, "ana", "g-1");
        harness.clock.advance(late);
        harness.accept(Outbound, &again(&harness, &event)).await;
        harness.drain().await;
        let told = texts(&harness.lynn_calls(), "/id");
        assert!(told.contains(&"g-1".to_owned()), "{late:?}: {told:?}");
    }
}

/// An event that never came before is not a repeat, whatever its time: no event is lost because of
/// a clock.
#[tokio::test]
async fn what_was_never_here_is_delivered_whatever_its_time() {
    for time in [
        "",
        "0001-01-01T00:00:00Z",
        "1970-01-01T00:00:00.000Z",
        "yesterday",
        "2026-03-04T05:06:07Z",
    ] {
        let mut harness = Harness::new(&json!({}));
        harness.accept(Inbound, &says(&harness, "ana", "m-1", 1)).await;
        harness.drain().await;
        for id in ["g-1", "g-2"] {
            let mut event = agent_says(&harness, "ana", id);
            let Payload::Genesys(raw) = &event.payload else { continue };
            let now = harness.clock.now().to_text();
            assert!(raw.0.contains(&now));
            event.payload = Payload::Genesys(Raw(raw.0.replace(&now, time)));
            take(&mut harness, Outbound, |_| event.clone()).await;
            assert!(texts(&harness.lynn_calls(), "/id").contains(&id.to_owned()), "{time}");
        }
    }
}

/// The queue may hold an event for hours, so its age counts from its acceptance. A redrive by an
/// operator is intended.
#[tokio::test]
async fn what_waited_with_us_or_is_sent_again_on_purpose_is_no_replay() {
    let mut harness = opened().await;
    let event = agent_says(&harness, "ana", "g-1");
    harness.clock.advance(30 * DAY);
    let redriven = QueuedEvent { redrive: 1, ..again(&harness, &event) };
    take(&mut harness, Outbound, |_| redriven.clone()).await;
    assert!(texts(&harness.lynn_calls(), "/id").contains(&"g-1".to_owned()));
}
