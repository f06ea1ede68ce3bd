//! Tests the effect of the end of a session at Genesys, and an agent's message when the
//! session is over.

use std::time::Duration;

use serde_json::{Value, json};
use shared::ports::Direction::{Inbound, Outbound};
use testing::{Reaction, RecordedCall};

use crate::deadlines::wake;
use crate::events::{agent_says, agent_types, body, says, session_ended, text, texts};
use crate::harness::Harness;

async fn open(changes: &Value) -> Harness {
    let mut harness = Harness::new(changes);
    harness.accept(Inbound, &says(&harness, "ana", "m-1", 1)).await;
    harness.drain().await;
    harness
}

async fn end(harness: &mut Harness) {
    harness.accept(Inbound, &session_ended(harness, "ana", "s-end")).await;
    harness.drain().await;
}

fn on_end(policy: &str) -> Value {
    json!({ "lynn": { "onSessionEnded": policy } })
}

#[tokio::test]
async fn keep_changes_the_state_only() {
    let mut harness = open(&on_end("keep")).await;
    end(&mut harness).await;
    assert_eq!(harness.genesys_calls().len(), 1);
    let conversation = harness.conversation("ana").await;
    assert!(!conversation.session.open);
    assert!(conversation.is_open());
}

#[tokio::test]
async fn disconnect_ends_the_conversation_and_one_that_is_gone_is_no_failure() {
    for reaction in [Reaction::status(202), Reaction::status(404)] {
        let mut harness = open(&on_end("disconnect")).await;
        harness.genesys([reaction]);
        end(&mut harness).await;
        let call = harness.genesys_calls().remove(1);
        assert_eq!(call.method, "PATCH");
        assert!(call.url.ends_with("/api/v2/conversations/messages/c-1"), "{}", call.url);
        assert_eq!(body(&call), json!({ "state": "disconnected" }));
        assert!(!harness.conversation("ana").await.session.open);
        assert!(harness.dead_letters().await.is_empty());
    }
}

#[tokio::test]
async fn notice_tells_the_agent_and_is_repeated_alike() {
    let mut harness = open(&on_end("notice")).await;
    harness.genesys([Reaction::Dropped { taken: true }]);
    end(&mut harness).await;
    let calls = harness.genesys_calls().split_off(1);
    assert_eq!(calls.len(), 2);
    assert_eq!(calls[0].body, calls[1].body);
    assert_eq!(text(&calls[0], "/channel/messageId"), "s-end");
    assert!(!harness.conversation("ana").await.session.open);
}

#[tokio::test]
async fn the_agent_is_told_once_that_a_session_ended_whatever_tells_first() {
    let day = Duration::from_secs(24 * 60 * 60);
    let mut harness = open(&on_end("notice")).await;
    for id in ["s-end", "s-end-2"] {
        harness.accept(Inbound, &session_ended(&harness, "ana", id)).await;
    }
    harness.drain().await;
    assert_eq!(harness.genesys_calls().len(), 2);
    // The next session is another one: its time limit reports the end first.
    harness.accept(Inbound, &says(&harness, "ana", "m-2", 1)).await;
    harness.drain().await;
    harness.clock.advance(day);
    assert_eq!(wake(&mut harness).await, 1);
    assert_eq!(harness.genesys_calls().len(), 4);
    harness.accept(Inbound, &session_ended(&harness, "ana", "s-end-3")).await;
    harness.drain().await;
    assert_eq!(harness.genesys_calls().len(), 4);
    assert!(!harness.conversation("ana").await.session.open);
}

#[tokio::test]
async fn a_conversation_that_genesys_does_not_know_is_told_as_one_that_may_not_be_ended() {
    for status in [403, 404] {
        let mut harness = Harness::new(&on_end("disconnect"));
        harness.genesys([Reaction::body(200, r#"{"id":"g-m-1"}"#.to_owned())]);
        harness.accept(Inbound, &says(&harness, "ana", "m-1", 1)).await;
        harness.drain().await;
        harness.genesys([Reaction::status(status)]);
        end(&mut harness).await;
        assert!(harness.genesys_calls()[1].url.ends_with("/g-m-1/details"));
        let told = harness.lynn_calls();
        assert_eq!(texts(&told, "/type"), ["receipt"], "{status}");
        assert_eq!(
            (text(&told[0], "/messageId"), text(&told[0], "/status")),
            ("s-end".into(), "failed".into())
        );
        assert_eq!(harness.dead_letters().await.len(), 1);
    }
}

#[tokio::test]
async fn what_a_time_limit_asks_for_in_vain_is_not_asked_for_again() {
    let mut harness = open(&on_end("disconnect")).await;
    harness.clock.advance(Duration::from_secs(24 * 60 * 60));
    harness.genesys([Reaction::status(403)]);
    assert_eq!(wake(&mut harness).await, 1);
    assert_eq!(harness.genesys_calls().len(), 2);
    assert!(!harness.conversation("ana").await.session.open);
    harness.clock.advance(Duration::from_secs(60));
    assert!(wake(&mut harness).await <= 1);
    assert!(harness.genesys_calls().iter().filter(|call| call.method == "PATCH").count() == 1);
}

#[tokio::test]
async fn nothing_is_sent_where_no_conversation_is_open() {
    for policy in ["keep", "disconnect", "notice"] {
        let mut harness = Harness::new(&on_end(policy));
        end(&mut harness).await;
        assert!(harness.vendor.seen().is_empty());
    }
}

#[tokio::test]
async fn the_late_end_of_another_session_changes_nothing() {
    let mut harness = open(&on_end("notice")).await;
    let mut event = session_ended(&harness, "ana", "s-end");
    if let delivery::event::Payload::Lynn(lynn) = &mut event.payload {
        lynn.session.as_mut().unwrap().id = Some("s-0".to_owned());
    }
    harness.accept(Inbound, &event).await;
    harness.drain().await;
    assert_eq!(harness.genesys_calls().len(), 1);
    assert!(harness.conversation("ana").await.session.open);
}

fn quiet(policy: &str) -> Value {
    json!({ "lynn": {
        "quietSession": policy,
        "proactive": { "url": "https://lynn.test/campaign", "campaignId": 7 },
    } })
}

async fn agent(harness: &mut Harness) {
    harness.accept(Outbound, &agent_says(harness, "ana", "g-1")).await;
    harness.drain().await;
}

#[tokio::test]
async fn a_live_session_is_told_as_such() {
    let mut harness = open(&quiet("fail")).await;
    agent(&mut harness).await;
    assert_eq!(body(&harness.lynn_calls()[0])["session"]["active"], true);
}

#[tokio::test]
async fn webhook_delivers_all_the_same() {
    let mut harness = open(&quiet("webhook")).await;
    end(&mut harness).await;
    agent(&mut harness).await;
    let calls = harness.lynn_calls();
    assert_eq!(calls.len(), 1);
    assert_eq!(body(&calls[0])["session"]["active"], false);
}

#[tokio::test]
async fn a_session_that_turns_out_to_be_over_is_asked_once_more_under_the_same_number() {
    for status in [404, 409, 410] {
        let mut harness = open(&quiet("webhook")).await;
        harness.lynn([Reaction::status(status)]);
        agent(&mut harness).await;
        let calls = harness.lynn_calls();
        let told: Vec<_> =
            calls.iter().map(|seen| body(seen)["session"]["active"].clone()).collect();
        assert_eq!(told, [true, false]);
        assert_eq!(body(&calls[0])["sequence"], body(&calls[1])["sequence"]);
        assert!(!harness.conversation("ana").await.session.open);
        assert_eq!(harness.conversation("ana").await.sequence, 1);
    }
}

#[tokio::test]
async fn lynn_may_take_it_and_say_that_the_session_is_over() {
    let ended = || Reaction::body(200, r#"{"session":"ended"}"#);
    for (policy, urls) in
        [("webhook", vec!["hook"]), ("proactive", vec!["hook", "campaign"]), ("fail", vec!["hook"])]
    {
        let mut harness = open(&quiet(policy)).await;
        harness.lynn([ended()]);
        agent(&mut harness).await;
        let asked: Vec<_> = harness
            .lynn_calls()
            .iter()
            .map(|seen| seen.url.replace("https://lynn.test/", ""))
            .collect();
        assert_eq!(asked, urls);
        let failed = harness.genesys_calls().iter().any(|seen| text(seen, "/status") == "Failed");
        assert_eq!(failed, policy == "fail");
        let conversation = harness.conversation("ana").await;
        assert_eq!((conversation.sequence, conversation.session.open), (1, false));
    }
}

#[tokio::test]
async fn proactive_asks_for_a_campaign_and_typing_does_not() {
    let mut harness = open(&quiet("proactive")).await;
    end(&mut harness).await;
    harness.accept(Outbound, &agent_types(&harness, "ana", "t-1")).await;
    agent(&mut harness).await;
    let calls = harness.lynn_calls();
    assert_eq!(texts(&calls, "/type"), ["typing", ""]);
    assert!(calls[1].url.ends_with("/campaign"));
    let asked = body(&calls[1]);
    assert_eq!((&asked["campaignId"], &asked["contactId"]), (&json!(7), &json!("ana")));
    assert_eq!(
        (&asked["lynnContactId"], &asked["channel"]),
        (&json!("lynn-1"), &json!("whatsapp"))
    );
    assert_eq!(asked["text"], "Hello");
    assert_eq!(asked["message"]["session"]["active"], false);
}

#[tokio::test]
async fn what_lynn_said_of_the_session_is_remembered_when_the_policy_fails() {
    let url = |seen: &RecordedCall| seen.url.replace("https://lynn.test/", "");
    // If the bridge forgot this, the customer might get the message by both ways.
    for first in [Reaction::status(404), Reaction::body(200, r#"{"session":"ended"}"#)] {
        let mut harness = open(&quiet("proactive")).await;
        harness.lynn([first, Reaction::status(503), Reaction::status(503)]);
        agent(&mut harness).await;
        let asked: Vec<_> = harness.lynn_calls().iter().map(url).collect();
        assert_eq!(asked, ["hook", "campaign", "campaign", "campaign"]);
    }
    // The next message does not try it again, and Lynn is not told of a live session.
    let mut harness = open(&quiet("fail")).await;
    harness.lynn([Reaction::status(410)]);
    agent(&mut harness).await;
    harness.accept(Outbound, &agent_says(&harness, "ana", "g-2")).await;
    harness.drain().await;
    assert_eq!(harness.lynn_calls().len(), 1);
    assert!(!harness.conversation("ana").await.session.open);
    assert_eq!(harness.dead_letters().await.len(), 2);
}

#[tokio::test]
async fn fail_tells_the_agent() {
    let mut harness = open(&quiet("fail")).await;
    end(&mut harness).await;
    agent(&mut harness).await;
    assert!(harness.lynn_calls().is_empty());
    let receipt = harness.genesys_calls().remove(1);
    assert_eq!(
        (text(&receipt, "/id"), text(&receipt, "/status")),
        ("g-1".to_owned(), "Failed".to_owned())
    );
    assert_eq!(text(&receipt, "/reasons/0/code"), "InvalidDestination");
    assert_eq!(harness.dead_letters().await.len(), 1);
}

/// A message of the customer in another session, or again in the same one.
fn says_in(harness: &Harness, session: &str) -> delivery::event::QueuedEvent {
    let mut event = says(harness, "ana", "m-2", 1);
    if let delivery::event::Payload::Lynn(lynn) = &mut event.payload {
        lynn.session.as_mut().unwrap().id = Some(session.to_owned());
    }
    event
}

fn sessions(harness: &Harness) -> Vec<(String, Value)> {
    let told =
        |seen: &RecordedCall| (text(seen, "/session/id"), body(seen)["session"]["active"].clone());
    harness.lynn_calls().iter().map(told).collect()
}

#[tokio::test]
async fn an_answer_speaks_of_the_session_that_its_post_was_made_for() {
    let answers = || {
        [
            testing::answer(404, ""),
            testing::answer(410, ""),
            testing::answer(200, r#"{"session":"ended"}"#),
            testing::answer(200, ""),
        ]
    };
    for policy in ["webhook", "proactive", "fail"] {
        for (answer, session) in answers().into_iter().zip(["s-2", "s-2", "s-1", "s-1"]) {
            let mut harness = open(&quiet(policy)).await;
            harness.clock.advance(Duration::from_secs(10));
            harness.accept(Outbound, &agent_says(&harness, "ana", "g-1")).await;
            harness.lynn([Reaction::Slow(answer.clone())]);
            let word = says_in(&harness, session);
            harness.meanwhile(Outbound, &word).await;
            harness.drain().await;
            let live = harness.conversation("ana").await.session;
            assert!(live.open, "{policy} {answer:?}");
            assert_eq!(live.id.as_deref(), Some(session));
            // A message that Lynn did not accept goes to the customer's current session.
            if answer.status >= 400 {
                assert_eq!(sessions(&harness).last(), Some(&(session.to_owned(), json!(true))));
                assert!(harness.dead_letters().await.is_empty());
            }
            harness.accept(Outbound, &agent_says(&harness, "ana", "g-2")).await;
            harness.drain().await;
            assert_eq!(sessions(&harness).last(), Some(&(session.to_owned(), json!(true))));
        }
    }
}

#[tokio::test]
async fn what_was_sent_to_a_session_that_is_over_does_not_end_the_next_one() {
    for event in ["message", "end"] {
        let mut harness = open(&quiet("webhook")).await;
        end(&mut harness).await;
        harness.clock.advance(Duration::from_secs(10));
        let event = match event {
            "message" => agent_says(&harness, "ana", "g-1"),
            _ => crate::lifecycle::ended(&harness, "ana"),
        };
        harness.accept(Outbound, &event).await;
        harness.lynn([Reaction::Slow(testing::answer(200, ""))]);
        let word = says_in(&harness, "s-2");
        harness.meanwhile(Outbound, &word).await;
        harness.drain().await;
        assert_eq!(sessions(&harness), [("s-1".to_owned(), json!(false))]);
        assert!(harness.conversation("ana").await.session.open);
        harness.accept(Outbound, &agent_says(&harness, "ana", "g-2")).await;
        harness.drain().await;
        assert_eq!(sessions(&harness)[1], ("s-2".to_owned(), json!(true)));
    }
}

/// The customer writes again each time, while Lynn answers that the session is over.
#[tokio::test]
async fn an_answer_that_is_old_each_time_makes_the_event_wait() {
    let mut harness = open(&quiet("webhook")).await;
    harness.clock.advance(Duration::from_secs(10));
    harness.accept(Outbound, &agent_says(&harness, "ana", "g-1")).await;
    harness.lynn([Reaction::Slow(testing::answer(404, "")), Reaction::status(404)]);
    let word = says_in(&harness, "s-2");
    harness.meanwhile(Outbound, &word).await;
    harness.drain().await;
    let told = sessions(&harness);
    let expected = [("s-1", true), ("s-2", true), ("s-2", false)];
    assert_eq!(told, expected.map(|(id, active)| (id.to_owned(), json!(active))));
    assert!(harness.dead_letters().await.is_empty());
}

/// Genesys answers late, and an agent has opened another conversation meanwhile.
#[tokio::test]
async fn the_end_of_an_old_conversation_does_not_end_the_next_one() {
    let mut harness = open(&on_end("disconnect")).await;
    harness.clock.advance(Duration::from_secs(10));
    harness.genesys([Reaction::Slow(testing::answer(404, ""))]);
    harness.accept(Inbound, &session_ended(&harness, "ana", "s-end")).await;
    let body = json!({ "type": "Text", "id": "g-1", "text": "Hello", "originatingEntity": "Human",
                       "conversationId": "c-2" });
    let dedup_key = delivery::event::DedupKey::Message("g-1".to_owned());
    let message = crate::events::genesys(&harness, "ana", dedup_key, body);
    harness.meanwhile(Inbound, &message).await;
    harness.drain().await;
    let conversation = harness.conversation("ana").await;
    assert!(conversation.is_open());
    assert_eq!(conversation.genesys_conversation.unwrap().as_str(), "c-2");
    assert_eq!(texts(&harness.lynn_calls(), "/type"), ["message"]);
}

#[tokio::test]
async fn what_is_sent_again_by_an_operator_does_not_bring_its_session_back() {
    let mut harness = open(&quiet("webhook")).await;
    let old = says(&harness, "ana", "m-0", 1);
    harness.clock.advance(Duration::from_secs(60));
    harness.accept(Inbound, &says_in(&harness, "s-2")).await;
    harness.drain().await;
    harness.accept(Inbound, &old).await;
    harness.drain().await;
    assert_eq!(harness.conversation("ana").await.session.id.as_deref(), Some("s-2"));
}

#[tokio::test]
async fn silence_ends_a_session_and_a_word_begins_it_again() {
    let mut harness = open(&quiet("webhook")).await;
    harness.clock.advance(Duration::from_secs(1440 * 60));
    agent(&mut harness).await;
    harness.accept(Inbound, &says(&harness, "ana", "m-2", 1)).await;
    harness.drain().await;
    harness.accept(Outbound, &agent_says(&harness, "ana", "g-2")).await;
    harness.drain().await;
    let told: Vec<_> =
        harness.lynn_calls().iter().map(|seen| body(seen)["session"]["active"].clone()).collect();
    assert_eq!(told, [false, true]);
}
