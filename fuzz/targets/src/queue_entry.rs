//! An entry of a queue: a writer with access to the queue can write anything.

use delivery::event::QueuedEvent;
use shared::packed;
use shared::ports::Direction;

/// The largest size of an unpacked entry, in bytes.
const LARGEST: usize = 8 * 1024 * 1024;

/// The text of an entry.
pub fn queue_entry(input: &[u8]) {
    let text = String::from_utf8_lossy(input).into_owned();
    let body = packed::unpack(text.clone());
    assert!(body.len() <= LARGEST.max(text.len()), "{} bytes", body.len());
    let Ok(event) = serde_json::from_str::<QueuedEvent>(&body) else { return };
    for direction in [Direction::Inbound, Direction::Outbound] {
        let message = event.to_message(direction).expect("an event is JSON");
        let again: QueuedEvent = serde_json::from_str(&message.body).expect("it can be read");
        let twice = again.to_message(direction).expect("an event is JSON");
        assert_eq!(message.body, twice.body, "an entry that is written again is the same");
        assert_eq!((message.group, message.deduplication), (twice.group, twice.deduplication));
    }
    assert!(!event.dedup_key.logged().contains(char::is_control), "the log stays whole");
    assert!(event.dedup_key.logged().chars().count() <= 256, "a line of the log stays short");
}
