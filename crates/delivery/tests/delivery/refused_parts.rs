//! A part that Genesys refuses for good does not affect the other parts, and an event that was
//! given up may be sent again.

use std::time::Duration;

use delivery::event::{Payload, QueuedEvent};
use delivery::record::DeliveryState;
use delivery::redrive::RedriveOutcome;
use serde_json::json;
use shared::lynn::inbound::{Attachment, HistoryAuthor, HistoryEntry, InboundKind, Message};
use shared::ports::Direction::{Inbound, Outbound};
use shared::ports::{Change, Clock as _, Expected, Store as _, Write};
use testing::Reaction;

use crate::events::{lynn, says, text, texts, time};
use crate::harness::Harness;
use crate::redriving::redrive_all;

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

fn sends(harness: &Harness, id: &str, history: usize, files: usize) -> QueuedEvent {
    let line = HistoryEntry { author: HistoryAuthor::Bot, text: "Hi".to_owned(), time: None };
    let message = Message {
        text: Some("Hello".to_owned()),
        attachments: (0..files).map(attachment).collect(),
        history: vec![line; history],
        ..Message::default()
    };
    lynn(harness, "ana", id, InboundKind::Message(message))
}

fn harness() -> Harness {
    Harness::new(&json!({ "text": { "maxLength": 2000 } }))
}

fn refused(words: &str) -> Reaction {
    Reaction::body(400, json!({ "code": "bad.request", "message": words }).to_string())
}

/// The statuses and reasons of Lynn's receipts.
fn told(harness: &Harness) -> Vec<(String, String)> {
    let receipt = |seen| (text(seen, "/status"), text(seen, "/reasons/0/message"));
    harness.lynn_calls().iter().map(receipt).collect()
}

fn ids(harness: &Harness) -> Vec<String> {
    texts(&harness.genesys_calls(), "/channel/messageId")
}

#[tokio::test]
async fn a_refused_transcript_does_not_cost_the_text() {
    let mut harness = harness();
    harness.genesys([refused("Too many words.")]);
    harness.accept(Inbound, &sends(&harness, "m-1", 1, 0)).await;
    harness.accept(Inbound, &sends(&harness, "m-2", 0, 0)).await;
    harness.drain().await;
    assert_eq!(ids(&harness), ["m-1.history", "m-1", "m-2"]);
    assert_eq!(told(&harness), [("failed".into(), "part: history: Too many words.".into())]);
    let letters = harness.dead_letters().await;
    assert_eq!((letters.len(), letters[0].code.as_str()), (1, "bad.request"));
    assert!(letters[0].summary.ends_with("(refused: history)"), "{}", letters[0].summary);
    assert_eq!((letters[0].attempts, letters[0].uncertain), (1, false));
}

#[tokio::test]
async fn a_refused_file_does_not_cost_the_next_one_and_a_redrive_sends_only_it() {
    let mut harness = harness();
    let ok = || Reaction::status(200);
    harness.genesys([ok(), ok(), refused("No."), ok(), refused("Nor this.")]);
    let event = sends(&harness, "m-1", 0, 4);
    harness.accept(Inbound, &event).await;
    harness.drain().await;
    assert_eq!(ids(&harness), ["m-1", "m-1.2", "m-1.3", "m-1.4", "m-1.5"]);
    let words = "part: attachments[1]: No.; part: attachments[3]: Nor this.";
    assert_eq!(told(&harness), [("failed".into(), words.into())]);
    let letter = harness.dead_letters().await.remove(0);

    harness.clock.advance(Duration::from_secs(3600));
    let mut again: QueuedEvent = serde_json::from_str(&letter.body.0).unwrap();
    again.redrive += 1;
    again.accepted_at = harness.clock.now();
    harness.genesys([ok(), refused("Still no.")]);
    harness.accept(Inbound, &again).await;
    harness.drain().await;
    assert_eq!(ids(&harness).split_off(5), ["m-1.3", "m-1.5"]);
    // A receipt `failed` is final and is not sent again. The next redrive has one part left.
    assert_eq!(told(&harness).len(), 1);
    again.redrive += 1;
    harness.accept(Inbound, &again).await;
    harness.drain().await;
    assert_eq!(ids(&harness).split_off(7), ["m-1.5"]);
    let record = harness.record(Inbound, &event).await.unwrap();
    assert_eq!((record.state, record.refused.len(), record.parts), (DeliveryState::Done, 0, 5));
}

#[tokio::test]
async fn a_refused_piece_of_a_long_text_does_not_cost_the_rest() {
    let mut harness = Harness::new(&json!({}));
    harness.genesys([Reaction::status(200), refused("No.")]);
    harness.accept(Inbound, &says(&harness, "ana", "m-1", 3)).await;
    harness.drain().await;
    assert_eq!(ids(&harness), ["m-1", "m-1.2", "m-1.3"]);
    assert_eq!(told(&harness), [("failed".into(), "part: text: No.".into())]);
}

#[tokio::test]
async fn what_may_pass_holds_the_order_and_an_end_names_what_was_not_sent() {
    let mut harness =
        Harness::new(&json!({ "text": { "maxLength": 2000 }, "delivery": { "maxAgeMinutes": 1 } }));
    harness.genesys([Reaction::status(200), refused("No.")]);
    harness.genesys(vec![Reaction::status(503); 50]);
    harness.accept(Inbound, &sends(&harness, "m-1", 0, 2)).await;
    harness.drain().await;
    assert!(ids(&harness).iter().skip(2).all(|id| id == "m-1.3"));
    let (_, words) = told(&harness).remove(0);
    let expected =
        "part: attachments[0]: No.; part: attachments[1]: It could not be delivered in time.";
    assert_eq!(words, expected);
    assert_eq!(harness.dead_letters().await[0].code, "expired");
}

#[tokio::test]
async fn an_integration_that_is_gone_is_one_failure() {
    for status in [403, 404] {
        let mut harness = harness();
        harness.genesys(vec![Reaction::status(status); 3]);
        harness.accept(Inbound, &sends(&harness, "m-1", 0, 2)).await;
        harness.drain().await;
        assert_eq!((told(&harness).len(), harness.dead_letters().await.len()), (1, 1));
    }
    // A refused credential does not concern one part: the rest of the message is given up at once.
    let mut harness = harness();
    harness.genesys(vec![Reaction::status(401); 2]);
    harness.accept(Inbound, &sends(&harness, "m-1", 0, 2)).await;
    harness.drain().await;
    assert_eq!(ids(&harness), ["m-1", "m-1"]);
    assert_eq!(told(&harness), [("failed".into(), "Genesys Cloud answered 401.".into())]);
}

/// Wherever the process dies: each part is accepted once, except the refused one, and Lynn is told
/// once.
#[tokio::test]
async fn a_death_at_any_point_changes_nothing() {
    for death in 0..60 {
        let mut harness = harness();
        harness.script.lock().unwrap().conflicts = true;
        harness.genesys([Reaction::status(200)]);
        harness.script.lock().unwrap().refuses = Some("m-1.2".to_owned());
        harness.accept(Inbound, &sends(&harness, "m-1", 0, 3)).await;
        harness.deaths.push_back(Some(death));
        harness.drain().await;
        let taken: Vec<_> = harness.genesys_calls().into_iter().filter(|seen| seen.taken).collect();
        assert_eq!(texts(&taken, "/channel/messageId"), ["m-1", "m-1.3", "m-1.4"], "{death}");
        assert!(taken.windows(2).all(|pair| time(&pair[0]) < time(&pair[1])), "{death}");
        let mut receipts = told(&harness);
        receipts.dedup();
        assert_eq!(receipts, [("failed".into(), "part: attachments[0]: No.".into())], "{death}");
        assert_eq!(harness.dead_letters().await.len(), 1, "{death}");
    }
}

#[tokio::test]
async fn what_was_given_up_is_sent_again_under_its_id() {
    let mut harness = harness();
    harness.genesys([refused("No.")]);
    let first = sends(&harness, "m-1", 0, 0);
    harness.accept(Inbound, &first).await;
    harness.drain().await;
    assert_eq!(told(&harness).len(), 1);
    // The record recognises the same entry, whether the queue hands it out again or Lynn repeats
    // it.
    harness.accept(Inbound, &first).await;
    harness.drain().await;
    assert_eq!(ids(&harness), ["m-1"]);

    harness.clock.advance(SOON);
    harness.genesys([refused("Not now.")]);
    harness.accept(Inbound, &sends(&harness, "m-1", 0, 0)).await;
    harness.drain().await;
    assert_eq!(ids(&harness), ["m-1", "m-1"]);
    assert_eq!(told(&harness)[1], ("failed".into(), "Not now.".into()));

    harness.clock.advance(SOON);
    let third = sends(&harness, "m-1", 0, 0);
    for _ in 0..2 {
        harness.accept(Inbound, &third).await;
        harness.drain().await;
    }
    assert_eq!(ids(&harness), ["m-1", "m-1", "m-1"]);
    assert_eq!(told(&harness).len(), 2);
    assert_eq!(harness.record(Inbound, &third).await.unwrap().state, DeliveryState::Done);
    let notices = harness.sent(Outbound);
    assert_ne!(notices[0].dedup_key, notices[1].dedup_key);
}

#[tokio::test]
async fn of_what_was_given_up_in_part_only_that_part_is_sent_again() {
    let mut harness = harness();
    harness.genesys([Reaction::status(200), refused("No.")]);
    harness.accept(Inbound, &sends(&harness, "m-1", 0, 2)).await;
    harness.drain().await;
    harness.clock.advance(SOON);
    harness.accept(Inbound, &sends(&harness, "m-1", 0, 2)).await;
    harness.drain().await;
    assert_eq!(ids(&harness), ["m-1", "m-1.2", "m-1.3", "m-1.2"]);
}

#[tokio::test]
async fn what_is_sent_again_with_fewer_files_loses_none_of_them() {
    let mut harness = harness();
    harness.genesys([Reaction::status(200), refused("No.")]);
    harness.accept(Inbound, &sends(&harness, "m-1", 0, 2)).await;
    harness.drain().await;
    harness.clock.advance(SOON);
    // The refused file is left out, so the file behind it has another place now.
    harness.accept(Inbound, &sends(&harness, "m-1", 0, 1)).await;
    harness.drain().await;
    let sent = ids(&harness);
    assert_eq!(sent[..3], ["m-1", "m-1.2", "m-1.3"]);
    assert_eq!(sent.len(), 5, "{sent:?}");
    assert!(sent[3].starts_with("m-1~") && sent[4].starts_with("m-1~"), "{sent:?}");
}

#[tokio::test]
async fn a_redrive_of_what_was_repaired_sends_its_words_no_second_time() {
    let mut harness = harness();
    harness.genesys([Reaction::status(200), refused("No.")]);
    harness.accept(Inbound, &sends(&harness, "m-1", 0, 1)).await;
    harness.drain().await;
    harness.clock.advance(SOON);
    let mut repaired = sends(&harness, "m-1", 0, 1);
    let Payload::Lynn(lynn) = &mut repaired.payload else { panic!("an event of Lynn's") };
    let InboundKind::Message(message) = &mut lynn.kind else { panic!("a message") };
    message.attachments[0].url = "https://files.test/repaired.png".to_owned();
    harness.accept(Inbound, &repaired).await;
    harness.drain().await;
    assert_eq!(ids(&harness), ["m-1", "m-1.2", "m-1.2"]);
    assert_eq!(redrive_all(&harness).await, [RedriveOutcome::AlreadySent]);
    harness.drain().await;
    assert_eq!(ids(&harness).len(), 3);
    assert!(harness.dead_letters().await.is_empty());
}

#[tokio::test]
async fn a_text_that_is_sent_again_without_its_transcript_arrives() {
    let mut harness = harness();
    harness.genesys([Reaction::status(200), refused("No.")]);
    harness.accept(Inbound, &sends(&harness, "m-1", 1, 0)).await;
    harness.drain().await;
    assert_eq!(ids(&harness), ["m-1.history", "m-1"]);
    harness.clock.advance(SOON);
    let again = sends(&harness, "m-1", 0, 0);
    harness.accept(Inbound, &again).await;
    harness.drain().await;
    assert_eq!(ids(&harness), ["m-1.history", "m-1", "m-1"]);
    assert_eq!(harness.record(Inbound, &again).await.unwrap().state, DeliveryState::Done);
}

#[tokio::test]
async fn what_an_earlier_version_has_half_sent_is_sent_on() {
    let mut harness = harness();
    harness.genesys([Reaction::status(200), Reaction::status(503)]);
    let event = sends(&harness, "m-1", 1, 0);
    harness.accept(Inbound, &event).await;
    harness.round().await;
    assert_eq!(ids(&harness), ["m-1.history", "m-1"]);
    // An earlier version did not record whether a conversation was in progress.
    let key = event.record_key(Inbound);
    let item = harness.store.load(std::slice::from_ref(&key)).await.unwrap().remove(0).unwrap();
    let mut body: serde_json::Value = serde_json::from_str(&item.body).unwrap();
    assert_eq!(body.as_object_mut().unwrap().remove("continues"), Some(json!(false)));
    let kept = harness.clock.now() + Duration::from_hours(7 * 24);
    let change =
        Change::Put { body: body.to_string(), expires_at: Some(kept), index: None, due: None };
    let write = Write { key, expected: Expected::Version(item.version), change };
    harness.store.write(&[write]).await.unwrap();
    harness.drain().await;
    assert_eq!(ids(&harness), ["m-1.history", "m-1", "m-1"]);
    assert_eq!(harness.record(Inbound, &event).await.unwrap().state, DeliveryState::Done);
}

#[tokio::test]
async fn a_transcript_is_handed_over_on_the_first_message_only() {
    let mut harness = harness();
    harness.genesys([Reaction::status(200), Reaction::status(503)]);
    for id in ["m-1", "m-2"] {
        harness.accept(Inbound, &sends(&harness, id, 1, 0)).await;
        harness.drain().await;
    }
    // The text of the first message was tried twice, but its transcript was not sent again.
    assert_eq!(ids(&harness), ["m-1.history", "m-1", "m-1", "m-2"]);
}
