//! Lynn posts to Genesys' own routes.

use serde_json::{Value, json};
use simulators::{Effect, Endpoint, GenesysSimulator};

use super::{Engine, INTEGRATION, channel, dialect, now, said, send, webhooks};
use crate::harness::{SOON, fault, status};
use crate::media;

#[tokio::test]
async fn a_message_is_relayed_with_all_its_fields() {
    let harness = dialect().start().await;
    let engine = Engine::of(&harness).await;
    let text = "<b>Hello</b> & \u{1f600}";
    let message = json!({
        "channel": channel("m-1"), "text": text, "metadata": { "traceId": "t-1" },
        "content": [ { "contentType": "Attachment", "attachment": { "id": "a-1", "mediaType": "Image", "mime": "image/png",
            "url": "https://example.com/p.png", "filename": "p.png", "text": "Look", "sha256": "00" } } ],
    });
    // Some clients send what only Genesys' answers have; no request takes it.
    let mut sent = message.clone();
    sent["direction"] = json!("Inbound");
    sent["type"] = json!("Text");
    sent["channel"]["to"] = json!({ "id": INTEGRATION });
    sent["channel"]["from"]["idType"] = json!("opaque");
    let answer = engine.post("message", &sent).await;
    let accepted = harness.accepted("ana", 1).await.remove(0);
    assert_eq!(accepted, message);
    assert_eq!((&answer["id"], &answer["type"]), (&json!("m-1"), &json!("Text")));
    assert_eq!((&answer["text"], &answer["content"]), (&message["text"], &message["content"]));
    assert_eq!(
        answer["channel"],
        json!({ "id": INTEGRATION, "platform": "Open", "type": "Private", "messageId": "m-1",
                "to": { "id": INTEGRATION }, "from": sent["channel"]["from"], "time": message["channel"]["time"] })
    );
    assert_eq!(answer.get("conversationId"), None);
    harness.end();
}

#[tokio::test]
async fn a_message_without_an_id_gets_one_and_a_repeat_has_no_second_effect() {
    let harness = dialect().start().await;
    let engine = Engine::of(&harness).await;
    let mut message = said("", "first text");
    message["channel"].as_object_mut().unwrap().remove("messageId");
    let first = engine.post("message", &message).await;
    let id = first["id"].as_str().expect("an id");
    assert_eq!(first["channel"]["messageId"], *id);
    assert_eq!(harness.accepted("ana", 1).await[0]["channel"]["messageId"], *id);
    for _ in 0..2 {
        assert_eq!(engine.say("m-2", "second text").await["id"], "m-2");
    }
    engine.say("m-3", "third text").await;
    let accepted = harness.accepted("ana", 3).await;
    let texts: Vec<&Value> = accepted.iter().map(|message| &message["text"]).collect();
    assert_eq!(texts, ["first text", "second text", "third text"]);
    // Other words under the same id are another message. Its receipts name the id that Lynn knows.
    engine.say("m-2", "other words").await;
    let other = harness.accepted("ana", 4).await.remove(3);
    let derived = other["channel"]["messageId"].as_str().expect("an id");
    assert!(derived.starts_with("m-2~"), "{derived}");
    let genesys = harness.genesys.genesys_message_id("ana", derived).expect("an id");
    assert!(harness.genesys.receipt_for(&genesys, "Published", json!([])).await.delivered);
    assert_eq!(webhooks(&harness, 1).await[0].body["id"], "m-2");
    harness.end();
}

#[tokio::test]
async fn the_conversation_is_named_when_it_is_known_and_asked_for() {
    let harness = dialect().start().await;
    let engine = Engine::of(&harness).await;
    let ask = async |id: &str, query: &str| {
        let request = engine.request(INTEGRATION, &format!("message?{query}"));
        send(request.json(&said(id, "Hello"))).await.body
    };
    assert_eq!(ask("m-1", "prefetchConversationId=true").await.get("conversationId"), None);
    harness.accepted("ana", 1).await;
    let known = harness.genesys.conversation_id("ana").expect("a conversation");
    let deadline = tokio::time::Instant::now() + SOON;
    while harness.conversation("ana").await["conversationId"].is_null() {
        assert!(tokio::time::Instant::now() < deadline);
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(ask("m-2", "prefetchConversationId=true").await["conversationId"], *known);
    assert_eq!(ask("m-3", "prefetchConversationId=false").await.get("conversationId"), None);
    harness.end();
}

#[tokio::test]
async fn typing_receipts_and_choices_reach_genesys() {
    let harness = dialect().start().await;
    let engine = Engine::of(&harness).await;
    engine.say("m-1", "Hello").await;
    harness.accepted("ana", 1).await;
    let mut person = channel("");
    person.as_object_mut().unwrap().remove("messageId");
    let typing = json!({ "channel": person, "events": [ { "eventType": "Typing" } ] });
    let answer = engine.post("event", &typing).await;
    assert_eq!((&answer["type"], &answer["events"]), (&json!("Event"), &typing["events"]));
    assert!(answer["id"].is_string());
    let typed = |genesys: &GenesysSimulator| genesys.typing_events().len() == 1;
    assert!(harness.genesys.wait_until(SOON, typed).await);

    let offered = harness.genesys.bot_sends_quick_replies("ana", "Sure?", &[("Yes", "yes")]).await;
    let id = webhooks(&harness, 1).await[0].body["id"].clone();
    assert_eq!(id, *offered.id);
    let choice = json!({
        "channel": channel("m-2"), "originatingMessageId": id,
        "buttonResponse": { "type": "QuickReply", "text": "Yes", "payload": "yes" },
    });
    let answer = engine.post("structured/response", &choice).await;
    assert_eq!((&answer["id"], &answer["type"]), (&json!("m-2"), &json!("Structured")));
    assert_eq!(harness.accepted("ana", 2).await[1], choice);

    let receipt = json!({
        "id": id, "channel": { "to": { "id": "ana", "idType": "Opaque" }, "time": now() },
        "status": "Delivered", "isFinalReceipt": true, "direction": "Outbound",
    });
    let answer = engine.post("receipt", &receipt).await;
    assert_eq!((&answer["id"], &answer["status"]), (&id, &json!("Delivered")));
    let mut expected = receipt.clone();
    expected.as_object_mut().unwrap().remove("direction");
    assert_eq!(harness.receipts(1).await[0], expected);
    // The contact of a receipt may be in `from`.
    let second = harness.agent("ana", "Bye").await;
    let failed = json!({
        "id": second, "channel": { "from": { "id": "ana" }, "time": now() }, "status": "Failed",
        "reasons": [ { "code": "InvalidDestination", "message": "blocked" } ],
    });
    engine.post("receipt", &failed).await;
    let given = harness.receipts(2).await.remove(1);
    assert_eq!((&given["status"], &given["reasons"]), (&json!("Failed"), &failed["reasons"]));
    assert_eq!(given["channel"]["to"]["id"], "ana");
    harness.end();
}

#[tokio::test]
async fn a_choice_outside_a_conversation_is_read_as_text() {
    let harness = dialect().start().await;
    let engine = Engine::of(&harness).await;
    harness.genesys.script(fault(Endpoint::StructuredResponse, status(400)));
    let choice = json!({
        "channel": channel("m-1"), "originatingMessageId": "unknown",
        "buttonResponse": { "type": "Button", "text": "Yes", "payload": "yes" },
    });
    engine.post("structured/response", &choice).await;
    let accepted = harness.accepted("ana", 1).await.remove(0);
    assert_eq!(
        (&accepted["text"], &accepted["channel"]["from"]),
        (&json!("Yes"), &choice["channel"]["from"])
    );
    harness.end();
}

#[tokio::test]
async fn text_is_neither_stripped_nor_split() {
    let harness = dialect().start().await;
    let engine = Engine::of(&harness).await;
    let text = format!("<p>{}</p>", "word ".repeat(390));
    engine.say("m-1", &text).await;
    assert_eq!(harness.accepted("ana", 1).await[0]["text"], *text);
    harness.end();
}

#[tokio::test]
async fn a_message_waits_for_genesys_in_order() {
    let harness = dialect().start().await;
    let engine = Engine::of(&harness).await;
    for effect in [status(503), Effect::AcceptThenDrop] {
        harness.genesys.script(fault(Endpoint::Message, effect));
    }
    // All at the same time of day: the bridge gives them rising times.
    let time = now();
    for id in ["m-1", "m-2", "m-3"] {
        let mut message = said(id, &format!("text of {id}"));
        message["channel"]["time"] = json!(time);
        engine.post("message", &message).await;
    }
    let accepted = harness.accepted("ana", 3).await;
    let texts: Vec<&Value> = accepted.iter().map(|message| &message["text"]).collect();
    assert_eq!(texts, ["text of m-1", "text of m-2", "text of m-3"]);
    harness.end();
}

#[tokio::test]
async fn lynn_is_told_of_a_message_that_genesys_refuses() {
    let harness = dialect().start().await;
    let engine = Engine::of(&harness).await;
    harness.genesys.script(fault(Endpoint::Message, status(400)));
    engine.say("m-1", "Hello").await;
    let told = webhooks(&harness, 1).await.remove(0).body;
    assert_eq!(
        (&told["type"], &told["id"], &told["status"]),
        (&json!("Receipt"), &json!("m-1"), &json!("Failed"))
    );
    assert_eq!(
        (&told["isFinalReceipt"], &told["channel"]["id"]),
        (&json!(true), &json!(INTEGRATION))
    );
    assert_eq!(told["reasons"][0]["code"], "GeneralError");
    assert!(told["reasons"][0]["message"].is_string());
    assert_eq!(harness.logged(&[("event.name", "failed")]).await["direction"], "inbound");
    harness.end();
}

#[tokio::test]
async fn a_customers_file_is_copied_too() {
    let harness = media::start(super::named(media::relaying())).await;
    let engine = Engine::of(&harness).await;
    let original =
        harness.lynn.put_file("p.png", simulators::FileOptions::new("image/png", media::PNG));
    let mut message = said("m-1", "Look");
    message["content"] =
        json!([ { "attachment": { "mediaType": "Image", "mime": "image/*", "url": original } } ]);
    engine.post("message", &message).await;
    let accepted = harness.accepted("ana", 1).await.remove(0);
    let attachment = &accepted["content"][0]["attachment"];
    let url = attachment["url"].as_str().expect("a link");
    assert!(url.starts_with(&format!("{}/media/", harness.address)), "{url}");
    assert_eq!((&attachment["mime"], &accepted["text"]), (&json!("image/png"), &json!("Look")));
    harness.end();
}

#[tokio::test]
async fn a_customers_file_that_cannot_be_copied_is_named_to_both_sides() {
    let harness = media::start(super::named(media::relaying())).await;
    let engine = Engine::of(&harness).await;
    let mut message = said("m-1", "Look");
    message["content"] = json!([ { "attachment": { "mediaType": "Image", "mime": "image/png",
        "url": "http://127.0.0.1:1/secret.png", "filename": "p.png" } } ]);
    engine.post("message", &message).await;
    let accepted = harness.accepted("ana", 1).await.remove(0);
    let text = accepted["text"].as_str().expect("a text");
    assert!(
        text.starts_with("Look\n[The customer sent a file (p.png) that was not passed on"),
        "{text}"
    );
    assert_eq!(accepted.get("content"), None);
    assert_eq!(webhooks(&harness, 1).await[0].body["status"], "Failed");
    harness.end();
}

#[tokio::test]
async fn accepted_events_survive_a_kill() {
    let mut harness = dialect().start().await;
    harness.genesys.set_down(true);
    for (id, text) in [("m-1", "first text"), ("m-2", "second text")] {
        Engine::of(&harness).await.say(id, text).await;
    }
    harness.process.kill();
    harness.genesys.set_down(false);
    harness.restart().await;
    let accepted: Vec<Value> = harness.accepted("ana", 2).await;
    assert_eq!(
        (&accepted[0]["text"], &accepted[1]["text"]),
        (&json!("first text"), &json!("second text"))
    );
    harness.end();
}

#[tokio::test]
async fn a_text_that_was_cut_inside_an_emoji_is_relayed() {
    let harness = dialect().start().await;
    let engine = Engine::of(&harness).await;
    let body = said("m-1", "cut #").to_string().replace('#', "\\ud83d");
    let request = engine.request(INTEGRATION, "message").header("content-type", "application/json");
    assert_eq!(send(request.body(body)).await.status, 200);
    assert_eq!(harness.accepted("ana", 1).await[0]["text"], "cut \u{fffd}");
    harness.end();
}
