//! Lynn gets Genesys' webhooks as they came.

use serde_json::json;
use simulators::{LynnFault, LynnSimulator};

use super::{Engine, dialect, webhooks};
use crate::harness::{Harness, SOON, Setup, each, taken};
use crate::media;

#[tokio::test]
async fn every_kind_of_webhook_comes_byte_for_byte() {
    let harness = dialect().start().await;
    let (ana, genesys) = ("ana", &harness.genesys);
    let cards = json!([ { "title": "Plan", "actions": [ { "type": "Link", "text": "See", "url": "https://example.com" } ] } ]);
    let sent = [
        genesys.agent_says(ana, "Grüße \u{1f600} <b>&</b>\n\"quoted\"").await,
        genesys.bot_sends_quick_replies(ana, "Proceed?", &[("Yes", "yes"), ("No", "no")]).await,
        genesys.bot_sends_carousel(ana, "Which?", cards).await,
        genesys
            .agent_sends_attachment(
                ana,
                None,
                "Image",
                "image/png",
                "p.png",
                "https://example.com/p.png",
            )
            .await,
        // A kind of content that the bridge does not know is for Lynn to judge.
        genesys
            .bot_sends(ana, None, json!([ { "contentType": "Hologram", "hologram": {} } ]))
            .await,
    ];
    let known = webhooks(&harness, sent.len()).await;
    for (sent, known) in sent.iter().zip(&known) {
        assert!(sent.delivered);
        assert_eq!(String::from_utf8_lossy(&known.bytes), String::from_utf8_lossy(&sent.body));
        assert_eq!(known.key, sent.id);
    }
    assert!(genesys.receipts().is_empty());
    harness.end();
}

#[tokio::test]
async fn odd_json_comes_as_it_is_written() {
    let harness = dialect().start().await;
    let odd = "\u{feff}{ \"zeta\": 1.50, \"type\":\"Text\" ,\r\n \"id\":\"odd-1\", \"text\":\"\\u00e9\\/\", \"direction\":\"Outbound\",\
        \"channel\":{\"to\":{\"id\":\"ana\"},\"time\":\"2026-03-04T05:06:09.427Z\"}, \"large\": 12345678901234567890123, \"text\":\"last\" }  ";
    taken(harness.genesys.deliver_raw(odd.as_bytes().to_vec()).await);
    // So long that it is packed in the queue.
    let long = json!({
        "id": "long-1", "type": "Text", "text": "word ".repeat(40_000),
        "channel": { "to": { "id": "ana" } },
    });
    taken(harness.genesys.deliver_raw(long.to_string().into_bytes()).await);
    let known = webhooks(&harness, 2).await;
    assert_eq!(known[0].bytes, odd.as_bytes());
    assert_eq!(known[1].bytes, long.to_string().as_bytes());
    harness.end();
}

#[tokio::test]
async fn typing_comes_as_it_is_and_is_not_repeated() {
    let harness = dialect().start().await;
    let typing = harness.genesys.agent_types("ana", 5_000).await;
    let again = harness.genesys.redeliver(&typing).await;
    assert!(typing.delivered && again.delivered);
    harness.agent("ana", "Hello").await;
    let known = webhooks(&harness, 2).await;
    assert_eq!(known[0].bytes, typing.body);
    assert_eq!(harness.lynn.duplicates(), 0);
    harness.end();
}

#[tokio::test]
async fn a_receipt_names_the_id_that_the_bridge_gave() {
    let setup = dialect().genesys(|options| options.automatic_receipts = true);
    let harness = setup.start().await;
    let engine = Engine::of(&harness).await;
    let answer = engine.say("m-1", "Hello").await;
    assert_eq!(answer["id"], "m-1");
    let known = webhooks(&harness, 1).await.remove(0);
    let sent = harness.genesys.deliveries().remove(0);
    let genesys = harness.genesys.genesys_message_id("ana", "m-1").expect("an id");
    assert_ne!(genesys, "m-1");
    let text = String::from_utf8(sent.body).expect("UTF-8");
    assert_eq!(text.matches(&genesys).count(), 1, "{text}");
    assert_eq!(String::from_utf8_lossy(&known.bytes), text.replace(&genesys, "m-1"));
    assert_eq!(known.body["status"], "Published");
    // A status without a word in the bridge's own contract is relayed too.
    taken(harness.genesys.receipt_for(&genesys, "Removed", json!([])).await);
    let known = webhooks(&harness, 2).await.remove(1);
    assert_eq!((&known.body["id"], &known.body["status"]), (&json!("m-1"), &json!("Removed")));
    harness.end();
}

#[tokio::test]
async fn a_receipt_about_an_agents_message_stays_as_it_is() {
    let harness = dialect().start().await;
    let id = harness.agent("ana", "Hello").await;
    webhooks(&harness, 1).await;
    let receipt = harness.genesys.receipt_for(&id, "Delivered", json!([])).await;
    assert_eq!(webhooks(&harness, 2).await[1].bytes, receipt.body);
    harness.end();
}

#[tokio::test]
async fn what_lynn_answers_means_the_same_as_in_the_other_dialect() {
    let harness = dialect().start().await;
    for fault in [
        LynnFault::Status { code: 503, retry_after: Some(1) },
        LynnFault::Status { code: 500, retry_after: None },
        LynnFault::AcceptThenDrop,
    ] {
        harness.lynn.script(fault);
    }
    for text in ["one", "two", "three"] {
        harness.agent("ana", text).await;
    }
    let known = webhooks(&harness, 3).await;
    let texts = known.iter().map(|webhook| webhook.body["text"].clone());
    assert_eq!(texts.collect::<Vec<_>>(), ["one", "two", "three"]);
    assert_eq!(harness.lynn.duplicates(), 1);
    harness.lynn.refuse_with("ana", 400);
    let refused = harness.agent("ana", "four").await;
    let receipts = harness.receipts(1).await;
    assert_eq!((&receipts[0]["id"], &receipts[0]["status"]), (&json!(refused), &json!("Failed")));
    assert_eq!(receipts[0]["channel"]["to"]["id"], "ana");
    let letter = harness.logged(&[("event.name", "failed")]).await;
    assert_eq!(letter["direction"], "outbound");
    // After the repair, a redrive posts the same bytes.
    harness.lynn.stop_refusing("ana");
    let config = harness.config_path();
    let config = config.to_str().expect("UTF-8");
    let redrive = ["dead-letters", "redrive", "--all", "--config", config];
    crate::command::run(&redrive, &[]).await.good();
    let known = webhooks(&harness, 4).await;
    let sent = harness.genesys.deliveries().remove(3);
    assert_eq!(known[3].bytes, sent.body);
    harness.end();
}

#[tokio::test]
async fn accepted_counts_as_delivered_if_configured() {
    let setup = dialect().config(|config| config["genesys"]["receipts"] = json!("accepted"));
    let harness = setup.start().await;
    let id = harness.agent("ana", "Hello").await;
    let receipts = harness.receipts(1).await;
    assert_eq!((&receipts[0]["id"], &receipts[0]["status"]), (&json!(id), &json!("Delivered")));
    harness.end();
}

#[tokio::test]
async fn a_copied_file_changes_the_link_and_nothing_else() {
    let relaying = super::named(media::relaying());
    let harness = media::start(relaying).await;
    let original = harness.genesys.put_download(media::picture());
    media::agent_sends(&harness, &original).await;
    let known = webhooks(&harness, 1).await.remove(0);
    let link = known.body["content"][0]["attachment"]["url"].as_str().expect("a link").to_owned();
    assert!(link.starts_with(&format!("{}/media/", harness.address)), "{link}");
    let sent = harness.genesys.deliveries().remove(0);
    let text = String::from_utf8(sent.body).expect("UTF-8");
    let escaped = original.replace('/', "\\/");
    let expected = text.replace(&original, &link).replace(&escaped, &link);
    assert_eq!(String::from_utf8_lossy(&known.bytes), expected);
    harness.end();
}

/// Lifecycle events, with and without an address for them.
async fn lives(events_url: bool) -> Harness {
    let setup: Setup = dialect().genesys(|options| options.deliver_events = true);
    let harness = setup.start().await;
    if events_url {
        let url = harness.lynn.events_url();
        harness.edit_config(|config| config["integrations"][0]["lynn"]["eventsUrl"] = json!(url));
    }
    let engine = Engine::of(&harness).await;
    engine.say("m-1", "Hello").await;
    harness.accepted("ana", 1).await;
    harness.genesys.agent_rings("ana", "agent");
    harness.genesys.agent_answers("ana", "agent");
    harness.agent("ana", "Hello").await;
    webhooks(&harness, 1).await;
    harness.genesys.agent_ends("ana", "agent");
    harness
}

#[tokio::test]
async fn the_life_of_a_conversation_goes_to_its_own_address() {
    let harness = lives(true).await;
    let enough = |lynn: &LynnSimulator| lynn.lives().len() >= 2;
    assert!(harness.lynn.wait_until(SOON, enough).await, "{:?}", harness.lynn.lives());
    let lives = harness.lynn.lives();
    assert_eq!(each(&lives, "/type"), ["conversation.agentConnected", "conversation.ended"]);
    assert_eq!(each(&lives, "/contact/id"), ["ana", "ana"]);
    harness.end();
}

#[tokio::test]
async fn without_an_address_the_life_of_a_conversation_is_settled() {
    let harness = lives(false).await;
    let deadline = tokio::time::Instant::now() + SOON;
    while harness.conversation("ana").await["status"] != "ended" {
        assert!(tokio::time::Instant::now() < deadline);
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    harness.logged(&[("event.name", "settled"), ("direction", "outbound")]).await;
    assert!(harness.lynn.lives().is_empty());
    assert_eq!(harness.lynn.webhooks_for("ana").len(), 1);
    assert_eq!(harness.lynn.attempts().iter().filter(|post| post.path != "/webhook").count(), 0);
    harness.end();
}
