//! `genesys.conversationPer` `session`: each session of a contact has a conversation of its own.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use simulators::{GenesysSimulator, LynnSimulator};
use tokio::time::{Instant, sleep};

use crate::harness::{Harness, KEY, NAME, SOON, Setup, each};
use crate::people::{CONNECTED, ENDED};

pub const ANA: &str = "5215512345678";

pub fn per_session(setup: Setup) -> Setup {
    setup
        .lynn(|options| options.conversation_per_session = true)
        .config(|config| config["genesys"]["conversationPer"] = json!("session"))
}

/// An event of Ana, with her session if there is one.
pub fn event(kind: &str, id: &str, session: Option<&str>, more: Value) -> Value {
    let mut event = json!({
        "type": kind, "id": id,
        "contact": { "id": ANA, "idType": "phone", "nickname": "Ana", "lynnContactId": "L-1" },
    });
    if let Some(session) = session {
        event["session"] = json!({ "id": session, "channel": "whatsapp" });
    }
    for (key, value) in more.as_object().expect("fields") {
        event[key] = value.clone();
    }
    event
}

pub async fn say(harness: &Harness, id: &str, session: Option<&str>) {
    harness.post(event("message", id, session, json!({ "text": "I need an agent" }))).await;
}

/// The conversation of a session, or the latest one; null if there is none.
async fn conversation(harness: &Harness, session: Option<&str>) -> Value {
    let query = session.map(|session| format!("?session={}", shared::endpoint::encode(session)));
    let path = format!("/lynn/{NAME}/conversations/{ANA}{}", query.unwrap_or_default());
    let request = harness.request(Method::GET, &path).header("x-api-key", KEY);
    let answer = request.send().await.expect("an answer");
    match answer.status().as_u16() {
        200 => serde_json::from_slice(&answer.bytes().await.expect("a body")).expect("JSON"),
        404 => Value::Null,
        other => panic!("{other}"),
    }
}

/// The contact and the session that an event for Lynn names.
pub fn whose(event: &Value) -> (Value, Value) {
    (event["contact"].clone(), event["session"]["id"].clone())
}

pub fn ana(session: &str) -> (Value, Value) {
    (json!({ "id": ANA, "idType": "phone" }), json!(session))
}

#[tokio::test]
async fn two_sessions_in_turn_are_two_conversations() {
    let harness = per_session(Setup::new()).start().await;
    let mut ids = Vec::new();
    for (number, session) in [(1, "s-1"), (2, "s-2")] {
        let customer = format!("{ANA}~{session}");
        say(&harness, &format!("m-{number}"), Some(session)).await;
        let message = harness.accepted(&customer, 1).await.remove(0);
        assert_eq!(message["channel"]["from"]["idType"], "Opaque");
        assert_eq!(message["channel"]["from"]["nickname"], "Ana");
        ids.push(harness.genesys.conversation_id(&customer).expect("a conversation"));
        let heard = 3 * (number - 1);
        let mut events = harness.genesys.queue_waits(&customer);
        events.extend(harness.genesys.agent_answers(&customer, "ada"));
        harness.tell(&events).await;
        harness.heard(ANA, heard + 1).await;
        harness.agent(&customer, "Good morning").await;
        harness.heard(ANA, heard + 2).await;
        if number == 1 {
            harness.tell(&harness.genesys.agent_ends(&customer, "ada")).await;
            harness.heard(ANA, heard + 3).await;
        }
    }
    assert_ne!(ids[0], ids[1]);
    let heard = harness.heard(ANA, 5).await;
    let types = [CONNECTED, "message", ENDED, CONNECTED, "message"];
    assert_eq!(each(&heard, "/type"), types);
    assert_eq!(each(&heard, "/sequence"), [1, 2, 3, 1, 2]);
    for (place, event) in heard.iter().enumerate() {
        let (session, id) = if place < 3 { ("s-1", &ids[0]) } else { ("s-2", &ids[1]) };
        assert_eq!((whose(event), &event["conversationId"]), (ana(session), &json!(id)));
        assert_eq!(event["session"]["channel"], "whatsapp");
    }
    // Both asked for the id of their conversation.
    assert_eq!(harness.asked(), [true, true]);
    // Lynn has the last message a moment before it is recorded.
    let deadline = Instant::now() + SOON;
    let mut latest = conversation(&harness, None).await;
    while latest["sequence"] != 2 && Instant::now() < deadline {
        sleep(Duration::from_millis(20)).await;
        latest = conversation(&harness, None).await;
    }
    assert_eq!(conversation(&harness, Some("s-2")).await, latest);
    assert_eq!((whose(&latest), &latest["status"]), (ana("s-2"), &json!("open")));
    let first = conversation(&harness, Some("s-1")).await;
    assert_eq!((whose(&first), &first["status"]), (ana("s-1"), &json!("ended")));
    assert_eq!(conversation(&harness, Some("s-3")).await, Value::Null);
    assert_eq!(conversation(&harness, Some(" ")).await, latest);
    harness.end();
}

#[tokio::test]
async fn receipts_and_ends_belong_to_their_session() {
    let setup = per_session(Setup::new())
        .genesys(|options| options.automatic_receipts = true)
        .config(|config| config["lynn"]["onSessionEnded"] = json!("disconnect"));
    let harness = setup.start().await;
    for (number, session) in [(1, "s-1"), (2, "s-2")] {
        say(&harness, &format!("m-{number}"), Some(session)).await;
        harness.accepted(&format!("{ANA}~{session}"), 1).await;
        let published = harness.heard(ANA, number).await.remove(number - 1);
        assert_eq!((whose(&published), &published["type"]), (ana(session), &json!("receipt")));
        assert_eq!(published["messageId"], format!("m-{number}"));
    }
    let first = format!("{ANA}~s-1");
    let said = harness.agent(&first, "Good morning").await;
    assert_eq!(whose(&harness.heard(ANA, 3).await[2]), ana("s-1"));
    let delivered = json!({ "messageId": said, "status": "delivered" });
    harness.post(event("receipt", "r-1", Some("s-1"), delivered)).await;
    let to = harness.receipts(1).await[0]["channel"]["to"].clone();
    assert_eq!(to, json!({ "id": first, "idType": "Opaque" }));
    // An event without a session belongs to the latest one.
    harness.post(event("session.ended", "e-1", None, json!({ "reason": "customer" }))).await;
    harness.closed("5215512345678~s-2").await;
    let ended = harness.heard_once(ANA, ENDED).await;
    assert_eq!((whose(&ended), &ended["session"]["active"]), (ana("s-2"), &json!(false)));
    assert!(harness.genesys.is_conversation_open(&first));
    assert_eq!(conversation(&harness, Some("s-1")).await["session"]["active"], true);
    harness.end();
}

#[tokio::test]
async fn a_session_may_have_any_id() {
    let harness = per_session(Setup::new()).start().await;
    let long = "ñ~".repeat(128);
    let sessions = ["a~b", "a%7Eb", "100%", "~", "é/ü?&#", &"s".repeat(256), &long];
    for (number, session) in sessions.into_iter().enumerate() {
        let id = format!("m-{number}");
        say(&harness, &id, Some(session)).await;
        let whose_id = |genesys: &GenesysSimulator| {
            let calls = genesys.requests();
            let own = calls.iter().find(|call| call.body["channel"]["messageId"] == *id)?;
            Some(own.body["channel"]["from"]["id"].as_str()?.to_owned())
        };
        let arrived = |genesys: &GenesysSimulator| whose_id(genesys).is_some();
        assert!(harness.genesys.wait_until(SOON, arrived).await, "{session}");
        let customer = whose_id(&harness.genesys).expect("a customer");
        assert!(customer.starts_with(&format!("{ANA}~")) && customer.chars().count() <= 256);
        harness.accepted(&customer, 1).await;
        harness.agent(&customer, "Good morning").await;
        let heard = harness.heard(ANA, number + 1).await.remove(number);
        assert_eq!(whose(&heard), ana(session));
        let known = conversation(&harness, Some(session)).await;
        assert_eq!(whose(&known), ana(session));
        assert_eq!(known["conversationId"], json!(harness.genesys.conversation_id(&customer)));
    }
    harness.end();
}

#[tokio::test]
async fn an_agent_may_write_first() {
    let harness = per_session(Setup::new()).start().await;
    let customer = format!("{ANA}~s-7");
    harness.agent(&customer, "Your parcel is here").await;
    let heard = harness.heard(ANA, 1).await.remove(0);
    assert_eq!((&heard["contact"]["id"], &heard["session"]["id"]), (&json!(ANA), &json!("s-7")));
    let known = conversation(&harness, Some("s-7")).await;
    assert_eq!((&known["contact"]["id"], &known["session"]["id"]), (&json!(ANA), &json!("s-7")));
    say(&harness, "m-1", Some("s-7")).await;
    harness.accepted(&customer, 1).await;
    assert_eq!(harness.asked(), [false]);
    // One whom Genesys Cloud knows by the contact's own id has no session yet.
    harness.agent("bob", "Good morning").await;
    let heard = harness.heard("bob", 1).await.remove(0);
    assert_eq!(heard["session"], json!({ "id": null, "channel": null, "active": false }));
    harness.end();
}

#[tokio::test]
async fn a_campaign_reaches_the_contact() {
    let setup = per_session(Setup::new());
    let harness = setup.config(|config| config["lynn"]["quietSession"] = json!("proactive"));
    let harness = harness.start().await;
    say(&harness, "m-1", Some("s-1")).await;
    harness.accepted(&format!("{ANA}~s-1"), 1).await;
    harness.post(event("session.ended", "e-1", Some("s-1"), json!({}))).await;
    harness.logged(&[("event.name", "settled"), ("event.id", "e-1")]).await;
    harness.agent(&format!("{ANA}~s-1"), "Are you there?").await;
    let asked = |lynn: &LynnSimulator| !lynn.proactive().is_empty();
    assert!(harness.lynn.wait_until(SOON, asked).await);
    let campaign = harness.lynn.proactive().remove(0);
    assert_eq!((&campaign["contactId"], &campaign["lynnContactId"]), (&json!(ANA), &json!("L-1")));
    assert_eq!(whose(&campaign["message"]), ana("s-1"));
    harness.end();
}
