//! The media relay between the simulators: files that expire or need a token reach the other side,
//! and no other URL is fetched.

use reqwest::Method;
use reqwest::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
    X_CONTENT_TYPE_OPTIONS,
};
use serde_json::{Value, json};
use simulators::{FileOptions, LynnSimulator};

use crate::counter::Counter;
use crate::harness::{Harness, SOON, Setup, taken};

/// A small picture, and a file that is not a picture.
pub const PNG: &[u8] = b"\x89PNG\r\n\x1a\n and the rest of it";
const PAGE: &[u8] = b"<!DOCTYPE html><script>alert(document.domain)</script>";

/// An integration with the relay switched on.
pub fn relaying() -> Setup {
    Setup::new().genesys(|options| options.fetches_attachments = true).config(|config| {
        config["media"] = json!({ "mode": "relay", "publicBaseUrl": "http://127.0.0.1:1" });
    })
}

/// Starts the harness, and sets the bridge's own address as the public URL.
pub async fn start(setup: Setup) -> Harness {
    let harness = setup.start().await;
    let address = harness.address.clone();
    harness.edit_config(|config| {
        config["integrations"][0]["media"]["publicBaseUrl"] = json!(address);
    });
    harness
}

/// A picture that needs a token.
pub fn picture() -> FileOptions {
    FileOptions { needs_token: true, ..FileOptions::new("image/png", PNG) }
}

/// An agent sends a file, declared as a picture.
pub async fn agent_sends(harness: &Harness, url: &str) -> String {
    let sent = harness.genesys.agent_sends_attachment(
        "ana",
        Some("See"),
        "Image",
        "image/png",
        "p.png",
        url,
    );
    taken(sent.await)
}

/// A customer sends a file, declared as a picture.
pub async fn customer_sends(harness: &Harness, id: &str, url: &str) {
    let file = json!({ "mediaType": "image", "mime": "image/png", "url": url, "filename": "p.png", "caption": "Look" });
    let event = json!({ "type": "message", "id": id, "contact": { "id": "ana" }, "text": "Hello", "attachments": [file] });
    harness.post(event).await;
}

/// Waits for `count` messages at Lynn, and returns them.
pub async fn messages(harness: &Harness, count: usize) -> Vec<Value> {
    let enough = |lynn: &LynnSimulator| lynn.messages_for("ana").len() >= count;
    if !harness.lynn.wait_until(SOON, enough).await {
        harness.fail("the message does not come");
    }
    harness.lynn.messages_for("ana")
}

/// The bridge's link in the last message at Lynn.
pub fn link(messages: &[Value]) -> String {
    let last = messages.last().expect("a message");
    last["attachments"][0]["url"].as_str().unwrap_or_else(|| panic!("{last}")).to_owned()
}

fn is_ours(harness: &Harness, link: &str) -> bool {
    link.starts_with(&format!("{}/media/", harness.address))
}

#[tokio::test]
async fn an_agents_file_reaches_the_customer_though_its_link_needs_a_token_and_dies() {
    let harness = start(relaying()).await;
    let original = harness.genesys.put_download(picture());
    agent_sends(&harness, &original).await;
    let message = messages(&harness, 1).await.remove(0);
    let ours = link(std::slice::from_ref(&message));
    assert!(is_ours(&harness, &ours), "{ours}");
    let attachment = &message["attachments"][0];
    assert_eq!(
        (&attachment["mime"], &attachment["sizeBytes"]),
        (&json!("image/png"), &json!(PNG.len()))
    );
    assert_eq!(message["unsupported"], json!([]));
    let fallback = message["fallbackText"].as_str().expect("a text");
    assert!(fallback.contains(&ours) && !fallback.contains(&original), "{fallback}");
    harness.genesys.remove_downloads();
    let fetched = harness.lynn.fetch(&ours).await;
    assert_eq!((fetched.status, fetched.mime.as_str()), (200, "image/png"));
    assert_eq!(fetched.bytes, PNG);
    harness.end();
}

#[tokio::test]
async fn a_customers_file_reaches_the_agent() {
    let harness = start(relaying()).await;
    let original = harness.lynn.put_file("p.png", FileOptions::new("image/png", PNG));
    customer_sends(&harness, "m-1", &original).await;
    let accepted = harness.accepted("ana", 2).await;
    let attachment = &accepted[1]["content"][0]["attachment"];
    assert!(is_ours(&harness, attachment["url"].as_str().expect("a link")), "{attachment}");
    assert_eq!(attachment["text"], "Look");
    assert!(harness.genesys.wait_until(SOON, |genesys| !genesys.fetched().is_empty()).await);
    let fetched = harness.genesys.fetched().remove(0);
    assert_eq!((fetched.status, fetched.mime.as_str()), (200, "image/png"));
    assert_eq!(fetched.bytes, PNG);
    harness.end();
}

#[tokio::test]
async fn a_token_is_not_carried_along_to_where_a_link_leads() {
    let harness = start(relaying()).await;
    let elsewhere = harness.lynn.put_file("presigned", FileOptions::new("image/png", PNG));
    let original =
        harness.genesys.put_download(FileOptions { leads_to: Some(elsewhere), ..picture() });
    agent_sends(&harness, &original).await;
    let fetched = harness.lynn.fetch(&link(&messages(&harness, 1).await)).await;
    assert_eq!(fetched.bytes, PNG);
    let asked = harness.genesys.requests();
    let asked = asked.iter().find(|request| request.path.starts_with("/api/v2/downloads/"));
    assert!(asked.expect("a request").headers.iter().any(|(name, _)| name == "authorization"));
    let attempts = harness.lynn.attempts();
    let presigned: Vec<_> =
        attempts.iter().filter(|request| request.path == "/files/presigned").collect();
    assert_eq!(presigned.len(), 1);
    assert!(!presigned[0].headers.iter().any(|(name, _)| name == "authorization"));
    harness.end();
}

#[tokio::test]
async fn a_message_goes_without_a_file_that_is_refused_and_both_sides_know() {
    let harness = start(relaying()).await;
    let original = harness.genesys.put_download(FileOptions::new("image/png", PAGE));
    let id = agent_sends(&harness, &original).await;
    let message = messages(&harness, 1).await.remove(0);
    assert_eq!(message["text"], "See");
    assert_eq!(
        (&message["attachments"], &message["unsupported"]),
        (&json!([]), &json!(["Attachment"]))
    );
    let fallback = message["fallbackText"].as_str().expect("a text");
    assert!(
        fallback.contains("p.png: [not passed on: ") && !fallback.contains(&original),
        "{fallback}"
    );
    let receipt = harness.receipts(1).await.remove(0);
    assert_eq!((&receipt["id"], &receipt["status"]), (&json!(id), &json!("Failed")));
    assert_eq!(receipt["reasons"][0]["code"], "MediaTypeNotAllowed");

    let original = harness.lynn.put_file("p.png", FileOptions::new("image/png", PAGE));
    customer_sends(&harness, "m-1", &original).await;
    let accepted = harness.accepted("ana", 2).await;
    let text = accepted[1]["text"].as_str().expect("a text");
    assert!(
        text.starts_with("[The customer sent a file (p.png) that was not passed on: "),
        "{text}"
    );
    assert!(text.ends_with("\nLook") && accepted[1].get("content").is_none());
    let told = |lynn: &LynnSimulator| !lynn.events_of_type("ana", "receipt").is_empty();
    assert!(harness.lynn.wait_until(SOON, told).await);
    let receipt = harness.lynn.events_of_type("ana", "receipt").remove(0);
    assert_eq!((&receipt["messageId"], &receipt["status"]), (&json!("m-1"), &json!("failed")));
    assert_eq!(receipt["reasons"][0]["code"], "MediaTypeNotAllowed");

    let line = harness.logged(&[("event.name", "media.refused"), ("direction", "outbound")]).await;
    assert_eq!(line["reason"], "type_not_allowed");
    let log = harness.lines().iter().map(Value::to_string).collect::<String>();
    assert!(!log.contains("/downloads/") && !log.contains("/files/") && !log.contains("p.png"));
    harness.end();
}

#[tokio::test]
async fn no_link_leads_the_bridge_to_another_place_on_its_machine() {
    let harness = start(relaying()).await;
    let counter = Counter::start();
    let elsewhere = [
        counter.url("http", "/latest/meta-data"),
        counter.url("https", "/"),
        "http://169.254.169.254/latest/meta-data".to_owned(),
        "https://[::1]/".to_owned(),
    ];
    for (number, url) in elsewhere.iter().enumerate() {
        agent_sends(&harness, url).await;
        let led = FileOptions { leads_to: Some(url.clone()), ..FileOptions::new("", "") };
        agent_sends(&harness, &harness.genesys.put_download(led)).await;
        let led = harness.lynn.put_file(
            "led",
            FileOptions { leads_to: Some(url.clone()), ..FileOptions::new("", "") },
        );
        customer_sends(&harness, &format!("m-{number}"), &led).await;
    }
    for message in messages(&harness, 2 * elsewhere.len()).await {
        assert_eq!(message["unsupported"], json!(["Attachment"]));
    }
    for message in harness.accepted("ana", 2 * elsewhere.len()).await {
        assert!(message.get("content").is_none(), "{message}");
    }
    assert_eq!(counter.connections(), 0);
    harness.end();
}

#[tokio::test]
async fn a_file_that_is_not_there_yet_is_waited_for_and_one_that_never_is_lets_its_message_go() {
    let harness = start(relaying()).await;
    let soon = FileOptions { fails: vec![503, 404], ..picture() };
    agent_sends(&harness, &harness.genesys.put_download(soon)).await;
    assert!(is_ours(&harness, &link(&messages(&harness, 1).await)));
    harness.logged(&[("event.name", "retried"), ("error.code", "media")]).await;
    let gone = format!("{}/api/v2/downloads/nothing", harness.genesys.base_url());
    agent_sends(&harness, &gone).await;
    let message = messages(&harness, 2).await.remove(1);
    assert_eq!(
        (&message["text"], &message["unsupported"]),
        (&json!("See"), &json!(["Attachment"]))
    );
    harness.end();
}

#[tokio::test]
async fn a_repeat_carries_the_same_link_and_copies_nothing_again() {
    let harness = start(relaying()).await;
    harness.lynn.script(simulators::LynnFault::Status { code: 500, retry_after: None });
    harness.lynn.script(simulators::LynnFault::AcceptThenDrop);
    agent_sends(&harness, &harness.genesys.put_download(picture())).await;
    harness.logged(&[("event.name", "delivered"), ("direction", "outbound")]).await;
    let attempts = harness.lynn.attempts();
    let posted = attempts.iter().filter(|request| request.body["type"] == "message");
    let links: Vec<&Value> = posted.map(|request| &request.body["attachments"][0]["url"]).collect();
    assert!(links.len() >= 3, "{links:?}");
    assert!(links.iter().all(|link| *link == links[0]), "{links:?}");
    let asked = harness.genesys.requests();
    let asked = asked.iter().filter(|request| request.path.starts_with("/api/v2/downloads/"));
    assert_eq!(asked.count(), 1);
    harness.end();
}

#[tokio::test]
async fn only_the_very_link_gives_a_copy_out() {
    let harness = start(relaying()).await;
    agent_sends(&harness, &harness.genesys.put_download(picture())).await;
    let ours = link(&messages(&harness, 1).await);
    let path = ours.strip_prefix(&harness.address).expect("ours").to_owned();
    let ask = |method: Method, path: String| {
        let request = harness.request(method, &path);
        async move { request.send().await.expect("an answer") }
    };
    let mut refusals = Vec::new();
    for wrong in [
        path.replace("expires=1", "expires=2"),
        path.replace("&signature=", "&signature=A"),
        path.split('?').next().expect("a path").to_owned(),
        path.replace("/media/", "/media/x"),
        format!("/media/{}/{}", harness.name(), "0".repeat(64)),
    ] {
        let answer = ask(Method::GET, wrong.clone()).await;
        assert_eq!(answer.status(), 404, "{wrong}");
        assert_eq!(answer.headers()[CONTENT_TYPE], "application/problem+json");
        refusals.push(answer.text().await.expect("a body"));
    }
    refusals.dedup();
    assert_eq!(refusals.len(), 1, "{refusals:?}");
    assert_eq!(ask(Method::POST, path).await.status(), 405);
    harness.end();
}

#[tokio::test]
async fn without_the_relay_nothing_is_ever_fetched() {
    let harness = Harness::start().await;
    let counter = Counter::start();
    let url = counter.url("http", "/p.png");
    agent_sends(&harness, &url).await;
    let card = json!([ { "contentType": "Card", "card": { "title": "T", "image": url, "video": url, "actions": [] } },
        { "contentType": "Attachment", "attachment": { "mediaType": "File", "mime": "a/b", "url": url } } ]);
    taken(harness.genesys.bot_sends("ana", Some("Choose"), card).await);
    let heard = messages(&harness, 2).await;
    assert_eq!(link(&heard[..1]), url);
    assert_eq!(heard[1]["cards"][0]["imageUrl"], json!(url));
    customer_sends(&harness, "m-1", &url).await;
    let accepted = harness.accepted("ana", 2).await;
    assert_eq!(accepted[1]["content"][0]["attachment"]["url"], json!(url));
    assert_eq!(counter.connections(), 0);
    harness.end();
}

#[tokio::test]
async fn a_copy_is_saved_and_never_shown() {
    let harness = start(relaying()).await;
    agent_sends(&harness, &harness.genesys.put_download(picture())).await;
    let ours = link(&messages(&harness, 1).await);
    #[expect(clippy::disallowed_methods, reason = "a caller who follows a redirect")]
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    for method in [Method::GET, Method::HEAD] {
        let answer = client.request(method, &ours).send().await.expect("an answer");
        assert_eq!(answer.status(), 200);
        let headers = answer.headers();
        assert_eq!(headers[CONTENT_TYPE], "image/png");
        assert_eq!(headers[CONTENT_LENGTH].to_str().ok(), Some(PNG.len().to_string().as_str()));
        let disposition = headers[CONTENT_DISPOSITION].to_str().expect("text");
        assert!(
            disposition.starts_with("attachment; filename=\"") && disposition.ends_with(".png\"")
        );
        if !harness.is_deployed() {
            // A bucket does not send these headers, but it is not at the bridge's own address.
            assert_eq!(headers[X_CONTENT_TYPE_OPTIONS], "nosniff");
            assert_eq!(headers[CONTENT_SECURITY_POLICY], "default-src 'none'; sandbox");
            assert_eq!(headers[CACHE_CONTROL], "private, no-store");
        }
    }
    harness.end();
}

#[tokio::test]
async fn the_name_of_a_file_reaches_no_header() {
    let harness = start(relaying()).await;
    let name = "p.html\"; filename*=UTF-8''p.html\r\nset-cookie: a=b\r\n\r\n<script>";
    let original = harness.genesys.put_download(picture());
    let sent = harness.genesys.agent_sends_attachment(
        "ana",
        Some("See"),
        "Image",
        "image/png\r\nx-injected: a",
        name,
        &original,
    );
    taken(sent.await);
    let ours = link(&messages(&harness, 1).await);
    #[expect(clippy::disallowed_methods, reason = "a caller who follows a redirect")]
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let answer = client.get(&ours).send().await.expect("an answer");
    assert_eq!(answer.status(), 200);
    let said = format!("{:?}", answer.headers());
    for word in ["html", "script", "set-cookie", "x-injected", "UTF-8"] {
        assert!(!said.contains(word), "{said}");
    }
    assert_eq!(answer.headers()[CONTENT_TYPE], "image/png");
    assert_eq!(answer.bytes().await.expect("a body"), PNG);
    harness.end();
}
