//! Tests how `bridge local` shows each message, and what it keeps: through the interface of its
//! page.

use serde_json::{Value, json};

use super::running::{Event, Local};

fn says(contact: &str, text: &str) -> Value {
    json!({ "contact": contact, "act": "says", "text": text })
}

/// The steps of the event with this trace, each by its kind.
fn steps(events: &[Event], trace: &Value) -> Vec<String> {
    let of = |event: &Event| {
        let data = &event.data;
        (data["trace"] == *trace).then(|| match data["kind"].as_str()? {
            "line" => data["name"].as_str().map(str::to_owned),
            "call" => Some(format!("call {}", data["attempt"])),
            "answer" => Some(format!("answer {}", data["status"])),
            kind => Some(kind.to_owned()),
        })?
    };
    events.iter().filter_map(of).collect()
}

fn request<'a>(events: &'a [Event], text: &str) -> &'a Value {
    let found = events.iter().find(|event| {
        event.data["kind"] == "request" && event.data["body"].as_str().unwrap_or("").contains(text)
    });
    &found.unwrap_or_else(|| panic!("{text} is not in {events:#?}")).data
}

#[tokio::test]
async fn each_step_of_a_message_is_shown_with_the_exact_json_of_both_vendors() {
    let local = Local::start(&[]);
    local.accepted("customer", says("ana", "Hello <b>you</b>")).await;
    let events = local.events(None, |event| event.is_delivered_message()).await;
    let received = request(&events, "Hello <b>you</b>");
    assert_eq!(received["from"], "lynn");
    assert_eq!(received["contact"], "ana");
    let headers = received["headers"].as_array().expect("headers");
    assert!(headers.contains(&json!(["x-api-key", "local-key"])), "{headers:?}");
    let steps = steps(&events, &received["trace"]);
    let expected =
        ["request", "queued", "accepted", "answer 202", "call 1", "answer 200", "delivered"];
    for step in expected {
        assert!(steps.iter().any(|known| known == step), "{step} is not in {steps:?}");
    }
    assert_eq!(steps.last().map(String::as_str), Some("delivered"));
    let call = events.iter().find(|event| {
        event.data["trace"] == received["trace"]
            && event.data["url"].as_str().unwrap_or("").contains("/inbound/open/message")
    });
    let body = call.expect("a call").data["body"].as_str().expect("a body").to_owned();
    let body: Value = serde_json::from_str(&body).expect("JSON");
    assert_eq!(body["channel"]["from"]["id"], "ana", "{body}");
}

#[tokio::test]
async fn a_fault_is_an_attempt_that_fails_and_another_that_does_not() {
    let local = Local::start(&[]);
    local.accepted("customer", says("ana", "first")).await;
    local.events(None, |event| event.is_delivered_message()).await;
    local.accepted("genesys", json!({ "fault": "unavailable" })).await;
    local.accepted("customer", says("ana", "second")).await;
    let mut delivered = 0;
    let events = local
        .events(None, |event| {
            event.is_delivered_message() && event.data["fields"]["attempt"].as_u64() >= Some(2)
        })
        .await;
    delivered += events.iter().filter(|event| event.is_line("delivered")).count();
    assert!(delivered >= 2);
    let steps = steps(&events, &request(&events, "second")["trace"]);
    for step in ["call 1", "answer 503", "retried", "call 2", "answer 200", "delivered"] {
        assert!(steps.iter().any(|known| known == step), "{step} is not in {steps:?}");
    }
}

#[tokio::test]
async fn what_was_accepted_survives_a_kill_and_what_was_shown_stays() {
    let local = Local::start(&[]);
    local.accepted("genesys", json!({ "fault": "down" })).await;
    local.accepted("customer", says("ana", "before the kill")).await;
    local.events(None, |event| event.is_line("retried")).await;
    local.accepted("program", json!({ "act": "kill" })).await;
    let refused = local.act("program", json!({ "act": "kill" })).await;
    assert_eq!(refused["accepted"], false, "{refused}");
    let refused = local.act("customer", says("ana", "while it is away")).await;
    assert!(refused["words"].as_str().unwrap_or("").contains("no answer"), "{refused}");
    local.accepted("genesys", json!({ "fault": "repaired" })).await;
    local.accepted("program", json!({ "act": "start" })).await;
    let events = local.events(None, |event| event.is_delivered_message()).await;
    let first = request(&events, "before the kill");
    let steps = steps(&events, &first["trace"]);
    assert_eq!(steps.first().map(String::as_str), Some("request"));
    assert_eq!(steps.last().map(String::as_str), Some("delivered"), "{steps:?}");
}

#[tokio::test]
async fn a_page_that_reconnects_gets_what_it_has_not_seen() {
    let local = Local::start(&[]);
    local.accepted("customer", says("ana", "one")).await;
    let seen = local.events(None, |event| event.is_delivered_message()).await;
    let last = seen.iter().rfind(|event| !event.id.is_empty()).expect("an entry");
    local.accepted("customer", says("ana", "two")).await;
    let new = local.events(Some(&last.id), |event| event.is_delivered_message()).await;
    let ids: Vec<&str> = new.iter().map(|event| event.id.as_str()).collect();
    assert!(!ids.contains(&last.id.as_str()), "{ids:?}");
    assert!(
        new.iter().all(|event| !seen.iter().any(|old| !old.id.is_empty() && old.id == event.id))
    );
    request(&new, "two");
    let other_run = local.events(Some("another-7"), |event| event.is_delivered_message()).await;
    assert_eq!(other_run[0].name, "reset");
    request(&other_run, "one");
}

#[tokio::test]
async fn a_jump_past_the_window_ends_what_could_be_resumed() {
    let local = Local::start(&[]);
    local.accepted("customer", says("ana", "Hello")).await;
    local.events(None, |event| event.is_delivered_message()).await;
    local.accepted("agent", json!({ "contact": "ana", "act": "ring" })).await;
    local.accepted("agent", json!({ "contact": "ana", "act": "accept" })).await;
    local.accepted("agent", json!({ "contact": "ana", "act": "end" })).await;
    let conversation = |event: &Event| event.data["customers"][0]["conversation"].clone();
    let ended = local.events(None, |event| conversation(event)["status"] == "ended").await;
    let ended = conversation(ended.last().expect("a state"));
    assert!(ended["resumableUntil"].is_string(), "{ended}");
    local.accepted("program", json!({ "act": "jump", "minutes": 73 * 60 })).await;
    local
        .events(None, |event| {
            event.data["aheadMs"] == 73 * 3_600_000
                && conversation(event)["resumableUntil"].is_null()
        })
        .await;
    let first = ended["conversationId"].clone();
    local.accepted("customer", says("ana", "Hello again")).await;
    local
        .events(None, |event| {
            let now = conversation(event);
            now["status"] == "open"
                && now["conversationId"].is_string()
                && now["conversationId"] != first
        })
        .await;
}

#[tokio::test]
async fn a_dead_letter_is_shown_and_redriven() {
    let local = Local::start(&[]);
    local.accepted("customer", says("ana", "Hello")).await;
    // The receipt for it comes back to Lynn.
    local
        .events(None, |event| {
            event.is_line("delivered") && event.data["fields"]["direction"] == "outbound"
        })
        .await;
    local.accepted("lynn", json!({ "fault": "blocks", "contact": "ana", "blocked": true })).await;
    local.accepted("agent", json!({ "contact": "ana", "act": "botSays", "text": "lost?" })).await;
    let letters = |event: &Event| event.data["deadLetters"].as_array().map_or(0, Vec::len);
    let events = local.events(None, |event| letters(event) == 1).await;
    let trace = request(&events, "lost?")["trace"].clone();
    local.accepted("lynn", json!({ "fault": "blocks", "contact": "ana", "blocked": false })).await;
    local.accepted("program", json!({ "act": "redrive", "id": null })).await;
    local.events(None, |event| event.is_line("delivered") && event.data["trace"] == trace).await;
    let done = local.act("program", json!({ "act": "redrive", "id": null })).await;
    assert_eq!(done["accepted"], false, "{done}");
}

#[tokio::test]
async fn a_request_by_hand_is_signed_anew_or_refused() {
    let local = Local::start(&[]);
    let body = json!({ "id": "g-1", "type": "Text", "direction": "Outbound", "text": "by hand",
        "channel": { "platform": "Open", "type": "Private", "messageId": "g-1",
            "to": { "id": "ana", "idType": "Opaque" }, "time": "2030-01-01T00:00:00.000Z" } });
    let post = |sign: bool| {
        json!({ "path": "/genesys/support", "body": body.to_string(), "sign": sign,
            "headers": [["x-hub-signature-256", "sha256=AAAA"]] })
    };
    let refused = local.act("post", post(false)).await;
    assert!(refused["words"].as_str().unwrap_or("").contains("answered 401"), "{refused}");
    local.accepted("post", post(true)).await;
    let outside = json!({ "path": "/health", "body": "", "sign": false, "headers": [] });
    assert_eq!(local.act("post", outside).await["accepted"], false);
}

#[tokio::test]
async fn an_act_that_cannot_be_is_refused() {
    let local = Local::start(&[]);
    for act in ["says", "types", "sends"] {
        let mut what = json!({ "contact": "a-stranger", "act": act });
        match act {
            "says" => what["text"] = json!("Hi"),
            "sends" => what["file"] = json!("photo"),
            _ => {}
        }
        let refused = local.act("agent", what).await;
        assert_eq!(refused["words"], "maria is not connected with a-stranger.", "{act}");
    }
    for act in ["queue", "reject", "leave", "transfer", "end", "timeOut", "accept"] {
        let refused = local.act("agent", json!({ "contact": "a-stranger", "act": act })).await;
        // An agent may come first.
        assert_eq!(refused["accepted"], act == "accept", "{act}: {refused}");
    }
    let jumped = local.act("program", json!({ "act": "jump", "minutes": u32::MAX })).await;
    assert!(jumped["words"].as_str().unwrap_or("").contains("ten years"), "{jumped}");
    let unknown =
        local.act("agent", json!({ "contact": "ana", "act": "ring", "agnet": "t" })).await;
    assert!(unknown["detail"].as_str().unwrap_or("").contains("agnet is not a key"), "{unknown}");
}

#[tokio::test]
async fn an_open_page_does_not_keep_the_program_from_ending() {
    let local = Local::start(&[]);
    let client = crate::harness::client();
    let stream = client.get(format!("{}/api/events", local.page)).send().await.expect("a stream");
    let began = std::time::Instant::now();
    let ended = tokio::task::spawn_blocking(move || local.program.end());
    assert_eq!(ended.await.expect("no panic"), Some(0));
    assert!(began.elapsed().as_secs() < 8, "{:?}", began.elapsed());
    stream.bytes().await.expect("a whole stream");
}
