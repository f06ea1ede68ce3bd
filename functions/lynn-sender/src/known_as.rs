//! Finds the message of Lynn that a receipt is about, by the ids that the bridge gave.
//!
//! Genesys has been observed to use its own id of the message. It is not documented whether it may
//! also use the bridge's id, as the receipt's id or as `channel.messageId`. Both are accepted.

use delivery::event::{Identity, Payload, QueuedEvent};
use delivery::message_link::MessageLink;
use delivery::record::{Record, State};
use shared::genesys::outbound::OutboundNotification;
use shared::ids::LynnEventId;
use shared::ports::{Direction, Item, ItemKey};

/// The part number of the first part of a transcript. It cannot collide with the numbers of the
/// message's own parts. The next parts of the transcript count down from it.
const TRANSCRIPT: usize = usize::MAX;
const HISTORY: &str = ".history";

/// A part of one of Lynn's messages, named by the id that the bridge gave it.
#[derive(Debug, PartialEq, Eq)]
struct Named {
    message: String,
    part: usize,
}

/// The records of the messages that the receipt may name by the bridge's own ids.
pub fn keys(event: &QueuedEvent) -> Vec<ItemKey> {
    let record = |named: Named| {
        let record = Identity::Message(named.message).record(Direction::Inbound);
        ItemKey::new(event.conversation().partition(), record)
    };
    names(event).into_iter().map(record).collect()
}

/// Returns the message that is known under one of these ids. `items` are those of [`keys`].
pub fn message_link(event: &QueuedEvent, items: &[Option<Item>]) -> Option<MessageLink> {
    names(event).into_iter().zip(items).find_map(|(named, item)| {
        let record: Record = serde_json::from_str(&item.as_ref()?.body).ok()?;
        // The number of parts is known when all of them are sent.
        let parts = usize::try_from(record.parts).ok().filter(|parts| *parts > 0)?;
        let message = LynnEventId::new(named.message);
        (record.state == State::Done).then_some(MessageLink { message, part: named.part, parts })
    })
}

fn names(event: &QueuedEvent) -> Vec<Named> {
    let Payload::Genesys(raw) = &event.payload else { return Vec::new() };
    let Ok(notification) = OutboundNotification::parse(raw.0.as_bytes()) else { return Vec::new() };
    let ids = notification.id.into_iter().chain(notification.channel.message_id);
    let mut names: Vec<Named> = Vec::new();
    for name in ids.flat_map(|id| named(id.as_str())) {
        // Ask the store only once for each record. The receipt's own id comes first.
        if names.iter().all(|known| known.message != name.message) {
            names.push(name);
        }
    }
    names
}

/// `m-1` is the first part of `m-1`. `m-1.2` is the second part of `m-1`, unless Lynn itself gave a
/// message that id. `m-1.history.2` is the second part of its transcript.
fn named(id: &str) -> Vec<Named> {
    let (whole, number) = match id.rsplit_once('.') {
        Some((whole, number)) => match number.parse::<usize>() {
            Ok(number) if number >= 2 => (whole, number - 1),
            _ => (id, 0),
        },
        None => (id, 0),
    };
    let mut names = vec![Named { message: id.to_owned(), part: 0 }];
    if whole != id {
        names.push(Named { message: whole.to_owned(), part: number });
    }
    if let Some(message) = whole.strip_suffix(HISTORY) {
        let part = TRANSCRIPT.saturating_sub(number);
        names.push(Named { message: message.to_owned(), part });
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_with_a_suffix_may_be_a_part() {
        let name = |message: &str, part| Named { message: message.to_owned(), part };
        assert_eq!(named("m-1"), [name("m-1", 0)]);
        assert_eq!(named("m-1.3"), [name("m-1.3", 0), name("m-1", 2)]);
        assert_eq!(named("m-1.history"), [name("m-1.history", 0), name("m-1", TRANSCRIPT)]);
        let second =
            [name("m-1.history.2", 0), name("m-1.history", 1), name("m-1", TRANSCRIPT - 1)];
        assert_eq!(named("m-1.history.2"), second);
        assert_eq!(named("m-1.1"), [name("m-1.1", 0)]);
        assert_eq!(named("v1.x"), [name("v1.x", 0)]);
    }
}
