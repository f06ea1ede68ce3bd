//! What an operator sees: what waits, conversations, timelines, dead letters; and that contacts and
//! texts are shown only when asked for, and recorded.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use super::running::Console;
use super::{PHONE, refused};
use crate::harness::{Harness, Setup, each, fault, status};
use simulators::Endpoint;

fn hidden(shown: &Value) {
    let shown = shown.to_string();
    assert!(!shown.contains("5512345678") && !shown.contains("private"), "{shown}");
}

#[tokio::test]
async fn what_waits_says_since_when_and_why_and_names_nobody() {
    let harness = Harness::start().await;
    // The bridge is logged in before Genesys Cloud is down.
    harness.say("ana", "m-0", "Hello").await;
    harness.accepted("ana", 1).await;
    harness.genesys.set_down(true);
    harness.say(PHONE, "m-1", "a private word").await;
    harness.say(PHONE, "m-2", "a private word").await;
    harness.logged(&[("event.name", "retried"), ("event.id", "m-1")]).await;
    let console = Console::on(&harness.data_directory(), &[]);
    let tried = |seen: &Value| seen["integrations"][0]["inbound"]["lastFailure"].is_object();
    let seen = console.events("overview", tried).await.pop().expect("an overview");
    assert_eq!(seen["integrations"][0]["inbound"]["waiting"], 2, "{seen}");
    hidden(&seen);
    let found = console.get("/api/waiting").await;
    hidden(&found);
    let waiting = found["waiting"].as_array().expect("a list");
    assert_eq!(each(waiting, "/id"), ["m-1", "m-2"]);
    assert!(waiting[0]["cause"].as_str().expect("a cause").starts_with("post a message"));
    assert!(waiting[0]["acceptedAt"].is_string() && found["next"].is_null(), "{found}");
    // The conversation of a waiting event is found, though it has no state yet.
    let fingerprint = waiting[0]["contactFingerprint"].as_str().expect("a fingerprint");
    let path = format!("/api/conversation?integration=support&contactFingerprint={fingerprint}");
    let one = console.get(&path).await;
    hidden(&one);
    let events = one["events"].as_array().expect("a list");
    assert_eq!(each(events, "/state"), ["waiting", "waiting"], "{one:#}");
    let steps = events[0]["steps"].as_array().expect("a list");
    assert_eq!(steps[0]["words"], "accepted");
    assert!(steps[1]["words"].as_str().expect("words").starts_with("failed: post a message"));
    harness.genesys.set_down(false);
    harness.accepted(PHONE, 2).await;
    harness.end();
}

#[tokio::test]
async fn a_conversation_is_found_by_any_field_and_tells_its_whole_story() {
    let harness = Setup::new().lynn(|options| options.post_attempts = 1).start().await;
    for code in [503, 503, 400] {
        harness.genesys.script(fault(Endpoint::Message, status(code)));
    }
    harness.say(PHONE, "m-1", "a private word").await;
    harness.heard(PHONE, 1).await;
    harness.say(PHONE, "m-2", "Good").await;
    harness.accepted(PHONE, 1).await;
    harness.say("ana", "m-3", "Another").await;
    harness.accepted("ana", 1).await;
    let delivered = [("event.name", "delivered"), ("event.id", "m-3")];
    harness.logged(&delivered).await;
    let console = Console::on(&harness.data_directory(), &[]);
    let all = console.get("/api/conversations").await;
    hidden(&all);
    assert_eq!((&all["total"], &all["all"]), (&json!(2), &json!(2)), "{all}");
    for text in ["551234", PHONE] {
        let found = console.get(&format!("/api/conversations?text={text}&status=open")).await;
        hidden(&found);
        assert_eq!(found["total"], 1, "{text}: {found}");
    }
    let found = console.get(&format!("/api/conversations?text={PHONE}")).await;
    let row = &found["conversations"][0];
    let id = row["conversationId"].as_str().expect("an id");
    assert_eq!(console.get(&format!("/api/conversations?text={id}")).await["total"], 1);
    let fingerprint = row["contactFingerprint"].as_str().expect("a fingerprint");
    let path = format!("/api/conversation?integration=support&contactFingerprint={fingerprint}");
    let one = console.get(&path).await;
    hidden(&one);
    let events = one["events"].as_array().expect("a list");
    let of = |key: &str| events.iter().find(|event| event["key"] == key).expect(key);
    let dead = of("msg#in#m-1");
    assert_eq!(dead["state"], "deadLetter", "{dead:#}");
    assert!(dead["letter"].is_string());
    let words: Vec<&str> = dead["steps"]
        .as_array()
        .expect("steps")
        .iter()
        .filter_map(|it| it["words"].as_str())
        .collect();
    assert_eq!(words.iter().filter(|words| words.starts_with("failed: ")).count(), 3, "{words:?}");
    assert!(words.iter().any(|words| words.contains("has arrived")), "{words:?}");
    assert_eq!(of("msg#in#m-2")["state"], "delivered");
    assert_eq!(of("receipt#out#lynn/m-1#failed")["title"], "notice to Lynn: event m-1 failed");
    assert!(one["notes"][0].as_str().expect("words").contains("7 days"));

    // What is personal comes only when asked for, and is recorded first.
    let known = json!({ "what": "conversation", "integration": "support",
                        "contactFingerprint": fingerprint });
    let shown = console.post("/api/show", known).await;
    assert_eq!(shown["contact"], PHONE);
    assert_eq!(shown["texts"]["msg#in#m-1"]["text"], "a private word");
    let contacts = json!({ "what": "contacts",
        "contacts": [{ "integration": "support", "contactFingerprint": fingerprint }] });
    assert_eq!(console.post("/api/show", contacts).await["contacts"][0]["contact"], PHONE);
    let audit = console.audit().await;
    assert_eq!(each(&audit, "/what"), ["contacts", "conversation"]);
    assert_eq!(each(&audit, "/action"), ["shown", "shown"]);
    assert_eq!(audit[1]["contactFingerprint"], fingerprint);
    assert!(audit[1]["session"].is_string() && audit[1]["user"].is_string());
    hidden(&json!(audit));
    let file = harness.data_directory().join("console-audit.jsonl");
    let mode = std::fs::metadata(&file).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let unknown = json!({ "what": "conversation", "integration": "support",
                          "contactFingerprint": "0123456789ab" });
    console.refused("/api/show", unknown, 404).await;
    harness.end();
}

#[tokio::test]
async fn dead_letters_are_grouped_filtered_and_shown_one_by_one() {
    let harness = Harness::start().await;
    for (contact, code) in [(PHONE, 400), ("ben", 400), ("eva", 403)] {
        harness.genesys.script(fault(Endpoint::Message, status(code)));
        harness.say(contact, "m-1", "a private word").await;
        harness.heard(contact, 1).await;
    }
    let console = Console::on(&harness.data_directory(), &[]);
    let grouped = console.get("/api/causes").await;
    hidden(&grouped);
    let groups = grouped["groups"].as_array().expect("a list");
    assert_eq!(each(groups, "/count"), [2, 1]);
    let cause = groups[1]["cause"].as_str().expect("a cause").to_owned();
    let counted = async |query: &str| {
        console.get(&format!("/api/dead-letters?{query}")).await["total"].as_u64().expect("a count")
    };
    let cause = url::form_urlencoded::byte_serialize(cause.as_bytes()).collect::<String>();
    assert_eq!(counted(&format!("cause={cause}")).await, 1);
    assert_eq!(counted(&format!("contact={PHONE}")).await, 1);
    assert_eq!(counted("direction=outbound").await, 0);
    assert_eq!(counted("integration=support&since=1h").await, 3);
    assert_eq!(counted("since=2035-01-01T00:00:00Z").await, 0);
    let wrong = console.send(reqwest::Method::GET, "/api/dead-letters?since=never", None).await;
    assert_eq!(wrong.status(), 400);
    let listed = console.get(&format!("/api/dead-letters?contact={PHONE}")).await;
    hidden(&listed);
    let letter = &listed["letters"][0];
    assert!(letter["toldWords"].as_str().expect("words").contains("notice"), "{letter}");
    let show = json!({ "what": "deadLetter", "integration": "support", "sort": letter["sort"] });
    let shown = console.post("/api/show", show).await;
    assert_eq!(
        (&shown["contact"], &shown["event"]["text"]),
        (&json!(PHONE), &json!("a private word"))
    );
    assert_eq!(console.audit().await[0]["what"], "deadLetter");
    harness.end();
}

/// A look that cannot be recorded is refused.
#[tokio::test]
async fn nothing_personal_is_shown_without_a_record() {
    let harness = Harness::start().await;
    refused(&harness, PHONE, "m-1", "a private word").await;
    let file = harness.data_directory().join("console-audit.jsonl");
    std::fs::create_dir(&file).expect("a folder in its place");
    let console = Console::on(&harness.data_directory(), &["--allow-redrive"]);
    let listed = console.get("/api/dead-letters").await;
    let show = json!({ "what": "deadLetter", "integration": "support",
                       "sort": listed["letters"][0]["sort"] });
    let answer = console.refused("/api/show", show, 503).await;
    assert!(answer["detail"].as_str().expect("words").contains("audit log"), "{answer}");
    hidden(&answer);
    let plan = console.post("/api/redrive/plan", json!({})).await;
    let start = json!({ "plan": plan["plan"], "count": 1 });
    console.refused("/api/redrive/start", start, 503).await;
    assert_eq!(console.get("/api/causes").await["all"], 1);
    harness.end();
}
