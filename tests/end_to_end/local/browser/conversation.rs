//! A conversation both ways, with every kind of content, and with two customers.

use super::{closed, opened};

#[tokio::test]
async fn a_conversation_goes_both_ways_with_every_kind_of_content() {
    let Some((_local, mut browser)) = opened() else { return };
    browser.write("#phone-text", "Hello, I need <b>a person</b>");
    browser.sees("#phone-list", "Hello, I need <b>a person</b>");
    browser.sees("#desk-list", "Hello, I need a person");
    browser.sees("#way-list", "recorded");
    browser.sees("#phone-list .status", "delivered to Genesys");
    browser.sees("#tabs", "open");

    browser.press("#desk-acts", "Wait in queue");
    browser.press("#desk-acts", "Ring");
    browser.press("#desk-acts", "Accept");
    browser.sees("#people", "Connected: maria");
    browser.sees("#tabs", "with agent");
    browser.sees("#phone-list", "An agent joined");
    browser.write("#desk-text", "Good morning");
    browser.sees("#phone-list .item.agent", "Good morning");

    browser.press("#phone-acts", "Send a photo");
    browser.sees("#desk-list", "photo.gif");
    browser.press("#phone-acts", "Send a voice note");
    browser.sees("#desk-list", "voice-note.ogg");
    browser.press("#desk-acts", "Send a document");
    browser.sees("#phone-list", "contract.txt");
    browser.press("#phone-acts", "Type");
    browser.sees("#desk-list .typing", "The customer is typing");
    browser.press("#desk-acts", "Type");
    browser.sees("#phone-list .typing", "The agent is typing");

    browser.press("#desk-acts", "Bot: quick replies");
    browser.press("#phone-list", "Yes");
    browser.sees("#desk-list", "Yes");
    browser.press("#desk-acts", "Bot: carousel");
    browser.press("#phone-list", "Take Full plan");
    browser.sees("#desk-list .item.customer:last-child", "Take Full plan");
    browser.press("#desk-acts", "Bot: card");
    browser.sees("#phone-list", "Our offer:");
    browser.press("#desk-acts", "Bot: date picker");
    browser.sees("#phone-list", "A call back, Half an hour");
    browser.until(
        "document.querySelectorAll('#phone-list .item:last-child button.choice').length === 2",
    );
    browser.value("document.querySelector('#phone-list .item:last-child button.choice').click()");
    browser.sees("#desk-list .item.customer:last-child", "2030");
    browser.press("#phone-acts", "Read");
    browser.sees("#desk-list", "delivered");
    // The lists have followed all along, and each offer could be answered where it is.
    assert_eq!(browser.value("document.querySelectorAll('.more:not([hidden])').length"), 0);
    browser.picture("conversation");

    browser.press("#desk-acts", "End");
    browser.sees("#phone-list", "The conversation ended (by the agent)");
    browser.sees("#tabs", "resumable until");
    closed(&browser);
}

#[tokio::test]
async fn two_customers_have_their_own_conversations() {
    let Some((_local, mut browser)) = opened() else { return };
    browser.write("#phone-text", "From Ana");
    browser.sees("#desk-list", "From Ana");
    browser.write("#new-id", "eva");
    browser.until("document.querySelector('[aria-selected=true]').textContent.includes('eva')");
    assert!(!browser.text("#phone-list").contains("From Ana"));
    browser.write("#phone-text", "From Eva");
    browser.sees("#desk-list", "From Eva");
    browser.value("document.querySelector('#only-chosen').click()");
    assert!(!browser.text("#way-list").contains("From Ana"));
    browser.value("document.querySelector('[role=tab]').click()");
    browser.sees("#phone-list", "From Ana");
    assert!(!browser.text("#desk-list").contains("From Eva"));
    browser.sees("#way-list", "From Ana");
    closed(&browser);
}

#[tokio::test]
async fn what_others_send_is_shown_too() {
    let Some((local, mut browser)) = opened() else { return };
    let body = r#"{"type":"message","id":"by-curl","contact":{"id":"ana"},"text":"By curl"}"#;
    let client = crate::harness::client();
    let request = client.post(format!("{}/lynn/support", local.bridge));
    let answer = request.header("x-api-key", "local-key").body(body).send().await;
    assert_eq!(answer.expect("an answer").status(), 202);
    browser.sees("#phone-list", "By curl");
    browser.sees("#desk-list", "By curl");
    closed(&browser);
}

#[tokio::test]
async fn a_scenario_is_played_step_by_step() {
    let Some((_local, mut browser)) = opened() else { return };
    browser.value("document.querySelector('#scenarios').closest('details').open = true");
    browser.press("#scenarios", "Next step");
    browser.sees("#desk-list", "Hello, I need a person, please");
    browser.until("document.querySelectorAll('#scenarios li.good').length === 1");
    closed(&browser);
}
