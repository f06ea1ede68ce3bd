//! Several integrations in one process: they share nothing, and none waits for another.

use std::time::Duration;

use serde_json::json;
use simulators::{Effect, Endpoint, GenesysSimulator, LynnFault, LynnSimulator};
use tokio::time::Instant;

use crate::harness::{Harness, KEY, SOON, Setup, Side, each, fault, taken};

const OTHER_KEY: &str = "key-of-sales";

fn sales() -> Setup {
    Setup::named("sales")
        .genesys(|options| {
            options.integration_id = "11111111-2222-3333-4444-555555555555".into();
            options.webhook_secret = "the-other-webhook-secret".into();
            options.client_id = "client-of-sales".into();
        })
        .lynn(|options| options.inbound_key = Some(OTHER_KEY.into()))
        .config(|integration| integration["lynn"]["inboundAuth"][0]["key"] = json!(OTHER_KEY))
}

async fn two() -> Harness {
    Harness::start_all(vec![Setup::new(), sales()]).await
}

async fn accepted(genesys: &GenesysSimulator, contact: &str, count: usize) -> bool {
    let enough = |genesys: &GenesysSimulator| genesys.accepted_messages(contact).len() == count;
    genesys.wait_until(SOON, enough).await
}

async fn heard(lynn: &LynnSimulator, contact: &str, count: usize) -> bool {
    let enough = |lynn: &LynnSimulator| lynn.events_for(contact).len() == count;
    lynn.wait_until(SOON, enough).await
}

#[tokio::test]
async fn the_same_contact_and_the_same_ids_are_apart_in_two_integrations() {
    let harness = two().await;
    for Side { name, genesys, lynn } in &harness.sides {
        for id in ["m-1", "m-2"] {
            let result = lynn.customer_says("ana", id, name).await;
            assert_eq!(result.status, 202);
        }
        assert!(accepted(genesys, "ana", 2).await);
        for _ in 0..2 {
            taken(genesys.agent_says("ana", name).await);
        }
        assert!(heard(lynn, "ana", 2).await);
    }
    let ids: Vec<_> =
        harness.sides.iter().map(|side| side.genesys.conversation_id("ana")).collect();
    assert_ne!(ids[0], ids[1]);
    for (Side { name, genesys, lynn }, id) in harness.sides.iter().zip(ids) {
        assert_eq!(
            each(&genesys.accepted_messages("ana"), "/text"),
            [name.as_str(), name.as_str()]
        );
        let events = lynn.events_for("ana");
        assert_eq!(each(&events, "/integration"), [name.as_str(), name.as_str()]);
        assert_eq!(each(&events, "/text"), [name.as_str(), name.as_str()]);
        assert_eq!(each(&events, "/sequence"), [1, 2]);
        assert_eq!(events[0]["conversationId"].as_str(), id.as_deref());
        assert_eq!(genesys.logins(), 1);
        assert_eq!(
            lynn.get_conversation("ana").await.body["conversationId"].as_str(),
            id.as_deref()
        );
    }
    harness.end();
}

#[tokio::test]
async fn no_integration_is_entered_with_the_credentials_of_another() {
    let harness = two().await;
    for (name, key, status) in [
        ("support", KEY, 202),
        ("sales", OTHER_KEY, 202),
        ("support", OTHER_KEY, 401),
        ("sales", KEY, 401),
    ] {
        let event = json!({ "type": "message", "id": format!("{name}-{status}"), "contact": { "id": "ana" }, "text": "Hello" });
        let request = harness
            .request(reqwest::Method::POST, &format!("/lynn/{name}"))
            .header("x-api-key", key)
            .json(&event);
        assert_eq!(request.send().await.unwrap().status(), status, "{name} {key}");
    }
    harness.genesys.set_webhook_url(format!(
        "{}{}",
        harness.address,
        harness.path("/genesys/sales")
    ));
    let delivery = harness.genesys.agent_says("ana", "Hello").await;
    assert_eq!(delivery.attempts[0].status, Some(401));
    for side in &harness.sides {
        assert!(accepted(&side.genesys, "ana", 1).await);
    }
    harness.end();
}

#[tokio::test]
async fn a_vendor_that_hangs_delays_its_own_integration_only() {
    let harness = two().await;
    let [first, second] = [&harness.sides[0], &harness.sides[1]];
    let long = Duration::from_secs(60);
    // More conversations than the bridge delivers in parallel.
    for number in 0..300 {
        first.genesys.script(fault(Endpoint::Message, Effect::Delay(long)));
        first.lynn.script(LynnFault::Delay(long));
        let contact = format!("contact-{number}");
        harness.say(&contact, "m-1", "Hello").await;
        harness.agent(&contact, "Hello").await;
    }
    let began = Instant::now();
    for number in 0..5 {
        let contact = format!("contact-{number}");
        assert_eq!(second.lynn.customer_says(&contact, "m-1", "Hello").await.status, 202);
        taken(second.genesys.agent_says(&contact, "Hello").await);
        assert!(accepted(&second.genesys, &contact, 1).await);
        assert!(heard(&second.lynn, &contact, 1).await);
    }
    let took = began.elapsed();
    assert!(took < Duration::from_secs(3), "{took:?}");
    assert_eq!(first.genesys.accepted_count(), 0);
    harness.end();
}

#[tokio::test]
async fn an_event_changes_the_conversation_of_its_own_integration_only() {
    let harness = two().await;
    for Side { genesys, lynn, .. } in &harness.sides {
        assert_eq!(lynn.customer_says("ana", "m-1", "Hello").await.status, 202);
        assert!(accepted(genesys, "ana", 1).await);
    }
    harness.stands("ana", json!({ "status": "open" })).await;
    let (support, sales) = (&harness.sides[0], &harness.sides[1]);
    sales.genesys.queue_waits("ana");
    sales.genesys.agent_answers("ana", "ada");
    // A workflow gets the events of the whole organisation, and posts all of them to each
    // integration.
    for event in sales.genesys.lifecycle_events() {
        harness.post_event(&event.process_automation()).await;
        assert!(sales.genesys.post_event(&event).await.delivered);
    }
    assert!(heard(&sales.lynn, "ana", 1).await);
    harness.all_told("ana").await;
    assert_eq!(support.lynn.event_count(), 0);
    assert_eq!(harness.conversation("ana").await["agentConnected"], false);
    let status = sales.lynn.get_conversation("ana").await.body;
    assert_eq!(status["agentConnected"], true);
    assert_eq!(status["conversationId"].as_str(), sales.genesys.conversation_id("ana").as_deref());
    harness.end();
}
