//! A part that Genesys refuses for good does not affect the other parts, and an event that was
//! given up may be sent again.

use std::time::Duration;

use delivery::event::{Payload, QueuedEvent};
use delivery::record::State;
use delivery::redrive::Outcome;
use serde_json::json;
use shared::lynn::inbound::{Attachment, HistoryAuthor, HistoryEntry, InboundKind, Message};
use shared::ports::Direction::{Inbound, Outbound};
use shared::ports::{Change, Clock as _, Expected, Store as _, Write};
use testing::Reaction;

use crate::events::{lynn, says, text, texts, time};
use crate::redriving::redrive_all;
use crate::world::World;

/// A queue drops entries that it saw within five minutes. An event that was given up may come again
/// at once.
const SOON: Duration = Duration::from_secs(1);

fn attachment(place: usize) -> Attachment {
    Attachment {
        media_type: Some("image".to_owned()),
        mime: Some("image/png".to_owned()),
        url: format!("https://files.test/{place}.png"),
        filename: None,
        caption: None,
    }
}

fn sends(world: &World, id: &str, history: usize, files: usize) -> QueuedEvent {
    let line = HistoryEntry { author: HistoryAuthor::Bot, text: "Hi".to_owned(), time: None };
    let message = Message {
        text: Some("Hello".to_owned()),
        attachments: (0..files).map(attachment).collect(),
        history: vec![line; history],
        ..Message::default()
    };
    lynn(world, "ana", id, InboundKind::Message(message))
}

fn world() -> World {
    World::new(&json!({ "text": { "maxLength": 2000 } }))
}

fn refused(words: &str) -> Reaction {
    Reaction::body(400, json!({ "code": "bad.request", "message": words }).to_string())
}

/// The statuses and reasons of Lynn's receipts.
fn told(world: &World) -> Vec<(String, String)> {
    let receipt = |seen| (text(seen, "/status"), text(seen, "/reasons/0/message"));
    world.lynn_calls().iter().map(receipt).collect()
}

fn ids(world: &World) -> Vec<String> {
    texts(&world.genesys_calls(), "/channel/messageId")
}

#[tokio::test]
async fn a_refused_transcript_does_not_cost_the_text() {
    let mut world = world();
    world.genesys([refused("Too many words.")]);
    world.accept(Inbound, &sends(&world, "m-1", 1, 0)).await;
    world.accept(Inbound, &sends(&world, "m-2", 0, 0)).await;
    world.drain().await;
    assert_eq!(ids(&world), ["m-1.history", "m-1", "m-2"]);
    assert_eq!(told(&world), [("failed".into(), "part: history: Too many words.".into())]);
    let letters = world.dead_letters().await;
    assert_eq!((letters.len(), letters[0].code.as_str()), (1, "bad.request"));
    assert!(letters[0].summary.ends_with("(refused: history)"), "{}", letters[0].summary);
    assert_eq!((letters[0].attempts, letters[0].uncertain), (1, false));
}

#[tokio::test]
async fn a_refused_file_does_not_cost_the_next_one_and_a_redrive_sends_only_it() {
    let mut world = world();
    let ok = || Reaction::status(200);
    world.genesys([ok(), ok(), refused("No."), ok(), refused("Nor this.")]);
    let event = sends(&world, "m-1", 0, 4);
    world.accept(Inbound, &event).await;
    world.drain().await;
    assert_eq!(ids(&world), ["m-1", "m-1.2", "m-1.3", "m-1.4", "m-1.5"]);
    let words = "part: attachments[1]: No.; part: attachments[3]: Nor this.";
    assert_eq!(told(&world), [("failed".into(), words.into())]);
    let letter = world.dead_letters().await.remove(0);

    world.clock.advance(Duration::from_secs(3600));
    let mut again: QueuedEvent = serde_json::from_str(&letter.body.0).unwrap();
    again.redrive += 1;
    again.accepted_at = world.clock.now();
    world.genesys([ok(), refused("Still no.")]);
    world.accept(Inbound, &again).await;
    world.drain().await;
    assert_eq!(ids(&world).split_off(5), ["m-1.3", "m-1.5"]);
    // A receipt `failed` is final and is not sent again. The next redrive has one part left.
    assert_eq!(told(&world).len(), 1);
    again.redrive += 1;
    world.accept(Inbound, &again).await;
    world.drain().await;
    assert_eq!(ids(&world).split_off(7), ["m-1.5"]);
    let record = world.record(Inbound, &event).await.unwrap();
    assert_eq!((record.state, record.refused.len(), record.parts), (State::Done, 0, 5));
}

#[tokio::test]
async fn a_refused_piece_of_a_long_text_does_not_cost_the_rest() {
    let mut world = World::new(&json!({}));
    world.genesys([Reaction::status(200), refused("No.")]);
    world.accept(Inbound, &says(&world, "ana", "m-1", 3)).await;
    world.drain().await;
    assert_eq!(ids(&world), ["m-1", "m-1.2", "m-1.3"]);
    assert_eq!(told(&world), [("failed".into(), "part: text: No.".into())]);
}

#[tokio::test]
async fn what_may_pass_holds_the_order_and_an_end_names_what_was_not_sent() {
    let mut world =
        World::new(&json!({ "text": { "maxLength": 2000 }, "delivery": { "maxAgeMinutes": 1 } }));
    world.genesys([Reaction::status(200), refused("No.")]);
    world.genesys(vec![Reaction::status(503); 50]);
    world.accept(Inbound, &sends(&world, "m-1", 0, 2)).await;
    world.drain().await;
    assert!(ids(&world).iter().skip(2).all(|id| id == "m-1.3"));
    let (_, words) = told(&world).remove(0);
    let expected =
        "part: attachments[0]: No.; part: attachments[1]: It could not be delivered in time.";
    assert_eq!(words, expected);
    assert_eq!(world.dead_letters().await[0].code, "expired");
}

#[tokio::test]
async fn an_integration_that_is_gone_is_one_failure() {
    for status in [403, 404] {
        let mut world = world();
        world.genesys(vec![Reaction::status(status); 3]);
        world.accept(Inbound, &sends(&world, "m-1", 0, 2)).await;
        world.drain().await;
        assert_eq!((told(&world).len(), world.dead_letters().await.len()), (1, 1));
    }
    // A refused credential does not concern one part: the rest of the message is given up at once.
    let mut world = world();
    world.genesys(vec![Reaction::status(401); 2]);
    world.accept(Inbound, &sends(&world, "m-1", 0, 2)).await;
    world.drain().await;
    assert_eq!(ids(&world), ["m-1", "m-1"]);
    assert_eq!(told(&world), [("failed".into(), "Genesys Cloud answered 401.".into())]);
}

/// Wherever the process dies: each part is accepted once, except the refused one, and Lynn is told
/// once.
#[tokio::test]
async fn a_death_at_any_point_changes_nothing() {
    for death in 0..60 {
        let mut world = world();
        world.script.lock().unwrap().conflicts = true;
        world.genesys([Reaction::status(200)]);
        world.script.lock().unwrap().refuses = Some("m-1.2".to_owned());
        world.accept(Inbound, &sends(&world, "m-1", 0, 3)).await;
        world.deaths.push_back(Some(death));
        world.drain().await;
        let taken: Vec<_> = world.genesys_calls().into_iter().filter(|seen| seen.taken).collect();
        assert_eq!(texts(&taken, "/channel/messageId"), ["m-1", "m-1.3", "m-1.4"], "{death}");
        assert!(taken.windows(2).all(|pair| time(&pair[0]) < time(&pair[1])), "{death}");
        let mut receipts = told(&world);
        receipts.dedup();
        assert_eq!(receipts, [("failed".into(), "part: attachments[0]: No.".into())], "{death}");
        assert_eq!(world.dead_letters().await.len(), 1, "{death}");
    }
}

#[tokio::test]
async fn what_was_given_up_is_sent_again_under_its_id() {
    let mut world = world();
    world.genesys([refused("No.")]);
    let first = sends(&world, "m-1", 0, 0);
    world.accept(Inbound, &first).await;
    world.drain().await;
    assert_eq!(told(&world).len(), 1);
    // The record recognises the same entry, whether the queue hands it out again or Lynn repeats
    // it.
    world.accept(Inbound, &first).await;
    world.drain().await;
    assert_eq!(ids(&world), ["m-1"]);

    world.clock.advance(SOON);
    world.genesys([refused("Not now.")]);
    world.accept(Inbound, &sends(&world, "m-1", 0, 0)).await;
    world.drain().await;
    assert_eq!(ids(&world), ["m-1", "m-1"]);
    assert_eq!(told(&world)[1], ("failed".into(), "Not now.".into()));

    world.clock.advance(SOON);
    let third = sends(&world, "m-1", 0, 0);
    for _ in 0..2 {
        world.accept(Inbound, &third).await;
        world.drain().await;
    }
    assert_eq!(ids(&world), ["m-1", "m-1", "m-1"]);
    assert_eq!(told(&world).len(), 2);
    assert_eq!(world.record(Inbound, &third).await.unwrap().state, State::Done);
    let notices = world.sent(Outbound);
    assert_ne!(notices[0].dedup_key, notices[1].dedup_key);
}

#[tokio::test]
async fn of_what_was_given_up_in_part_only_that_part_is_sent_again() {
    let mut world = world();
    world.genesys([Reaction::status(200), refused("No.")]);
    world.accept(Inbound, &sends(&world, "m-1", 0, 2)).await;
    world.drain().await;
    world.clock.advance(SOON);
    world.accept(Inbound, &sends(&world, "m-1", 0, 2)).await;
    world.drain().await;
    assert_eq!(ids(&world), ["m-1", "m-1.2", "m-1.3", "m-1.2"]);
}

#[tokio::test]
async fn what_is_sent_again_with_fewer_files_loses_none_of_them() {
    let mut world = world();
    world.genesys([Reaction::status(200), refused("No.")]);
    world.accept(Inbound, &sends(&world, "m-1", 0, 2)).await;
    world.drain().await;
    world.clock.advance(SOON);
    // The refused file is left out, so the file behind it has another place now.
    world.accept(Inbound, &sends(&world, "m-1", 0, 1)).await;
    world.drain().await;
    let sent = ids(&world);
    assert_eq!(sent[..3], ["m-1", "m-1.2", "m-1.3"]);
    assert_eq!(sent.len(), 5, "{sent:?}");
    assert!(sent[3].starts_with("m-1~") && sent[4].starts_with("m-1~"), "{sent:?}");
}

#[tokio::test]
async fn a_redrive_of_what_was_repaired_sends_its_words_no_second_time() {
    let mut world = world();
    world.genesys([Reaction::status(200), refused("No.")]);
    world.accept(Inbound, &sends(&world, "m-1", 0, 1)).await;
    world.drain().await;
    world.clock.advance(SOON);
    let mut repaired = sends(&world, "m-1", 0, 1);
    let Payload::Lynn(lynn) = &mut repaired.payload else { panic!("an event of Lynn's") };
    let InboundKind::Message(message) = &mut lynn.kind else { panic!("a message") };
    message.attachments[0].url = "https://files.test/repaired.png".to_owned();
    world.accept(Inbound, &repaired).await;
    world.drain().await;
    assert_eq!(ids(&world), ["m-1", "m-1.2", "m-1.2"]);
    assert_eq!(redrive_all(&world).await, [Outcome::Known]);
    world.drain().await;
    assert_eq!(ids(&world).len(), 3);
    assert!(world.dead_letters().await.is_empty());
}

#[tokio::test]
async fn a_text_that_is_sent_again_without_its_transcript_arrives() {
    let mut world = world();
    world.genesys([Reaction::status(200), refused("No.")]);
    world.accept(Inbound, &sends(&world, "m-1", 1, 0)).await;
    world.drain().await;
    assert_eq!(ids(&world), ["m-1.history", "m-1"]);
    world.clock.advance(SOON);
    let again = sends(&world, "m-1", 0, 0);
    world.accept(Inbound, &again).await;
    world.drain().await;
    assert_eq!(ids(&world), ["m-1.history", "m-1", "m-1"]);
    assert_eq!(world.record(Inbound, &again).await.unwrap().state, State::Done);
}

#[tokio::test]
async fn what_an_earlier_version_has_half_sent_is_sent_on() {
    let mut world = world();
    world.genesys([Reaction::status(200), Reaction::status(503)]);
    let event = sends(&world, "m-1", 1, 0);
    world.accept(Inbound, &event).await;
    world.round().await;
    assert_eq!(ids(&world), ["m-1.history", "m-1"]);
    // An earlier version did not record whether a conversation was in progress.
    let key = event.record_key(Inbound);
    let item = world.store.load(std::slice::from_ref(&key)).await.unwrap().remove(0).unwrap();
    let mut body: serde_json::Value = serde_json::from_str(&item.body).unwrap();
    assert_eq!(body.as_object_mut().unwrap().remove("continues"), Some(json!(false)));
    let kept = world.clock.now().plus_milliseconds(7 * 24 * 60 * 60 * 1000);
    let change =
        Change::Put { body: body.to_string(), expires_at: Some(kept), index: None, due: None };
    let write = Write { key, expected: Expected::Version(item.version), change };
    world.store.write(&[write]).await.unwrap();
    world.drain().await;
    assert_eq!(ids(&world), ["m-1.history", "m-1", "m-1"]);
    assert_eq!(world.record(Inbound, &event).await.unwrap().state, State::Done);
}

#[tokio::test]
async fn a_transcript_is_handed_over_on_the_first_message_only() {
    let mut world = world();
    world.genesys([Reaction::status(200), Reaction::status(503)]);
    for id in ["m-1", "m-2"] {
        world.accept(Inbound, &sends(&world, id, 1, 0)).await;
        world.drain().await;
    }
    // The text of the first message was tried twice, but its transcript was not sent again.
    assert_eq!(ids(&world), ["m-1.history", "m-1", "m-1", "m-2"]);
}
