//! Outbound notifications: form, signature, retries, receipts.

use std::time::Duration;

use serde_json::{Value, json};
use simulators::{GenesysOptions, GenesysSimulator};

use crate::support::{Genesys, Receiver, SOON, hmac_base64, quiet};

async fn connected(receiver: &Receiver, options: GenesysOptions) -> GenesysSimulator {
    let options = GenesysOptions { webhook_url: Some(receiver.url.clone()), ..options };
    GenesysSimulator::start(options).await.expect("a simulator")
}

#[tokio::test]
async fn a_message_has_the_captured_key_set_and_a_signature_over_its_raw_bytes() {
    let receiver = Receiver::start(&[200]).await;
    let options = GenesysOptions {
        webhook_headers: vec![("x-gateway".to_owned(), "g".to_owned())],
        ..quiet()
    };
    let simulator = connected(&receiver, options).await;
    let delivery = simulator.agent_says("user-4711", "¿Qué tal? a/b").await;
    assert!(delivery.delivered);
    let received = receiver.take();
    assert_eq!(received.len(), 1);
    assert_eq!(received[0].body, delivery.body);
    let secret = &simulator.options().webhook_secret;
    let signature = format!("sha256={}", hmac_base64(secret.as_bytes(), &received[0].body));
    assert_eq!(received[0].header("x-hub-signature-256"), Some(signature.as_str()));
    assert_eq!(received[0].header("x-gateway"), Some("g"));
    let body = received[0].json();
    assert_ne!(
        body.to_string().into_bytes(),
        received[0].body,
        "re-serialised JSON must not fit the signature"
    );
    let mut keys: Vec<_> = body.as_object().expect("an object").keys().collect();
    keys.sort();
    assert_eq!(
        keys,
        ["channel", "conversationId", "direction", "id", "originatingEntity", "text", "type"]
    );
    assert_eq!(body["originatingEntity"], "Human");
    assert_eq!(body["channel"]["messageId"], body["id"]);
    assert_eq!(body["channel"]["to"], json!({ "id": "user-4711", "idType": "Opaque" }));
    assert_eq!(body["channel"]["from"]["nickname"], "lynn");
    assert_eq!(body["text"], "¿Qué tal? a/b");
    assert_eq!(simulator.conversation_id("user-4711").as_deref(), body["conversationId"].as_str());
}

#[tokio::test]
async fn every_form_of_content_is_built_as_documented() {
    let receiver = Receiver::start(&[200]).await;
    let simulator = connected(&receiver, quiet()).await;
    simulator
        .agent_sends_attachment(
            "x",
            None,
            "Image",
            "image/png",
            "p.png",
            "https://example.com/p.png",
        )
        .await;
    simulator.bot_sends_quick_replies("x", "Proceed?", &[("Yes", "yes")]).await;
    simulator.bot_sends_carousel("x", "Choose", json!([ { "title": "One", "actions": [] } ])).await;
    simulator.agent_types("x", 5000).await;
    simulator
        .bot_sends(
            "x",
            None,
            json!([ { "contentType": "DatePicker", "datePicker": { "title": "When" } } ]),
        )
        .await;
    let bodies: Vec<Value> = receiver.take().iter().map(crate::support::Received::json).collect();
    let kinds: Vec<_> = bodies.iter().map(|body| body["type"].as_str().expect("a type")).collect();
    assert_eq!(kinds, ["Text", "Structured", "Structured", "Event", "Structured"]);
    assert!(bodies[0].get("text").is_none());
    assert_eq!(bodies[0]["content"][0]["attachment"]["filename"], "p.png");
    assert_eq!(bodies[1]["content"][0]["quickReply"]["action"], "Message");
    assert_eq!(bodies[2]["content"][0]["carousel"]["cards"][0]["title"], "One");
    assert!(bodies[3].get("originatingEntity").is_none());
    assert_eq!(bodies[3]["events"][0]["typing"], json!({ "type": "On", "duration": 5000 }));
    assert_eq!(bodies[4]["originatingEntity"], "Bot");
}

#[tokio::test]
async fn a_busy_or_failing_webhook_is_tried_again() {
    let receiver = Receiver::start(&[500, 429, 503, 200]).await;
    let simulator = connected(&receiver, quiet()).await;
    let delivery = simulator.agent_says("x", "Hi").await;
    let statuses: Vec<_> = delivery.attempts.iter().filter_map(|attempt| attempt.status).collect();
    assert_eq!(statuses, [500, 429, 503, 200]);
    assert!(delivery.delivered);
    let bodies = receiver.take();
    assert!(bodies.iter().all(|received| received.body == bodies[0].body));
    assert!(delivery.attempts[1].at - delivery.attempts[0].at >= Duration::from_millis(250));
}

#[tokio::test]
async fn after_five_retries_it_is_given_up() {
    let receiver = Receiver::start(&[503]).await;
    let simulator = connected(&receiver, quiet()).await;
    let delivery = simulator.agent_says("x", "Hi").await;
    assert_eq!((delivery.attempts.len(), delivery.delivered), (6, false));
}

#[tokio::test]
async fn other_refusals_and_redirects_lose_the_message() {
    for status in [400, 401, 404, 413, 302] {
        let receiver = Receiver::start(&[status, 200]).await;
        let simulator = connected(&receiver, quiet()).await;
        let delivery = simulator.agent_says("x", "Hi").await;
        assert_eq!((delivery.attempts.len(), delivery.delivered), (1, false), "{status}");
    }
}

#[tokio::test]
async fn a_timeout_is_tried_again() {
    let receiver = Receiver::start(&[0, 200]).await;
    let simulator = connected(&receiver, quiet()).await;
    let delivery = simulator.agent_says("x", "Hi").await;
    assert!(delivery.delivered);
    assert_eq!(delivery.attempts[0].status, None);
    assert!(delivery.attempts[0].took >= Duration::from_millis(500));
}

#[tokio::test]
async fn an_accepted_message_is_published_by_webhook() {
    let receiver = Receiver::start(&[200]).await;
    let options = GenesysOptions {
        webhook_url: Some(receiver.url.clone()),
        time_scale: 0.05,
        ..GenesysOptions::default()
    };
    let genesys = Genesys::start_with(options).await;
    let id = genesys.say("x", "m-1", 1).await["id"].clone();
    assert!(genesys.simulator.wait_until(SOON, |genesys| genesys.deliveries().len() == 1).await);
    genesys.say("x", "m-1", 1).await;
    let receipt = receiver.take()[0].json();
    assert_eq!(receipt["type"], "Receipt");
    assert_eq!(receipt["id"], id);
    assert_eq!(
        (&receipt["status"], &receipt["isFinalReceipt"]),
        (&json!("Published"), &json!(true))
    );
    assert_eq!(
        (&receipt["direction"], &receipt["channel"]["from"]["id"]),
        (&json!("Inbound"), &json!("x"))
    );
    assert!(receipt.get("originatingEntity").is_none());

    let reasons = json!([ { "code": "GeneralError", "message": "no" } ]);
    let delivery =
        genesys.simulator.receipt_for(id.as_str().expect("an id"), "Failed", reasons.clone()).await;
    let receipt: Value = serde_json::from_slice(&delivery.body).expect("JSON");
    assert_eq!((&receipt["status"], &receipt["reasons"]), (&json!("Failed"), &reasons));
    assert_eq!(
        genesys.simulator.deliveries().len(),
        2,
        "a repeated message is not published again"
    );
}

#[tokio::test]
async fn bodies_can_be_sent_again_or_raw() {
    let receiver = Receiver::start(&[200]).await;
    let simulator = GenesysSimulator::start(quiet()).await.expect("a simulator");
    assert!(simulator.agent_says("x", "nobody listens").await.attempts.is_empty());
    simulator.set_webhook_url(receiver.url.clone());
    let delivery = simulator.agent_says("x", "Hi").await;
    assert!(simulator.redeliver(&delivery).await.delivered);
    assert!(simulator.deliver_raw(b"not JSON".to_vec()).await.delivered);
    let received = receiver.take();
    assert_eq!(received[0].body, received[1].body);
    assert_eq!(received[2].body, b"not JSON");
}
