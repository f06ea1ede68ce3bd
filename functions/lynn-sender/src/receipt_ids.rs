//! Finds the message of Lynn that a receipt is about, by the ids that the bridge gave.
//!
//! Genesys has been observed to use its own id of the message. It is not documented whether it may
//! also use the bridge's id, as the receipt's id or as `channel.messageId`. Both are accepted.

use delivery::event::{DedupKey, Payload, QueuedEvent};
use delivery::items::Items;
use delivery::message_link::MessageLink;
use delivery::record::{DeliveryState, EventRecord};
use shared::genesys::outbound::OutboundNotification;
use shared::ids::LynnEventId;
use shared::ports::{Direction, ItemKey};

/// The part number of the first part of a transcript. It cannot collide with the numbers of the
/// message's own parts. The next parts of the transcript count down from it.
const TRANSCRIPT: usize = usize::MAX;
const HISTORY: &str = ".history";

/// A part of one of Lynn's messages, named by the id that the bridge gave it.
#[derive(Debug, PartialEq, Eq)]
struct NamedPart {
    message: String,
    part: usize,
}

impl NamedPart {
    /// Whether a message that was sent in this number of parts has this one. `m-1.2` is no part of
    /// a message `m-1` that had one part: the caller gave that id to a message of its own.
    fn is_one_of(&self, parts: usize) -> bool {
        let is_of_transcript = self.part > TRANSCRIPT / 2;
        self.part < parts || (is_of_transcript && parts > 0)
    }
}

/// The records of the messages that the receipt may name by the bridge's own ids.
pub(crate) fn keys(event: &QueuedEvent) -> Vec<ItemKey> {
    named_parts(event).iter().map(|part| record_key(event, part)).collect()
}

fn record_key(event: &QueuedEvent, part: &NamedPart) -> ItemKey {
    let record = DedupKey::Message(part.message.clone()).record(Direction::Inbound);
    ItemKey::new(event.conversation().partition(), record)
}

/// Returns the message that is known under one of these ids. `items` has the items of [`keys`].
pub(crate) fn message_link(event: &QueuedEvent, items: &Items) -> Option<MessageLink> {
    named_parts(event).into_iter().find_map(|part| {
        let item = items.get(&record_key(event, &part))?;
        let record: EventRecord = serde_json::from_str(&item.body).ok()?;
        // The number of parts is known when all of them are sent.
        let parts = usize::try_from(record.parts).ok().filter(|parts| part.is_one_of(*parts))?;
        let message = LynnEventId::new(part.message);
        (record.state == DeliveryState::Done).then_some(MessageLink {
            message,
            part: part.part,
            parts,
        })
    })
}

fn named_parts(event: &QueuedEvent) -> Vec<NamedPart> {
    let Payload::Genesys(raw) = &event.payload else { return Vec::new() };
    let Ok(notification) = OutboundNotification::parse(raw.0.as_bytes()) else { return Vec::new() };
    let ids = notification.id.into_iter().chain(notification.channel.message_id);
    let mut named_parts: Vec<NamedPart> = Vec::new();
    for part in ids.flat_map(|id| parts_of_id(id.as_str())) {
        // Ask the store only once for each record. The receipt's own id comes first.
        if named_parts.iter().all(|known| known.message != part.message) {
            named_parts.push(part);
        }
    }
    named_parts
}

/// `m-1` is the first part of `m-1`. `m-1.2` is the second part of `m-1`, unless Lynn itself gave a
/// message that id. `m-1.history.2` is the second part of its transcript.
fn parts_of_id(id: &str) -> Vec<NamedPart> {
    let (whole, number) = match id.rsplit_once('.') {
        Some((whole, number)) => match number.parse::<usize>() {
            Ok(number) if number >= 2 => (whole, number - 1),
            _ => (id, 0),
        },
        None => (id, 0),
    };
    let mut named_parts = vec![NamedPart { message: id.to_owned(), part: 0 }];
    if whole != id {
        named_parts.push(NamedPart { message: whole.to_owned(), part: number });
    }
    if let Some(message) = whole.strip_suffix(HISTORY) {
        let part = TRANSCRIPT.saturating_sub(number);
        named_parts.push(NamedPart { message: message.to_owned(), part });
    }
    named_parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_with_a_suffix_may_be_a_part() {
        let part = |message: &str, part| NamedPart { message: message.to_owned(), part };
        assert_eq!(parts_of_id("m-1"), [part("m-1", 0)]);
        assert_eq!(parts_of_id("m-1.3"), [part("m-1.3", 0), part("m-1", 2)]);
        assert_eq!(parts_of_id("m-1.history"), [part("m-1.history", 0), part("m-1", TRANSCRIPT)]);
        let second =
            [part("m-1.history.2", 0), part("m-1.history", 1), part("m-1", TRANSCRIPT - 1)];
        assert_eq!(parts_of_id("m-1.history.2"), second);
        assert_eq!(parts_of_id("m-1.1"), [part("m-1.1", 0)]);
        assert_eq!(parts_of_id("v1.x"), [part("v1.x", 0)]);
    }

    #[test]
    fn a_number_beyond_the_parts_names_another_message() {
        let part = |part| NamedPart { message: "m-1".to_owned(), part };
        assert!(part(1).is_one_of(2) && part(TRANSCRIPT - 1).is_one_of(1));
        assert!(!part(1).is_one_of(1) && !part(0).is_one_of(0) && !part(TRANSCRIPT).is_one_of(0));
    }
}
