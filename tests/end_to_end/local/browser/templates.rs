//! What templates make of events, in the inspector.

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{closed, opened_with};

#[tokio::test]
async fn the_inspector_shows_the_event_beside_what_a_template_made() {
    let folder = TempDir::new().expect("a folder");
    let config = folder.path().join("bridge.json");
    let file = config.to_str().expect("UTF-8");
    let Some((local, mut browser)) = opened_with(&["--config-out", file]) else { return };
    // Templates of the configuration, which a bridge reads when it starts.
    let text = std::fs::read_to_string(&config).expect("a file");
    let mut document: Value = serde_json::from_str(&text).expect("JSON");
    let tenant = format!("{}/tenant/send", local.address("Lynn, simulated"));
    let lynn = &mut document["integrations"][0]["lynn"];
    lynn["templates"] = json!({ "message": { "url": tenant,
        "body": { "Said": "{{ event.text }}", "To": "{{ event.contact.id }}" } } });
    lynn["inboundTemplate"] = json!({ "type": "message", "id": "{{ body.Number }}",
        "contact": { "id": "{{ body.From }}" }, "text": "{{ body.Said }}" });
    std::fs::write(&config, document.to_string()).expect("it is ours");
    browser.press("#program", "Kill it");
    browser.press("#program", "Start it again");
    browser.sees("#program", "The bridge runs");

    let client = crate::harness::client();
    let body = json!({ "Number": "n-1", "From": "ana", "Said": "By another system" });
    let request = client.post(format!("{}/lynn/support", local.bridge));
    let answer = request.header("x-api-key", "local-key").body(body.to_string()).send().await;
    assert_eq!(answer.expect("an answer").status(), 202);
    browser.sees("#desk-list", "By another system");
    browser.sees("#way-list", "a template made the event");
    browser.sees("#phone-list .item.customer", "By another system");
    let inspect = |text: &str| {
        format!(
            "[...document.querySelectorAll('#way-list li.way')].find(way => \
             way.textContent.includes({text:?})).querySelector('button.link').click()"
        )
    };
    let pair = "[...document.querySelectorAll('#inspector-body .beside > div')].map(one => one.textContent)";
    let of = |shown: &Value, place: usize| shown[place].as_str().unwrap_or_default().to_owned();
    browser.value(&inspect("a template made the event"));
    browser.until("document.querySelector('#inspector-body .beside')");
    let shown = browser.value(pair);
    assert!(of(&shown, 0).contains("\"Said\": \"By another system\""), "{shown}");
    assert!(of(&shown, 1).contains("\"text\": \"By another system\""), "{shown}");
    browser.press("#inspector", "Close");

    browser.value(
        "document.querySelector('#writer').value = 'bot'; \
         document.querySelector('#writer').dispatchEvent(new Event('change'))",
    );
    browser.write("#desk-text", "By a template");
    browser.sees("#way-list", "a template made the request");
    browser.sees("#phone-list .item.bot", "By a template");
    browser.value(&inspect("a template made the request"));
    browser.until(&format!("{pair}.some(text => text.includes('By a template'))"));
    let shown = browser.value(pair);
    assert!(of(&shown, 0).contains("\"type\": \"message\""), "{shown}");
    assert!(of(&shown, 1).contains("\"Said\": \"By a template\""), "{shown}");
    browser.picture("templates");
    closed(&browser);
}
