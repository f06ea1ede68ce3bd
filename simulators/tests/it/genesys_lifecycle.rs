//! The life of a conversation at Genesys: the actions of people, and their events.

use serde_json::{Value, json};
use simulators::{GenesysOptions, LifecycleEvent};

use crate::support::{Genesys, message, quiet, read};

const AGENT: &str = "0f3b8a5e-2f0c-4a52-9c6b-7f4f7a1d9e01";
const OTHER: &str = "6c1d4b7a-90e5-4e7b-8a55-1f2b3c4d5e02";

/// Kind and disconnect type of each event.
fn told(events: &[LifecycleEvent]) -> Vec<(&'static str, Option<String>)> {
    let reason =
        |event: &LifecycleEvent| event.event_body()["disconnectType"].as_str().map(str::to_owned);
    events.iter().map(|event| (event.kind(), reason(event))).collect()
}

fn expected(kinds: &[(&'static str, &str)]) -> Vec<(&'static str, Option<String>)> {
    let reason = |reason: &str| (!reason.is_empty()).then(|| reason.to_owned());
    kinds.iter().map(|(kind, why)| (*kind, reason(why))).collect()
}

/// A conversation that a message has opened.
async fn opened(options: GenesysOptions) -> (Genesys, String) {
    let genesys = Genesys::start_with(options).await;
    let answer = genesys.say("x", "m-1", 1).await;
    let id = answer["conversationId"].as_str().expect("an id").to_owned();
    (genesys, id)
}

/// Purpose, state and disconnect type of each participant, as the conversation API shows them.
async fn participants(genesys: &Genesys, id: &str) -> Vec<Value> {
    let base = genesys.simulator.base_url();
    let url = format!("{base}/api/v2/conversations/messages/{id}");
    let (status, body) = read(genesys.client.get(url).bearer_auth(&genesys.token)).await;
    assert_eq!((status, &body["id"]), (200, &json!(id)));
    body["participants"].as_array().expect("a list").clone()
}

fn standing(participants: &[Value]) -> Vec<[String; 3]> {
    let word = |known: &Value, key: &str| known[key].as_str().unwrap_or_default().to_owned();
    let words = |known| ["purpose", "state", "disconnectType"].map(|key| word(known, key));
    participants.iter().map(words).collect()
}

#[tokio::test]
async fn each_act_makes_its_events_known() {
    let (genesys, id) = opened(quiet()).await;
    let simulator = &genesys.simulator;
    let mut all = Vec::new();
    let mut check = |events: Vec<LifecycleEvent>, kinds: &[(&'static str, &str)]| {
        assert_eq!(told(&events), expected(kinds));
        all.extend(events);
    };
    check(simulator.queue_waits("x"), &[("acd.start", "")]);
    check(simulator.agent_rings("x", AGENT), &[("user.start", "")]);
    check(simulator.agent_rejects("x", AGENT), &[("user.end", "CLIENT")]);
    check(simulator.agent_answers("x", OTHER), &[("user.start", ""), ("acd.end", "TRANSFER")]);
    check(
        simulator.agent_transfers_to_queue("x", OTHER),
        &[("user.end", "TRANSFER"), ("acd.start", "")],
    );
    check(simulator.agent_rings("x", AGENT), &[("user.start", "")]);
    check(simulator.agent_answers("x", AGENT), &[("acd.end", "TRANSFER")]);
    assert!(simulator.is_conversation_open("x"));
    check(simulator.agent_ends("x", AGENT), &[("user.end", "CLIENT"), ("customer.end", "PEER")]);
    assert!(!simulator.is_conversation_open("x"));
    assert_eq!(simulator.lifecycle_events(), all);
    assert!(all.iter().all(|event| event.conversation_id() == id));
    let times: Vec<_> = all.iter().map(LifecycleEvent::time_ms).collect();
    assert!(times.is_sorted(), "{times:?}");
    for (place, event) in all.iter().enumerate() {
        let same_kind = |other: &&LifecycleEvent| other.kind() == event.kind();
        let later = all.iter().skip(place + 1).filter(same_kind);
        assert!(later.clone().all(|other| other.time_ms() > event.time_ms()), "{event:?}");
    }
}

#[tokio::test]
async fn an_act_that_does_not_fit_does_nothing() {
    let genesys = Genesys::start().await;
    let simulator = &genesys.simulator;
    let nothing = |events: Vec<LifecycleEvent>| assert_eq!(events, Vec::new());
    nothing(simulator.queue_waits("x"));
    nothing(simulator.customer_disappears("x"));
    simulator.end_conversation("x");
    assert_eq!(simulator.conversation_id("x"), None);
    genesys.say("x", "m-1", 1).await;
    nothing(simulator.queue_abandoned("x"));
    nothing(simulator.agent_ends("x", AGENT));
    nothing(simulator.agent_rejects("x", AGENT));
    nothing(simulator.agent_transfers_to_queue("x", AGENT));
    assert_eq!(simulator.queue_waits("x").len(), 1);
    nothing(simulator.queue_waits("x"));
    assert_eq!(simulator.agent_rings("x", AGENT).len(), 1);
    nothing(simulator.agent_rings("x", AGENT));
    nothing(simulator.agent_ends("x", AGENT));
    assert_eq!(simulator.agent_answers("x", AGENT).len(), 1);
    nothing(simulator.agent_answers("x", AGENT));
    nothing(simulator.agent_rejects("x", AGENT));
    nothing(simulator.queue_abandoned("x"));
    assert!(simulator.is_conversation_open("x"));
    assert_eq!(simulator.customer_disappears("x").len(), 2);
    nothing(simulator.customer_disappears("x"));
    simulator.end_conversation("x");
    assert_eq!(simulator.lifecycle_events().len(), 5);
}

#[tokio::test]
async fn an_agent_who_is_first_has_no_queue() {
    let genesys = Genesys::start().await;
    let simulator = &genesys.simulator;
    let events = simulator.agent_answers("x", AGENT);
    assert_eq!(told(&events), expected(&[("user.start", "")]));
    assert!(events[0].event_body().get("queueId").is_none());
    let id = simulator.conversation_id("x").expect("a conversation");
    let known = participants(&genesys, &id).await;
    assert_eq!(standing(&known), [["customer", "connected", ""], ["agent", "connected", ""]]);
    let events = simulator.agent_ends("x", AGENT);
    assert_eq!(told(&events), expected(&[("user.end", "CLIENT"), ("customer.end", "PEER")]));
}

#[tokio::test]
async fn a_conversation_ends_in_several_ways() {
    let (genesys, _) = opened(quiet()).await;
    let simulator = &genesys.simulator;
    simulator.queue_waits("x");
    let events = simulator.queue_abandoned("x");
    assert_eq!(told(&events), expected(&[("acd.end", "CLIENT"), ("customer.end", "CLIENT")]));

    genesys.say("x", "m-2", 2).await;
    assert_eq!(told(&simulator.customer_disappears("x")), expected(&[("customer.end", "TIMEOUT")]));

    genesys.say("x", "m-3", 3).await;
    simulator.agent_answers("x", AGENT);
    let events = simulator.customer_disappears("x");
    assert_eq!(told(&events), expected(&[("user.end", "PEER"), ("customer.end", "TIMEOUT")]));

    genesys.say("x", "m-4", 4).await;
    simulator.queue_waits("x");
    simulator.agent_answers("x", AGENT);
    let before = simulator.lifecycle_events().len();
    simulator.end_conversation("x");
    let events = simulator.lifecycle_events().split_off(before);
    assert_eq!(told(&events), expected(&[("user.end", "CLIENT"), ("customer.end", "PEER")]));
}

#[tokio::test]
async fn the_api_ends_a_conversation_once() {
    let (genesys, id) = opened(quiet()).await;
    genesys.simulator.agent_answers("x", AGENT);
    let before = genesys.simulator.lifecycle_events().len();
    let base = genesys.simulator.base_url();
    let patch = |id: &str| {
        let url = format!("{base}/api/v2/conversations/messages/{id}");
        let body = json!({ "state": "disconnected" });
        read(genesys.client.patch(url).bearer_auth(&genesys.token).json(&body))
    };
    let (status, body) = patch(&id).await;
    assert_eq!((status, &body["participants"][0]["state"]), (200, &json!("disconnected")));
    let ended = genesys.simulator.lifecycle_events().split_off(before);
    assert_eq!(told(&ended), expected(&[("user.end", "SYSTEM"), ("customer.end", "SYSTEM")]));
    assert_eq!(patch(&id).await.0, 200);
    assert_eq!(genesys.simulator.lifecycle_events().len(), before + 2);
    assert_eq!(genesys.simulator.violations(), Vec::<String>::new());
    assert_eq!(patch("unknown").await.0, 404);

    genesys.simulator.close_threading_window("x");
    genesys.say("x", "m-2", 2).await;
    assert_eq!(patch(&id).await.0, 200);
    assert!(genesys.simulator.is_conversation_open("x"), "an old one is not the current one");
}

#[tokio::test]
async fn an_event_has_the_form_of_the_platform() {
    let (genesys, id) = opened(quiet()).await;
    genesys.simulator.queue_waits("x");
    genesys.simulator.agent_answers("x", AGENT);
    let events = genesys.simulator.agent_ends("x", AGENT);
    let [user, customer] = events.as_slice() else { panic!("two events") };
    let body = customer.event_body();
    let mut keys: Vec<_> =
        body.as_object().expect("an object").keys().map(String::as_str).collect();
    keys.sort_unstable();
    assert_eq!(
        keys,
        [
            "addressFrom",
            "addressTo",
            "conversationId",
            "direction",
            "disconnectType",
            "divisionId",
            "eventTime",
            "mediaType",
            "messageType",
            "participantId",
            "provider",
            "sessionId",
        ]
    );
    assert_eq!(body["eventTime"], json!(customer.time_ms()));
    assert_eq!(body["conversationId"], json!(id));
    assert_eq!((&body["mediaType"], &body["messageType"]), (&json!("MESSAGE"), &json!("OPEN")));
    assert_eq!(body["direction"], "INBOUND");
    assert_eq!(body["provider"], "PureCloud Messaging");
    assert_eq!(body["addressFrom"], "x");
    assert_eq!(body["addressTo"], json!(genesys.simulator.options().integration_id));
    assert_eq!(user.event_body()["userId"], AGENT);
    assert!(user.event_body()["queueId"].is_string());

    let source = "aws.partner/genesys.com/cloud/0c9d/lynn";
    let bus = customer.event_bridge(source);
    assert_eq!(bus["detail-type"], "v2.detail.events.conversation.{id}.customer.end");
    assert_eq!((&bus["version"], &bus["source"]), (&json!("0"), &json!(source)));
    assert_eq!(bus["resources"], json!([]));
    let topic = format!("v2.detail.events.conversation.{id}.customer.end");
    assert_eq!(bus["detail"]["topicName"], json!(topic));
    assert_eq!((&bus["detail"]["version"], &bus["detail"]["eventBody"]), (&json!("2"), &body));
    assert!(bus["detail"]["metadata"]["CorrelationId"].is_string());
    let seconds = bus["time"].as_str().expect("a time").strip_suffix('Z').expect("UTC");
    let exact = bus["detail"]["timestamp"].as_str().expect("a time");
    assert_eq!(exact.split_once('.').expect("milliseconds").0, seconds);
    assert_eq!(exact.len(), "2026-03-04T05:06:07.890Z".len());
    assert_eq!(customer.event_bridge(source), bus, "a repeat is the same event");
    assert_ne!(user.event_bridge(source)["id"], bus["id"]);

    let topic = "v2.detail.events.conversation.{id}.customer.end";
    assert_eq!(customer.process_automation(), json!({ "topicName": topic, "eventBody": body }));
}

#[tokio::test]
async fn addresses_may_be_missing() {
    let (genesys, _) = opened(GenesysOptions { address_in_events: false, ..quiet() }).await;
    let body = genesys.simulator.customer_disappears("x")[0].event_body();
    assert!(body.get("addressFrom").is_none() && body.get("addressTo").is_none());
    assert!(!body.to_string().contains("\"x\""));
}

#[tokio::test]
async fn a_conversation_shows_its_participants() {
    let (genesys, id) = opened(quiet()).await;
    let simulator = &genesys.simulator;
    assert_eq!(standing(&participants(&genesys, &id).await), [["customer", "connected", ""]]);
    simulator.queue_waits("x");
    simulator.agent_rings("x", AGENT);
    let known = participants(&genesys, &id).await;
    assert_eq!(
        standing(&known),
        [["customer", "connected", ""], ["acd", "connected", ""], ["agent", "alerting", ""]]
    );
    assert_eq!((&known[2]["userId"], &known[2]["user"]["id"]), (&json!(AGENT), &json!(AGENT)));
    assert!(known[2].get("connectedTime").is_none() && known[2].get("endTime").is_none());
    assert!(known[2]["startTime"].is_string());
    assert_eq!(known[0]["fromAddress"]["addressNormalized"], "x");
    assert_eq!(known[0]["type"], "open");
    simulator.agent_answers("x", AGENT);
    let known = participants(&genesys, &id).await;
    assert_eq!(
        standing(&known),
        [
            ["customer", "connected", ""],
            ["acd", "disconnected", "transfer"],
            ["agent", "connected", ""]
        ]
    );
    simulator.agent_ends("x", AGENT);
    let ended = participants(&genesys, &id).await;
    assert_eq!(
        standing(&ended),
        [
            ["customer", "disconnected", "peer"],
            ["acd", "disconnected", "transfer"],
            ["agent", "disconnected", "client"]
        ]
    );
    assert!(ended.iter().all(|known| known["endTime"].is_string()));

    let answer = genesys.say("x", "m-2", 2).await;
    assert_eq!(answer["conversationId"], json!(id));
    let continued = participants(&genesys, &id).await;
    assert_eq!(continued[..3], ended[..]);
    assert_eq!(standing(&continued[3..]), [["customer", "connected", ""]]);
}

#[tokio::test]
async fn each_round_has_a_session_of_its_own() {
    let (genesys, id) = opened(quiet()).await;
    let first = genesys.simulator.customer_disappears("x")[0].event_body();
    genesys.say("x", "m-2", 2).await;
    let second = genesys.simulator.customer_disappears("x")[0].event_body();
    assert_eq!((&first["conversationId"], &second["conversationId"]), (&json!(id), &json!(id)));
    assert_ne!(first["sessionId"], second["sessionId"]);
    assert_ne!(first["participantId"], second["participantId"]);
    let known = participants(&genesys, &id).await;
    assert_eq!(
        (&known[0]["id"], &known[1]["id"]),
        (&first["participantId"], &second["participantId"])
    );
}

#[tokio::test]
async fn time_passes_for_the_window_of_an_ended_conversation() {
    let (genesys, id) = opened(GenesysOptions { threading_minutes: 60, ..quiet() }).await;
    let simulator = &genesys.simulator;
    let again = async |number: u32| {
        let body = message("x", &format!("m-{number}"), number);
        let (status, _) = genesys.post("message", &body).await;
        assert_eq!(status, 200);
        simulator.conversation_id("x").expect("a conversation")
    };
    simulator.pass_time("x", 600);
    assert_eq!(again(2).await, id, "an open conversation is not touched");
    simulator.customer_disappears("x");
    simulator.pass_time("x", 59);
    assert_eq!(again(3).await, id);
    simulator.customer_disappears("x");
    simulator.pass_time("x", 30);
    simulator.pass_time("x", 30);
    assert_ne!(again(4).await, id);
    simulator.customer_disappears("x");
    simulator.pass_time("x", u64::MAX);
    simulator.pass_time("x", u64::MAX);
    again(5).await;
    simulator.pass_time("nobody", 1);
}
