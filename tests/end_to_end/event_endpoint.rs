//! `POST /genesys/{integration}/events`: its callers, and the events that are ignored.

use reqwest::header::{ALLOW, CONTENT_TYPE};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::harness::{EVENTS_KEY, Harness, Setup, each};
use crate::people::{CONNECTED, ENDED, happening, now};

const PATH: &str = "/genesys/support/events";

/// Events of the conversation that are invalid, or that do not concern the bridge.
fn foreign(conversation: &str) -> Vec<Value> {
    let now = now();
    let mut events = vec![
        json!({}),
        json!({ "topicName": 7, "eventBody": {} }),
        json!({ "eventBody": happening("customer.end", conversation, now, json!({}))["eventBody"] }),
        json!({ "topicName": "customer.end", "eventBody": { "eventTime": now } }),
        json!({ "topicName": "customer.end" }),
    ];
    for kind in ["wrapup", "customer.start", "flow.end", "attributes", "customer.end.more"] {
        events.push(happening(kind, conversation, now, json!({})));
    }
    let wrong = [json!({ "mediaType": "VOICE" }), json!({ "messageType": "WHATSAPP" })];
    for kind in ["customer.end", "acd.end", "user.start"] {
        for more in &wrong {
            let mut event = happening(kind, conversation, now, more.clone());
            event["eventBody"]["disconnectType"] = json!("TRANSFER");
            event["eventBody"]["confirmed"] = json!(true);
            events.push(event);
        }
    }
    events
}

#[tokio::test]
async fn what_is_none_of_ours_is_taken_and_left() {
    let harness = Harness::start().await;
    let id = harness.opened("ana").await;
    let before = harness.conversation("ana").await;
    let mut bodies: Vec<Vec<u8>> =
        foreign(&id).iter().map(|event| event.to_string().into_bytes()).collect();
    bodies.push(b"[{}]".to_vec());
    let count = bodies.len();
    let form = "topicName=customer.end&conversationId=c-1";
    let garbage =
        ["", " ", "{", "not JSON", "[]", "[{},{}]", "null", "7", "\"customer.end\"", form];
    bodies.extend(garbage.iter().map(|text| text.as_bytes().to_vec()));
    bodies.extend([vec![0xff, 0xfe, 0x00], "[".repeat(10_000).into_bytes()]);
    let unreadable = bodies.len() - count;
    for body in bodies {
        let answer = harness.event(body.clone()).send().await.expect("an answer");
        assert_eq!(answer.status(), 200, "{:?}", String::from_utf8_lossy(&body));
        assert_eq!(answer.json::<Value>().await.expect("JSON"), json!({ "status": "accepted" }));
    }
    harness.all_told("ana").await;
    let lines = harness.lines();
    let left = lines.iter().filter(|line| line["event.name"] == "left").count();
    // In a shared stack, other tests' events are ignored at the same time.
    assert!(left == count || (harness.is_deployed() && left > count), "{left} of {count}");
    // An unreadable event may be a loss, so the log warns the operator.
    let warned = lines.iter().filter(|line| line["event.name"] == "event_unreadable");
    let warned: Vec<&Value> = warned.collect();
    assert_eq!(warned.len(), unreadable);
    for line in warned {
        assert_eq!(
            (&line["level"], &line["integration"]),
            (&json!("WARN"), &json!(harness.name()))
        );
        assert!(line["reason"].as_str().is_some_and(|reason| reason.contains("line ")), "{line}");
        assert!(line["trace.id"].is_string());
    }
    assert_eq!(harness.conversation("ana").await, before);
    assert_eq!(harness.lynn.event_count(), 0);
    assert!(lines.iter().all(|line| line["event.name"] != "failed"));
    harness.agent_comes("ana", "ada", 1).await;
    harness.end();
}

/// A data action joins its body by hand from people's names and texts.
#[tokio::test]
async fn an_odd_character_costs_no_event() {
    let harness = Harness::start().await;
    let odd: [(&str, &[u8]); 4] = [
        ("emoji", br"An\ud83d"),
        ("tab", b"Ventas\tNorte"),
        ("latin", b"Atenci\xf3n"),
        ("backslash", br"C:\dir"),
    ];
    for (contact, odd) in odd {
        let id = harness.opened(contact).await;
        let event = happening("acd.end", &id, now(), json!({ "disconnectType": "TRANSFER" }));
        let event = event.to_string();
        let start = br#"{"queueName":""#;
        let body = [start, odd, br#"","#, &event.as_bytes()[1..]].concat();
        let answer = harness.event(body).send().await.expect("an answer");
        assert_eq!(answer.status(), 200, "{contact}");
        assert_eq!(harness.heard(contact, 1).await[0]["type"], CONNECTED, "{contact}");
    }
    for (contact, before, after) in [("mark", "\u{feff}", ""), ("list", "[", "]")] {
        let id = harness.opened(contact).await;
        let event = happening("acd.end", &id, now(), json!({ "disconnectType": "TRANSFER" }));
        let answer = harness.event(format!("{before}{event}{after}")).send().await;
        assert_eq!(answer.expect("an answer").status(), 200, "{contact}");
        assert_eq!(harness.heard(contact, 1).await[0]["type"], CONNECTED, "{contact}");
    }
    assert!(harness.lines().iter().all(|line| line["event.name"] != "event_unreadable"));
    harness.end();
}

#[tokio::test]
async fn an_unknown_conversation_is_looked_for_a_while_and_left() {
    let harness = Harness::start().await;
    harness.opened("ana").await;
    let (at, kinds) = (now(), ["customer.end", "acd.end", "user.start"]);
    let ids = kinds.map(|kind| format!("another-{kind}#{kind}#{at}"));
    for kind in kinds {
        let whose = json!({ "disconnectType": "TRANSFER", "addressFrom": "nobody", "addressTo": "elsewhere" });
        harness.post_event(&happening(kind, &format!("another-{kind}"), at, whose)).await;
    }
    // These events delay no other event.
    harness.agent_comes("ana", "ada", 1).await;
    harness.all_told("ana").await;
    let left =
        [("event.name", "left"), ("reason", "it is about no conversation of this integration")];
    let is_left = |line: &Value| left.iter().all(|(key, value)| line[*key] == **value);
    assert!(!harness.lines().iter().any(is_left));
    for id in &ids {
        harness.logged(&[left[0], left[1], ("event.id", id.as_str())]).await;
    }
    assert_eq!(harness.lynn.event_count(), 1);
    assert_eq!(harness.lynn.get_conversation("nobody").await.status, 404);
    harness.end();
}

/// The event is true, even if a workflow writes its time in an unknown form.
#[tokio::test]
async fn a_time_that_cannot_be_read_costs_the_event_nothing() {
    let harness = Harness::start().await;
    type Form = fn(i64) -> Value;
    let forms: [(&str, Form); 10] = [
        ("milliseconds", |time| json!(time)),
        ("seconds", |time| json!(time / 1000)),
        ("seconds-in-a-text", |time| json!((time / 1000).to_string())),
        ("a-fraction", |time| json!(format!("{time}.6"))),
        ("an-exponent", |time| json!(format!("{:e}", time as f64))),
        ("iso", |time| json!(shared::time::Timestamp::from_milliseconds(time).to_text())),
        ("unfilled", |_| json!("${input.eventTime}")),
        ("words", |_| json!("yesterday")),
        ("nothing", |_| json!(0)),
        ("the-future", |_| json!(253_402_300_799_000_i64)),
    ];
    for (contact, form) in forms {
        let id = harness.opened(contact).await;
        let answered = happening("acd.end", &id, now(), json!({ "disconnectType": "TRANSFER" }));
        harness.post_event(&answered).await;
        assert_eq!(harness.heard(contact, 1).await[0]["type"], CONNECTED, "{contact}");
        let mut ended = happening("customer.end", &id, now(), json!({ "disconnectType": "PEER" }));
        ended["eventBody"]["eventTime"] = form(now() + 1);
        harness.post_event(&ended).await;
        assert_eq!(harness.heard(contact, 2).await[1]["type"], ENDED, "{contact}");
    }
    harness.end();
}

/// Events keep the order of acceptance: an event of a known conversation does not wait.
#[tokio::test]
async fn an_event_that_is_accepted_before_a_message_reaches_lynn_before_it() {
    let harness = Harness::start().await;
    for number in 0..15 {
        let contact = format!("contact-{number}");
        let id = harness.opened(&contact).await;
        harness.genesys.queue_waits(&contact);
        let mut answered = harness.genesys.agent_answers(&contact, "ada");
        let answered = answered.pop().expect("an event").event_body();
        let mut flat = json!({ "topicName": "acd.end", "conversationId": id });
        for key in ["eventTime", "disconnectType", "acdOutcome", "answeredUserId"] {
            flat[key] = answered[key].clone();
        }
        // A function has no access to the table: there the addresses name the contact.
        if number % 2 == 0 || harness.is_deployed() {
            flat["addressFrom"] = json!(contact);
            flat["addressTo"] = json!(harness.genesys.options().integration_id);
        }
        harness.post_event(&flat).await;
        harness.agent(&contact, "Hello").await;
        let heard = harness.heard(&contact, 2).await;
        assert_eq!(each(&heard, "/type"), [CONNECTED, "message"], "{contact}");
    }
    harness.end();
}

/// If a flow takes a customer out of the queue, the disconnect type is the same as after an agent's
/// answer.
#[tokio::test]
async fn a_customer_whom_a_flow_takes_out_of_the_queue_has_no_agent() {
    let harness = Harness::start().await;
    harness.opened("ana").await;
    let mut events = harness.genesys.queue_waits("ana");
    events.extend(harness.genesys.flow_takes_out("ana"));
    harness.tell(&events).await;
    harness.all_told("ana").await;
    assert_eq!(harness.lynn.event_count(), 0);
    assert_eq!(harness.conversation("ana").await["agentConnected"], false);
    harness.agent_comes("ana", "ada", 1).await;
    harness.end();
}

#[tokio::test]
async fn an_event_is_read_in_every_form() {
    let harness = Harness::start().await;
    let source = "aws.partner/genesys.com/cloud/organization/lynn";
    for (number, contact) in ["bus", "detail", "flat", "texts"].into_iter().enumerate() {
        harness.opened(contact).await;
        harness.genesys.queue_waits(contact);
        let answered = harness.genesys.agent_answers(contact, "ada").pop().expect("an event");
        let whole = answered.event_bridge(source);
        let mut flat = answered.event_body();
        flat["topicName"] = json!("acd.end");
        let mut texts = flat.clone();
        texts["eventTime"] = json!(answered.time_ms().to_string());
        texts["userId"] = json!("");
        let forms = [whole.clone(), whole["detail"].clone(), flat, texts];
        harness.post_event(&forms[number]).await;
        assert_eq!(harness.heard(contact, 1).await[0]["type"], CONNECTED, "{contact}");
    }
    harness.end();
}

fn post(harness: &Harness, path: &str) -> RequestBuilder {
    harness.request(Method::POST, path).header(CONTENT_TYPE, "application/json").body("{}")
}

/// Expects a problem document with this status, and returns its body.
async fn problem(request: RequestBuilder, status: u16) -> String {
    let answer = request.send().await.expect("an answer");
    assert_eq!(answer.status(), status);
    assert_eq!(answer.headers()[CONTENT_TYPE], "application/problem+json");
    let body = answer.text().await.expect("a body");
    let problem: Value = serde_json::from_str(&body).expect("JSON");
    assert_eq!(problem["status"], status);
    body
}

#[tokio::test]
async fn who_has_not_the_key_of_this_integration_is_refused_and_not_told_why() {
    const OTHER: &str = "/genesys/sales/events";
    const NONE: &str = "/genesys/quiet/events";
    let keyed = |name: &'static str, key: Value| {
        Setup::named(name).config(move |integration| integration["genesys"]["eventsApiKey"] = key)
    };
    let harness = Harness::start_all(vec![
        Setup::new(),
        keyed("sales", json!("the key of sales")),
        keyed("quiet", Value::Null),
    ])
    .await;
    harness.until_listed().await;
    let with = |path: &str, key: &str| post(&harness, path).header("x-api-key", key);
    let webhook_secret = harness.genesys.options().webhook_secret.clone();
    let refused = [
        post(&harness, PATH),
        with(PATH, ""),
        with(PATH, "wrong"),
        with(PATH, &EVENTS_KEY[1..]),
        with(PATH, &format!("{EVENTS_KEY} and more")),
        with(PATH, &EVENTS_KEY.to_uppercase()),
        with(PATH, "the key of sales"),
        with(PATH, crate::harness::KEY),
        with(PATH, &webhook_secret),
        post(&harness, PATH).header("authorization", format!("Bearer {EVENTS_KEY}")),
        harness.request(Method::POST, &format!("{PATH}?x-api-key={EVENTS_KEY}")).body("{}"),
        with(OTHER, EVENTS_KEY),
        post(&harness, NONE),
        with(NONE, ""),
        with(NONE, EVENTS_KEY),
        with(NONE, "null"),
        // The bridge does not look at a body that is not an event either.
        with(PATH, "wrong").body("not JSON"),
    ];
    let mut bodies = Vec::new();
    for request in refused {
        bodies.push(problem(request, 401).await);
    }
    bodies.sort();
    bodies.dedup();
    // The answer says whether there was a key at all, and nothing else.
    let [given, none] = bodies.as_slice() else { panic!("{bodies:?}") };
    assert!(none.contains("The request has none of these headers."), "{none}");
    assert!(given.contains("The proof of the caller is wrong."), "{given}");
    for (path, key) in [(PATH, EVENTS_KEY), (OTHER, "the key of sales")] {
        assert_eq!(with(path, key).send().await.expect("an answer").status(), 200);
    }
    harness.end();
}

#[tokio::test]
async fn what_is_no_event_of_an_integration_at_all_is_a_problem() {
    let harness = Harness::start().await;
    let keyed = |method: Method, path: &str| {
        harness.request(method, path).header("x-api-key", EVENTS_KEY).body("{}")
    };
    problem(keyed(Method::POST, "/genesys/nobody/events"), 404).await;
    problem(keyed(Method::POST, "/genesys/support/events/more"), 404).await;
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        let answer = keyed(method.clone(), PATH).send().await.expect("an answer");
        assert_eq!(answer.headers()[ALLOW], "POST", "{method}");
        problem(keyed(method, PATH), 405).await;
    }
    let id = harness.opened("ana").await;
    let mut large = happening("customer.end", &id, now(), json!({ "disconnectType": "PEER" }));
    large["more"] = json!("x".repeat(1024 * 1024));
    problem(harness.event(large.to_string()), 413).await;
    harness.all_told("ana").await;
    assert_eq!(harness.lynn.event_count(), 0);
    harness.end();
}
