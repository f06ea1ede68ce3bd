//! Genesys Cloud does not accept a message: the bridge retries or gives up, and keeps order and
//! identity.

use std::time::Duration;

use serde_json::{Value, json};
use simulators::{Effect, Endpoint, GenesysSimulator, RecordedRequest};

use crate::harness::{Harness, SOON, Setup, each, fault, status};

/// The calls with a message, in order of arrival.
fn message_calls(genesys: &GenesysSimulator) -> Vec<RecordedRequest> {
    let mut calls = genesys.requests();
    calls.retain(|call| call.path.ends_with("/inbound/open/message"));
    calls
}

/// The ids of the messages in these calls.
fn ids(calls: &[RecordedRequest]) -> Vec<Value> {
    let bodies: Vec<Value> = calls.iter().map(|call| call.body.clone()).collect();
    each(&bodies, "/channel/messageId")
}

/// Waits until a message call is answered with this status.
async fn wait_for_status(harness: &Harness, code: u16) {
    let met = |genesys: &GenesysSimulator| {
        message_calls(genesys).iter().any(|call| call.status == Some(code))
    };
    assert!(harness.genesys.wait_until(SOON, met).await);
}

#[tokio::test]
async fn a_message_that_meets_an_outage_arrives_after_a_pause() {
    let harness = Harness::start().await;
    for code in [503, 500] {
        harness.genesys.script(fault(Endpoint::Message, status(code)));
    }
    harness.say("ana", "m-1", "Hello").await;
    harness.accepted("ana", 1).await;
    let calls = message_calls(&harness.genesys);
    assert_eq!(calls.len(), 3);
    assert!(calls.windows(2).all(|pair| pair[0].body == pair[1].body));
    // Pauses of 1 s and 2 s, and never less.
    let pauses = [calls[1].at - calls[0].at, calls[2].at - calls[1].at];
    assert!(
        pauses[0] >= Duration::from_millis(995) && pauses[1] >= Duration::from_millis(1995),
        "{pauses:?}"
    );
    harness.end();
}

#[tokio::test]
async fn a_rate_limit_pauses_every_conversation_until_it_is_over() {
    let harness = Harness::start().await;
    let limit = Effect::Status { code: 429, retry_after: Some(2) };
    harness.genesys.script(fault(Endpoint::Message, limit));
    harness.say("ana", "m-1", "Hello").await;
    wait_for_status(&harness, 429).await;
    for contact in ["ben", "eva"] {
        harness.say(contact, "m-1", "Hello").await;
    }
    for contact in ["ana", "ben", "eva"] {
        harness.accepted(contact, 1).await;
    }
    let calls = message_calls(&harness.genesys);
    assert_eq!(calls.len(), 4);
    for call in &calls[1..] {
        let pause = call.at - calls[0].at;
        assert!(pause >= Duration::from_millis(1990), "{pause:?}");
        assert_eq!(call.status, Some(200));
    }
    harness.end();
}

#[tokio::test]
async fn another_oauth_client_takes_over_while_one_is_paused() {
    let setup = Setup::new()
        .genesys(|options| {
            options.more_clients = vec![("second-client".into(), "second-secret".into())]
        })
        .config(|integration| {
            let second = json!({ "clientId": "second-client", "clientSecret": "second-secret" });
            let clients = integration["genesys"]["oauthClients"].as_array_mut();
            clients.unwrap().push(second);
        });
    let harness = setup.start().await;
    let limit = Effect::Status { code: 429, retry_after: Some(30) };
    harness.genesys.script(fault(Endpoint::Message, limit));
    harness.say("ana", "m-1", "Hello").await;
    wait_for_status(&harness, 429).await;
    let paused = message_calls(&harness.genesys)[0].header("authorization").map(str::to_owned);
    for number in 0..4 {
        let contact = format!("contact-{number}");
        harness.say(&contact, "m-1", "Hello").await;
        harness.accepted(&contact, 1).await;
    }
    for call in &message_calls(&harness.genesys)[1..] {
        assert_ne!(call.header("authorization").map(str::to_owned), paused);
    }
    harness.end();
}

#[tokio::test]
async fn a_refused_message_is_reported_to_lynn_and_the_conversation_goes_on() {
    let harness = Harness::start().await;
    harness.genesys.script(fault(Endpoint::Message, status(400)));
    harness.say("ana", "m-1", "Hello").await;
    harness.say("ana", "m-2", "Are you there?").await;
    let accepted = harness.accepted("ana", 1).await;
    assert_eq!(accepted[0]["channel"]["messageId"], "m-2");
    let events = harness.heard("ana", 1).await;
    assert_eq!(events[0]["type"], "receipt");
    assert_eq!(events[0]["messageId"], "m-1");
    assert_eq!(events[0]["status"], "failed");
    assert_eq!(events[0]["final"], true);
    assert_eq!(events[0]["reasons"][0]["code"], "bad.request");
    // Lynn may send a message again that was given up; a repeat of a delivered message has no
    // effect.
    if !harness.is_deployed() {
        harness.say("ana", "m-1", "Hello").await;
        harness.say("ana", "m-1", "Hello").await;
        harness.say("ana", "m-3", "Hm").await;
        let accepted = harness.accepted("ana", 3).await;
        assert_eq!(each(&accepted, "/channel/messageId"), ["m-2", "m-1", "m-3"]);
    }
    harness.heard("ana", 1).await;
    harness.end();
}

#[tokio::test]
async fn what_was_accepted_without_an_answer_is_repeated_as_it_was_and_accepted_once() {
    let harness = Setup::new().genesys(|options| options.automatic_receipts = true).start().await;
    harness.genesys.script(fault(Endpoint::Message, Effect::AcceptThenDrop));
    harness.say("ana", "m-1", "Hello").await;
    harness.say("ana", "m-2", "Are you there?").await;
    let accepted = harness.accepted("ana", 2).await;
    assert_eq!(each(&accepted, "/channel/messageId"), ["m-1", "m-2"]);
    // A repeat equals the first byte for byte; otherwise the simulator would report a violation.
    assert_eq!(harness.genesys.duplicates(), accepted[..1]);
    let events = harness.heard("ana", 2).await;
    assert_eq!(each(&events, "/status"), ["published", "published"]);
    assert_eq!(each(&events, "/messageId"), ["m-1", "m-2"]);
    harness.end();
}

#[tokio::test]
async fn an_answer_that_comes_too_late_counts_as_none_on_either_side() {
    let setup = Setup::new().genesys(|options| options.automatic_receipts = true);
    let harness = setup.start().await;
    harness.say("ben", "m-0", "Hello").await;
    harness.heard("ben", 1).await;
    let late = Duration::from_secs(12);
    harness.genesys.script(fault(Endpoint::Message, Effect::AcceptThenHang(late)));
    harness.lynn.script(simulators::LynnFault::AcceptThenHang(late));
    harness.say("ana", "m-1", "Hello").await;
    harness.say("ana", "m-2", "Are you there?").await;
    let ids = [harness.agent("ben", "Hello").await, harness.agent("ben", "How can I help?").await];
    // Time limits of 10 s and 8 s, and a pause of 1 s.
    let repeated = |genesys: &GenesysSimulator| genesys.accepted_messages("ana").len() == 2;
    assert!(harness.genesys.wait_until(SOON, repeated).await);
    let accepted = harness.accepted("ana", 2).await;
    assert_eq!(each(&accepted, "/channel/messageId"), ["m-1", "m-2"]);
    assert_eq!(harness.genesys.duplicates(), accepted[..1]);
    let events = harness.heard("ben", 3).await;
    assert_eq!(each(&events[1..], "/id"), ids);
    assert_eq!(harness.lynn.duplicates(), 1);
    // The receipt arrived long before the answer that names its message.
    let events = harness.heard("ana", 2).await;
    assert_eq!(each(&events, "/messageId"), ["m-1", "m-2"]);
    assert_eq!(each(&events, "/status"), ["published", "published"]);
    harness.end();
}

#[tokio::test]
async fn a_conflict_after_an_uncertain_attempt_is_proof_of_acceptance() {
    let harness = Harness::start().await;
    harness.genesys.set_conflict_on_repeat(true);
    harness.genesys.script(fault(Endpoint::Message, Effect::AcceptThenDrop));
    harness.say("ana", "m-1", "Hello").await;
    harness.say("ana", "m-2", "Are you there?").await;
    let accepted = harness.accepted("ana", 2).await;
    assert_eq!(each(&accepted, "/channel/messageId"), ["m-1", "m-2"]);
    assert_eq!(message_calls(&harness.genesys).len(), 3);
    assert_eq!(harness.lynn.event_count(), 0);
    harness.end();
}

#[tokio::test]
async fn a_conflict_of_a_message_that_was_never_sent_is_no_acceptance() {
    let harness = Harness::start().await;
    let passes = Effect::Delay(Duration::ZERO);
    for effect in [status(503), status(503), passes, status(409)] {
        harness.genesys.script(fault(Endpoint::Message, effect));
    }
    harness.say("ana", "m-1", "Hello").await;
    wait_for_status(&harness, 503).await;
    // The second message was handed out together with the first and held back: handed out twice,
    // sent only once.
    harness.say("ana", "m-2", "Are you there?").await;
    let accepted = harness.accepted("ana", 2).await;
    assert_eq!(each(&accepted, "/channel/messageId"), ["m-1", "m-2"]);
    let calls = message_calls(&harness.genesys);
    assert_eq!(ids(&calls), ["m-1", "m-1", "m-1", "m-2", "m-2"]);
    harness.end();
}

#[tokio::test]
async fn a_conversation_that_fails_keeps_its_order_and_delays_no_other() {
    let harness = Harness::start().await;
    for _ in 0..2 {
        harness.genesys.script(fault(Endpoint::Message, status(503)));
    }
    harness.say("ana", "m-1", "one").await;
    wait_for_status(&harness, 503).await;
    // The second fault must meet the same conversation, so the other messages come after it.
    let twice = |genesys: &GenesysSimulator| message_calls(genesys).len() == 2;
    assert!(harness.genesys.wait_until(SOON, twice).await);
    harness.say("ana", "m-2", "two").await;
    harness.say("ana", "m-3", "three").await;
    for contact in ["ben", "eva"] {
        harness.say(contact, "m-1", "Hello").await;
        harness.accepted(contact, 1).await;
    }
    assert!(harness.genesys.accepted_messages("ana").is_empty());
    let accepted = harness.accepted("ana", 3).await;
    assert_eq!(each(&accepted, "/text"), ["one", "two", "three"]);
    harness.end();
}

#[tokio::test]
async fn a_message_of_several_parts_goes_on_at_the_part_that_failed() {
    let harness = Harness::start().await;
    for effect in [Effect::Delay(Duration::ZERO), status(503)] {
        harness.genesys.script(fault(Endpoint::Message, effect));
    }
    let text = "word ".repeat(1000);
    harness.say("ana", "m-1", &text).await;
    let accepted = harness.accepted("ana", 3).await;
    assert_eq!(each(&accepted, "/channel/messageId"), ["m-1", "m-1.2", "m-1.3"]);
    let calls = message_calls(&harness.genesys);
    assert_eq!(ids(&calls), ["m-1", "m-1.2", "m-1.2", "m-1.3"]);
    assert!(harness.genesys.duplicates().is_empty());
    harness.end();
}

#[tokio::test]
async fn an_outage_of_login_and_api_loses_nothing_and_keeps_the_order() {
    let harness = Harness::start().await;
    harness.genesys.set_down(true);
    for number in 1..=3 {
        for contact in ["ana", "ben"] {
            harness.say(contact, &format!("m-{number}"), "Hello").await;
        }
    }
    let tried = |genesys: &GenesysSimulator| genesys.requests().len() >= 2;
    assert!(harness.genesys.wait_until(SOON, tried).await);
    harness.genesys.set_down(false);
    for contact in ["ana", "ben"] {
        let accepted = harness.accepted(contact, 3).await;
        assert_eq!(each(&accepted, "/channel/messageId"), ["m-1", "m-2", "m-3"]);
    }
    assert_eq!(harness.genesys.logins(), 1);
    harness.end();
}

#[tokio::test]
async fn an_acceptance_without_a_body_is_an_acceptance() {
    let harness = Harness::start().await;
    harness.genesys.script(fault(Endpoint::Message, Effect::WithoutMessageId));
    harness.say("ana", "m-1", "Hello").await;
    harness.say("ana", "m-2", "Are you there?").await;
    harness.accepted("ana", 2).await;
    assert_eq!(message_calls(&harness.genesys).len(), 2);
    harness.end();
}
