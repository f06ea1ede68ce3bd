//! The customer's messages, on their way to the agent.

use serde_json::{Value, json};

use crate::harness::{Harness, Setup, each, taken};
use crate::people::{ago, milliseconds, now};

/// A message of `ana` with these additional fields.
fn message(id: &str, fields: Value) -> Value {
    let mut event = json!({ "type": "message", "id": id, "contact": { "id": "ana" } });
    for (key, value) in fields.as_object().unwrap() {
        event[key] = value.clone();
    }
    event
}

#[tokio::test]
async fn the_first_message_asks_for_the_conversation_and_the_next_one_does_not() {
    let harness = Harness::start().await;
    assert_eq!(harness.lynn.get_conversation("ana").await.status, 404);
    for id in ["m-1", "m-2"] {
        harness.say("ana", id, "Hello").await;
    }
    harness.accepted("ana", 2).await;
    let mut calls = harness.genesys.requests();
    calls.retain(|call| call.path.ends_with("/message"));
    let queries: Vec<Option<&str>> = calls.iter().map(|call| call.query.as_deref()).collect();
    assert_eq!(queries, [Some("prefetchConversationId=true"), None]);
    harness.logged(&[("event.name", "delivered"), ("event.id", "m-2")]).await;
    let conversation = harness.conversation("ana").await;
    assert_eq!(
        conversation["conversationId"].as_str(),
        harness.genesys.conversation_id("ana").as_deref()
    );
    assert_eq!(conversation["status"], "open");
    assert_eq!(conversation["integration"], harness.name());
    assert_eq!(
        conversation["session"],
        json!({ "id": "session-ana", "channel": "web", "active": true })
    );
    harness.end();
}

#[tokio::test]
async fn everything_known_of_the_customer_arrives() {
    let harness = Harness::start().await;
    let event = json!({
        "type": "message", "id": "m-1", "time": ago(90).replace('Z', "+00:00"),
        "contact": { "id": "5215512345678", "idType": "phone", "nickname": "Ani", "firstName": "Ana", "lastName": "Ruiz",
                     "email": "ana@example.com", "imageUrl": "https://example.com/ana.png", "lynnContactId": "L-1" },
        "session": { "id": "3f0c", "channel": "whatsapp" },
        "text": "¿Sí? 😀 \"quoted\" \\ / \u{2028}",
        "attributes": { "topic": "billing", "tries": 3, "vip": true, "nothing": null },
    });
    harness.post(event).await;
    let accepted = harness.accepted("5215512345678", 1).await;
    assert_eq!(
        accepted[0]["channel"]["from"],
        json!({ "id": "5215512345678", "idType": "Phone", "nickname": "Ani", "firstName": "Ana", "lastName": "Ruiz",
                "email": "ana@example.com", "image": "https://example.com/ana.png" })
    );
    let time = milliseconds(&accepted[0]["channel"]["time"]);
    assert!((now() - 92 * 60_000..now() - 90 * 60_000 + 1).contains(&time), "{accepted:?}");
    assert_eq!(accepted[0]["text"], "¿Sí? 😀 \"quoted\" \\ / \u{2028}");
    assert_eq!(
        accepted[0]["channel"]["metadata"]["customAttributes"],
        json!({ "topic": "billing", "tries": "3", "vip": "true", "session.id": "3f0c", "session.channel": "whatsapp" })
    );
    harness.end();
}

#[tokio::test]
async fn a_long_text_is_split_at_words_and_its_attachments_follow() {
    let harness = Harness::start().await;
    let text = (0..700).map(|number| format!("w{number}")).collect::<Vec<_>>();
    let text = text.join(" ");
    let attachments = json!([
        { "mediaType": "image", "mime": "image/png", "url": "https://example.com/p.png", "filename": "p.png",
          "caption": "The <b>bill</b>" },
        { "mediaType": "document", "url": "https://example.com/files/terms.pdf" },
        { "url": "https://example.com/unknown" },
    ]);
    harness.post(message("m-1", json!({ "text": text, "attachments": attachments }))).await;
    harness.say("ana", "m-2", "That is all").await;
    let accepted = harness.accepted("ana", 6).await;
    assert_eq!(
        each(&accepted, "/channel/messageId"),
        ["m-1", "m-1.2", "m-1.3", "m-1.4", "m-1.5", "m-2"]
    );
    let texts: Vec<&str> =
        accepted[..2].iter().map(|part| part["text"].as_str().unwrap()).collect();
    assert!(texts.iter().all(|text| text.chars().count() <= 2000));
    let words: Vec<&str> = texts.iter().flat_map(|text| text.split_whitespace()).collect();
    assert_eq!(words.join(" "), text);
    let files = each(&accepted[2..5], "/content/0/attachment");
    assert_eq!(
        files[0],
        json!({ "mediaType": "Image", "mime": "image/png", "url": "https://example.com/p.png", "filename": "p.png",
                "text": "The bill" })
    );
    assert_eq!(files[1]["mediaType"], "File");
    assert_eq!(files[1]["mime"], "application/pdf");
    assert_eq!(files[2]["mime"], "application/octet-stream");
    let times: Vec<String> = each(&accepted, "/channel/time")
        .iter()
        .map(|time| time.as_str().unwrap().to_owned())
        .collect();
    assert!(times.windows(2).all(|pair| pair[0] < pair[1]), "{times:?}");
    harness.end();
}

#[tokio::test]
async fn times_rise_whatever_lynn_says() {
    let harness = Harness::start().await;
    let (one, earlier) = (ago(60), ago(600));
    for (id, time) in [("m-1", &one), ("m-2", &one), ("m-3", &earlier)] {
        harness.post(message(id, json!({ "text": id, "time": time }))).await;
    }
    // A time more than a day away is ignored.
    for (id, time) in [("m-4", "0001-01-01T00:00:00Z"), ("m-5", "2999-01-01T00:00:00Z")] {
        harness.post(message(id, json!({ "text": id, "time": time }))).await;
    }
    harness.say("ana", "m-6", "Now").await;
    let accepted = harness.accepted("ana", 6).await;
    let times: Vec<i64> =
        accepted.iter().map(|body| milliseconds(&body["channel"]["time"])).collect();
    let first = milliseconds(&json!(one));
    assert_eq!(times[..3], [first, first + 1, first + 2]);
    assert!(times.windows(2).all(|pair| pair[0] < pair[1]), "{times:?}");
    assert!(times[3..].iter().all(|time| (now() - time).abs() < 60 * 60_000), "{times:?}");
    harness.logged(&[("event.name", "time_replaced"), ("event.id", "m-4")]).await;
    harness.logged(&[("event.name", "time_replaced"), ("event.id", "m-5")]).await;
    harness.end();
}

#[tokio::test]
async fn tags_become_plain_text_unless_that_is_switched_off() {
    let html = "<p>Hello</p><p>a < b<br>and <b>more</b></p>";
    let harness = Harness::start().await;
    harness.say("ana", "m-1", html).await;
    assert_eq!(harness.accepted("ana", 1).await[0]["text"], "Hello\na < b\nand more");
    harness.end();
    let setup = Setup::new().config(|integration| {
        integration["text"] = json!({ "stripHtml": false });
    });
    let harness = setup.start().await;
    harness.say("ana", "m-1", html).await;
    assert_eq!(harness.accepted("ana", 1).await[0]["text"], html);
    harness.end();
}

#[tokio::test]
async fn the_transcript_of_the_bot_comes_before_the_message() {
    let harness = Harness::start().await;
    let history = json!([
        { "author": "bot", "text": "How can I help?", "time": "2026-03-04T05:06:07Z" },
        { "author": "customer", "text": "My bill is wrong" },
    ]);
    harness.post(message("m-1", json!({ "text": "An agent, please", "history": history }))).await;
    let accepted = harness.accepted("ana", 2).await;
    assert_eq!(each(&accepted, "/channel/messageId"), ["m-1.history", "m-1"]);
    let transcript = accepted[0]["text"].as_str().unwrap();
    let bot = transcript.find("Bot: How can I help?").unwrap();
    let customer = transcript.find("Customer: My bill is wrong").unwrap();
    assert!(bot < customer);
    harness.end();
}

#[tokio::test]
async fn answers_to_choices_are_structured_responses() {
    let harness = Harness::start().await;
    harness.say("ana", "m-0", "Hello").await;
    harness.accepted("ana", 1).await;
    let times = json!([ { "contentType": "DatePicker", "datePicker": {
        "title": "When?", "availableTimes": [ { "dateTime": "2026-12-01T10:00:00.000Z", "duration": 1800 } ] } } ]);
    let card = json!([ { "title": "Plan", "actions": [ { "type": "Postback", "text": "Take it", "payload": "take" } ] } ]);
    let ids = [
        taken(harness.genesys.bot_sends_quick_replies("ana", "Proceed?", &[("Yes", "yes")]).await),
        taken(harness.genesys.bot_sends_carousel("ana", "Choose", card).await),
        taken(harness.genesys.bot_sends("ana", Some("When?"), times).await),
    ];
    harness.heard("ana", 3).await;
    let choices = [
        ("quickReply", "Yes", "yes"),
        ("button", "Take it", "take"),
        ("datePicker", "2026-12-01T10:00:00.000Z", "2026-12-01T10:00:00.000Z"),
    ];
    for (id, (kind, text, payload)) in ids.iter().zip(choices) {
        let result = harness
            .lynn
            .customer_replies("ana", &format!("r-{kind}"), id, kind, text, payload)
            .await;
        assert_eq!(result.status, 202, "{}", result.body);
    }
    let accepted = harness.accepted("ana", 4).await;
    for ((answer, id), (kind, text, payload)) in accepted[1..].iter().zip(&ids).zip(choices) {
        assert_eq!(answer["originatingMessageId"], **id);
        let word = match kind {
            "quickReply" => "QuickReply",
            "button" => "Button",
            _ => "DatePicker",
        };
        assert_eq!(
            answer["buttonResponse"],
            json!({ "type": word, "text": text, "payload": payload })
        );
    }
    harness.end();
}

#[tokio::test]
async fn an_answer_to_nothing_known_still_reaches_the_agent_as_text() {
    let harness = Harness::start().await;
    let reply = json!({ "to": "unknown", "kind": "quickReply", "text": "Yes", "payload": "yes" });
    harness.post(message("m-1", json!({ "reply": reply }))).await;
    let accepted = harness.accepted("ana", 1).await;
    assert_eq!(accepted[0]["text"], "Yes");
    assert_eq!(accepted[0]["channel"]["messageId"], "m-1");
    // The refused click is the only violation of the contract; the bridge cannot know it
    // beforehand.
    assert_eq!(harness.genesys.violations().len(), 1);
}

#[tokio::test]
async fn the_same_id_again_has_one_effect() {
    let harness = Harness::start().await;
    let event = message("m-1", json!({ "text": "Hello" }));
    for _ in 0..3 {
        let result = harness.lynn.post(event.clone()).await;
        assert_eq!(result.status, 202);
        assert_eq!(result.body, json!({ "id": "m-1", "status": "accepted" }));
    }
    harness.accepted("ana", 1).await;
    harness.post(event).await;
    harness.post(message("m-1", json!({ "text": "Something else" }))).await;
    // The same id from another contact is another message.
    harness.say("ben", "m-1", "Hello").await;
    harness.say("ana", "m-2", "That is all").await;
    harness.accepted("ben", 1).await;
    let accepted = harness.accepted("ana", 3).await;
    assert_eq!(each(&accepted, "/text"), ["Hello", "Something else", "That is all"]);
    assert!(harness.genesys.duplicates().is_empty());
    harness.end();
}

#[tokio::test]
async fn awkward_ids_travel_unharmed() {
    let harness = Harness::start().await;
    // API Gateway cuts a path at a question mark, encoded or not.
    let contact = if harness.is_deployed() {
        "+52 155/1234&%2F#ñ😀"
    } else {
        "+52 155/1234?x=ñ&%2F#😀"
    };
    let id = format!("id with spaces / ? # % ñ {}", "x".repeat(100));
    harness.say(contact, &id, "Hello").await;
    let accepted = harness.accepted(contact, 1).await;
    assert_eq!(accepted[0]["channel"]["messageId"], *id);
    let answer = harness.agent(contact, "Hello").await;
    let events = harness.heard(contact, 1).await;
    assert_eq!(events[0]["id"], *answer);
    assert_eq!(events[0]["contact"]["id"], contact);
    assert_eq!(harness.conversation(contact).await["contact"]["id"], contact);
    harness.end();
}
