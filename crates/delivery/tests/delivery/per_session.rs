//! Each session of a contact has a conversation of its own.

use std::time::Duration;

use delivery::event::{DedupKey, Payload, QueuedEvent};
use delivery::redrive::RedriveOutcome;
use serde_json::{Value, json};
use shared::config::ConversationPer;
use shared::contact::IdType;
use shared::ids::{ContactId, ConversationKey, IntegrationName};
use shared::lynn::inbound::{InboundKind, Session};
use shared::ports::Direction::{Inbound, Outbound};
use shared::ports::{Clock as _, SecretPart, Store as _};
use testing::{Reaction, RecordedCall};

use crate::deadlines::wake;
use crate::events::{agent_says, body, lynn, says, session_ended, text, texts};
use crate::harness::Harness;
use crate::redriving::redrive_all;
use crate::script::{INTEGRATION, config};

fn changes(more: Value) -> Value {
    let mut changes = json!({ "genesys": { "conversationPer": "session" } });
    for (key, value) in more.as_object().unwrap() {
        changes[key] = value.clone();
    }
    changes
}

/// The same event as the endpoint accepts it: not placed yet, with this session, or without one.
fn placed(mut event: QueuedEvent, session: Option<&str>) -> QueuedEvent {
    let Payload::Lynn(lynn) = &mut event.payload else { panic!("an event of Lynn") };
    let id = session.map(str::to_owned);
    lynn.session = id.map(|id| Session { id: Some(id), channel: None });
    lynn.contact.id_type = IdType::Phone;
    event.unplaced = true;
    event
}

fn message(harness: &Harness, id: &str, session: Option<&str>) -> QueuedEvent {
    placed(says(harness, "ana", id, 1), session)
}

async fn deliver(harness: &mut Harness, events: &[QueuedEvent]) {
    for event in events {
        harness.accept(Inbound, event).await;
    }
    harness.drain().await;
}

/// Ana writes in this session, or without one.
async fn write(harness: &mut Harness, id: &str, session: Option<&str>) {
    let event = message(harness, id, session);
    deliver(harness, &[event]).await;
}

/// To whom each message to Genesys belongs.
fn customers(harness: &Harness) -> Vec<String> {
    let mut customers = texts(&harness.genesys_calls(), "/channel/from/id");
    customers.retain(|customer| !customer.is_empty());
    customers
}

#[tokio::test]
async fn what_names_no_session_belongs_to_the_latest_one_before_it() {
    let mut harness = Harness::new(&changes(json!({})));
    let sessions = [None, Some("s-1"), None, Some("s-2"), None, Some("s-1"), None];
    let events: Vec<QueuedEvent> = (1..)
        .zip(sessions)
        .map(|(number, session)| message(&harness, &format!("m-{number}"), session))
        .collect();
    deliver(&mut harness, &events).await;
    // A session is the latest from its first message on, whatever comes of an earlier one.
    let expected = [
        ("ana", "Phone", "", vec!["m-1"]),
        ("ana~s-1", "Opaque", "s-1", vec!["m-2", "m-3", "m-6"]),
        ("ana~s-2", "Opaque", "s-2", vec!["m-4", "m-5", "m-7"]),
    ];
    let calls = harness.genesys_calls();
    assert_eq!(calls.len(), 7);
    for (id, id_type, session, messages) in expected {
        let of_session = |call: &&RecordedCall| text(call, "/channel/from/id") == id;
        let calls: Vec<_> = calls.iter().filter(of_session).cloned().collect();
        assert_eq!(texts(&calls, "/channel/messageId"), messages);
        let named = "/channel/metadata/customAttributes/session.id";
        for call in &calls {
            assert_eq!(text(call, "/channel/from/idType"), id_type);
            assert_eq!(text(call, named), session);
        }
        // The first message of each conversation asks for its id.
        let asks: Vec<bool> = calls.iter().map(|call| call.url.contains("prefetch")).collect();
        assert!(asks[0] && !asks[1..].contains(&true), "{id}: {asks:?}");
    }
    for (id, session) in [("ana", None), ("ana~s-1", Some("s-1")), ("ana~s-2", Some("s-2"))] {
        let conversation = harness.conversation(id).await;
        assert!(conversation.is_open());
        assert_eq!(conversation.session.id.as_deref(), session);
        let of_session = conversation.contact.id.as_ref().map(ContactId::as_str);
        assert_eq!(of_session, session.map(|_| "ana"));
        assert_eq!(conversation.contact.id_type, IdType::Phone);
    }
}

#[tokio::test]
async fn a_session_that_only_ended_is_not_the_latest() {
    let mut harness = Harness::new(&changes(json!({})));
    let late = placed(session_ended(&harness, "ana", "e-1"), Some("s-0"));
    let events = [message(&harness, "m-1", Some("s-1")), late, message(&harness, "m-2", None)];
    deliver(&mut harness, &events).await;
    assert_eq!(customers(&harness), ["ana~s-1", "ana~s-1"]);
    let ended = placed(session_ended(&harness, "ana", "e-2"), None);
    deliver(&mut harness, &[ended]).await;
    assert!(!harness.conversation("ana~s-1").await.session.open);
}

#[tokio::test]
async fn a_repeat_has_no_second_effect_though_another_session_has_begun() {
    let mut harness = Harness::new(&changes(json!({})));
    let first = message(&harness, "m-1", None);
    let before = [message(&harness, "m-0", Some("s-1")), first.clone()];
    deliver(&mut harness, &before).await;
    write(&mut harness, "m-2", Some("s-2")).await;
    harness.clock.advance(Duration::from_secs(6 * 24 * 60 * 60));
    let again = QueuedEvent { accepted_at: harness.clock.now(), ..first };
    // The same id with other words is another message, of the latest session.
    let other = placed(says(&harness, "ana", "m-1", 2), None);
    deliver(&mut harness, &[again, other]).await;
    let calls = harness.genesys_calls();
    assert_eq!(customers(&harness), ["ana~s-1", "ana~s-1", "ana~s-2", "ana~s-2", "ana~s-2"]);
    assert_eq!(texts(&calls[3..], "/channel/messageId"), ["m-1", "m-1.2"]);
}

#[tokio::test]
async fn what_was_given_up_is_redriven_in_its_session() {
    let mut harness = Harness::new(&changes(json!({})));
    write(&mut harness, "m-1", Some("s-1")).await;
    harness.genesys([Reaction::status(400)]);
    write(&mut harness, "m-2", None).await;
    // Lynn is told of it in the session.
    let told = harness.lynn_calls().remove(0);
    assert_eq!(
        (text(&told, "/contact/id"), text(&told, "/session/id"), text(&told, "/messageId")),
        ("ana".to_owned(), "s-1".to_owned(), "m-2".to_owned())
    );
    harness.clock.advance(Duration::from_secs(80 * 24 * 60 * 60));
    write(&mut harness, "m-3", Some("s-2")).await;
    assert_eq!(redrive_all(&harness).await, [RedriveOutcome::Sent]);
    harness.drain().await;
    assert_eq!(customers(&harness), ["ana~s-1", "ana~s-1", "ana~s-2", "ana~s-1"]);
    assert!(harness.dead_letters().await.is_empty());
}

#[tokio::test]
async fn what_comes_back_names_contact_and_session() {
    let mut harness = Harness::new(&changes(json!({ "genesys": {
        "conversationPer": "session", "receipts": "accepted" } })));
    let long = "~%".repeat(100);
    let digest = ConversationPer::Session.external_id(&ContactId::new("ana"), Some(&long));
    let sessions = [("a~b%", "ana~a%7Eb%25"), (long.as_str(), digest.as_str())];
    for (session, id) in sessions {
        write(&mut harness, &format!("m-{id}"), Some(session)).await;
        harness.accept(Outbound, &agent_says(&harness, id, &format!("g-{id}"))).await;
        harness.drain().await;
        let heard = harness.lynn_calls().pop().unwrap();
        assert_eq!(body(&heard)["contact"], json!({ "id": "ana", "idType": "phone" }));
        let expected = json!({ "id": session, "channel": null, "active": true });
        assert_eq!(body(&heard)["session"], expected);
        assert_eq!(body(&heard)["sequence"], 1);
        let receipt = harness.genesys_calls().pop().unwrap();
        let to = json!({ "id": id, "idType": "Opaque" });
        assert_eq!(body(&receipt)["channel"]["to"], to);
    }
}

#[tokio::test]
async fn an_agent_who_writes_first_is_brought_to_the_contact_and_the_session() {
    let mut harness = Harness::new(&changes(json!({})));
    let contacts =
        [("ana~s-9", "ana", Some("s-9")), ("bob", "bob", None), ("x~y~z", "x~y~z", None)];
    for (number, (id, contact, session)) in (1..).zip(contacts) {
        for said in ["one", "two"] {
            let event = agent_says(&harness, id, &format!("g-{number}-{said}"));
            harness.accept(Outbound, &event).await;
            harness.drain().await;
            let heard = harness.lynn_calls().pop().unwrap();
            assert_eq!(text(&heard, "/contact/id"), contact);
            let expected = json!({ "id": session, "channel": null, "active": false });
            assert_eq!(body(&heard)["session"], expected);
        }
    }
    // The customer's answer in the session belongs to the same conversation.
    write(&mut harness, "m-1", Some("s-9")).await;
    assert_eq!(customers(&harness), ["ana~s-9"]);
}

/// A contact whose id looks as if it were made of two must not become another contact.
#[tokio::test]
async fn a_conversation_from_before_keeps_its_contact() {
    let mut harness = Harness::new(&json!({}));
    for contact in ["ana~b", "bea"] {
        harness.accept(Inbound, &says(&harness, contact, "m-1", 1)).await;
    }
    harness.drain().await;
    let name = IntegrationName::new(INTEGRATION);
    let half = config(&changes(json!({})));
    harness.secrets.set(&name, SecretPart::Send, vec![half]);
    harness.clock.advance(Duration::from_secs(301));
    for contact in ["ana~b", "bea"] {
        harness.accept(Outbound, &agent_says(&harness, contact, "g-1")).await;
        harness.drain().await;
        let heard = harness.lynn_calls().pop().unwrap();
        assert_eq!(
            (text(&heard, "/contact/id"), text(&heard, "/session/id")),
            (contact.into(), "s-1".into())
        );
    }
    // Without a session it goes on; a session has its own.
    let after = |id: &str, session| placed(says(&harness, "bea", id, 1), session);
    let events = [after("m-2", None), after("m-3", Some("s-2")), after("m-4", None)];
    for event in events {
        deliver(&mut harness, &[event]).await;
    }
    assert_eq!(customers(&harness)[2..], ["bea", "bea~s-2", "bea~s-2"]);
}

#[tokio::test]
async fn the_end_of_a_session_is_told_in_its_conversation() {
    let policy = json!({ "lynn": { "onSessionEnded": "notice" } });
    let mut harness = Harness::new(&changes(policy));
    for session in ["s-1", "s-2"] {
        write(&mut harness, session, Some(session)).await;
    }
    let ended = placed(session_ended(&harness, "ana", "e-1"), Some("s-1"));
    deliver(&mut harness, &[ended]).await;
    harness.clock.advance(Duration::from_secs(24 * 60 * 60));
    wake(&mut harness).await;
    let calls = harness.genesys_calls();
    let notices: Vec<_> =
        calls.iter().filter(|call| text(call, "/text").contains("left")).cloned().collect();
    assert_eq!(texts(&notices, "/channel/from/id"), ["ana~s-1", "ana~s-2"]);
    assert_eq!(texts(&notices, "/channel/from/idType"), ["Opaque", "Opaque"]);
}

#[tokio::test]
async fn a_receipt_without_a_session_belongs_to_the_latest_one() {
    let mut harness = Harness::new(&changes(json!({})));
    write(&mut harness, "m-1", Some("s-1")).await;
    let receipt = json!({ "messageId": "g-1", "status": "delivered" });
    let kind = InboundKind::Receipt(serde_json::from_value(receipt).unwrap());
    let receipt = placed(lynn(&harness, "ana", "r-1", kind), None);
    deliver(&mut harness, &[receipt]).await;
    let to = body(&harness.genesys_calls()[1])["channel"]["to"].clone();
    assert_eq!(to, json!({ "id": "ana~s-1", "idType": "Opaque" }));
}

/// Wherever the process dies, the session and what is known of it are stored together.
#[tokio::test]
async fn a_death_moves_nothing_into_another_session() {
    for death in 0..40 {
        let mut harness = Harness::new(&changes(json!({})));
        let sessions = [("m-1", Some("s-1")), ("m-2", None), ("m-3", Some("s-2")), ("m-4", None)];
        for (id, session) in sessions {
            harness.accept(Inbound, &message(&harness, id, session)).await;
        }
        harness.deaths.push_back(Some(death));
        harness.drain().await;
        let mut heard: Vec<(String, String)> = harness
            .genesys_calls()
            .iter()
            .map(|call| (text(call, "/channel/messageId"), text(call, "/channel/from/id")))
            .collect();
        // Only the events of one session have an order.
        heard.sort();
        heard.dedup();
        let expected = [("m-1", "s-1"), ("m-2", "s-1"), ("m-3", "s-2"), ("m-4", "s-2")];
        let expected = expected.map(|(id, session)| (id.to_owned(), format!("ana~{session}")));
        assert_eq!(heard, expected, "a death at {death}");
    }
}

#[tokio::test]
async fn a_session_whose_events_must_wait_holds_up_no_other() {
    let mut harness = Harness::new(&changes(json!({})));
    harness.genesys([Reaction::status(503)]);
    harness.accept(Inbound, &message(&harness, "m-1", Some("s-1"))).await;
    while harness.genesys_calls().is_empty() {
        assert!(harness.round().await);
    }
    let later = [message(&harness, "m-2", Some("s-2")), message(&harness, "m-3", None)];
    deliver(&mut harness, &later).await;
    assert_eq!(customers(&harness), ["ana~s-1", "ana~s-2", "ana~s-2", "ana~s-1"]);
}

/// An id is unique in all sessions of a contact.
#[tokio::test]
async fn a_repeat_that_names_another_session_has_no_second_effect() {
    let mut harness = Harness::new(&changes(json!({})));
    for session in [Some("s-1"), None, Some("s-2"), Some("s-1")] {
        write(&mut harness, "m-1", session).await;
    }
    assert_eq!(customers(&harness), ["ana~s-1"]);
    // Words of its own make it a message of its own.
    let other = placed(says(&harness, "ana", "m-1", 2), Some("s-2"));
    deliver(&mut harness, &[other]).await;
    assert_eq!(customers(&harness), ["ana~s-1", "ana~s-2", "ana~s-2"]);
}

/// Where a contact has one conversation, nothing is read or stored for sessions.
#[tokio::test]
async fn one_conversation_of_a_contact_costs_nothing_more() {
    let mut harness = Harness::new(&json!({}));
    harness.accept(Inbound, &says(&harness, "ana", "m-1", 1)).await;
    harness.drain().await;
    let key = ConversationKey::new(IntegrationName::new(INTEGRATION), ContactId::new("ana"));
    let items = harness.store.list(&key.partition(), "", None, 99).await.unwrap();
    let sorts: Vec<&str> = items.iter().map(|(key, _)| key.sort.as_str()).collect();
    assert_eq!(sorts, ["msg#in#m-1", "peer#g-m-1", "state"]);
    let (_, state) = items.last().unwrap();
    let state: Value = serde_json::from_str(&state.body).unwrap();
    let kept = json!({ "idType": "opaque", "lynnContactId": "lynn-1" });
    assert_eq!(state["contact"], kept);
    let event = says(&harness, "ana", "m-1", 1);
    assert_eq!(event.to_message(Inbound).unwrap().group, key.group());
    assert!(matches!(event.dedup_key, DedupKey::Message(_)));
}
