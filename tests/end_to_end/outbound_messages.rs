//! The messages of an agent or an Architect bot, on their way to the customer.

use serde_json::{Value, json};

use crate::harness::{Harness, Setup, each, taken};

/// A harness with an open conversation of `ana`, a phone number on WhatsApp.
async fn talking() -> Harness {
    let harness = Harness::start().await;
    let hello = json!({
        "type": "message", "id": "m-0", "contact": { "id": "ana", "idType": "phone" },
        "session": { "id": "3f0c", "channel": "whatsapp" }, "text": "Hello",
    });
    harness.post(hello).await;
    harness.accepted("ana", 1).await;
    harness
}

/// The only event that Lynn receives.
async fn one(harness: &Harness) -> Value {
    harness.heard("ana", 1).await.remove(0)
}

#[tokio::test]
async fn a_text_arrives_with_everything_that_the_contract_names() {
    let harness = talking().await;
    let text = "¿Sí? 😀 \"quoted\" \\ / <b>not touched</b>";
    let delivery = harness.genesys.agent_says("ana", text).await;
    let sent: Value = serde_json::from_slice(&delivery.body).unwrap();
    let event = one(&harness).await;
    let expected = json!({
        "type": "message", "id": delivery.id, "time": sent["channel"]["time"], "sequence": 1,
        "integration": harness.name(), "conversationId": harness.genesys.conversation_id("ana"),
        "contact": { "id": "ana", "idType": "phone" },
        "session": { "id": "3f0c", "channel": "whatsapp", "active": true },
        "author": "agent", "agent": null, "text": text, "fallbackText": text, "attachments": [], "quickReplies": [],
        "cards": [], "datePicker": null, "template": null, "unsupported": [],
    });
    assert_eq!(event, expected);
    let bot = taken(harness.genesys.bot_says("ana", "I am a bot").await);
    let events = harness.heard("ana", 2).await;
    assert_eq!(events[1]["author"], "bot");
    assert_eq!(events[1]["id"], *bot);
    harness.logged(&[("event.name", "delivered"), ("event.id", &bot)]).await;
    assert_eq!(harness.conversation("ana").await["sequence"], 2);
    harness.end();
}

#[tokio::test]
async fn an_attachment_arrives_with_or_without_a_text() {
    let harness = talking().await;
    let url = "https://api-downloads.mypurecloud.com/api/v2/downloads/1?a=b&c=%20";
    for text in [None, Some("Your bill")] {
        let delivery = harness
            .genesys
            .agent_sends_attachment("ana", text, "Image", "image/png", "bill.png", url)
            .await;
        taken(delivery);
    }
    let events = harness.heard("ana", 2).await;
    for event in &events {
        let attachment = &event["attachments"][0];
        assert_eq!(attachment["mediaType"], "image");
        assert_eq!(attachment["mime"], "image/png");
        assert_eq!(attachment["filename"], "bill.png");
        assert_eq!(attachment["url"], url);
        assert!(event["fallbackText"].as_str().unwrap().contains(url));
    }
    assert_eq!(each(&events, "/text"), [Value::Null, json!("Your bill")]);
    harness.end();
}

#[tokio::test]
async fn quick_replies_arrive_as_choices_and_as_numbers() {
    let harness = talking().await;
    let options = [("Yes", "yes"), ("No", "no")];
    taken(harness.genesys.bot_sends_quick_replies("ana", "Proceed?", &options).await);
    let event = one(&harness).await;
    assert_eq!(event["author"], "bot");
    assert_eq!(event["text"], "Proceed?");
    assert_eq!(event["fallbackText"], "Proceed?\n1. Yes\n2. No");
    assert_eq!(
        event["quickReplies"],
        json!([ { "text": "Yes", "payload": "yes", "imageUrl": null },
                { "text": "No", "payload": "no", "imageUrl": null } ])
    );
    harness.end();
}

#[tokio::test]
async fn a_carousel_arrives_as_cards() {
    let harness = talking().await;
    let cards = json!([
        { "title": "Basic", "description": "10 GB", "image": "https://example.com/b.png",
          "defaultAction": { "type": "Link", "url": "https://example.com/basic" },
          "actions": [ { "type": "Postback", "text": "Take Basic", "payload": "basic" } ] },
        { "title": "Plus", "actions": [ { "type": "Link", "text": "Read more", "url": "https://example.com/plus" } ] },
    ]);
    taken(harness.genesys.bot_sends_carousel("ana", "Our plans", cards).await);
    let event = one(&harness).await;
    assert_eq!(each(event["cards"].as_array().unwrap(), "/title"), ["Basic", "Plus"]);
    let basic = &event["cards"][0];
    assert_eq!(basic["imageUrl"], "https://example.com/b.png");
    assert_eq!(basic["defaultAction"]["url"], "https://example.com/basic");
    assert_eq!(
        basic["actions"],
        json!([ { "type": "postback", "text": "Take Basic", "payload": "basic", "url": null } ])
    );
    let fallback = event["fallbackText"].as_str().unwrap();
    for words in ["Our plans", "Basic", "1. Take Basic", "Read more: https://example.com/plus"] {
        assert!(fallback.contains(words), "{fallback}");
    }
    harness.end();
}

#[tokio::test]
async fn a_date_picker_arrives_with_its_times() {
    let harness = talking().await;
    let content = json!([ { "contentType": "DatePicker", "datePicker": {
        "id": "d-1", "title": "When?", "subtitle": "Half an hour",
        "availableTimes": [ { "dateTime": "2026-12-01T10:00:00.000Z", "duration": 1800 } ] } } ]);
    taken(harness.genesys.bot_sends("ana", None, content).await);
    let event = one(&harness).await;
    let picker = &event["datePicker"];
    assert_eq!(picker["title"], "When?");
    assert_eq!(
        picker["availableTimes"],
        json!([ { "dateTime": "2026-12-01T10:00:00.000Z", "durationSeconds": 1800 } ])
    );
    assert!(event["fallbackText"].as_str().unwrap().contains("1. 2026-12-01 10:00 UTC"));
    harness.end();
}

#[tokio::test]
async fn a_notification_template_arrives_filled_in() {
    let harness = talking().await;
    let content = json!([ { "contentType": "Notification", "template": {
        "id": "t-1", "language": "en", "header": { "type": "Text", "text": "Reminder" },
        "body": { "text": "Dear {{1}}, see you on {{2}}.",
                  "parameters": [ { "name": "1", "text": "Ana" }, { "name": "2", "text": "Monday" } ] },
        "footer": { "text": "The clinic" } } } ]);
    taken(harness.genesys.bot_sends("ana", None, content).await);
    let event = one(&harness).await;
    assert_eq!(event["template"]["id"], "t-1");
    assert_eq!(event["template"]["body"], "Dear Ana, see you on Monday.");
    assert_eq!(event["fallbackText"], "Reminder\nDear Ana, see you on Monday.\nThe clinic");
    harness.end();
}

#[tokio::test]
async fn typing_arrives_with_its_duration() {
    let harness = talking().await;
    taken(harness.genesys.agent_types("ana", 3000).await);
    let event = one(&harness).await;
    assert_eq!(event["type"], "typing");
    assert_eq!(event["durationMs"], 3000);
    assert_eq!(event["sequence"], 1);
    harness.end();
}

#[tokio::test]
async fn unknown_content_is_named_and_reported_only_when_nothing_else_is_left() {
    let harness = talking().await;
    let content = json!([
        { "contentType": "ListPicker", "listPicker": { "sections": [] } },
        { "contentType": "Hologram", "hologram": {} },
    ]);
    taken(harness.genesys.bot_sends("ana", Some("Look"), content.clone()).await);
    let with_text = one(&harness).await;
    assert_eq!(with_text["unsupported"], json!(["ListPicker", "Hologram"]));
    assert_eq!(with_text["text"], "Look");
    assert!(harness.genesys.receipts().is_empty());
    let alone = taken(harness.genesys.bot_sends("ana", None, content).await);
    let events = harness.heard("ana", 2).await;
    assert_eq!(events[1]["unsupported"], json!(["ListPicker", "Hologram"]));
    let receipts = harness.receipts(1).await;
    assert_eq!(receipts[0]["id"], *alone);
    assert_eq!(receipts[0]["status"], "Failed");
    assert_eq!(receipts[0]["reasons"][0]["code"], "UnsupportedMessage");
    harness.end();
}

#[tokio::test]
async fn every_event_counts_once_in_the_sequence_of_its_conversation() {
    let harness = talking().await;
    let message = harness.genesys.genesys_message_id("ana", "m-0").unwrap();
    for round in 0..3 {
        harness.agent("ana", &format!("text {round}")).await;
        taken(harness.genesys.agent_types("ana", 1000).await);
        harness.agent("ben", "Hello").await;
    }
    taken(harness.genesys.receipt_for(&message, "Published", json!([])).await);
    harness.agent("ana", "last").await;
    let events = harness.heard("ana", 8).await;
    let expected: Vec<Value> = (1..=8).map(|number| json!(number)).collect();
    assert_eq!(each(&events, "/sequence"), expected);
    assert_eq!(each(&harness.heard("ben", 3).await, "/sequence"), [1, 2, 3]);
    harness.end();
}

#[tokio::test]
async fn a_conversation_that_ended_at_genesys_goes_on_under_the_right_id() {
    let setup = Setup::new().genesys(|options| options.threading_minutes = 0);
    let harness = setup.start().await;
    harness.say("ana", "m-1", "Hello").await;
    harness.accepted("ana", 1).await;
    harness.agent("ana", "Goodbye").await;
    let first = harness.genesys.conversation_id("ana").unwrap();
    harness.genesys.end_conversation("ana");
    harness.say("ana", "m-2", "One more thing").await;
    harness.accepted("ana", 2).await;
    let second = harness.genesys.conversation_id("ana").unwrap();
    assert_ne!(first, second);
    harness.agent("ana", "Yes?").await;
    let events = harness.heard("ana", 2).await;
    assert_eq!(each(&events, "/conversationId"), [first, second]);
    assert_eq!(each(&events, "/sequence"), [1, 2]);
    harness.end();
}
