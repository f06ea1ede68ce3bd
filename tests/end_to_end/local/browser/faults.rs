//! Faults, kill and restart, dead letters, and the inspector.

use super::{closed, opened};
use crate::browser::Browser;

/// Opens a panel below the conversation.
fn open(browser: &mut Browser, panel: &str) {
    browser.value(&format!("document.querySelector({panel:?}).closest('details').open = true"));
}

#[tokio::test]
async fn each_fault_of_genesys_cloud_is_overcome() {
    let Some((_local, mut browser)) = opened() else { return };
    browser.write("#phone-text", "before");
    browser.sees("#desk-list", "before");
    open(&mut browser, "#faults");
    for (fault, seen) in [
        ("503", "answered 503"),
        ("429, later", "answered 429"),
        ("Answer lost", "no answer"),
        ("Revoke the token", "answered 401"),
    ] {
        browser.press("#faults .acts[aria-label^='Genesys']", fault);
        let text = format!("after {fault}");
        browser.write("#phone-text", &text);
        browser.sees("#way-list", seen);
        browser.sees("#desk-list", &text);
        let shown = browser.text("#desk-list").matches(&text).count();
        // Once as the text, and once in the label of its button, which is no text.
        assert_eq!(shown, 1, "{fault}: it arrived more than once");
    }
    browser.press("#faults .acts[aria-label^='Genesys']", "Webhook with a bad signature");
    browser.sees("#problem", "answered 401");
    browser.picture("faults");
    // A refused request is an error of the page's own console only if the page made it.
    closed(&browser);
}

#[tokio::test]
async fn a_kill_and_a_reload_lose_nothing() {
    let Some((local, mut browser)) = opened() else { return };
    browser.write("#phone-text", "first");
    browser.sees("#desk-list", "first");
    open(&mut browser, "#faults");
    browser.press("#faults .acts[aria-label='Genesys Cloud']", "Down");
    browser.write("#phone-text", "kept");
    browser.sees("#way-list", "will try again");
    browser.press("#program", "Kill it");
    browser.sees("#program", "does not run");
    browser.write("#phone-text", "not taken");
    browser.sees("#problem", "no answer");
    assert_eq!(browser.value("document.querySelector('#phone-text').value"), "not taken");
    browser.press("#faults .acts[aria-label='Genesys Cloud']", "Up again");
    browser.press("#program", "Start it again");
    browser.sees("#desk-list", "kept");
    browser.go(&local.page);
    browser.until("document.querySelector('[role=tab]')");
    browser.sees("#desk-list", "kept");
    browser.sees("#way-list", "The bridge was killed.");
    browser.sees("#phone-list", "first");
    closed(&browser);
}

#[tokio::test]
async fn a_dead_letter_is_redriven_with_a_button() {
    let Some((_local, mut browser)) = opened() else { return };
    browser.write("#phone-text", "Hello");
    browser.sees("#phone-list .status", "delivered to Genesys");
    open(&mut browser, "#faults");
    open(&mut browser, "#state");
    browser.press("#faults .acts[aria-label='Lynn']", "Refuse this customer");
    browser.value("document.querySelector('#writer').value = 'bot'");
    browser.write("#desk-text", "Given up");
    browser.sees("#way-list", "given up: a dead letter");
    browser.sees("#state", "1 dead letters");
    browser.sees("#desk-list .bad", "failed");
    browser.press("#faults .acts[aria-label='Lynn']", "Accept this customer");
    browser.press("#state", "Redrive");
    browser.sees("#phone-list", "Given up");
    browser.sees("#state", "0 dead letters");
    closed(&browser);
}

#[tokio::test]
async fn the_inspector_shows_both_sides_and_the_signature() {
    let Some((_local, mut browser)) = opened() else { return };
    browser.write("#phone-text", "Look <i>inside</i>");
    browser.sees("#way-list", "recorded");
    browser.value("document.querySelector('#way-list button.link').click()");
    browser.until("document.querySelector('#inspector').open");
    browser.sees("#inspector-body", "Look <i>inside</i>");
    browser.sees("#inspector-body", "/inbound/open/message");
    browser.sees("#inspector-body", "HMAC-SHA256");
    browser.sees("#inspector-body", "They are the same.");
    browser.picture("inspector");
    browser.press("#inspector-body", "Send again");
    browser.sees("#inspector-body [role=status]", "answered 202");
    browser.press("#inspector-body", "Copy as curl");
    browser.until(
        "document.querySelector('#inspector-body').textContent.includes('curl -i -X POST') \
         || [...document.querySelectorAll('#inspector-body button')].some(one => one.textContent === 'Copied')",
    );
    browser.press("#inspector", "Close");
    browser.until("!document.querySelector('#inspector').open");
    closed(&browser);
}
