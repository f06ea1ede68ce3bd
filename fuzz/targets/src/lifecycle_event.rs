//! An event of a conversation's life, as EventBridge delivers it and as a workflow posts it.

use delivery::event::{DedupKey, Payload};
use shared::genesys::lifecycle::LifecycleEvent;
use shared::ports::Direction;

use crate::canary::{hides, with_canary};
use crate::endpoints::Endpoints;

/// The year 2000, in milliseconds.
const EARLIEST: i64 = 946_684_800_000;
/// How far clocks may differ, in milliseconds.
const AHEAD: i64 = 5 * 60 * 1000;

/// The bytes of the event.
pub fn lifecycle_event(input: &[u8]) {
    let endpoints = Endpoints::new();
    let now = endpoints.now();
    assert_eq!(endpoints.event(input).status(), 200, "an event of another integration is ignored");
    let queued = endpoints.queued(Direction::Outbound);
    let Ok(event) = LifecycleEvent::parse(input, now) else {
        assert!(queued.is_empty());
        return;
    };
    assert!(event.at.milliseconds() >= EARLIEST && event.at.since(now) <= AHEAD);
    assert!(!event.key().as_str().is_empty());
    let [entry] = queued.as_slice() else { panic!("it is queued once") };
    let Payload::Lifecycle(travelled) = &entry.payload else { panic!("another payload") };
    let presumed = travelled.presumed;
    assert_eq!(
        *travelled,
        LifecycleEvent { presumed, ..event.clone() },
        "it arrives as it was read"
    );
    assert_eq!(entry.dedup_key, DedupKey::from(&event));
    if let Some(Ok(event)) = with_canary(input).map(|marked| LifecycleEvent::parse(&marked, now)) {
        hides(&event.addresses);
    }
}
