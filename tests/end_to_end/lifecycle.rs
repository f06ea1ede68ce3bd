//! Agents join and leave and conversations end; Lynn is told in the order in which it happens.

use serde_json::{Value, json};

use crate::harness::{Harness, Setup, each};
use crate::people::{CONNECTED, ENDED, milliseconds};

/// The default of `threadingTimelineMinutes`.
const WINDOW_MINUTES: i64 = 4320;

#[tokio::test]
async fn lynn_hears_of_two_agents_what_they_say_and_the_end() {
    let harness = Harness::start().await;
    let session = json!({ "type": "session.started", "id": "s-1", "contact": { "id": "ana" },
                          "session": { "id": "session-ana", "channel": "web" } });
    harness.post(session).await;
    harness.logged(&[("event.name", "settled"), ("event.id", "s-1")]).await;
    let idle = harness.conversation("ana").await;
    let expected = json!({ "status": "idle", "agentConnected": false, "conversationId": null });
    has(&idle, &expected);
    assert_eq!(idle["resumableUntil"], Value::Null);

    let id = harness.opened("ana").await;
    harness.tell(&harness.genesys.queue_waits("ana")).await;
    harness.tell(&harness.genesys.agent_rings("ana", "ada")).await;
    harness.all_told("ana").await;
    let open = harness.conversation("ana").await;
    has(&open, &json!({ "status": "open", "agentConnected": false, "conversationId": id }));

    harness.tell(&harness.genesys.agent_answers("ana", "ada")).await;
    harness.heard("ana", 1).await;
    let served = harness.stands("ana", json!({ "sequence": 1 })).await;
    has(&served, &json!({ "status": "open", "agentConnected": true, "conversationId": id }));
    let said = harness.agent("ana", "Good morning").await;
    harness.heard("ana", 2).await;
    harness.tell(&harness.genesys.agent_transfers_to_queue("ana", "ada")).await;
    let waiting = harness.stands("ana", json!({ "agentConnected": false, "sequence": 2 })).await;
    has(&waiting, &json!({ "status": "open", "conversationId": id }));
    harness.tell(&harness.genesys.agent_answers("ana", "bob")).await;
    harness.heard("ana", 3).await;
    assert_eq!(harness.conversation("ana").await["agentConnected"], true);
    let again = harness.agent("ana", "My colleague told me").await;
    harness.heard("ana", 4).await;
    let end = harness.agent_leaves("ana", "bob", 5).await;

    assert_eq!(harness.types("ana"), [CONNECTED, "message", CONNECTED, "message", ENDED]);
    let events = harness.heard("ana", 5).await;
    assert_eq!([&events[1]["id"], &events[3]["id"]], [&said, &again]);
    assert!(events.iter().all(|event| event["conversationId"] == *id));
    assert!(events.iter().all(|event| event["session"]["active"] == true));
    let end_at = harness.genesys.lifecycle_events().last().expect("an end").time_ms();
    assert_eq!(milliseconds(&end["time"]), end_at);
    assert_eq!(milliseconds(&end["resumableUntil"]), end_at + WINDOW_MINUTES * 60_000);
    let ended = harness.stands("ana", json!({ "sequence": 5 })).await;
    has(&ended, &json!({ "status": "ended", "agentConnected": false, "conversationId": id }));
    assert_eq!(ended["resumableUntil"], end["resumableUntil"]);
    let activity = each(&[idle, open, served, waiting, ended], "/lastActivity");
    let activity: Vec<i64> = activity.iter().map(milliseconds).collect();
    assert!(activity.is_sorted() && activity.first() < activity.last(), "{activity:?}");
    assert_eq!(harness.lynn.duplicates(), 0);
    harness.end();
}

fn has(status: &Value, expected: &Value) {
    for (key, value) in expected.as_object().expect("fields") {
        assert_eq!(status[key], *value, "{key} of {status}");
    }
}

#[tokio::test]
async fn who_refuses_is_no_agent_and_ends_nothing() {
    let harness = Harness::start().await;
    harness.opened("ana").await;
    harness.tell(&harness.genesys.queue_waits("ana")).await;
    for agent in ["ada", "bob"] {
        harness.tell(&harness.genesys.agent_rings("ana", agent)).await;
        // Genesys reports a rejected call as if that agent had ended the conversation.
        harness.tell(&harness.genesys.agent_rejects("ana", agent)).await;
    }
    harness.all_told("ana").await;
    assert_eq!(harness.lynn.event_count(), 0);
    let status = harness.conversation("ana").await;
    has(&status, &json!({ "status": "open", "agentConnected": false }));
    // The third agent answers.
    harness.tell(&harness.genesys.agent_answers("ana", "eva")).await;
    assert_eq!(harness.heard("ana", 1).await[0]["type"], CONNECTED);
    harness.end();
}

#[tokio::test]
async fn the_end_of_an_agents_part_alone_is_no_end() {
    let harness = Harness::start().await;
    harness.opened("ana").await;
    harness.agent_comes("ana", "ada", 1).await;
    let mut events = harness.genesys.agent_ends("ana", "ada");
    events.retain(|event| event.kind() == "user.end");
    harness.tell(&events).await;
    harness.stands("ana", json!({ "status": "open", "agentConnected": false })).await;
    harness.all_told("ana").await;
    assert_eq!(harness.types("ana"), [CONNECTED]);
    // The other event is late.
    let late = harness.genesys.lifecycle_events().pop().expect("an event");
    assert_eq!(late.kind(), "customer.end");
    harness.tell(&[late]).await;
    assert_eq!(harness.heard_once("ana", ENDED).await["reason"], "agent");
    harness.stands("ana", json!({ "status": "ended", "sequence": 2 })).await;
    harness.end();
}

#[tokio::test]
async fn an_agent_who_is_rung_is_there_with_their_first_word() {
    let harness = Harness::start().await;
    harness.opened("ana").await;
    harness.tell(&harness.genesys.agent_rings("ana", "ada")).await;
    harness.all_told("ana").await;
    assert_eq!(harness.lynn.event_count(), 0);
    assert_eq!(harness.conversation("ana").await["agentConnected"], false);
    for text in ["Good morning", "How can I help?"] {
        harness.agent("ana", text).await;
    }
    harness.heard("ana", 3).await;
    assert_eq!(harness.types("ana"), [CONNECTED, "message", "message"]);
    assert_eq!(harness.conversation("ana").await["agentConnected"], true);
    harness.end();
}

#[tokio::test]
async fn what_a_bot_says_while_an_agent_is_rung_makes_nobody_connected() {
    let harness = Harness::start().await;
    harness.opened("ana").await;
    harness.tell(&harness.genesys.agent_rings("ana", "ada")).await;
    harness.all_told("ana").await;
    crate::harness::taken(harness.genesys.bot_says("ana", "One moment, please").await);
    harness.heard("ana", 1).await;
    assert_eq!(harness.types("ana"), ["message"]);
    assert_eq!(harness.conversation("ana").await["agentConnected"], false);
    harness.end();
}

#[tokio::test]
async fn every_kind_of_end_has_its_reason() {
    let harness = Harness::start().await;
    for contact in ["silent", "gone", "closed"] {
        harness.opened(contact).await;
        harness.tell(&harness.genesys.queue_waits(contact)).await;
    }
    harness.tell(&harness.genesys.customer_disappears("silent")).await;
    harness.tell(&harness.genesys.queue_abandoned("gone")).await;
    // No agent ever joined, so Lynn is not told that one is connected.
    harness.genesys.end_conversation("closed");
    let events = harness.genesys.lifecycle_events();
    harness.tell(&events[events.len() - 2..]).await;
    for (contact, reason) in [("silent", "timeout"), ("gone", "customer"), ("closed", "agent")] {
        assert_eq!(harness.heard_once(contact, ENDED).await["reason"], reason);
        assert_eq!(harness.types(contact), [ENDED]);
    }
    harness.end();
}

/// Neither an answer nor a webhook names a conversation.
fn nameless() -> Setup {
    Setup::new().genesys(|options| {
        options.prefetch_gives_id = false;
        options.webhook_names_conversation = false;
    })
}

#[tokio::test]
async fn events_find_their_conversation_by_its_addresses() {
    let harness = nameless().start().await;
    for contact in ["ana", "eva"] {
        let id = harness.opened(contact).await;
        assert_eq!(harness.conversation(contact).await["conversationId"], Value::Null);
        harness.agent_comes(contact, "ada", 1).await;
        harness.agent(contact, "Good morning").await;
        harness.heard(contact, 2).await;
        harness.agent_leaves(contact, "ada", 3).await;
        let told = each(&harness.lynn.events_for(contact), "/conversationId");
        assert_eq!([&told[0], &told[2]], [&json!(id), &json!(id)]);
        assert_eq!(harness.types(contact), [CONNECTED, "message", ENDED]);
        let status = harness.stands(contact, json!({ "sequence": 3 })).await;
        has(&status, &json!({ "status": "ended", "conversationId": id }));
    }
    harness.end();
}

#[tokio::test]
async fn an_event_that_names_neither_is_left() {
    let setup = nameless().genesys(|options| options.address_in_events = false);
    let harness = setup.start().await;
    harness.opened("ana").await;
    harness.tell(&harness.genesys.agent_answers("ana", "ada")).await;
    let reason = "it is about no conversation of this integration";
    harness.logged(&[("event.name", "left"), ("reason", reason)]).await;
    // Functions that need no event work.
    harness.agent("ana", "Good morning").await;
    harness.heard("ana", 1).await;
    assert_eq!(harness.types("ana"), ["message"]);
    assert_eq!(harness.accepted("ana", 1).await.len(), 1);
    harness.end();
}
