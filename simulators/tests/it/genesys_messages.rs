//! The strict checks of the message and structured-response endpoints, and repeated messages.

use serde_json::{Value, json};
use simulators::OnRepeat;

use crate::support::{Genesys, message};

/// Changes a valid message at a pointer; null removes the field.
fn changed(pointer: &str, value: Value) -> Value {
    let mut body = message("x", "m-1", 1);
    let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
    let parent = body.pointer_mut(parent).expect("a parent").as_object_mut().expect("an object");
    if value.is_null() {
        parent.remove(key);
    } else {
        parent.insert(key.to_owned(), value);
    }
    body
}

fn attachment(extra: Value) -> Value {
    let mut attachment =
        json!({ "mediaType": "Image", "mime": "image/png", "url": "https://example.com/p.png" });
    for (key, value) in extra.as_object().expect("an object") {
        attachment[key] = value.clone();
    }
    attachment
}

#[tokio::test]
async fn a_good_message_is_accepted_and_echoed() {
    let genesys = Genesys::start().await;
    let mut body = message("user-4711", "m-1", 7);
    body["channel"]["from"]["idType"] = json!("opaque");
    body["channel"]["metadata"] = json!({ "customAttributes": { "topic": "billing" } });
    body["metadata"] = json!({ "traceId": "t-1" });
    body["content"] = json!([ { "contentType": "Attachment", "attachment": attachment(json!({ "filename": "p.png" })) } ]);
    let (status, answer) = genesys.post("message", &body).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["type"], "Text");
    assert_eq!(answer["channel"]["messageId"], "m-1");
    assert_eq!(answer["channel"]["from"]["idType"], "Opaque");
    assert!(answer["id"].is_string());
    assert!(answer.get("conversationId").is_none());
    assert_eq!(genesys.simulator.accepted_messages("user-4711"), [body]);
    assert_eq!(genesys.simulator.violations(), Vec::<String>::new());
    let id = answer["id"].as_str().map(str::to_owned);
    assert_eq!(genesys.simulator.genesys_message_id("user-4711", "m-1"), id);
}

#[tokio::test]
async fn a_wrong_message_is_refused() {
    let genesys = Genesys::start().await;
    let content = |attachment: Value| changed("/content", json!([ { "attachment": attachment } ]));
    let cases = [
        (changed("/channel", Value::Null), "bad.request"),
        (changed("/channel/from", Value::Null), "bad.request"),
        (changed("/channel/from/id", Value::Null), "bad.request"),
        (changed("/channel/from/id", json!("")), "bad.request"),
        (changed("/channel/from/idType", Value::Null), "bad.request"),
        (changed("/channel/from/idType", json!("Mobile")), "invalid.value"),
        (changed("/channel/from/avatar", json!("x")), "bad.request"),
        (changed("/channel/from/nickname", json!(7)), "bad.request"),
        (changed("/channel/time", Value::Null), "bad.request"),
        (changed("/channel/time", json!("2026-03-04T05:06:07+02:00")), "invalid.date"),
        (changed("/channel/time", json!(1_700_000_000)), "invalid.date"),
        (changed("/channel/customAttributes", json!({})), "bad.request"),
        (changed("/channel/metadata", json!({ "customAttributes": { "a": 1 } })), "bad.request"),
        (
            changed("/channel/metadata", json!({ "customAttributes": { "a": { "b": "c" } } })),
            "bad.request",
        ),
        (changed("/metadata", json!({ "customAttributes": { "a": "b" } })), "bad.request"),
        (changed("/text", json!("x".repeat(2001))), "bad.request"),
        (changed("/text", json!(["x"])), "bad.request"),
        (changed("/reaction", json!({})), "bad.request"),
        (
            changed(
                "/content",
                json!([ { "contentType": "Reaction", "attachment": attachment(json!({})) } ]),
            ),
            "invalid.value",
        ),
        (changed("/content", json!([ { "location": {} } ])), "bad.request"),
        (
            changed(
                "/content",
                json!([ { "attachment": attachment(json!({})) }, { "attachment": attachment(json!({})) } ]),
            ),
            "bad.request",
        ),
        (content(attachment(json!({ "mediaType": "image" }))), "invalid.value"),
        (content(attachment(json!({ "contentType": "image/png" }))), "bad.request"),
        (content(attachment(json!({ "fileName": "p.png" }))), "bad.request"),
        (content(attachment(json!({ "url": "p.png" }))), "bad.request"),
        (
            content(json!({ "mediaType": "Image", "url": "https://example.com/p.png" })),
            "bad.request",
        ),
    ];
    let count = cases.len();
    for (body, code) in cases {
        let (status, answer) = genesys.post("message", &body).await;
        assert_eq!((status, answer["code"].as_str()), (400, Some(code)), "{body} → {answer}");
    }
    assert_eq!(genesys.simulator.violations().len(), count);
    assert_eq!(genesys.simulator.accepted_count(), 0);
}

#[tokio::test]
async fn a_message_without_text_and_content_gets_the_schema_error() {
    let genesys = Genesys::start().await;
    for body in [changed("/text", Value::Null), changed("/text", json!(""))] {
        let (status, answer) = genesys.post("message", &body).await;
        assert_eq!(status, 400);
        assert_eq!(
            answer["message"],
            "should have required property 'content', should have required property '.text', should match some schema in anyOf"
        );
    }
}

#[tokio::test]
async fn the_limit_of_the_text_counts_characters() {
    let genesys = Genesys::start().await;
    let (status, _) = genesys.post("message", &changed("/text", json!("é".repeat(2000)))).await;
    assert_eq!(status, 200);
}

#[tokio::test]
async fn a_missing_message_id_and_times_that_do_not_rise_are_violations() {
    let genesys = Genesys::start().await;
    assert_eq!(genesys.post("message", &changed("/channel/messageId", Value::Null)).await.0, 200);
    assert_eq!(genesys.simulator.violations().len(), 1);
    genesys.say("x", "m-2", 5).await;
    genesys.say("y", "m-2", 3).await;
    assert_eq!(genesys.simulator.violations().len(), 1);
    genesys.say("x", "m-3", 5).await;
    assert_eq!(genesys.simulator.violations().len(), 2);
}

#[tokio::test]
async fn a_repeated_message_gets_the_first_answer() {
    let genesys = Genesys::start().await;
    let first = genesys.say("x", "m-1", 1).await;
    let again = genesys.say("x", "m-1", 1).await;
    assert_eq!(first, again);
    assert_eq!(genesys.simulator.accepted_messages("x").len(), 1);
    assert_eq!(genesys.simulator.duplicates().len(), 1);
    assert_eq!(genesys.simulator.violations(), Vec::<String>::new());
    genesys.say("x", "m-1", 9).await;
    assert_eq!(genesys.simulator.violations().len(), 1, "the same id with another time");
}

#[tokio::test]
async fn a_repeated_message_may_conflict_or_be_taken_again() {
    let genesys = Genesys::start().await;
    let body = message("x", "m-1", 1);
    let first = genesys.say("x", "m-1", 1).await;
    genesys.simulator.set_conflict_on_repeat(true);
    let (status, answer) = genesys.post("message", &body).await;
    assert_eq!((status, &answer["code"]), (409, &json!("conflict")));
    genesys.simulator.set_on_repeat(OnRepeat::AcceptAgain);
    let (status, answer) = genesys.post("message", &body).await;
    assert_eq!(status, 200);
    assert_ne!(answer["id"], first["id"]);
    assert_eq!(genesys.simulator.accepted_messages("x").len(), 2);
    assert_eq!(genesys.simulator.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn a_structured_response_needs_its_structured_message() {
    let genesys = Genesys::start().await;
    let offer = genesys
        .simulator
        .bot_sends_quick_replies("x", "Proceed?", &[("Yes", "yes"), ("No", "no")])
        .await;
    let plain = genesys.simulator.agent_says("x", "Hi").await;
    let response = |contact: &str, id: &str, to: &str, kind: &str| {
        let mut body = message(contact, id, 9);
        body.as_object_mut().expect("an object").remove("text");
        body["originatingMessageId"] = json!(to);
        body["buttonResponse"] = json!({ "type": kind, "text": "Yes", "payload": "yes" });
        body
    };
    let good = response("x", "r-1", &offer.id, "QuickReply");
    for bad in [
        response("x", "r-2", &plain.id, "QuickReply"),
        response("x", "r-2", "unknown", "QuickReply"),
        response("y", "r-2", &offer.id, "QuickReply"),
        response("x", "r-2", &offer.id, "quickReply"),
    ] {
        assert_eq!(genesys.post("structured/response", &bad).await.0, 400, "{bad}");
    }
    let mut without_payload = good.clone();
    without_payload["buttonResponse"] = json!({ "type": "Button", "text": "Yes" });
    assert_eq!(genesys.post("structured/response", &without_payload).await.0, 400);
    let (status, answer) = genesys.post("structured/response", &good).await;
    assert_eq!((status, &answer["type"]), (200, &json!("Structured")), "{answer}");
    assert_eq!(genesys.simulator.accepted_messages("x"), std::slice::from_ref(&good));
    let (status, answer) = genesys.post("message", &good).await;
    assert_eq!(status, 400, "a click belongs to its own endpoint: {answer}");
}
