//! The events that Lynn receives, from the examples and from everything that Genesys sends, are as
//! documented.

use serde_json::{Value, json};
use simulators::{Effect, Endpoint, Fault, RecordedRequest};

use crate::document::{Document, Operation};
use crate::exchange::{Exchange, client};
use crate::harness::{Harness, SOON, Unusual};
use crate::walk::Walk;

const CONTACT: &str = "5215512345678";

/// Checks a post of the bridge against the document.
fn assert_documented(document: &Document, operation: Operation<'_>, post: &RecordedRequest) {
    let what = format!("{} {}", operation.path, post.body["type"]);
    for parameter in operation.object["parameters"].as_array().unwrap() {
        let parameter = document.resolve(parameter);
        match post.header(parameter["name"].as_str().unwrap()) {
            Some(value) => document.assert_fits(&what, &parameter["schema"], &value.into()),
            None => {
                assert_eq!(parameter["required"], false, "{what}: {} is missing", parameter["name"])
            }
        }
    }
    let schema = &operation.object["requestBody"]["content"]["application/json"]["schema"];
    document.assert_fits(&what, schema, &post.body);
    let mut walk = Walk::new(document);
    walk.through(schema, &post.body);
    assert!(walk.undescribed.is_empty(), "{what}: not documented: {:?}", walk.undescribed);
}

fn assert_all_documented(document: &Document, harness: &Harness, path: &str, id: &str) {
    let operation = document.operation(id);
    let posts = harness.lynn.attempts();
    let mut posts = posts.iter().filter(|post| post.path == path).peekable();
    assert!(posts.peek().is_some(), "nothing was posted to {path}");
    posts.for_each(|post| assert_documented(document, operation, post));
}

async fn start_session(document: &Document, harness: &Harness) {
    let event = document.request(document.operation("postEvent"), "sessionStarted");
    assert!(harness.lynn.post(event.clone()).await.is_success());
    let begun = async {
        while harness.lynn.get_conversation(CONTACT).await.status != 200 {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(SOON, begun).await.expect("the session begins");
}

#[tokio::test]
async fn the_genesys_examples_become_the_lynn_examples() {
    let document = Document::read();
    let harness = Harness::start(Unusual::default()).await;
    start_session(&document, &harness).await;
    for operation in ["postNotification", "postConversationEvent"] {
        become_the_lynn_examples(&document, &harness, operation, "x-becomes").await;
    }
    assert_eq!(harness.lynn.violations(), Vec::<String>::new());
    assert_all_documented(&document, &harness, "/webhook", "receiveEvent");
}

#[tokio::test]
async fn an_end_for_good_becomes_the_lynn_example() {
    let document = Document::read();
    let harness = Harness::start(Unusual { synchronous: true, ..Unusual::default() }).await;
    start_session(&document, &harness).await;
    become_the_lynn_examples(&document, &harness, "postNotification", "x-becomes").await;
    let (operation, becomes) = ("postConversationEvent", "x-becomes-synchronous");
    become_the_lynn_examples(&document, &harness, operation, becomes).await;
    assert_eq!(harness.lynn.violations(), Vec::<String>::new());
}

/// Sends the examples of an operation that name the resulting event, and compares them with the
/// events that Lynn receives.
async fn become_the_lynn_examples(
    document: &Document,
    harness: &Harness,
    operation: &str,
    becomes: &str,
) {
    let (client, post) = (client(), document.operation(operation));
    let expected = document.examples(&document.operation("receiveEvent").object["requestBody"]);
    for example in document.examples(&post.object["requestBody"]) {
        let Some(name) = example.object[becomes].as_str() else { continue };
        let count = harness.lynn.event_count() + 1;
        let answer =
            Exchange::new(post, Some(example.value())).send(&client, &harness.address).await;
        assert_eq!(answer.status, 200);
        assert!(
            harness.lynn.wait_until(SOON, |lynn| lynn.event_count() == count).await,
            "{name} did not arrive"
        );
        let mut expected =
            expected.iter().find(|example| example.name == name).unwrap().value().clone();
        expected["sequence"] = json!(count);
        assert_eq!(harness.lynn.events()[count - 1], expected, "{name}");
    }
}

#[tokio::test]
async fn the_receipt_example_becomes_the_lynn_example() {
    let document = Document::read();
    let harness = Harness::start(Unusual::default()).await;
    let (client, post) = (client(), document.operation("postNotification"));
    let message = document.request(document.operation("postEvent"), "text");
    assert!(harness.lynn.post(message.clone()).await.is_success());
    assert!(harness.genesys.wait_until(SOON, |genesys| genesys.accepted_count() == 1).await);
    let id = harness.genesys.genesys_message_id("ana", "m-1").unwrap();
    let mut receipt = document.request(post, "receipt").clone();
    receipt["id"] = json!(id);
    receipt["conversationId"] = json!(harness.genesys.conversation_id("ana"));
    assert_eq!(
        Exchange::new(post, Some(&receipt)).send(&client, &harness.address).await.status,
        200
    );
    assert!(harness.lynn.wait_until(SOON, |lynn| lynn.event_count() == 1).await);
    let examples = document.examples(&document.operation("receiveEvent").object["requestBody"]);
    let mut expected =
        examples.iter().find(|example| example.name == "published").unwrap().value().clone();
    expected["id"] = json!(format!("receipt-{id}#published"));
    expected["conversationId"] = receipt["conversationId"].clone();
    assert_eq!(harness.lynn.events(), [expected]);
}

#[tokio::test]
async fn every_event_that_lynn_gets_is_documented() {
    let document = Document::read();
    let harness = Harness::start(Unusual { receipts: true, ..Unusual::default() }).await;
    let (genesys, lynn) = (&harness.genesys, &harness.lynn);
    assert!(lynn.customer_says("ana", "m-1", "I need an agent").await.is_success());
    assert!(lynn.wait_until(SOON, |lynn| lynn.event_count() == 1).await, "no receipt");
    for delivery in [
        genesys.agent_says("ana", "Good morning 😀").await,
        genesys.agent_types("ana", 5000).await,
        genesys
            .agent_sends_attachment(
                "ana",
                Some("Look"),
                "Image",
                "image/png",
                "a.png",
                "https://example.com/a.png",
            )
            .await,
        genesys
            .agent_sends_attachment(
                "ana",
                None,
                "File",
                "text/plain",
                "a.txt",
                "https://example.com/a.txt",
            )
            .await,
        genesys.bot_says("ana", "I am a bot").await,
        genesys.bot_sends_quick_replies("ana", "Proceed?", &[("Yes", "yes"), ("No", "no")]).await,
        genesys.bot_sends_carousel("ana", "Which one?", cards()).await,
    ] {
        assert!(delivery.delivered);
    }
    for content in structured() {
        assert!(genesys.bot_sends("ana", Some("Please choose"), json!([content])).await.delivered);
    }
    for (status, reasons) in [
        ("Delivered", json!([])),
        ("Read", json!([])),
        (
            "Failed",
            json!([ { "code": "GeneralError", "message": "It is gone." }, { "code": "New" } ]),
        ),
    ] {
        let id = genesys.genesys_message_id("ana", "m-1").unwrap();
        assert!(genesys.receipt_for(&id, status, reasons).await.delivered);
    }
    let expected = 1 + 7 + structured().len() + 3;
    assert!(
        lynn.wait_until(SOON, |lynn| lynn.event_count() == expected).await,
        "{:#?}",
        lynn.events()
    );
    assert_eq!(lynn.violations(), Vec::<String>::new());
    assert_all_documented(&document, &harness, "/webhook", "receiveEvent");
}

#[tokio::test]
async fn the_bridges_own_receipt_is_documented() {
    let document = Document::read();
    let harness = Harness::start(Unusual::default()).await;
    let effect = Effect::Status { code: 400, retry_after: None };
    harness.genesys.script(Fault { endpoint: Endpoint::Message, effect });
    assert!(harness.lynn.customer_says("ana", "m-9", "Refused").await.is_success());
    assert!(harness.lynn.wait_until(SOON, |lynn| lynn.event_count() == 1).await, "no receipt");
    let event = &harness.lynn.events()[0];
    assert_eq!((&event["messageId"], &event["status"]), (&json!("m-9"), &json!("failed")));
    assert_eq!(event["id"], "receipt-lynn/m-9#failed");
    assert_all_documented(&document, &harness, "/webhook", "receiveEvent");
}

#[tokio::test]
async fn a_message_that_cannot_be_shown_at_all_is_documented() {
    let document = Document::read();
    let harness = Harness::start(Unusual::default()).await;
    let content = json!([ { "contentType": "ListPicker", "listPicker": {} } ]);
    assert!(harness.genesys.bot_sends("ana", None, content).await.delivered);
    let told = |genesys: &simulators::GenesysSimulator| genesys.receipts().len() == 1;
    assert!(harness.genesys.wait_until(SOON, told).await, "the agent is not told");
    assert_all_documented(&document, &harness, "/webhook", "receiveEvent");
    assert_eq!(harness.lynn.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn a_campaign_is_documented() {
    let document = Document::read();
    let harness = Harness::start(Unusual { campaigns: true, ..Unusual::default() }).await;
    start_session(&document, &harness).await;
    harness.lynn.set_session_over(CONTACT, true);
    let file = ("Image", "image/png", "a.png", "https://example.com/a.png");
    harness.genesys.agent_says(CONTACT, "Your order is ready").await;
    harness
        .genesys
        .agent_sends_attachment(CONTACT, Some("Look"), file.0, file.1, file.2, file.3)
        .await;
    harness.genesys.bot_sends_quick_replies(CONTACT, "Proceed?", &[("Yes", "yes")]).await;
    assert!(
        harness.lynn.wait_until(SOON, |lynn| lynn.proactive().len() == 3).await,
        "{:?}",
        harness.lynn.violations()
    );
    assert_eq!(harness.lynn.violations(), Vec::<String>::new());
    assert_all_documented(&document, &harness, "/proactive", "receiveCampaign");
    assert_all_documented(&document, &harness, "/webhook", "receiveEvent");
}

fn cards() -> Value {
    let more = json!({ "type": "Link", "text": "More", "url": "https://example.com/red" });
    json!([
        { "title": "Red", "description": "The red one", "image": "https://example.com/red.png",
          "defaultAction": more, "actions": [ more, { "type": "Postback", "text": "Choose", "payload": "red" } ] },
        { "title": "Blue", "actions": [ { "type": "Postback", "text": "Choose blue", "payload": "blue" } ] },
    ])
}

/// All other kinds of structured content that the bridge converts, one unknown kind, and one broken
/// content.
fn structured() -> Vec<Value> {
    let media =
        json!({ "mediaType": "Video", "mime": "video/mp4", "url": "https://example.com/a.mp4" });
    vec![
        json!({ "contentType": "Card", "card": cards()[0] }),
        json!({ "contentType": "QuickReplyV2",
                "quickReplyV2": { "title": "Sure?", "actions": [ { "text": "Yes", "payload": "y" } ] } }),
        json!({ "contentType": "DatePicker", "datePicker": {
            "title": "When?", "location": { "latitude": 1.5, "longitude": "2.5" },
            "availableTimes": [ { "dateTime": "2026-03-10T09:00:00Z", "duration": 1800 } ] } }),
        json!({ "contentType": "Notification", "template": {
            "id": "t-1", "language": "en", "header": { "media": media }, "footer": { "text": "Bye" },
            "body": { "text": "Hi {{1}}", "parameters": [ { "text": "Ana" } ] },
            "buttons": [ { "type": "Url", "text": "Map", "url": "https://example.com/map" } ] } }),
        json!({ "contentType": "ListPicker", "listPicker": {} }),
        json!({ "contentType": "Card", "card": "broken" }),
    ]
}
