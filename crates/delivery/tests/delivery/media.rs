//! The relay in the engine, in virtual time: how long an event waits for a file, what happens to
//! its message, and when a link expires.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use delivery::event::{DedupKey, Payload, QueuedEvent};
use http::{Request, StatusCode};
use media::LinkCheck;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use shared::config::{LinkKey, ReceiveConfig};
use shared::lynn::inbound::{Attachment, InboundKind, Message};
use shared::ports::Direction::{Inbound, Outbound};
use shared::ports::{Clock, SecretPart};
use shared::settings::Settings;
use testing::{MemorySecrets, Reaction};

use crate::events::{agent_says, body, genesys, lynn, text, texts};
use crate::files::{PNG, Source};
use crate::harness::Harness;
use crate::script::INTEGRATION;

const MINUTE: i64 = 60_000;
const SECRET: &str = "the-webhook-secret";
const LINK: &str = "https://files.test/p.png";

/// An integration with the relay, and further changes.
fn relaying(media: &Value, more: &Value) -> Harness {
    let key = LinkKey::derive(&SecretString::from(SECRET));
    let mut config = json!({
        "text": { "maxLength": 2000 },
        "media": { "mode": "relay", "publicBaseUrl": "https://bridge.test", "linkKey": key.text().expose_secret() } });
    for (key, value) in media.as_object().unwrap() {
        config["media"][key] = value.clone();
    }
    for (key, value) in more.as_object().unwrap() {
        config[key] = value.clone();
    }
    Harness::new(&config)
}

fn usual() -> Harness {
    relaying(&json!({}), &json!({}))
}

fn agent_sends(harness: &Harness, id: &str, files: usize) -> QueuedEvent {
    let file = json!({ "contentType": "Attachment", "attachment":
        { "mediaType": "Image", "mime": "image/png", "filename": "p.png", "url": LINK } });
    let message = json!({ "type": "Structured", "id": id, "text": "See", "originatingEntity": "Human", "content": vec![file; files] });
    genesys(harness, "ana", DedupKey::Message(id.to_owned()), message)
}

fn customer_sends(harness: &Harness, id: &str) -> QueuedEvent {
    let attachment = Attachment {
        media_type: Some("image".to_owned()),
        mime: Some("image/png".to_owned()),
        url: LINK.to_owned(),
        filename: Some("p.png".to_owned()),
        caption: None,
    };
    let message = Message { attachments: vec![attachment], ..Message::default() };
    lynn(harness, "ana", id, InboundKind::Message(message))
}

/// Checks that the message arrived at Lynn without its files and that Genesys was told. Returns the
/// milliseconds from its acceptance to its arrival.
fn came_without_its_file(harness: &Harness, accepted_at: shared::time::Timestamp) -> i64 {
    let posted = harness.lynn_calls();
    assert_eq!(texts(&posted, "/type"), ["message"]);
    let message = body(&posted[0]);
    assert_eq!(message["text"], "See");
    assert_eq!(
        (&message["attachments"], &message["unsupported"]),
        (&json!([]), &json!(["Attachment"]))
    );
    let fallback = message["fallbackText"].as_str().unwrap();
    assert!(fallback.contains("[not passed on: it could not be fetched]"), "{fallback}");
    let told = harness.genesys_calls();
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!((text(&told[0], "/id"), text(&told[0], "/status")), ("g-1".into(), "Failed".into()));
    assert!(harness.file_fixture.copies.contents().is_empty());
    posted[0].at.since(accepted_at)
}

#[tokio::test]
async fn a_file_out_of_reach_for_half_an_hour_lets_its_message_go_and_both_sides_know() {
    let mut harness = usual();
    harness.file_fixture.files.script(|_| Source::Unreachable);
    let accepted_at = harness.clock.now();
    harness.accept(Outbound, &agent_sends(&harness, "g-1", 1)).await;
    harness.drain().await;
    assert_eq!(came_without_its_file(&harness, accepted_at), 30 * MINUTE);
    assert!(
        harness.file_fixture.files.asked().len() >= 10,
        "{:?}",
        harness.file_fixture.files.asked()
    );
    assert!(harness.dead_letters().await.is_empty());
}

#[tokio::test]
async fn the_same_for_a_file_of_a_customers() {
    let mut harness = usual();
    harness.file_fixture.files.script(|_| Source::Status(503, 0));
    let accepted_at = harness.clock.now();
    harness.accept(Inbound, &customer_sends(&harness, "m-1")).await;
    harness.drain().await;
    let sent = harness.genesys_calls();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].at.since(accepted_at), 30 * MINUTE);
    let line = text(&sent[0], "/text");
    assert_eq!(
        line,
        "[The customer sent a file (p.png) that was not passed on: it could not be fetched.]"
    );
    assert!(body(&sent[0]).get("content").is_none());
    let told = harness.lynn_calls();
    assert_eq!(texts(&told, "/type"), ["receipt"]);
    assert_eq!(
        (text(&told[0], "/messageId"), text(&told[0], "/status")),
        ("m-1".into(), "failed".into())
    );
    assert!(harness.dead_letters().await.is_empty());
}

#[tokio::test]
async fn half_of_a_short_life_is_left_for_the_rest_of_the_message() {
    let mut harness = relaying(&json!({}), &json!({ "delivery": { "maxAgeMinutes": 10 } }));
    harness.file_fixture.files.script(|_| Source::Unreachable);
    let accepted_at = harness.clock.now();
    harness.accept(Outbound, &agent_sends(&harness, "g-1", 1)).await;
    harness.drain().await;
    assert_eq!(came_without_its_file(&harness, accepted_at), 5 * MINUTE);
}

#[tokio::test]
async fn a_source_that_asks_for_a_day_does_not_get_the_message() {
    let mut harness = usual();
    harness.file_fixture.files.script(|_| Source::Status(429, 24 * 60 * 60));
    let accepted_at = harness.clock.now();
    harness.accept(Outbound, &agent_sends(&harness, "g-1", 1)).await;
    harness.drain().await;
    let waited = came_without_its_file(&harness, accepted_at);
    assert_eq!(waited, 30 * MINUTE);
    // One request at once, and one more before the time of the file is over.
    assert_eq!(harness.file_fixture.files.asked().len(), 2);
    assert!(harness.dead_letters().await.is_empty());
}

#[tokio::test]
async fn half_of_the_shortest_life_is_the_limit_however_few_the_tries() {
    let mut harness = relaying(&json!({}), &json!({ "delivery": { "maxAgeMinutes": 1 } }));
    harness.file_fixture.files.script(|_| Source::Status(503, 60));
    let accepted_at = harness.clock.now();
    harness.accept(Outbound, &agent_sends(&harness, "g-1", 1)).await;
    harness.drain().await;
    assert_eq!(came_without_its_file(&harness, accepted_at), MINUTE / 2);
}

#[tokio::test]
async fn a_message_whose_turn_comes_late_goes_without_its_file_and_asks_nobody() {
    let mut harness = relaying(&json!({}), &json!({ "delivery": { "maxAgeMinutes": 10 } }));
    let event = agent_sends(&harness, "g-1", 1);
    harness.clock.advance(Duration::from_secs(6 * 60));
    harness.accept(Outbound, &event).await;
    harness.drain().await;
    assert_eq!(came_without_its_file(&harness, event.accepted_at), 6 * MINUTE);
    assert!(harness.file_fixture.files.asked().is_empty());
}

/// The event waited without an attempt, as after an outage of Lynn.
#[tokio::test]
async fn a_message_whose_turn_comes_within_half_of_its_time_has_a_try_for_its_file() {
    for (source, copies) in [(Source::Status(503, 3600), 0), (Source::Picture, 1)] {
        let mut harness = usual();
        harness.file_fixture.files.script(move |_| source);
        let event = agent_sends(&harness, "g-1", 1);
        harness.clock.advance(Duration::from_secs(45 * 60));
        harness.accept(Outbound, &event).await;
        harness.drain().await;
        assert_eq!(harness.file_fixture.files.asked().len(), 1);
        let posted = harness.lynn_calls();
        assert_eq!(posted.len(), 1);
        assert_eq!(body(&posted[0])["attachments"].as_array().unwrap().len(), copies);
        assert_eq!(posted[0].at.since(event.accepted_at), 45 * MINUTE);
    }
}

/// A message with two files.
fn customer_sends_two(harness: &Harness, urls: [&str; 2]) -> QueuedEvent {
    let mut event = customer_sends(harness, "m-1");
    let Payload::Lynn(lynn) = &mut event.payload else { panic!("an event of Lynn's") };
    let InboundKind::Message(message) = &mut lynn.kind else { panic!("a message") };
    let file = message.attachments.remove(0);
    message.attachments =
        urls.map(|url| Attachment { url: url.to_owned(), ..file.clone() }).to_vec();
    event
}

const REPAIRED: &str = "https://files.test/repaired.png";

#[tokio::test]
async fn a_repaired_message_does_not_carry_the_copy_of_the_file_before() {
    let mut harness = usual();
    harness.genesys([Reaction::status(200), Reaction::status(400)]);
    for last in [LINK, REPAIRED] {
        harness.accept(Inbound, &customer_sends_two(&harness, [LINK, last])).await;
        harness.drain().await;
        harness.clock.advance(Duration::from_secs(1));
    }
    let links = texts(&harness.genesys_calls(), "/content/0/attachment/url");
    assert_eq!((links.len(), harness.file_fixture.files.asked().len()), (3, 3));
    assert_ne!(links[1].split('?').next(), links[2].split('?').next());
}

#[tokio::test]
async fn a_refused_file_is_tried_again_when_its_message_is_sent_again() {
    let mut harness = usual();
    let repaired_at = harness.clock.now() + Duration::from_mins(1);
    let answers = move |now| if now < repaired_at { Source::Page } else { Source::Picture };
    harness.file_fixture.files.script(answers);
    // The first part arrives without its file; the second part is refused.
    harness.genesys([Reaction::status(200), Reaction::status(400)]);
    harness.accept(Inbound, &customer_sends_two(&harness, [LINK, LINK])).await;
    harness.drain().await;
    harness.clock.advance(Duration::from_secs(61));
    harness.accept(Inbound, &customer_sends_two(&harness, [LINK, LINK])).await;
    harness.drain().await;
    let sent = harness.genesys_calls();
    assert_eq!(sent.len(), 3);
    let link = text(&sent[2], "/content/0/attachment/url");
    assert!(link.starts_with("https://bridge.test/media/"), "{link}");
    // Lynn is told of the lost file only.
    let told = texts(&harness.lynn_calls(), "/reasons/0/message");
    assert!(told.last().unwrap().starts_with("part: attachments[0]: "), "{told:?}");
}

/// An hour of failures at Lynn would push the refusal out of the attempts that are kept.
#[tokio::test]
async fn a_refused_file_is_never_fetched_again_however_often_its_message_fails() {
    let mut harness = usual();
    harness.file_fixture.files.script(|_| Source::Page);
    harness.lynn(vec![Reaction::status(503); 30]);
    harness.accept(Outbound, &agent_sends(&harness, "g-1", 1)).await;
    harness.drain().await;
    assert_eq!(harness.file_fixture.files.asked().len(), 1);
    let posted = harness.lynn_calls();
    assert_eq!(posted.len(), 31);
    assert!(posted.iter().all(|seen| body(seen)["unsupported"] == json!(["Attachment"])));
}

#[tokio::test]
async fn lynn_is_told_once_of_all_the_files_that_are_lost_by_their_names() {
    let mut harness = usual();
    harness.file_fixture.files.script(|_| Source::Page);
    let mut event = customer_sends(&harness, "m-1");
    if let Payload::Lynn(lynn) = &mut event.payload
        && let InboundKind::Message(message) = &mut lynn.kind
    {
        message.text = Some("See".to_owned());
        message.attachments.push(message.attachments[0].clone());
    }
    harness.accept(Inbound, &event).await;
    harness.drain().await;
    assert_eq!(harness.genesys_calls().len(), 3);
    let told = harness.lynn_calls();
    let reasons = texts(&told, "/reasons/0/message");
    assert_eq!(
        reasons,
        [
            "part: attachments[0], attachments[1]: A file was not passed on: files of its type are not allowed."
        ]
    );
    assert_eq!(text(&told[0], "/reasons/0/code"), "MediaTypeNotAllowed");
    assert!(harness.dead_letters().await.is_empty());
}

#[tokio::test]
async fn an_agent_reads_of_a_rest_only_where_there_is_one() {
    for (says, reason) in [
        ("See", "A file was not passed on: files of its type are not allowed. The rest was."),
        ("", "A file was not passed on: files of its type are not allowed."),
    ] {
        let mut harness = usual();
        harness.file_fixture.files.script(|_| Source::Page);
        let mut event = agent_sends(&harness, "g-1", 1);
        if let Payload::Genesys(raw) = &mut event.payload {
            raw.0 = raw.0.replace("\"See\"", &format!("\"{says}\""));
        }
        harness.accept(Outbound, &event).await;
        harness.drain().await;
        assert_eq!(texts(&harness.genesys_calls(), "/reasons/0/message"), [reason]);
    }
}

#[tokio::test]
async fn a_source_that_asks_for_no_pause_gets_one_all_the_same() {
    let mut harness = usual();
    harness.file_fixture.files.script(|_| Source::Status(503, 0));
    harness.accept(Outbound, &agent_sends(&harness, "g-1", 1)).await;
    harness.drain().await;
    let asked = harness.file_fixture.files.asked();
    assert!(asked.len() < 20, "{} times in half an hour", asked.len());
    assert!(asked.windows(2).all(|pair| pair[1].since(pair[0]) >= 1000), "{asked:?}");
}

/// The first bytes of the file arrive, and then nothing. The result is the same as for an
/// unreachable source, however many such files there are.
#[tokio::test]
async fn a_source_that_stalls_costs_the_file_and_not_the_message() {
    let mut harness = usual();
    harness.file_fixture.copying = Duration::from_millis(5);
    harness.restart();
    harness.file_fixture.files.script(|_| Source::Stalls);
    let accepted_at = harness.clock.now();
    harness.accept(Outbound, &agent_sends(&harness, "g-1", 3)).await;
    harness.drain().await;
    assert_eq!(came_without_its_file(&harness, accepted_at), 30 * MINUTE);
}

#[tokio::test]
async fn a_file_is_copied_though_others_of_its_message_stall() {
    let mut harness = usual();
    harness.file_fixture.copying = Duration::from_millis(50);
    harness.restart();
    // One of five attempts succeeds, whichever file it is for.
    let stalls = std::sync::atomic::AtomicUsize::new(0);
    harness.file_fixture.files.script(move |_| {
        match stalls.fetch_add(1, std::sync::atomic::Ordering::Relaxed) % 5 {
            0 => Source::Picture,
            _ => Source::Stalls,
        }
    });
    harness.accept(Outbound, &agent_sends(&harness, "g-1", 4)).await;
    harness.drain().await;
    assert_eq!(harness.file_fixture.copies.contents(), [PNG; 4]);
    let message = body(&harness.lynn_calls()[0]);
    let links: Vec<&Value> =
        message["attachments"].as_array().unwrap().iter().map(|file| &file["url"]).collect();
    assert_eq!(links.len(), 4);
    assert!((1..4).all(|place| links[place] != links[place - 1]), "{links:?}");
}

#[tokio::test]
async fn a_login_that_is_refused_costs_the_file_and_not_the_message() {
    let mut harness = usual();
    harness.script.lock().unwrap().logins.extend(vec![Reaction::status(503); 100]);
    let start = harness.clock.now();
    let mut event = agent_sends(&harness, "g-1", 1);
    if let Payload::Genesys(raw) = &mut event.payload {
        raw.0 = raw.0.replace(LINK, "https://api-downloads.genesys.test/api/v2/downloads/1");
    }
    harness.accept(Outbound, &event).await;
    while harness.lynn_calls().is_empty() {
        assert!(harness.round().await, "the message does not come");
    }
    assert_eq!(harness.lynn_calls()[0].at.since(start), 30 * MINUTE);
    assert!(harness.file_fixture.files.asked().is_empty());
}

#[tokio::test]
async fn a_file_that_comes_in_the_last_minute_is_passed_on() {
    let mut harness = usual();
    let back = harness.clock.now() + Duration::from_mins(29);
    harness
        .file_fixture
        .files
        .script(move |now| if now < back { Source::Unreachable } else { Source::Picture });
    harness.accept(Outbound, &agent_sends(&harness, "g-1", 1)).await;
    harness.accept(Outbound, &agent_says(&harness, "ana", "g-2")).await;
    harness.drain().await;
    let posted = harness.lynn_calls();
    assert_eq!(texts(&posted, "/id"), ["g-1", "g-2"]);
    let url = text(&posted[0], "/attachments/0/url");
    assert!(url.starts_with("https://bridge.test/media/support/"), "{url}");
    assert_eq!(harness.file_fixture.copies.contents(), [PNG]);
    assert!(harness.genesys_calls().is_empty());
}

#[tokio::test]
async fn trouble_of_our_own_store_costs_no_file_however_long_it_lasts() {
    let mut harness = usual();
    harness.file_fixture.copies.set_full(true);
    let accepted_at = harness.clock.now();
    harness.accept(Outbound, &agent_sends(&harness, "g-1", 1)).await;
    while harness.clock.now().since(accepted_at) < 2 * 60 * MINUTE {
        assert!(harness.round().await, "it is not waited for");
    }
    assert!(harness.lynn_calls().is_empty());
    harness.file_fixture.copies.set_full(false);
    harness.drain().await;
    assert!(!text(&harness.lynn_calls()[0], "/attachments/0/url").is_empty());
    assert!(harness.genesys_calls().is_empty());
}

/// Returns the status and the body of the answer to a link, at the time of the test's clock.
async fn answer(harness: &Harness, check: &LinkCheck, link: &str) -> (StatusCode, String) {
    let path = link.strip_prefix("https://bridge.test").unwrap();
    let request = Request::get(path).body(Bytes::new()).unwrap();
    match check.key(&request).await {
        Ok(_) => (StatusCode::OK, String::new()),
        Err(error) => {
            let answer = check.answer(&error);
            let said = String::from_utf8(answer.body().to_vec()).unwrap();
            assert!(!said.contains(harness.clock.now().to_text().as_str()), "{said}");
            (answer.status(), said)
        }
    }
}

#[tokio::test]
async fn a_link_lives_for_its_hours_counted_from_its_event() {
    let hour = Duration::from_secs(60 * 60);
    let mut harness = relaying(&json!({ "linkHours": 24 }), &json!({}));
    let secrets = Arc::new(MemorySecrets::new());
    let document = json!({ "name": INTEGRATION, "genesys": { "integrationId": "integration", "webhookSecrets": [SECRET] },
        "lynn": { "inboundAuth": [ { "type": "apiKey", "key": "k" } ] } });
    let name = shared::ids::IntegrationName::new(INTEGRATION);
    secrets.set(&name, SecretPart::Receive, vec![document.to_string()]);
    let clock = Arc::clone(&harness.clock) as Arc<dyn Clock>;
    let settings = Settings::<ReceiveConfig>::new(secrets, Arc::clone(&clock));
    let check = LinkCheck { settings: Arc::new(settings), clock };
    let end = harness.clock.now() + Duration::from_hours(24);
    // Lynn is down for an hour: the link that it gets is an hour old, and so is every repeat of it.
    let lynns = vec![Reaction::later(503, hour / 2); 2];
    harness.lynn(lynns);
    harness.accept(Outbound, &agent_sends(&harness, "g-1", 1)).await;
    harness.drain().await;
    let links: Vec<String> =
        harness.lynn_calls().iter().map(|seen| text(seen, "/attachments/0/url")).collect();
    assert_eq!(links.len(), 3);
    assert!(links.iter().all(|link| *link == links[0]), "{links:?}");
    harness.clock.advance_to(end - Duration::from_secs(1));
    assert_eq!(answer(&harness, &check, &links[0]).await.0, StatusCode::OK);
    harness.clock.advance_to(end);
    let (status, said) = answer(&harness, &check, &links[0]).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(said.contains("There is no file at this link, or no longer."), "{said}");
    // An ended link looks like one that never was.
    let never = links[0].replace("&signature=", "&signature=A");
    assert_eq!(answer(&harness, &check, &never).await, (status, said));
}
