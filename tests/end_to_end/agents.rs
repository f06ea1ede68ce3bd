//! Who the agent is: Genesys is asked once for each agent who comes, and no event waits long for a
//! name. What Lynn is told of waits and of agents who leave, if it wants to be.

use std::time::Duration;

use serde_json::{Value, json};
use simulators::{Effect, Endpoint};
use tokio::time::{Instant, sleep};

use crate::harness::{Harness, Setup, each, fault, status};
use crate::people::{CONNECTED, ENDED, happening, now};

const QUEUED: &str = "conversation.queued";
const DISCONNECTED: &str = "conversation.agentDisconnected";
/// How late a slow answer of Genesys comes.
const SLOW: Duration = Duration::from_secs(8);
/// More than the time for which an agent's going waits for the end of the conversation.
const SAME_MOMENT: Duration = Duration::from_millis(3_500);

fn agent(id: &str, name: &str) -> Value {
    json!({ "id": id, "name": name })
}

fn curious() -> Setup {
    Setup::new().config(|integration| {
        integration["lynn"]["events"] = json!(["message", CONNECTED, ENDED, QUEUED, DISCONNECTED]);
    })
}

/// The names of the agents in the events of a contact.
fn named(events: &[Value]) -> Vec<Value> {
    each(events, "/agent/name")
}

#[tokio::test]
async fn each_agent_who_comes_is_asked_for_once() {
    let harness = Harness::start().await;
    harness.genesys.name_user("ada", Some("Ada Byron"));
    harness.opened("ana").await;
    harness.agent_comes("ana", "ada", 1).await;
    for text in ["Good morning", "How can I help?"] {
        harness.agent("ana", text).await;
    }
    harness.heard("ana", 3).await;
    harness.tell(&harness.genesys.agent_transfers_to_queue("ana", "ada")).await;
    harness.tell(&harness.genesys.agent_answers("ana", "bob")).await;
    harness.agent("ana", "My colleague told me").await;
    let events = harness.heard("ana", 5).await;
    let (ada, bob) = (agent("ada", "Ada Byron"), agent("bob", "Agent bob"));
    assert_eq!(each(&events, "/agent"), [ada.clone(), ada.clone(), ada, bob.clone(), bob]);
    assert_eq!(harness.types("ana"), [CONNECTED, "message", "message", CONNECTED, "message"]);
    assert_eq!(harness.calls("GET").len(), 2);
    // A bot has no name.
    harness.genesys.bot_says("ana", "Please wait").await;
    assert_eq!(harness.heard("ana", 6).await[5]["agent"], Value::Null);
    let log = harness.process.log();
    assert!(!log.contains("Byron") && !log.contains("Agent bob"), "a name is personal data");
    harness.end();
}

#[tokio::test]
async fn of_several_agents_the_one_who_wrote_is_named() {
    let harness = curious().start().await;
    harness.opened("ana").await;
    harness.tell(&harness.genesys.queue_waits("ana")).await;
    harness.tell(&harness.genesys.agent_answers("ana", "ada")).await;
    harness.heard("ana", 2).await;
    harness.tell(&harness.genesys.agent_joins("ana", "bob")).await;
    for (number, writer) in (3..).zip(["bob", "ada", "bob"]) {
        harness.genesys.next_is_by(writer);
        harness.agent("ana", "Good morning").await;
        let said = harness.lynn.wait_until(Duration::from_secs(10), |lynn| {
            lynn.events_of_type("ana", "message").len() > number - 3
        });
        assert!(said.await);
        let said = harness.lynn.events_of_type("ana", "message").remove(number - 3);
        assert_eq!(said["agent"]["id"], writer, "{said}");
    }
    harness.tell(&harness.genesys.agent_leaves("ana", "ada")).await;
    let left = harness.heard_once("ana", DISCONNECTED).await;
    // Bob has written, so the customer is not alone.
    assert_eq!(harness.conversation("ana").await["agentConnected"], true);
    assert_eq!(left["agent"], agent("ada", "Agent ada"));
    // Now there is one agent, whose first word reports them, so that they are asked for once more.
    let asked = harness.calls("GET").len();
    harness.agent("ana", "I am alone").await;
    let said = |lynn: &simulators::LynnSimulator| lynn.events_of_type("ana", "message").len() == 4;
    assert!(harness.lynn.wait_until(Duration::from_secs(10), said).await);
    assert_eq!(harness.lynn.events_of_type("ana", "message")[3]["agent"]["id"], "bob");
    assert!(harness.calls("GET").len() <= asked + 1);
    harness.end();
}

#[tokio::test]
async fn an_alias_stands_for_every_name_and_hidden_asks_nothing() {
    let alias = Setup::new().config(|integration| {
        integration["genesys"]["agentNames"] = json!("alias");
        integration["genesys"]["agentAlias"] = json!("The team");
    });
    let harness = alias.start().await;
    harness.genesys.name_user("ada", Some("Ada Byron"));
    harness.opened("ana").await;
    harness.agent_comes("ana", "ada", 1).await;
    harness.agent("ana", "Good morning").await;
    let team = agent("ada", "The team");
    assert_eq!(each(&harness.heard("ana", 2).await, "/agent"), [team.clone(), team]);
    harness.end();

    let hidden = Setup::new().config(|integration| {
        integration["genesys"]["agentNames"] = json!("hidden");
    });
    let harness = hidden.start().await;
    harness.opened("ana").await;
    harness.agent_comes("ana", "ada", 1).await;
    harness.agent("ana", "Good morning").await;
    assert_eq!(each(&harness.heard("ana", 2).await, "/agent"), [Value::Null, Value::Null]);
    assert_eq!(harness.calls("GET").len(), 0);
    harness.end();
}

#[tokio::test]
async fn an_agent_without_a_name_has_an_id() {
    let harness = Harness::start().await;
    harness.genesys.name_user("ada", None);
    harness.opened("ana").await;
    harness.agent_comes("ana", "ada", 1).await;
    harness.agent("ana", "Good morning").await;
    let nameless = json!({ "id": "ada", "name": null });
    assert_eq!(each(&harness.heard("ana", 2).await, "/agent"), [nameless.clone(), nameless]);
    assert_eq!(harness.calls("GET").len(), 1);
    harness.end();
}

#[tokio::test]
async fn without_the_permission_events_go_without_names() {
    let harness = Harness::start().await;
    harness.opened("ana").await;
    for _ in 0..3 {
        harness.genesys.script(fault(Endpoint::Conversation, status(403)));
    }
    harness.agent_comes("ana", "ada", 1).await;
    harness.agent("ana", "Good morning").await;
    let events = harness.heard("ana", 2).await;
    // The event itself names the user.
    assert_eq!(events[0]["agent"], json!({ "id": "ada", "name": null }));
    assert_eq!(events[1]["agent"], Value::Null);
    harness.logged(&[("event.name", "names_refused")]).await;
    assert_eq!(harness.calls("GET").len(), 1);
    assert!(harness.lines().iter().all(|line| line["event.name"] != "failed"));
    harness.end();
}

#[tokio::test]
async fn a_message_waits_two_seconds_for_a_name_and_the_next_one_has_it() {
    let harness = Harness::start().await;
    harness.opened("ana").await;
    let slow = Effect::Delay(SLOW);
    harness.genesys.script(fault(Endpoint::Conversation, slow));
    harness.genesys.agent_answers("ana", "ada");
    let began = Instant::now();
    harness.agent("ana", "Good morning").await;
    let first = harness.heard("ana", 1).await.remove(0);
    let waited = began.elapsed();
    assert!(waited < SLOW - Duration::from_secs(2), "{waited:?}");
    assert_eq!(first["agent"], Value::Null);
    // A customer's message does not wait for the answer either.
    harness.say("ana", "m-2", "Hello?").await;
    harness.accepted("ana", 2).await;
    // The second message goes at once, since its agent was asked for already.
    harness.agent("ana", "Are you there?").await;
    harness.heard("ana", 2).await;
    assert!(began.elapsed() < SLOW, "{:?}", began.elapsed());
    harness.logged(&[("event.name", "delivered"), ("event.kind", "roster")]).await;
    harness.agent("ana", "Hello?").await;
    let events = harness.heard("ana", 3).await;
    assert_eq!(events[2]["agent"], agent("ada", "Agent ada"));
    assert_eq!(harness.calls("GET").len(), 1);
    harness.end();
}

#[tokio::test]
async fn a_name_is_left_out_when_little_is_left_of_the_rate_budget() {
    let harness = Setup::new().genesys(|options| options.rate_limit_per_minute = 12).start().await;
    harness.opened("ana").await;
    for number in 2..11 {
        harness.say("ana", &format!("m-{number}"), "Hello?").await;
    }
    harness.accepted("ana", 10).await;
    harness.agent_comes("ana", "ada", 1).await;
    let connected = harness.heard("ana", 1).await.remove(0);
    assert_eq!(connected["agent"], json!({ "id": "ada", "name": null }));
    harness.logged(&[("event.name", "shed"), ("event.kind", "roster")]).await;
    assert_eq!(harness.calls("GET").len(), 0);
    harness.end();
}

#[tokio::test]
async fn a_repeated_event_is_posted_once_and_a_retry_has_what_is_known_then() {
    let harness = Harness::start().await;
    harness.opened("ana").await;
    harness.agent_comes("ana", "ada", 1).await;
    harness.tell(&harness.genesys.lifecycle_events()).await;
    harness.all_told("ana").await;
    let said = harness.genesys.agent_says("ana", "Good morning").await;
    harness.heard("ana", 2).await;
    assert!(harness.genesys.redeliver(&said).await.delivered);
    harness.agent("ana", "How can I help?").await;
    let events = harness.heard("ana", 3).await;
    assert_eq!(named(&events), ["Agent ada", "Agent ada", "Agent ada"]);
    assert_eq!(harness.lynn.duplicates(), 0);
    assert_eq!(harness.calls("GET").len(), 1);
    harness.end();
}

#[tokio::test]
async fn waits_and_goings_are_told_in_order_to_who_wants_them() {
    let harness = curious().start().await;
    harness.opened("ana").await;
    harness.tell(&harness.genesys.queue_waits("ana")).await;
    let queue = harness.heard("ana", 1).await.remove(0)["queue"].clone();
    let name = harness.genesys.options().integration_name.clone();
    assert_eq!(queue, json!({ "id": harness.genesys.queue_id(), "name": name }));
    // An agent who refuses was not connected.
    harness.tell(&harness.genesys.agent_rings("ana", "eva")).await;
    harness.tell(&harness.genesys.agent_rejects("ana", "eva")).await;
    harness.tell(&harness.genesys.agent_answers("ana", "ada")).await;
    harness.agent("ana", "Good morning").await;
    harness.heard("ana", 3).await;
    harness.tell(&harness.genesys.agent_transfers_to_queue("ana", "ada")).await;
    let events = harness.heard("ana", 5).await;
    assert_eq!(events[3]["agent"], agent("ada", "Agent ada"));
    assert_eq!(events[4]["queue"], queue);
    harness.tell(&harness.genesys.agent_answers("ana", "bob")).await;
    harness.heard("ana", 6).await;
    // The conversation ends, so that no agent's part alone does.
    harness.tell(&harness.genesys.agent_ends("ana", "bob")).await;
    harness.heard_once("ana", ENDED).await;
    sleep(SAME_MOMENT).await;
    let told = harness.types("ana");
    assert_eq!(
        told,
        [QUEUED, CONNECTED, "message", DISCONNECTED, QUEUED, CONNECTED, ENDED],
        "each change is told once"
    );
    // A repeat changes nothing.
    harness.tell(&harness.genesys.lifecycle_events()).await;
    harness.opened_again("ana").await;
    assert_eq!(harness.types("ana"), told);
    harness.end();
}

#[tokio::test]
async fn an_event_before_the_one_that_it_follows_from_waits_for_it() {
    let harness = curious().start().await;
    harness.opened("ana").await;
    harness.tell(&harness.genesys.queue_waits("ana")).await;
    harness.tell(&harness.genesys.agent_answers("ana", "ada")).await;
    harness.heard("ana", 2).await;
    let mut transfer = harness.genesys.agent_transfers_to_queue("ana", "ada");
    transfer.reverse();
    assert_eq!(transfer[0].kind(), "acd.start");
    harness.tell(&transfer).await;
    harness.heard("ana", 4).await;
    assert_eq!(harness.types("ana"), [QUEUED, CONNECTED, QUEUED, DISCONNECTED]);
    harness.end();
}

#[tokio::test]
async fn the_last_agent_may_leave_an_open_conversation() {
    let harness = curious().start().await;
    harness.opened("ana").await;
    harness.tell(&harness.genesys.queue_waits("ana")).await;
    harness.tell(&harness.genesys.agent_answers("ana", "ada")).await;
    harness.heard("ana", 2).await;
    harness.tell(&harness.genesys.agent_leaves("ana", "ada")).await;
    assert_eq!(harness.heard("ana", 3).await[2]["type"], DISCONNECTED);
    harness.stands("ana", json!({ "status": "open", "agentConnected": false })).await;
    harness.end();
}

#[tokio::test]
async fn a_type_that_is_not_listed_is_settled_and_uses_no_number() {
    let quiet = Setup::new().config(|integration| {
        integration["lynn"]["events"] = json!([CONNECTED, "receipt"]);
    });
    let harness = quiet.start().await;
    let id = harness.opened("ana").await;
    harness.agent("ana", "Nobody wants this").await;
    harness.genesys.agent_types("ana", 1000).await;
    let settled = [("event.name", "settled"), ("reason", "lynn.events does not list its type")];
    harness.logged(&[&settled[..], &[("event.kind", "message")]].concat()).await;
    harness.logged(&[&settled[..], &[("event.kind", "typing")]].concat()).await;
    // A message that could never be delivered is settled, too.
    let unknown = json!({ "id": "g-unknown", "type": "Hologram", "direction": "Outbound",
        "conversationId": id, "channel": { "to": { "id": "ana" } } });
    harness.genesys.deliver_raw(unknown.to_string().into_bytes()).await;
    harness.logged(&[&settled[..], &[("event.id", "g-unknown")]].concat()).await;
    harness.agent_comes("ana", "ada", 1).await;
    harness.tell(&harness.genesys.agent_ends("ana", "ada")).await;
    harness.stands("ana", json!({ "status": "ended", "sequence": 1 })).await;
    harness.logged(&[&settled[..], &[("event.kind", "lifecycle")]].concat()).await;
    assert_eq!(harness.types("ana"), [CONNECTED]);
    assert!(harness.lines().iter().all(|line| line["event.name"] != "failed"));
    assert_eq!(harness.genesys.receipts(), Vec::<Value>::new());
    harness.end();
}

#[tokio::test]
async fn what_is_told_by_default_is_what_was_told_before() {
    let harness = Harness::start().await;
    let id = harness.opened("ana").await;
    harness.tell(&harness.genesys.queue_waits("ana")).await;
    harness.tell(&harness.genesys.agent_answers("ana", "ada")).await;
    harness.tell(&harness.genesys.agent_transfers_to_queue("ana", "ada")).await;
    let late = json!({ "disconnectType": "TRANSFER" });
    harness.post_event(&happening("user.end", &id, now(), late)).await;
    harness.all_told("ana").await;
    assert_eq!(harness.types("ana"), [CONNECTED]);
    harness.end();
}
